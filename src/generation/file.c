// SPDX-License-Identifier: Apache-2.0
#include "generation/file.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generation/file_private.h"

enum { READ_OCTETS_MAX = 1 << 30, VIEW_OCTETS = 1 << 14, START_OCTETS = 8 };

struct generation_file {
    uint8_t *at; /* len octets, all of the file */
    size_t len;
    struct generation header;
    struct note note;
    struct indicators *set;
    uint8_t view[VIEW_OCTETS];
    uint8_t both[VIEW_OCTETS]; /* of an overlay: what it lies over, with it */
};

const struct generation *generation_header(const struct generation_file *file)
{
    return &file->header;
}

const struct indicators *generation_set(const struct generation_file *file)
{
    return file->set;
}

const struct generation_list *generation_lists(const struct generation_file *file)
{
    return (const struct generation_list *)(const void *)indicators_section(file->set,
                                                                            GENERATION_LISTS)
        .at;
}

size_t generation_octets(const struct generation_file *file)
{
    return file->len;
}

struct bytes generation_signatures(const struct generation_file *file)
{
    return file->note.signatures;
}

void generation_hash(struct bytes octets, uint8_t out[GENERATION_DIGEST_OCTETS])
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    sha256_update(&sha256, octets.len, octets.at);
    sha256_digest(&sha256, GENERATION_DIGEST_OCTETS, out);
}

void generation_digest(const struct generation *generation,
                       uint8_t out[GENERATION_DIGEST_OCTETS])
{
    uint8_t header[GENERATION_HEADER_OCTETS];
    generation_write(generation, header);
    generation_hash((struct bytes){ header, sizeof header }, out);
}

static void put_exceptions(uint32_t exceptions, struct text *out)
{
    static const char *const words[] = { "shrunk", "wide", "popular", "own" };
    if (exceptions == 0)
        return;
    text_put_string(out, "exceptions");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (exceptions >> i & 1) {
            text_put_string(out, " ");
            text_put_string(out, words[i]);
        }
    }
    text_put_string(out, "\n");
}

/* What is signed, in words a person can read before signing. */
void generation_put_note(const struct generation *generation, struct text *out)
{
    uint8_t digest[GENERATION_DIGEST_OCTETS];
    bool is_overlay = generation->role == GENERATION_OVERLAY;
    generation_digest(generation, digest);
    text_put_string(out, is_overlay ? "sekisho indicators overlay\n"
                                    : "sekisho indicators generation\n");
    text_put_u64(out, generation->number);
    if (is_overlay) {
        text_put_string(out, ".");
        text_put_u64(out, generation->sequence);
    }
    text_put_string(out, "\n");
    text_put_hex(out, (struct bytes){ digest, sizeof digest });
    text_put_string(out, "\n");
    put_exceptions(generation->exceptions, out);
}

static bool fill(int fd, uint8_t *at, size_t len, const char *path, struct error *err)
{
    for (size_t done = 0; done < len;) {
        size_t most = len - done < READ_OCTETS_MAX ? len - done : READ_OCTETS_MAX;
        ssize_t got = read(fd, at + done, most);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, errno, "%s", path);
        if (got == 0)
            return error_set(err, 0, "%s: became shorter while it was read", path);
        done += (size_t)got;
    }
    return true;
}

static bool take_octets(struct generation_file *file, int fd, enum generation_how how,
                        const char *path, struct error *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return error_set(err, errno, "%s", path);
    if (!S_ISREG(status.st_mode) || status.st_size < GENERATION_HEADER_OCTETS)
        return error_set(err, 0, "%s: is no generation of indicators", path);
    size_t len = (size_t)status.st_size;
    void *at = how == GENERATION_MAPPED ? mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0)
                                        : mmap(NULL, len, PROT_READ | PROT_WRITE,
                                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return error_set(err, errno, "%s", path);
    file->at = at;
    file->len = len;
    if (how == GENERATION_MAPPED)
        return true;
    /* Wishes: without them things are slower, or a dump larger, but right. */
    (void)madvise(at, len, MADV_HUGEPAGE);
    (void)madvise(at, len, MADV_DONTDUMP);
    if (!fill(fd, file->at, len, path, err))
        return false;
    return mprotect(at, len, PROT_READ) == 0 || error_set(err, errno, "%s", path);
}

static size_t lines_of(struct bytes text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    return lines;
}

static bool check_signatures(const struct generation_file *file,
                             const struct generation_trust *trust, const char *path,
                             struct error *err)
{
    size_t signers = lines_of(file->note.signatures);
    size_t least = file->header.exceptions != 0 ? 2 : 1;
    if (signers < least || signers > GENERATION_SIGNERS_MAX)
        return error_set(err, 0, "%s: %s", path,
                         least == 2 ? "its exceptions need two signatures"
                                    : "needs one signature or two");
    if (trust->count == 2 &&
        memcmp(trust->keys[0].octets, trust->keys[1].octets, sizeof trust->keys[0].octets) == 0)
        return error_set(err, 0, "%s is named twice", trust->keys[0].name);
    for (size_t i = 0; i < trust->count; i++) {
        if (note_check(&file->note, &trust->keys[i]) != FAULT_NONE)
            return error_set(err, 0, "%s: is not signed by %s", path, trust->keys[i].name);
    }
    if (trust->count > 0 && trust->count < signers)
        return error_set(err, 0, "%s: somebody signed it whose key was not given", path);
    return true;
}

