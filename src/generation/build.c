// SPDX-License-Identifier: Apache-2.0
#include "generation/build.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "generation/file_private.h"
#include "reference/feed.h"

static bool hash_file(void *context, const char *path, struct error *err)
{
    static uint8_t room[1 << 18];
    struct sha256_ctx *sha256 = context;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;
    while (fd >= 0 && (got = read(fd, room, sizeof room)) > 0)
        sha256_update(sha256, (size_t)got, room);
    int code = errno;
    if (fd >= 0)
        (void)close(fd);
    return got == 0 || error_set(err, code, "%s", path);
}

/* Of a list's file; of a feed over the digests of its files. */
static bool hash_event(void *context, const char *path, struct error *err)
{
    struct sha256_ctx file;
    uint8_t digest[GENERATION_DIGEST_OCTETS];
    sha256_init(&file);
    if (!hash_file(&file, path, err))
        return false;
    sha256_digest(&file, sizeof digest, digest);
    sha256_update(context, sizeof digest, digest);
    return true;
}

static bool hash_list(const char *path, uint8_t out[GENERATION_DIGEST_OCTETS],
                      struct error *err)
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    bool is_read = feed_is(path) ? feed_each(path, hash_event, &sha256, err)
                                 : hash_file(&sha256, path, err);
    sha256_digest(&sha256, GENERATION_DIGEST_OCTETS, out);
    return is_read;
}

/* All the lists of a plan: first those that add, then those that take away. */
struct inputs {
    const char **paths;
    uint8_t (*digests)[GENERATION_DIGEST_OCTETS];
    size_t count;
};

static bool hash_inputs(const struct generation_plan *plan, struct inputs *inputs,
                        uint8_t out[GENERATION_DIGEST_OCTETS], struct error *err)
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    for (size_t i = 0; i < inputs->count; i++) {
        bool is_revoked = i >= plan->path_count;
        inputs->paths[i] = is_revoked ? plan->revoked[i - plan->path_count] : plan->paths[i];
        if (!hash_list(inputs->paths[i], inputs->digests[i], err))
            return false;
        sha256_update(&sha256, GENERATION_DIGEST_OCTETS, inputs->digests[i]);
        sha256_update(&sha256, 1, (const uint8_t *)(is_revoked ? "-" : "+"));
    }
    sha256_digest(&sha256, GENERATION_DIGEST_OCTETS, out);
    return true;
}

/* Nobody without the signing key can foresee it, so no list can be made to crowd; yet the same
 * lists and key give the same, since Ed25519 (RFC 8032) signs without randomness. */
static bool make_hash_key(struct key *key, const uint8_t inputs[GENERATION_DIGEST_OCTETS],
                          struct hash_key *out, struct error *err)
{
    char room[128];
    uint8_t signature[NOTE_SIGNATURE_OCTETS], digest[GENERATION_DIGEST_OCTETS];
    struct text text = text_over(room, sizeof room);
    text_put_string(&text, "sekisho indicators hash key\n");
    text_put_hex(&text, (struct bytes){ inputs, GENERATION_DIGEST_OCTETS });
    text_put_string(&text, "\n");
    if (!key_sign(key, text_bytes(&text), signature, err))
        return false;
    generation_hash((struct bytes){ signature, sizeof signature }, digest);
    memcpy(out->word, digest, sizeof out->word);
    sodium_memzero(signature, sizeof signature);
    return true;
}

/* What the one before says, and of an overlay the one it is for. */
static bool read_header(const char *path, enum generation_role role, struct generation *out,
                        struct error *err)
{
    struct generation_trust nobody = { NULL, 0 };
    struct generation_file *file = generation_open(path, GENERATION_MAPPED, &nobody, err);
    if (!file)
        return false;
    *out = *generation_header(file);
    generation_close(file);
    return out->role == role ||
           error_set(err, 0, "%s: %s", path,
                     role == GENERATION_OVERLAY ? "is no overlay" : "is no whole generation");
}

static bool place_overlay(const struct generation_plan *plan, struct generation *header,
                          struct error *err)
{
    struct generation main, before = { .sequence = 0 };
    if (!read_header(plan->over, GENERATION_WHOLE, &main, err) ||
        (plan->previous && !read_header(plan->previous, GENERATION_OVERLAY, &before, err)))
        return false;
    header->role = GENERATION_OVERLAY;
    header->number = main.number;
    header->sequence = plan->number > 0 ? plan->number : before.sequence + 1;
    return header->sequence > before.sequence ||
           error_set(err, 0, "the overlay before has the number %llu already",
                     (unsigned long long)before.sequence);
}

