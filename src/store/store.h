// SPDX-License-Identifier: Apache-2.0
/* The embedded store: SQLite in WAL mode, records and findings of watch runs.  Takes nothing
 * but minimised data.  A run is one row; its records and findings name it and the mandate they
 * were selected under, carry their retention date and go when it has come.
 *
 * Nothing is read without a grant (access/access.h), which the handle is opened with: rows of
 * another basis, and rows past their date, are neither given nor counted, and lines are shown
 * as pseudonyms unless the grant has them in clear.  Such a pseudonym is one of this handle
 * alone: what was read twice cannot be matched by it (art. 24(4)). */
#pragma once

#include "access/access.h"
#include "base/error.h"
#include "model/finding.h"
#include "model/summary.h"
#include "model/verdict.h"

struct store;

/* Opens or makes the file and brings its schema up to date; refuses a newer one.  For writing:
 * nothing is read through it. */
MUST_CHECK struct store *store_open(const char *path, struct error *err);
/* Without writing, and with what the grant allows. */
MUST_CHECK struct store *store_open_reading(const char *path, const struct access_grant *grant,
                                            struct error *err);
/* Both: for decisions on retention and for provisions. */
MUST_CHECK struct store *store_open_handling(const char *path, const struct access_grant *grant,
                                             struct error *err);
void store_close(struct store *store);

MUST_CHECK bool store_begin_run(struct store *store, int64_t now_ns, const char *title,
                                struct error *err);
/* A record without a retention date is refused (art. 25(1)). */
MUST_CHECK bool store_put_flow(struct store *store, const struct minimised_flow *flow,
                               struct error *err);
/* What was put so far is kept, whatever comes; the run goes on. */
MUST_CHECK bool store_settle(struct store *store, struct error *err);
/* The run's findings and account; ends and commits the run.  Each finding is tied to the
 * records it was made from. */
MUST_CHECK bool store_end_run(struct store *store, const struct finding *findings, size_t count,
                              const struct summary *summary, struct error *err);

/* The basis of the newest finished run, "" when there is none: which one to ask access for.
 * Needs no grant: it tells of no communication. */
MUST_CHECK bool store_newest_basis(const char *path, char out[BASIS_NAME_MAX],
                                   struct error *err);

struct store_filter {
    const char
        *about;      /* a server, name, line, warrant, or the start of a finding's id; or "" */
    bool newest_run; /* only */
    int64_t from_ns, to_ns; /* seen within [from, to) */
    uint64_t limit, skip;
};
/* Everything, the first limit of it. */
struct store_filter store_filter_all(uint64_t limit);

/* The finding of the newest run whose identifier starts with prefix: 1 found, 0 none, 2 more
 * than one, -1 failed. */
MUST_CHECK int store_find_finding(struct store *store, struct bytes prefix, struct finding *out,
                                  struct error *err);
/* Calls take for each finding, strongest first. */
MUST_CHECK bool store_each_finding(struct store *store, const struct store_filter *filter,
                                   void (*take)(void *context, const struct finding *finding),
                                   void *context, struct error *err);
/* Calls take for each record and its number, oldest first. */
typedef void store_take_flow_fn(void *context, int64_t record,
                                const struct minimised_flow *flow);
MUST_CHECK bool store_each_flow(struct store *store, const struct store_filter *filter,
                                store_take_flow_fn *take, void *context, struct error *err);

/* Rows in the order they were put in, for who reads on from where he was: those with numbers in
 * (after, last], the first limit of them.  Numbers grow, and none is given twice, whatever is
 * erased; what the grant does not show is passed over. */
struct store_stretch {
    int64_t after, last;
    uint64_t limit;
};
MUST_CHECK bool store_each_flow_after(struct store *store, const struct store_stretch *stretch,
                                      store_take_flow_fn *take, void *context,
                                      struct error *err);
typedef void store_take_finding_fn(void *context, int64_t number,
                                   const struct finding *finding);
MUST_CHECK bool store_each_finding_after(struct store *store,
                                         const struct store_stretch *stretch,
                                         store_take_finding_fn *take, void *context,
                                         struct error *err);

/* Which store it is, made up when it was made, and the highest numbers that were ever given. */
enum { STORE_ID_MAX = 33 };
struct store_standing {
    char id[STORE_ID_MAX];
    int64_t last_flow, last_finding;
};
MUST_CHECK bool store_tell_standing(struct store *store, struct store_standing *out,
                                    struct error *err);

struct store_counts {
    uint64_t records, findings;
    int64_t first_ns, last_ns; /* 0 when nothing counts */
};
/* Without regard to limit and skip. */
MUST_CHECK bool store_count(struct store *store, const struct store_filter *filter,
                            struct store_counts *out, struct error *err);

enum { STORE_WORDS_MAX = 512, STORE_RECIPIENT_MAX = STORE_WORDS_MAX, STORE_WORD_MAX = 32 };

/* What happened to a finding or record: "selected" (who: the run), "made" (who: the finding),
 * "extended", "ended" (who, role, reason), or the state of a provision (who: the recipient;
 * role: the product; reason: the article). */
struct store_event {
    char what[STORE_WORD_MAX];
    int64_t at_ns;
    struct mandate mandate;
    uint64_t records;
    int64_t before_ns, until_ns; /* the retention date; of a provision, when it was made */
    char who[STORE_WORDS_MAX];
    char role[STORE_WORD_MAX];
    char reason[STORE_WORDS_MAX];
};
/* Of a finding's whole identifier, or of the record with that number (finding ""). */
MUST_CHECK bool store_history(struct store *store, const char *finding, int64_t record,
                              void (*take)(void *context, const struct store_event *event),
                              void *context, struct error *err);

