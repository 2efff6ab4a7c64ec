// SPDX-License-Identifier: Apache-2.0
#include "cmd/matching.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cmd/line_keys.h"
#include "cmd/window.h"
#include "minimise/minimise.h"
#include "store/store.h"
#include "system/clock.h"
#include "system/memory.h"
#include "system/state.h"

enum { CANDIDATES_BITS_MAX = 20, LINES_MAX = 1024 };

/* What is looked for, and by which keys: of opaque pseudonyms and of those with prefixes. */
struct matching {
    const struct matching_call *call;
    struct minimise_policy policies[2]; /* by enum pseudonym_kind */
    size_t wanted[2];                   /* lines of that kind */
    size_t count;
    struct {
        char name[PARTY_TEXT_MAX];
        bool is_told;
    } lines[LINES_MAX];
    bool is_over; /* the window closed meanwhile */
};

static bool read_key(const char *path, uint8_t out[MINIMISE_KEY_BYTES], struct error *err)
{
    char room[2 * MINIMISE_KEY_BYTES + 2];
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    size_t len = fread(room, 1, sizeof room, file);
    (void)fclose(file);
    bool good = text_read_hex(text_trim((struct bytes){ (const uint8_t *)room, len }), out,
                              MINIMISE_KEY_BYTES);
    sodium_memzero(room, sizeof room);
    return good || error_set(err, 0, "%s is not 64 hexadecimal digits", path);
}

/* The keys under which the pseudonyms of that basis were made here. */
static bool derive_keys(const struct law *law, const struct law_basis *basis,
                        struct matching *matching, struct error *err)
{
    uint8_t secret[STATE_SECRET_OCTETS];
    if (basis->kind == BASIS_STATUTORY)
        return error_set(err, 0,
                         "the key of basis %s is with its overseer: --pseudonym-key FILE",
                         basis->id);
    if (!state_secret(secret, err))
        return false;
    for (size_t i = 0; i < 2; i++) {
        const struct line_domain domain = { law->id, basis->id, (enum pseudonym_kind)i };
        line_key_derive(secret, &domain, matching->policies[i].key);
    }
    sodium_memzero(secret, sizeof secret);
    return true;
}

static bool prepare_keys(const struct matching_call *call, struct matching *matching,
                         struct error *err)
{
    struct arena memory;
    const struct law_basis *basis =
        law_find_basis(&call->asked->law, bytes_of_string(call->order->basis));
    if (sodium_init() < 0 || !basis)
        return error_set(err, 0, "libsodium does not start");
    if (!(call->pseudonym_key ? read_key(call->pseudonym_key, matching->policies[0].key, err)
                              : derive_keys(&call->asked->law, basis, matching, err)) ||
        !memory_reserve(prefix_cipher_size(), MEMORY_SMALL_PAGES, &memory, err))
        return false;
    struct minimise_policy *prefix = &matching->policies[PSEUDONYM_PREFIX];
    if (call->pseudonym_key)
        memcpy(prefix->key, matching->policies[0].key, sizeof prefix->key);
    _Static_assert((int)PREFIX_KEY_BYTES == (int)MINIMISE_KEY_BYTES, "one key is either's");
    prefix->pseudonyms = PSEUDONYM_PREFIX;
    prefix->prefixes = prefix_cipher_init(prefix->key, &memory);
    return true;
}

/* Once; more than there is room for are left to another order. */
static void add_line(struct matching *matching, const char *line)
{
    for (size_t i = 0; i < matching->count; i++) {
        if (strcmp(matching->lines[i].name, line) == 0)
            return;
    }
    if (matching->count == LINES_MAX)
        return;
    struct text text = text_over(matching->lines[matching->count++].name, PARTY_TEXT_MAX);
    text_put_string(&text, line);
    /* Letters of base32 have neither dot nor colon. */
    matching->wanted[strpbrk(line, ".:") ? PSEUDONYM_PREFIX : PSEUDONYM_OPAQUE]++;
}