static bool place(const struct generation_plan *plan, struct generation_outcome *outcome,
                  struct error *err)
{
    struct generation before = { .number = 0 };
    struct generation *header = &outcome->header;
    header->built_ns = plan->built_ns;
    if (plan->over)
        return place_overlay(plan, header, err);
    if (plan->revoked_count > 0)
        return error_set(err, 0, "only an overlay takes away");
    if (plan->previous && !read_header(plan->previous, GENERATION_WHOLE, &before, err))
        return false;
    header->number = plan->number > 0 ? plan->number : before.number + 1;
    outcome->previous_count = before.count;
    return header->number > before.number ||
           error_set(err, 0, "the generation before has the number %llu already",
                     (unsigned long long)before.number);
}

static bool load(const struct generation_plan *plan, const struct inputs *inputs,
                 struct screen *screen, struct indicators *set,
                 struct generation_outcome *outcome, struct error *err)
{
    for (size_t i = 0; i < inputs->count; i++) {
        struct list_options options = { .default_expires_ns = plan->default_expires_ns,
                                        .is_revoked = i >= plan->path_count,
                                        .screen = i < plan->path_count ? screen_ask : NULL,
                                        .screen_context = screen };
        if (plan->tell)
            plan->tell(plan->tell_context, inputs->paths[i]);
        if (!list_load(inputs->paths[i], &options, set, &outcome->reports[i], err))
            return false;
        if (!indicators_set_digest(set, outcome->reports[i].name, inputs->digests[i]))
            return error_set(err, 0, "two lists are called %s", outcome->reports[i].name);
    }
    return true;
}

static uint32_t exceptions_of(const struct generation_outcome *outcome)
{
    uint32_t exceptions = 0;
    if (outcome->count < outcome->previous_count / 2 + outcome->previous_count % 2)
        exceptions |= GENERATION_SHRUNK;
    if (outcome->screened.wide > 0)
        exceptions |= GENERATION_WIDE;
    if (outcome->screened.popular > 0)
        exceptions |= GENERATION_POPULAR;
    if (outcome->screened.own > 0)
        exceptions |= GENERATION_OWN;
    return exceptions;
}

static bool judge(const struct generation_plan *plan, struct generation_outcome *outcome)
{
    uint32_t exceptions = exceptions_of(outcome);
    if (plan->signers.count > 1) {
        outcome->header.exceptions = exceptions;
        return true;
    }
    outcome->refused = plan->leaves_out ? exceptions & GENERATION_SHRUNK : exceptions;
    return outcome->refused == 0;
}

static bool build(const struct generation_plan *plan, struct inputs *inputs,
                  struct generation_outcome *outcome, struct error *err)
{
    struct generation *header = &outcome->header;
    struct indicators *set = NULL;
    struct hash_key key;
    if (!place(plan, outcome, err) || !hash_inputs(plan, inputs, header->inputs, err) ||
        !make_hash_key(plan->signers.keys[0], header->inputs, &key, err))
        return false;
    struct screen *screen = screen_open(&plan->screen, key, plan->signers.count > 1, err);
    if (!screen || !lists_reserve(inputs->paths, inputs->count, key, &set, err))
        return false;
    if (plan->signers.count > 1 || plan->over)
        indicators_allow_wide(set); /* screened already; what is taken away harms nobody */
    if (!load(plan, inputs, screen, set, outcome, err))
        return false;
    outcome->count = indicators_count(set);
    outcome->screened = screen_count(screen);
    if (plan->over && outcome->count > GENERATION_OVERLAY_MAX)
        return error_set(err, 0, "an overlay holds at most %d indicators",
                         GENERATION_OVERLAY_MAX);
    return !judge(plan, outcome) ||
           generation_save(plan->output, set, header, &plan->signers, err);
}

static bool are_two_persons(const struct generation_signers *signers)
{
    return signers->count < 2 ||
           memcmp(key_public(signers->keys[0])->octets, key_public(signers->keys[1])->octets,
                  NOTE_PUBLIC_OCTETS) != 0;
}

bool generation_build(const struct generation_plan *plan, struct generation_outcome *outcome,
                      struct error *err)
{
    size_t count = plan->path_count + plan->revoked_count;
    struct inputs inputs = { .count = count };
    *outcome = (struct generation_outcome){ .count = 0 };
    if (!are_two_persons(&plan->signers))
        return error_set(err, 0, "the second key is the first: a second person has to sign");
    inputs.paths = calloc(count, sizeof *inputs.paths);
    inputs.digests = calloc(count, sizeof *inputs.digests);
    outcome->reports = calloc(count, sizeof *outcome->reports);
    bool is_done = inputs.paths && inputs.digests && outcome->reports
                       ? build(plan, &inputs, outcome, err)
                       : error_set(err, ENOMEM, "lists");
    free(inputs.paths);
    free(inputs.digests);
    return is_done;
}
