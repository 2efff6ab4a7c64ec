// SPDX-License-Identifier: Apache-2.0
/* The evidence to take away: a tar (POSIX.1-1988 ustar) that is made while it is sent, one file
 * after another, so that memory is that of the largest of them. */
#pragma once

#include "hub/oversight_private.h"

struct evidence {
    struct hub *hub;
    struct asking asking; /* whose it is, after his request has gone */
    char purpose[ACCESS_RULE_MAX];
    struct database *walk, *look; /* rows that are gone through; rows that are looked up */
    struct database_rows *rows;
    int64_t view;     /* records that whoever asked may read */
    bool sees_people; /* documents of the register */
    int64_t time_s;   /* of all files */
    uint64_t size;    /* entries of the log */
    unsigned level;   /* the next full tile */
    uint64_t index, withheld;
    size_t phase;
    uint8_t *octets; /* not yet sent: [at, len) */
    size_t at, len, room;
};

/* One file more.  False with ENOMEM, or where its name is too long for a tar. */
MUST_CHECK bool evidence_put(struct evidence *evidence, const char *path, struct bytes octets,
                             struct error *err);
MUST_CHECK bool evidence_put_file(struct evidence *evidence, const char *path, const char *from,
                                  struct error *err);
/* Two empty blocks. */
MUST_CHECK bool evidence_put_end(struct evidence *evidence, struct error *err);

/* Each call puts some files; *is_over when it has no more. */
typedef bool evidence_fn(struct evidence *evidence, bool *is_over, struct error *err);
evidence_fn evidence_votes, evidence_trust;
