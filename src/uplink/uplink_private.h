// SPDX-License-Identifier: Apache-2.0
/* Inside the uplink: its connection, what it remembers, a batch, and what comes back. */
#pragma once

#include "uplink/uplink.h"

#include <jansson.h>

#include "proof/note.h"

enum {
    UPLINK_ANSWER_OCTETS_MAX = 8 << 20,
    UPLINK_PATH_MAX = 1024,
    UPLINK_WORDS_MAX = 400,
    UPLINK_ID_MAX = 33,     /* 128 bits of SHA-256 in hexadecimal */
    UPLINK_DIGEST_MAX = 65, /* all of it */
    UPLINK_REFUSED_MAX = 16,
    UPLINK_TRIES_MAX = 3, /* of a batch that is refused */
    UPLINK_CURSOR_MAX = 128,
    UPLINK_FINDINGS_MAX = 200 /* in one batch */
};

/* connection.c */
struct connection;

struct uplink_request {
    const char *method; /* "PUT" */
    const char *path;   /* below the hub's address */
    const char *type;   /* of the body; NULL without one */
    const char *digest; /* SHA-256 of it in hexadecimal, or NULL */
    const char *part;   /* of statistics: "1-of-2"; NULL else */
    struct bytes body;
};

struct uplink_answer {
    long status;                  /* of HTTP; 0: none came */
    int64_t retry_after_ns;       /* 0: it did not say */
    struct bytes body;            /* until the next request */
    char words[UPLINK_WORDS_MAX]; /* why none came */
};

MUST_CHECK struct connection *connection_open(const struct uplink_settings *settings,
                                              struct error *err);
void connection_close(struct connection *connection);
void connection_ask(struct connection *connection, const struct uplink_request *request,
                    struct uplink_answer *out);
/* Percent-encodes all but letters, digits and -._~ (RFC 3986 2.3). */
void connection_put_escaped(struct text *out, const char *words);

/* batch.c */
enum batch_kind { BATCH_RECORDS, BATCH_FINDINGS, BATCH_KINDS };
const char *batch_kind_name(enum batch_kind kind);
const char *batch_kind_type(enum batch_kind kind); /* Content-Type */

/* Rows of one kind, by their numbers: [first, last]. */
struct stretch {
    enum batch_kind kind;
    int64_t first, last;
    char id[UPLINK_ID_MAX]; /* of the batch they were last */
};

struct batch {
    struct stretch stretch;
    uint64_t count;
    struct bytes body; /* until the next is made */
    char digest[UPLINK_DIGEST_MAX];
};

struct batcher;
MUST_CHECK struct batcher *batcher_open(unsigned records_max, struct error *err);
void batcher_close(struct batcher *batcher);
/* What there is after `after` up to last, at most so many records as are allowed; count 0 and
 * stretch.last == last: nothing. */
struct batch_wish {
    enum batch_kind kind;
    int64_t after, last;
    unsigned records_max; /* at most those of batcher_open */
    const char *store_id;
};
MUST_CHECK bool batcher_make(struct batcher *batcher, struct store *store,
                             const struct batch_wish *wish, struct batch *out,
                             struct error *err);

/* memory.c: what outlives a process, in one file. */
struct uplink_memory {
    char store[STORE_ID_MAX];     /* which the numbers are of */
    int64_t reached[BATCH_KINDS]; /* up to here the hub has them, or refused them */
    bool has_pending;             /* and may have this */
    struct stretch pending;
    size_t refused_count;
    struct stretch refused[UPLINK_REFUSED_MAX];
    char warrants[UPLINK_CURSOR_MAX];   /* the hub's word for how far we are with them */
    char note[NOTE_OCTETS_MAX];         /* the checkpoint that it acknowledged last, or "" */
    char statistics[UPLINK_DIGEST_MAX]; /* of the files as they were sent, or "" */
};
/* An empty one where there is no file. */
MUST_CHECK bool memory_load(const char *path, struct uplink_memory *out, struct error *err);
/* Beside, flushed, renamed: durable when it returns true. */
MUST_CHECK bool memory_save(const char *path, const struct uplink_memory *memory,
                            struct error *err);
/* The same for any file; name without a folder. */
MUST_CHECK bool memory_write_file(int folder, const char *name, struct bytes octets,
                                  struct error *err);

/* inbox.c: keeps what the hub gave where the sensor looks for it. */
MUST_CHECK bool inbox_put(const char *path, const char *name, struct bytes octets, bool *is_new,
                          struct error *err);

/* uplink.c */
struct uplink {
    struct uplink_settings settings;
    struct connection *connection;
    struct batcher *batcher;
    struct uplink_memory memory, saved; /* as it is, and as the file has it */
    struct uplink_account account;
    struct store_standing standing;
    unsigned records_max;  /* less where the hub found a batch too large */
    unsigned tries;        /* of the pending batch, refused */
    unsigned waits;        /* in a row */
    size_t retried;        /* of what was refused before this process began */
    int64_t looked_ns;     /* monotonic; 0: not yet */
    int64_t sent_ns;       /* when the rate was begun to be counted */
    uint64_t sent_records; /* since then */
};

PRINTF(2, 3) void uplink_say(struct uplink *uplink, const char *format, ...);
/* The hub has not taken it: how long to wait. */
int64_t uplink_backoff_ns(struct uplink *uplink, const struct uplink_answer *answer);
/* Did the answer say that it is to be asked later?  Tells so. */
bool uplink_must_wait(struct uplink *uplink, const struct uplink_answer *answer,
                      const char *what);

/* statistics.c: what behaviours counted, where it has changed; false as below. */
MUST_CHECK bool statistics_report(struct uplink *uplink, int64_t *wait_ns);

/* errands.c: false when they have to be tried again after *wait_ns. */
MUST_CHECK bool errands_run(struct uplink *uplink, int64_t *wait_ns);
