// SPDX-License-Identifier: Apache-2.0
/* What the questions share: the tables of what is followed, and how a finding is said. */
#pragma once

#include "oversight/oversight.h"
#include "proof/tree.h"

/* What has a name (a subject, a serial, a digest) is kept as the hash of it. */

struct oversight_warrant {
    char serial[WARRANT_SERIAL_MAX];
    const struct law_basis *basis; /* NULL: not of this law */
    struct tree_hash digest, equipment;
    uint64_t entry;
    bool has_equipment;
    uint64_t capacity_bits_per_second, share_permille; /* 0: none */
    uint32_t directions;                               /* 0: not told */
    int64_t from_ns, to_ns, revoked_ns;                /* INT64_MAX: not revoked */
    int64_t selected_to_ns;                            /* how far the batches got */
};

/* To tell of an entry, or to do what must follow it, by a time. */
struct oversight_duty {
    const struct law_notice *notice; /* NULL: to set the retention of what was selected */
    const struct law_basis *basis;
    uint64_t entry;
    int64_t due_ns;
    bool has_subject;
    struct tree_hash subject;
};

struct oversight_term {
    struct tree_hash subject;
    const struct law_basis *basis;
    uint64_t entry;
    int64_t until_ns;
};

struct oversight_window {
    struct tree_hash order;
    uint64_t entry;
    int64_t until_ns;
    char article[LAW_ARTICLE_MAX];
};

struct oversight {
    const struct law *law;
    oversight_tell_fn *tell;
    void *context;
    int64_t last_ns; /* when the latest entry was made */
    size_t warrant_count, duty_count, term_count, window_count, suspended_count,
        generation_count;
    struct oversight_warrant *warrants;
    struct oversight_duty *duties; /* in the order they arose */
    struct oversight_term *terms;
    struct oversight_window *windows;
    struct tree_hash *suspended, *generations;
};

enum oversight_fault {
    OVERSIGHT_BASIS,
    OVERSIGHT_PERIOD,
    OVERSIGHT_WARRANT_CHANGED,
    OVERSIGHT_WARRANT_AFTER_END,
    OVERSIGHT_SIGNERS,
    OVERSIGHT_EQUIPMENT_MISSING,
    OVERSIGHT_CAP_UNKNOWN,
    OVERSIGHT_SHARE,
    OVERSIGHT_NO_WARRANT,
    OVERSIGHT_OTHER_BASIS,
    OVERSIGHT_OUTSIDE_PERIOD,
    OVERSIGHT_AFTER_REVOCATION,
    OVERSIGHT_DIRECTION,
    OVERSIGHT_EQUIPMENT,
    OVERSIGHT_GENERATION,
    OVERSIGHT_NOT_ERASED,
    OVERSIGHT_OVER_CAP,
    OVERSIGHT_NO_SELECTION,
    OVERSIGHT_CLOSED_LATE,
    OVERSIGHT_ERASURE_FAILED,
    OVERSIGHT_SUSPENDED_USE,
    OVERSIGHT_NOTICE_LATE,
    OVERSIGHT_NOTICE_MISSING,
    OVERSIGHT_NOTICE_IDLE,
    OVERSIGHT_WINDOW_PAST,
    OVERSIGHT_WINDOW_LATE,
    OVERSIGHT_WINDOW_OPEN,
    OVERSIGHT_RETENTION_MISSING,
    OVERSIGHT_RETENTION_LONG,
    OVERSIGHT_EXTENSION_LATE,
    OVERSIGHT_EXTENSION_LONG,
    OVERSIGHT_ERASURE_LATE,
    OVERSIGHT_ERASURE_MISSING,
    OVERSIGHT_HANDING,
    OVERSIGHT_ACCESS,
    OVERSIGHT_CLOCK_BACK,
    OVERSIGHT_CLOCK_STEP,
    OVERSIGHT_WEAKENED,
    OVERSIGHT_COLLECTOR,
    OVERSIGHT_TOO_MANY,
    OVERSIGHT_FAULTS
};

/* Where, by which article, and what stands for {0} and {1} in the words. */
struct oversight_say {
    uint64_t entry;
    const char *article;
    struct bytes first, second;
};

void oversight_say(const struct oversight *oversight, enum oversight_fault fault,
                   const struct oversight_say *say);
/* In the words of the law's own no. */
void oversight_say_ruling(const struct oversight *oversight, enum oversight_fault fault,
                          uint64_t entry, const struct law_ruling *ruling);
/* A table is full: what does not fit is not followed. */
void oversight_say_full(const struct oversight *oversight, uint64_t entry, const char *what);

/* Empty and 0 where the entry has no such field. */
struct bytes oversight_text(const struct entry *entry, enum entry_field field);
uint64_t oversight_count(const struct entry *entry, enum entry_field field);
int64_t oversight_time(const struct entry *entry, enum entry_field field);
/* Held at the end of the range: times of entries come from outside. */
int64_t oversight_later(int64_t time_ns, int64_t span_ns);
struct tree_hash oversight_name_of(struct bytes text);
const char *oversight_article(const struct oversight *oversight, const struct law_basis *basis);
/* NULL where it was never accepted. */
struct oversight_warrant *oversight_find_warrant(const struct oversight *oversight,
                                                 struct bytes serial);
/* Of the entry, or of what it belongs to; NULL when neither tells. */
const struct law_basis *oversight_basis(const struct oversight *oversight,
                                        const struct entry *entry);

void coverage_take(struct oversight *oversight, uint64_t number, const struct entry *entry);
void duties_take(struct oversight *oversight, uint64_t number, const struct entry *entry);
void duties_end(struct oversight *oversight, int64_t as_of_ns);
void handling_take(struct oversight *oversight, uint64_t number, const struct entry *entry);
void handling_end(struct oversight *oversight, int64_t as_of_ns);
