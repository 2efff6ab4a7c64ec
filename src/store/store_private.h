// SPDX-License-Identifier: Apache-2.0
/* Inside the store: its handle, its statements, and rows that are filled and read column by
 * column in the order of the statement. */
#pragma once

#include <sqlite3.h>

#include "store/store.h"

enum store_statement {
    STORE_BEGIN,
    STORE_COMMIT,
    STORE_PUT_RUN,
    STORE_END_RUN,
    STORE_PUT_LINEAGE,
    STORE_PUT_COUNTER,
    STORE_PUT_FLOW,
    STORE_PUT_FLOW_HIT,
    STORE_PUT_FINDING,
    STORE_PUT_LINE,
    STORE_PUT_MEASURE,
    STORE_PUT_HIT,
    STORE_PUT_FLOW_ALERT,
    STORE_PUT_FLOW_ANSWER,
    STORE_PUT_ADDRESS,
    STORE_PUT_NAME,
    STORE_FIND_FINDING,
    STORE_EACH_FINDING,
    STORE_EACH_FLOW,
    STORE_FLOWS_AFTER,
    STORE_FINDINGS_AFTER,
    STORE_STANDING,
    STORE_KEEP_NUMBERS,
    STORE_COUNT_FINDINGS,
    STORE_COUNT_FLOWS,
    STORE_HISTORY,
    STORE_NEWEST_BASIS,
    STORE_EACH_PERIOD,
    STORE_EACH_DECIDED,
    STORE_PUT_EVENT,
    STORE_SET_FLOWS,
    STORE_SET_FINDINGS,
    STORE_SET_OUTBOX,
    STORE_END_OUTBOX,
    STORE_END_FLOWS,
    STORE_END_FINDINGS,
    STORE_COUNT_DUE,
    STORE_ERASE_FLOWS,
    STORE_ERASE_FINDINGS,
    STORE_ERASE_OUTBOX,
    STORE_TELL_HOLDERS,
    STORE_ERASE_RUNS,
    STORE_PROVIDE,
    STORE_PUT_COPY,
    STORE_MARK_PROVISION,
    STORE_EACH_PROVISION,
    STORE_GET_FLOW_HITS,
    STORE_GET_LINES,
    STORE_GET_MEASURES,
    STORE_GET_HITS,
    STORE_GET_FLOW_ALERTS,
    STORE_GET_FLOW_ANSWERS,
    STORE_GET_ADDRESSES,
    STORE_GET_NAMES,
    STORE_PUT_VERDICT,
    STORE_EACH_VERDICT,
    STORE_REMOVE_VERDICT,
    STORE_ERASE_VERDICTS,
    STORE_STATEMENTS
};

enum { STORE_MASK_KEY_BYTES = 32 };

struct store {
    sqlite3 *database;
    sqlite3_stmt *statements[STORE_STATEMENTS]; /* prepared when first used */
    char *path;
    bool has_grant; /* else nothing is read */
    struct access_grant grant;
    uint8_t mask_key[STORE_MASK_KEY_BYTES]; /* of this handle only */
    int64_t run;                            /* 0 outside of a run */
    int64_t ended_run;                      /* the last that ended here */
    unsigned uncommitted;                   /* records since the last commit */
};

/* A statement's parameters or a result's columns, taken in order.  What does not fit the model
 * any more (a file somebody wrote into) makes it broken, once and for all. */
struct store_row {
    sqlite3_stmt *statement;
    int at;
    bool broken;
};

/* schema.c */
MUST_CHECK bool store_migrate(struct store *store, struct error *err);
MUST_CHECK bool store_check_version(struct store *store, bool reading, struct error *err);
const char *store_sql(enum store_statement statement);

/* store.c */
/* Says in words what SQLite's last result means for this file; always false. */
bool store_fail(struct store *store, const char *action, struct error *err);
/* The statement, reset and ready for its first parameter; NULL statement on failure. */
MUST_CHECK bool store_row_start(struct store *store, enum store_statement which,
                                struct store_row *out, struct error *err);
