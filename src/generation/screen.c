// SPDX-License-Identifier: Apache-2.0
#include "generation/screen.h"

#include "reference/listing.h"
#include "system/memory.h"

enum { OWN_PREFIXES_MAX = 65536, SUFFIXES_EACH = 8 };

struct screen {
    bool allows;
    struct indicators *popular;   /* the names, and every name above one */
    struct indicators *own;       /* prefixes, addresses, names */
    struct indicators *own_above; /* names above own ones */
    struct ip_prefix *own_prefixes;
    size_t own_prefix_count;
    struct screen_counts counts;
};

/* A set with room for every name of a file and the names above it. */
static struct indicators *reserve(const char *path, struct hash_key key, struct error *err)
{
    size_t count = 0, text = 0;
    struct arena arena;
    uint16_t list;
    if (path && !list_measure(path, &count, &text, err))
        return NULL;
    count *= SUFFIXES_EACH;
    text *= SUFFIXES_EACH;
    if (count >= UINT32_MAX / 2 || text > UINT32_MAX) {
        (void)error_set(err, 0, "%s: too long", path);
        return NULL;
    }
    if (!memory_reserve(indicators_size(count, text), MEMORY_SMALL_PAGES, &arena, err))
        return NULL;
    struct indicators *set = indicators_init(count, text, key, &arena);
    indicators_allow_wide(set);
    return indicators_add_list(set, "screen", &list) ? set : NULL;
}

/* The name, and those above it of two labels and more. */
static bool add_with_above(struct indicators *set, struct indicator name)
{
    for (;;) {
        size_t dot = bytes_find(name.text, '.');
        if (dot == name.text.len)
            return true;
        enum indicators_verdict verdict = indicators_add(set, &name);
        if (verdict == INDICATORS_FULL || verdict == INDICATORS_CROWDED)
            return false;
        name.text = bytes_slice(name.text, dot + 1, name.text.len);
    }
}

static bool take_popular(struct screen *screen, const struct indicator *indicator)
{
    return indicator->kind != INDICATOR_DOMAIN || add_with_above(screen->popular, *indicator);
}

static bool take_own(struct screen *screen, const struct indicator *indicator)
{
    enum indicators_verdict verdict = indicators_add(screen->own, indicator);
    if (verdict == INDICATORS_FULL || verdict == INDICATORS_CROWDED)
        return false;
    if (indicator->kind == INDICATOR_DOMAIN)
        return add_with_above(screen->own_above, *indicator);
    if (screen->own_prefix_count == OWN_PREFIXES_MAX)
        return false;
    screen->own_prefixes[screen->own_prefix_count++] = indicator->prefix;
    return true;
}

typedef bool take_fn(struct screen *screen, const struct indicator *indicator);

/* "name", or "rank,name". */
static bool take_line(struct screen *screen, struct bytes line, take_fn *take, bool *is_read)
{
    char room[INDICATOR_TEXT_MAX + 256];
    struct text scratch = text_over(room, sizeof room);
    struct indicator indicator;
    line = text_trim(bytes_slice(line, 0, bytes_find(line, '#')));
    size_t comma = bytes_find(line, ',');
    if (comma < line.len)
        line = bytes_slice(line, comma + 1, line.len);
    *is_read = line.len == 0 || indicator_read(line, &scratch, &indicator) == FAULT_NONE;
    return line.len == 0 || !*is_read || take(screen, &indicator);
}

/* is_strict: a line that is not understood fails, since what it would protect would not be. */
static bool read_file(struct screen *screen, const char *path, take_fn *take, bool is_strict,
                      struct error *err)
{
    struct listing lines;
    struct bytes line = { NULL, 0 };
    enum listing_status status;
    bool is_good = true;
    if (!listing_open(&lines, path, err))
        return false;
    while (is_good && (status = listing_next(&lines, &line, err)) != LISTING_END) {
        bool is_read = false;
        if (status == LISTING_FAILED)
            is_good = false;
        else if (status == LISTING_LINE && !take_line(screen, line, take, &is_read))
            is_good = error_set(err, 0, "%s: too long", path);
        else if (!is_read && is_strict)
            is_good = error_set(err, 0, "%s: line %llu: no prefix, address or name", path,
                                (unsigned long long)lines.number);
    }
    listing_close(&lines);
    return is_good;
}

