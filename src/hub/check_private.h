// SPDX-License-Identifier: Apache-2.0
/* sekisho hub check: tables are projections of the ledger, so each row is held against the
 * entry it came with.  One transaction that reads one moment, one statement after another, in
 * memory that grows with records and people, not with entries. */
#pragma once

#include "hub/core_private.h"
#include "hub/hub.h"

enum { CHECK_WHERE_MAX = 96, CHECK_WORDS_MAX = 512 };

struct envelope; /* warrant/envelope.h */

struct check {
    const struct hub_settings *settings;
    struct database *db;
    struct note_key key;
    char folder[4096];
    hub_told_fn *tell;
    void *context;
    uint64_t found;
    int64_t now_ns;
    json_t *subjects; /* subject: what its last documents say, and their entries' numbers */
    json_t *named;    /* digests of documents that entries name: the number of the entry */
    json_t *wanted;   /* digests of last documents: [subject, "written", "step" or "person"] */
    /* Rows that stand together, as those of one record: whose they are, and what came of them.
     */
    char group[CHECK_WHERE_MAX];
    int64_t group_id;
    json_t *grouped;
    struct envelope *envelope;
    uint64_t matched;                   /* signatures of it that are votes: bits */
    char escapes[ENTRY_OCTETS_MAX + 1]; /* of the entry that was read last */
};

PRINTF(3, 4) void check_tell(struct check *check, const char *where, const char *format, ...);

typedef void check_row_fn(struct check *check, const struct database_rows *rows);
MUST_CHECK bool check_each(struct check *check, const char *sql, check_row_fn *take,
                           struct error *err);

/* The entry beside a row: its number and its octets in those columns. */
struct check_beside {
    const struct database_rows *rows;
    const char *where;
    size_t number, octets;
    enum entry_kind kind;
    struct entry *entry; /* as it was read */
};
/* False, and told, where there is none, or one of another kind. */
MUST_CHECK bool check_entry(struct check *check, const struct check_beside *beside);
/* Told where they differ. */
void check_text(struct check *check, const struct check_beside *beside, const char *column,
                struct bytes has, enum entry_field field);
void check_digest(struct check *check, const struct check_beside *beside, const char *column,
                  struct bytes digest);

struct check_hex {
    char text[2 * HUB_DIGEST_OCTETS + 1];
};
struct check_hex check_hex(struct bytes octets);
struct check_hex check_sha256(struct bytes octets);
struct check_hex check_json(const json_t *json);

MUST_CHECK bool check_log(struct check *check, struct error *err);       /* first */
MUST_CHECK bool check_documents(struct check *check, struct error *err); /* then */
MUST_CHECK bool check_records(struct check *check, struct error *err);
MUST_CHECK bool check_votes(struct check *check, struct error *err);
MUST_CHECK bool check_people(struct check *check, struct error *err);
MUST_CHECK bool check_rooms(struct check *check, struct error *err); /* compartments */