/* Runs a statement that gives no rows. */
MUST_CHECK bool store_row_run(struct store *store, struct store_row *row, struct error *err);
/* 1 a row stands ready, 0 no more, -1 failed. */
MUST_CHECK int store_row_next(struct store *store, struct store_row *row, struct error *err);
/* After the columns of one row: false when they did not fit the model. */
MUST_CHECK bool store_row_check(struct store *store, const struct store_row *row,
                                struct error *err);
MUST_CHECK bool store_run_simple(struct store *store, enum store_statement which,
                                 struct error *err);

/* row.c */
void store_put_i64(struct store_row *row, int64_t value);
void store_put_u64(struct store_row *row, uint64_t value);
void store_put_real(struct store_row *row, double value);
void store_put_null(struct store_row *row);
void store_put_text(struct store_row *row, struct bytes text);
/* The same of words that do not live until the statement runs: they are copied. */
void store_put_own_text(struct store_row *row, struct bytes text);
void store_put_word(struct store_row *row, const char *word);
void store_put_blob(struct store_row *row, const uint8_t *at, size_t len);
void store_put_address(struct store_row *row, const struct ip_address *address);
void store_put_party(struct store_row *row, const struct party *party);
bool store_is_null(const struct store_row *row);
int64_t store_take_i64(struct store_row *row);
uint64_t store_take_u64(struct store_row *row, uint64_t max);
double store_take_real(struct store_row *row);
/* Into room of max bytes, NUL included; returns the length. */
size_t store_take_text(struct store_row *row, char *room, size_t max);
void store_take_blob(struct store_row *row, uint8_t *out, size_t len);
void store_take_address(struct store_row *row, struct ip_address *out);
void store_take_party(struct store_row *row, struct party *out);
/* The index in a list of words of the column's text; broken when it is not among them. */
unsigned store_take_word(struct store_row *row, const char *(*word_of)(unsigned),
                         unsigned first, unsigned count);

/* The model's enumerations by number, for store_take_word. */
const char *store_word_place(unsigned place);
const char *store_word_direction(unsigned direction);
const char *store_word_basis(unsigned basis);
const char *store_word_tcp(unsigned state);
const char *store_word_end(unsigned end);
const char *store_word_sampling(unsigned origin);
const char *store_word_time(unsigned quality);
const char *store_word_indicator(unsigned kind);
const char *store_word_finding(unsigned kind);
const char *store_word_shape(unsigned shape);
const char *store_word_measure(unsigned id);

/* flows.c */
MUST_CHECK bool store_write_flow(struct store *store, const struct minimised_flow *flow,
                                 struct error *err);
void store_put_hit(struct store_row *row, const struct indicator_hit *hit);
void store_take_hit(struct store_row *row, struct indicator_hit *out);

/* Of a statement that reads: its first two parameters, what the grant allows. */
MUST_CHECK bool store_read_start(struct store *store, enum store_statement which,
                                 struct store_row *out, struct error *err);
void store_put_filter(struct store *store, struct store_row *row,
                      const struct store_filter *filter);
void store_put_stretch(struct store_row *row, const struct store_stretch *stretch);
void store_put_mandate(struct store_row *row, const struct mandate *mandate, enum basis basis);
/* basis: as the row says beside. */
void store_take_mandate(struct store_row *row, enum basis basis, struct mandate *out);

/* mask.c: lines that the grant does not show in clear. */
void store_mask_party(const struct store *store, struct party *party);
/* is_of_line: what is listed is the address of a line. */
void store_mask_hit(struct indicator_hit *hit, bool is_of_line);
bool store_is_clear_line(const struct party *party);

/* store.c */
MUST_CHECK bool store_begin(struct store *store, struct error *err);
MUST_CHECK bool store_commit(struct store *store, struct error *err);
/* Takes back what was not committed; always false. */
bool store_give_up(struct store *store);

/* findings.c */
MUST_CHECK bool store_write_finding(struct store *store, const struct finding *finding,
                                    struct error *err);