/* Retention. */
struct store_period {
    char basis[BASIS_NAME_MAX];
    char warrant[WARRANT_SERIAL_MAX];
    int64_t until_ns;
    uint64_t records, findings, provisions;
};
/* What is kept, by basis, warrant and date. */
MUST_CHECK bool store_each_period(struct store *store,
                                  void (*take)(void *context, const struct store_period *kept),
                                  void *context, struct error *err);

/* Who decided, when and why; about a finding with its records, or a warrant with all that came
 * from it. */
struct store_decision {
    const char *about; /* whole identifier */
    const char *actor, *role, *reason;
    int64_t now_ns;
};
enum { STORE_PERIODS_MAX = 64 };
struct store_changes {
    size_t count;
    struct store_change {
        struct store_period before;
        int64_t until_ns;
    } changes[STORE_PERIODS_MAX];
};
/* until_of gives the new date of what is kept under that basis until then, or 0 when that may
 * not be, which takes all of it back and fails.  What is past its date is not held any more,
 * so it cannot be extended. */
typedef int64_t store_until_fn(void *context, const char *basis, int64_t until_ns);
MUST_CHECK bool store_extend(struct store *store, const struct store_decision *decision,
                             store_until_fn *until_of, void *context, struct store_changes *out,
                             struct error *err);
/* No longer needed (art. 25(3)): the period ends now.  Records of the finding that another one
 * rests on stay. */
MUST_CHECK bool store_end(struct store *store, const struct store_decision *decision,
                          struct store_changes *out, struct error *err);

enum { STORE_ERASED_MAX = 256 };
struct store_erasure {
    size_t count;
    struct store_erased {
        char basis[BASIS_NAME_MAX];
        char warrant[WARRANT_SERIAL_MAX];       /* of the last one: also what had no room */
        uint64_t records, findings, provisions; /* provisions: that nobody holds */
        uint64_t holders;                       /* who must be told to erase */
        bool is_left;                           /* some of that warrant is still kept */
    } groups[STORE_ERASED_MAX];                 /* by basis and warrant */
};
/* Erases what of the basis, or of any ("*"), is past its date, in the file and its journal,
 * with all that hangs on it; what others hold is marked for an erasure notice to each of them.
 * Needs no grant: nothing is read, and nobody may refuse it (art. 25(4)). */
MUST_CHECK bool store_sweep(struct store *store, const char *basis, int64_t now_ns,
                            struct store_erasure *out, struct error *err);

/* Provisions: what is to be sent, was sent, and is held by others. */
enum store_provision_state {
    STORE_PROVISION_WAITING, /* to be sent */
    STORE_PROVISION_SENT,
    STORE_PROVISION_HELD,    /* the recipient said so */
    STORE_PROVISION_ERASING, /* to be told to erase */
    STORE_PROVISION_TOLD,
    STORE_PROVISION_ERASED, /* the recipient said so */
    STORE_PROVISION_STATES
};
struct store_provision {
    int64_t id;
    int64_t made_ns, changed_ns;
    enum store_provision_state state;
    char finding[FINDING_ID_MAX];
    char basis[BASIS_NAME_MAX];
    char warrant[WARRANT_SERIAL_MAX];
    char recipient[STORE_RECIPIENT_MAX];
    char product[STORE_WORD_MAX];
    char article[STORE_WORD_MAX];
    int64_t until_ns;
};
const char *store_provision_state_name(enum store_provision_state state);

/* A finding for a recipient, as the article says.  Its date is the finding's. */
struct store_parcel {
    const char *finding; /* whole identifier */
    const char *recipient, *product, *article;
};
/* False with err->code 0 when no such finding is held. */
MUST_CHECK bool store_provide(struct store *store, const struct store_parcel *parcel,
                              int64_t now_ns, int64_t *out, struct error *err);
/* All that the run which has just ended kept, in a copy elsewhere: a file, another program. */
MUST_CHECK bool store_put_copy(struct store *store, const char *recipient, const char *product,
                               int64_t now_ns, struct error *err);
MUST_CHECK bool store_mark_provision(struct store *store, int64_t id,
                                     enum store_provision_state state, int64_t now_ns,
                                     struct error *err);
/* Of one state, or of all (STORE_PROVISION_STATES). */
MUST_CHECK bool store_each_provision(struct store *store, enum store_provision_state state,
                                     void (*take)(void *context,
                                                  const struct store_provision *provision),
                                     void *context, struct error *err);

/* Verdicts. */
struct store_verdict {
    struct verdict about;
    char finding[FINDING_ID_MAX]; /* the one it was given on */
    char name[STORE_WORD_MAX];    /* of a poller: what it is; else "" */
    char actor[STORE_WORDS_MAX];
    char role[STORE_WORD_MAX];
    char reason[STORE_WORDS_MAX];
    char basis[BASIS_NAME_MAX];
    int64_t at_ns, until_ns;
};
/* out: its number. */
MUST_CHECK bool store_put_verdict(struct store *store, const struct store_verdict *verdict,
                                  int64_t *out, struct error *err);
/* Those of a basis ("*": any) that are in force, newest first.  Needs no grant: a verdict tells
 * of a server what a person said, and is applied by every run. */
MUST_CHECK bool store_each_verdict(struct store *store, const char *basis, int64_t now_ns,
                                   void (*take)(void *context,
                                                const struct store_verdict *verdict),
                                   void *context, struct error *err);
MUST_CHECK bool store_remove_verdict(struct store *store, int64_t id, struct error *err);