/* Behind the last section stands the note, and nothing else. */
static bool check_note(struct generation_file *file, const struct generation_trust *trust,
                       const char *path, struct error *err)
{
    char room[GENERATION_NOTE_TEXT_MAX];
    struct text expected = text_over(room, sizeof room);
    struct bytes whole = { file->at, file->len };
    struct bytes rest = bytes_slice(whole, (size_t)generation_end(&file->header), file->len);
    if (note_read(rest, &file->note) != FAULT_NONE)
        return error_set(err, 0, "%s: what is behind the indicators is no signed note", path);
    generation_put_note(&file->header, &expected);
    if (!bytes_equal(file->note.text, text_bytes(&expected)))
        return error_set(err, 0, "%s: its header is not the one that was signed", path);
    return check_signatures(file, trust, path, err);
}

static bool are_zero(const struct generation_file *file, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        if (file->at[i] != 0)
            return false;
    }
    return true;
}

static bool check_sections(const struct generation_file *file, const char *path,
                           struct error *err)
{
    static const char *const names[GENERATION_SECTIONS] = {
        "lists", "lengths of prefixes", "filter", "slots", "records", "texts",
    };
    uint64_t end = GENERATION_HEADER_OCTETS;
    for (enum generation_section i = 0; i < GENERATION_SECTIONS; i++) {
        uint8_t digest[GENERATION_DIGEST_OCTETS];
        struct generation_span span = generation_span(&file->header, i);
        struct bytes octets = { file->at + span.at, (size_t)span.len };
        generation_hash(octets, digest);
        if (memcmp(digest, file->header.digests[i], sizeof digest) != 0 ||
            !are_zero(file, end, span.at))
            return error_set(err, 0, "%s: its %s are not what was signed", path, names[i]);
        end = span.at + span.len;
    }
    return true;
}

/* They go where texts end with a 0. */
static bool check_names(const struct generation_file *file, const char *path, struct error *err)
{
    for (size_t i = 0; i < file->header.list_count; i++) {
        const struct generation_list *list = &generation_lists(file)[i];
        if (!memchr(list->name, '\0', sizeof list->name))
            return error_set(err, 0, "%s: the name of a list has no end", path);
    }
    return true;
}

static bool check_all(struct generation_file *file, const struct generation_trust *trust,
                      const char *path, struct error *err)
{
    enum fault fault = generation_read((struct bytes){ file->at, file->len }, &file->header);
    if (fault != FAULT_NONE)
        return error_set(err, 0, "%s: is no generation of indicators (%s)", path,
                         fault_name(fault));
    if (!check_note(file, trust, path, err) || !check_sections(file, path, err))
        return false;
    struct arena arena = arena_over(file->view, sizeof file->view);
    file->set = indicators_over(file->at, &file->header, &arena);
    return check_names(file, path, err);
}

struct generation_file *generation_open(const char *path, enum generation_how how,
                                        const struct generation_trust *trust, struct error *err)
{
    struct generation_file *file = calloc(1, sizeof *file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_open = false;
    if (!file)
        (void)error_set(err, ENOMEM, "%s", path);
    else if (fd < 0)
        (void)error_set(err, errno, "%s", path);
    else
        is_open = take_octets(file, fd, how, path, err) && check_all(file, trust, path, err);
    if (fd >= 0)
        (void)close(fd);
    if (is_open)
        return file;
    generation_close(file);
    return NULL;
}

static bool put_all(int fd, const uint8_t *at, size_t len, struct error *err)
{
    for (size_t done = 0; done < len;) {
        ssize_t put = write(fd, at + done, len - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return error_set(err, errno, "no memory to share a generation in");
        done += (size_t)put;
    }
    return true;
}

bool generation_share(const struct generation_file *file, int *out, struct error *err)
{
    int fd = memfd_create("sekisho indicators", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return error_set(err, errno, "no memory to share a generation in");
    if (!put_all(fd, file->at, file->len, err)) {
        (void)close(fd);
        return false;
    }
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        (void)close(fd);
        return error_set(err, errno, "a shared generation cannot be sealed");
    }
    *out = fd;
    return true;
}

struct generation_file *generation_adopt(int fd, size_t octets, struct error *err)
{
    static const struct generation_trust nobody;
    struct generation_file *file = calloc(1, sizeof *file);
    if (!file || octets < GENERATION_HEADER_OCTETS) {
        free(file);
        (void)error_set(err, 0, "no generation was shared");
        return NULL;
    }
    void *at = mmap(NULL, octets, PROT_READ, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED) {
        file->at = at;
        file->len = octets;
    }
    if (at == MAP_FAILED ? error_set(err, errno, "a shared generation cannot be mapped")
                         : check_all(file, &nobody, "what was shared", err))
        return file;
    generation_close(file);
    return NULL;
}

void generation_close(struct generation_file *file)
{
    if (file && file->at)
        (void)munmap(file->at, file->len);
    free(file);
}

const struct indicators *generation_lay_over(const struct generation_file *main,
                                             struct generation_file *overlay, struct error *err)
{
    bool is_for = main->header.role == GENERATION_WHOLE &&
                  overlay->header.role == GENERATION_OVERLAY &&
                  overlay->header.number == main->header.number;
    if (!is_for) {
        (void)error_set(err, 0, "the overlay is not for this generation");
        return NULL;
    }
    struct arena arena = arena_over(overlay->both, sizeof overlay->both);
    const struct indicators *set = indicators_with(main->set, overlay->set, &arena);
    if (!set)
        (void)error_set(err, 0, "with the overlay there are too many lists");
    return set;
}

bool generation_is(const char *path)
{
    static const uint8_t start[START_OCTETS] = { 'S', 'E', 'K', 'I', 'S', 'H', 'O', 'I' };
    uint8_t octets[START_OCTETS];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_one = fd >= 0 && read(fd, octets, sizeof octets) == sizeof octets &&
                  memcmp(octets, start, sizeof octets) == 0;
    if (fd >= 0)
        (void)close(fd);
    return is_one;
}
