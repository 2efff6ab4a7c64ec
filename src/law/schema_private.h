// SPDX-License-Identifier: Apache-2.0
/* What the files of a law look like: one list of rows a file, and what of each row is more than
 * text and numbers. */
#pragma once

#include <cyaml/cyaml.h>

#include "statute/statute.h"

/* Days as they are written; NULL where the row has none. */
struct schema_days {
    const char *from, *to;
};

/* A row as libcyaml fills it: that of struct law first, then what is still text. */
struct schema_time_word {
    struct law_time_word row;
    const char *within; /* NULL: working days */
};

struct schema_rest {
    struct law_rest row;
    struct schema_days days;
    const char *day, *yearly_from, *yearly_to; /* "2027-05-03"; "12-29", "01-03"; or NULL */
};

struct schema_handling {
    struct law_handling row;
    const char *label; /* NULL: the object's own */
};

struct schema_right {
    struct law_right row;
    struct schema_days days;
    const char *label; /* NULL: TLP:AMBER */
};

struct schema_law {
    const char *id;
    struct law_text name;
    const char *citation;
    const char *time_zone; /* "+09:00" */
    const char *purpose_article, *access_article, *handing_article;
    bool first_day_counts;
};

enum { LAW_WORDS_A_ROW = 32 };
enum { SCHEMA_NONE = 0 }; /* the offset of no member: the first is the identifier */

enum schema_table_id {
    SCHEMA_BASES,
    SCHEMA_RETENTIONS,
    SCHEMA_TIME_WORDS,
    SCHEMA_RESTS,
    SCHEMA_NOTICES,
    SCHEMA_ROLES,
    SCHEMA_PURPOSES,
    SCHEMA_PERMISSIONS,
    SCHEMA_PROVISIONS,
    SCHEMA_KINDS,
    SCHEMA_DIRECTIONS,
    SCHEMA_DEFINITIONS,
    SCHEMA_COUNTS,
    SCHEMA_LABELS,
    SCHEMA_SECTORS,
    SCHEMA_SUBJECTS,
    SCHEMA_HANDLINGS,
    SCHEMA_RIGHTS,
    SCHEMA_TABLES
};

struct schema_table {
    const char *file;
    cyaml_schema_value_t list;
    size_t read_size, row_size; /* as libcyaml fills it; in struct law */
    size_t days_at, force_at;   /* SCHEMA_NONE: always in force */
    size_t rows_at, count_at;   /* in struct law */
    bool has_id;                /* no two rows with the same */
};

/* A text of a row that must be the identifier of a row elsewhere. */
struct schema_reference {
    enum schema_table_id table;
    size_t at;
    enum schema_table_id target;
    bool may_be_any; /* "*" */
    bool is_list;    /* struct law_words */
};

extern const struct schema_table schema_tables[SCHEMA_TABLES];
extern const cyaml_schema_value_t schema_law_file;
extern const struct schema_reference schema_references[];
extern const size_t schema_reference_count;