struct screen *screen_open(const struct screen_files *files, struct hash_key key, bool allows,
                           struct error *err)
{
    struct arena arena;
    size_t prefixes = OWN_PREFIXES_MAX * sizeof(struct ip_prefix);
    if (!memory_reserve(sizeof(struct screen) + prefixes + 2 * alignof(max_align_t),
                        MEMORY_SMALL_PAGES, &arena, err))
        return NULL;
    struct screen *screen = ARENA_NEW(&arena, struct screen, 1);
    screen->own_prefixes = ARENA_NEW(&arena, struct ip_prefix, OWN_PREFIXES_MAX);
    screen->allows = allows;
    screen->popular = reserve(files->popular, key, err);
    screen->own = screen->popular ? reserve(files->own, key, err) : NULL;
    screen->own_above = screen->own ? reserve(files->own, key, err) : NULL;
    bool is_read =
        screen->own_above &&
        (!files->popular || read_file(screen, files->popular, take_popular, false, err)) &&
        (!files->own || read_file(screen, files->own, take_own, true, err));
    return is_read ? screen : NULL; /* the process ends */
}

static bool finds(const struct indicators *set, const struct indicator *indicator,
                  enum indicator_kind kind)
{
    struct indicator_question question = { .kind = kind,
                                           .address = indicator->prefix.address,
                                           .bytes = indicator->text };
    struct indicator_answer answer;
    indicators_ask(set, &question, 1, &answer);
    return answer.set != NULL;
}

static bool overlaps_own(const struct screen *screen, const struct ip_prefix *prefix)
{
    for (size_t i = 0; i < screen->own_prefix_count; i++) {
        const struct ip_prefix *own = &screen->own_prefixes[i];
        if (ip_prefix_holds(own, &prefix->address) || ip_prefix_holds(prefix, &own->address))
            return true;
    }
    return false;
}

static bool is_own(const struct screen *screen, const struct indicator *indicator)
{
    if (indicators_count(screen->own) == 0)
        return false;
    if (indicator->kind == INDICATOR_PREFIX)
        return overlaps_own(screen, &indicator->prefix);
    if (indicator->kind == INDICATOR_DOMAIN)
        return finds(screen->own, indicator, INDICATOR_DOMAIN) ||
               indicators_has(screen->own_above, indicator);
    if (indicator->kind != INDICATOR_ADDRESS && indicator->kind != INDICATOR_ENDPOINT)
        return false;
    return finds(screen->own, indicator, INDICATOR_ADDRESS) ||
           finds(screen->own, indicator, INDICATOR_PREFIX);
}

static bool is_popular(const struct screen *screen, const struct indicator *indicator)
{
    return indicator->kind == INDICATOR_DOMAIN &&
           (indicator_is_wide(indicator) || indicators_has(screen->popular, indicator));
}

enum list_refusal screen_ask(void *context, const struct indicator *indicator)
{
    struct screen *screen = context;
    enum list_refusal why = LIST_REFUSALS;
    if (is_own(screen, indicator)) {
        screen->counts.own++;
        why = LIST_OWN;
    }
    if (is_popular(screen, indicator)) {
        screen->counts.popular++;
        why = LIST_POPULAR;
    } else if (indicator_is_wide(indicator)) {
        screen->counts.wide++;
        why = LIST_TOO_WIDE;
    }
    return screen->allows ? LIST_REFUSALS : why;
}

struct screen_counts screen_count(const struct screen *screen)
{
    return screen->counts;
}