static void add_party(struct matching *matching, const struct party *party)
{
    char room[PARTY_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    party_write(party, &text);
    if (party->is_pseudonym)
        add_line(matching, room);
}

static void add_ends(void *context, int64_t record, const struct minimised_flow *flow)
{
    struct matching *matching = context;
    (void)record;
    add_party(matching, &flow->initiator);
    add_party(matching, &flow->responder);
}

/* Those it names, and those of the records it rests on. */
static bool add_finding(struct matching *matching, struct store *store, const char *id,
                        struct error *err)
{
    static struct finding finding;
    struct store_filter filter = store_filter_all(INT64_MAX);
    int found = store_find_finding(store, bytes_of_string(id), &finding, err);
    if (found == 0)
        (void)error_set(err, 0, "the newest run has no finding %s", id);
    if (found != 1)
        return false;
    for (size_t i = 0; i < finding.line_count; i++)
        add_party(matching, &finding.lines[i].party);
    filter.about = finding.id;
    filter.newest_run = true;
    return store_each_flow(store, &filter, add_ends, matching, err);
}

/* The pseudonyms of the order, and those of its finding. */
static bool find_lines(struct matching *matching, struct error *err)
{
    const struct matching_call *call = matching->call;
    const struct order *order = call->order;
    for (size_t i = 0; i < order->pseudonym_count; i++)
        add_line(matching, order->pseudonyms[i]);
    if (order->finding[0] == '\0')
        return true;
    struct store *store = store_open_reading(call->store, &call->asked->grant, err);
    bool good = store && add_finding(matching, store, order->finding, err);
    if (store)
        store_close(store);
    return good;
}

static void show(const struct matching *matching, const char *line,
                 const struct ip_address *address)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(address, &text);
    printf(matching->call->json ? "{\"line\":\"%s\",\"address\":\"%s\"}\n" : "%s  %s\n", line,
           room);
}

/* The clock is looked at before anything is shown: what is over is over. */
static void look_up(struct matching *matching, const char *name,
                    const struct ip_address *address)
{
    for (size_t i = 0; i < matching->count; i++) {
        if (matching->lines[i].is_told || strcmp(matching->lines[i].name, name) != 0)
            continue;
        matching->lines[i].is_told = true;
        matching->is_over = clock_now_ns() >= matching->call->order->until_ns;
        if (!matching->is_over)
            show(matching, name, address);
        return;
    }
}

static void compare(struct matching *matching, const struct ip_address *address)
{
    for (size_t kind = 0; kind < 2; kind++) {
        char room[PARTY_TEXT_MAX];
        struct text text = text_over(room, sizeof room);
        if (matching->wanted[kind] == 0)
            continue;
        struct party party = minimise_pseudonym(&matching->policies[kind], address);
        party_write(&party, &text);
        look_up(matching, room, address);
    }
}

static void next_address(struct ip_address *address)
{
    for (size_t i = sizeof address->octets; i-- > 0;) {
        if (++address->octets[i] != 0)
            return;
    }
}

static bool compare_prefix(struct matching *matching, struct bytes line, struct error *err)
{
    struct ip_prefix prefix;
    char room[64];
    struct text words = text_over(room, sizeof room);
    text_put(&words, line);
    if (!ip_prefix_read(line, &prefix))
        return error_set(err, 0, "no address or prefix: %s", room);
    unsigned bits = 128U - prefix.len;
    if (bits > CANDIDATES_BITS_MAX)
        return error_set(err, 0, "%s has too many addresses to be candidates", room);
    for (uint64_t i = 0; i < UINT64_C(1) << bits && !matching->is_over; i++) {
        compare(matching, &prefix.address);
        next_address(&prefix.address);
    }
    return true;
}

static bool compare_all(struct matching *matching, struct error *err)
{
    char room[128];
    FILE *file = fopen(matching->call->candidates, "re");
    if (!file)
        return error_set(err, errno, "cannot open %s", matching->call->candidates);
    bool good = true;
    while (good && !matching->is_over && fgets(room, sizeof room, file)) {
        struct bytes line = text_trim(bytes_of_string(room));
        if (line.len > 0 && line.at[0] != '#')
            good = compare_prefix(matching, line, err);
    }
    (void)fclose(file);
    return good && (fflush(stdout) == 0 || error_set(err, errno, "standard output"));
}

bool matching_run(const struct matching_call *call, struct error *err)
{
    struct arena memory;
    if (!memory_reserve(sizeof(struct matching) + alignof(struct matching), MEMORY_SMALL_PAGES,
                        &memory, err))
        return false;
    struct matching *matching = ARENA_NEW(&memory, struct matching, 1);
    matching->call = call;
    bool good = find_lines(matching, err) && prepare_keys(call, matching, err) &&
                compare_all(matching, err);
    bool is_over = matching->is_over;
    sodium_memzero(matching, sizeof *matching);
    if (good && is_over)
        good =
            window_close_due(clock_now_ns(), err) && error_set(err, 0, "the window has closed");
    return good;
}
