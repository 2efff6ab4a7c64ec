// SPDX-License-Identifier: Apache-2.0
#include "reference/prefixes.h"

#include "reference/delegated.h"
#include "reference/listing.h"
#include "system/memory.h"

/* Everything the row holds goes to the sink. */
static bool give_row(const char *path, const char country[2], struct delegated_row *row,
                     struct prefix_sink sink, struct error *err)
{
    bool is_domestic = memcmp(row->country, country, sizeof row->country) == 0;
    struct place_label label = { is_domestic ? PLACE_DOMESTIC : PLACE_FOREIGN, CLASS_UNKNOWN };
    struct ip_prefix prefix;
    while (delegated_next(row, &prefix)) {
        if (!sink.take(sink.context, &prefix, label))
            return error_set(err, 0, "%s: changed while it was read", path);
    }
    return true;
}

static bool give_line(const struct listing *lines, struct bytes line, const char country[2],
                      struct prefix_sink sink, struct error *err)
{
    struct delegated_row row;
    enum fault fault = delegated_read(line, &row);
    if (fault == FAULT_UNSUPPORTED)
        return true;
    if (fault != FAULT_NONE)
        return error_set(err, 0, "%s:%llu: not a row of a delegation file (%s)", lines->path,
                         (unsigned long long)lines->number, fault_name(fault));
    return give_row(lines->path, country, &row, sink, err);
}

bool prefixes_of_registry(const char *path, const char country[2], struct prefix_sink sink,
                          struct error *err)
{
    struct listing lines;
    struct bytes line;
    if (!listing_open(&lines, path, err))
        return false;
    enum listing_status status = LISTING_LINE;
    bool is_good = true;
    while (is_good && (status = listing_next(&lines, &line, err)) == LISTING_LINE)
        is_good = give_line(&lines, line, country, sink, err);
    if (is_good && status == LISTING_TOO_LONG)
        is_good =
            error_set(err, 0, "%s:%llu: line too long", path, (unsigned long long)lines.number);
    listing_close(&lines);
    return is_good && status == LISTING_END;
}

static bool give_all(const struct prefix_files *files, struct prefix_sink sink,
                     struct error *err)
{
    if (files->networks && !prefixes_of_networks(files->networks, sink, err))
        return false;
    for (size_t i = 0; i < files->registry_count; i++) {
        if (!prefixes_of_registry(files->registries[i], files->country, sink, err))
            return false;
    }
    for (size_t i = 0; i < files->database_count; i++) {
        if (!prefixes_of_database(files->databases[i], files->country, sink, err))
            return false;
    }
    return true;
}

static bool count_one(void *context, const struct ip_prefix *prefix, struct place_label label)
{
    (void)prefix;
    (void)label;
    ++*(size_t *)context;
    return true;
}

static bool add_one(void *context, const struct ip_prefix *prefix, struct place_label label)
{
    return places_add(context, prefix, label);
}

bool prefixes_load(const struct prefix_files *files, const struct places **out,
                   struct error *err)
{
    size_t count = 0;
    struct arena arena;
    if (!give_all(files, (struct prefix_sink){ count_one, &count }, err))
        return false;
    if (count >= UINT32_MAX / 2)
        return error_set(err, 0, "%zu prefixes are too many", count);
    if (!memory_reserve(places_size(count), MEMORY_SMALL_PAGES, &arena, err))
        return false;
    struct places *places = places_init(count, &arena);
    if (!give_all(files, (struct prefix_sink){ add_one, places }, err))
        return false;
    places_build(places);
    *out = places;
    return true;
}
