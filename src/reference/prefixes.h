// SPDX-License-Identifier: Apache-2.0
/* Where prefixes and their places come from: own networks in YAML, delegation files of the
 * regional registries, databases of MaxMind's format.  Each loader gives every prefix to a
 * sink, so that the same one counts and fills. */
#pragma once

#include "base/error.h"
#include "gate/places.h"

struct prefix_sink {
    /* False when it is full: the loader then fails. */
    bool (*take)(void *context, const struct ip_prefix *prefix, struct place_label label);
    void *context;
};

/* own:      [ { prefix: 192.0.2.0/24, name: office, class: fixed } ]
 * domestic: [ { prefix: 198.51.100.0/24 } ]       (name and class may be left out)
 * foreign:  [ { prefix: 203.0.113.0/24 } ]
 * anywhere: [ { prefix: 192.0.2.128/25, class: unused } ]  (where, other prefixes tell) */
MUST_CHECK bool prefixes_of_networks(const char *path, struct prefix_sink sink,
                                     struct error *err);
/* What the country (ISO 3166, "JP") holds is domestic, what others hold is foreign.  Plain,
 * gzip or zstd.  A damaged row fails the load: a border with a hole is worse than none. */
MUST_CHECK bool prefixes_of_registry(const char *path, const char country[2],
                                     struct prefix_sink sink, struct error *err);
/* The same by a database's country.iso_code (or country_code, or registered_country). */
MUST_CHECK bool prefixes_of_database(const char *path, const char country[2],
                                     struct prefix_sink sink, struct error *err);

struct prefix_files {
    const char *networks; /* may be NULL */
    const char *const *registries;
    size_t registry_count;
    const char *const *databases;
    size_t database_count;
    char country[2];
};

/* All of them as a built table, in memory reserved for it. */
MUST_CHECK bool prefixes_load(const struct prefix_files *files, const struct places **out,
                              struct error *err);
