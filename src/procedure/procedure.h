// SPDX-License-Identifier: Apache-2.0
/* Procedures as the law lays them down: what a record says (fields), states, and steps from one
 * to the next, each with who may take it, what must hold, what it brings, and its article.  All
 * of that is data (law/NAME/procedures); here it is only kept to.  A step whose clock has run
 * out is taken by the machine, and nobody can keep it from that; what is voted on is taken by
 * the machine as well, when the votes are there (procedure/vote.h).  What fields may hold is
 * checked in procedure/fields.h.  Pure: the time and the facts come in. */
#pragma once

#include "proof/entry.h"
#include "statute/statute.h"

enum {
    PROCEDURE_STATES_MAX = 32,
    PROCEDURE_STEPS_MAX = 64,
    PROCEDURE_CLOCKS_MAX = 8,
    PROCEDURE_DUTIES_MAX = 48,
    PROCEDURE_DUTIES_KEPT = 16, /* room that only steps that take themselves may use */
    PROCEDURE_SUBJECT_MAX = 48,
    PROCEDURE_FACTS_MAX = 48,
    PROCEDURE_FIELDS_MAX = 96,
    PROCEDURE_ROLES_MAX = 16, /* of one step */
    PROCEDURE_PARTS_MAX = 24, /* people remembered, for steps that others must take */
    PROCEDURE_PERSON_MAX = 64,
    PROCEDURE_SEATS_MAX = 16
};

/* Events that are no step: the record was begun; its fields were changed. */
#define PROCEDURE_BEGIN "begin"
#define PROCEDURE_EDIT "edit"
#define PROCEDURE_MACHINE "machine" /* actor and role of what is taken by itself or by vote */
/* In place of a role: whoever approves under the case's basis. */
#define PROCEDURE_APPROVER "{approver}"

enum procedure_field_kind {
    PROCEDURE_TEXT, /* one line */
    PROCEDURE_LONG_TEXT,
    PROCEDURE_NUMBER,
    PROCEDURE_MOMENT, /* nanoseconds since 1970 UTC */
    PROCEDURE_DATE,   /* the same: midnight in the law's time zone */
    PROCEDURE_CHOICE, /* the id of one of its choices */
    PROCEDURE_YES_NO, /* 1 or 0 */
    PROCEDURE_DIGEST, /* SHA-256: 64 small hexadecimal digits */
    PROCEDURE_FINDING,
    PROCEDURE_FINDINGS, /* ids, one a line */
    PROCEDURE_RECORD,
    PROCEDURE_ORGANISATION,
    PROCEDURE_ADDRESS,   /* an address or a network */
    PROCEDURE_SELECTORS, /* rules of docs/selectors.md */
    PROCEDURE_TEXTS,     /* one a line */
    PROCEDURE_FIELD_KINDS
};

struct procedure_choice {
    const char *id;
    struct law_text name;
};

/* What a record says, or what is told with a step. */
struct procedure_field {
    const char *id;
    struct law_text name, help; /* help.en NULL: none */
    enum procedure_field_kind kind;
    bool is_told;          /* with a step, and is no part of the record */
    const char *handling;  /* id of a row of handling.yaml; NULL: as the record */
    const char *procedure; /* of the record it names; NULL: any */
    const struct procedure_choice *choices;
    size_t choice_count;
    const char *const *required_at; /* events that are refused while it is empty */
    size_t required_count;
    unsigned octets_max;       /* of the text */
    int64_t at_least, at_most; /* the number; of a list: how many */
};

struct procedure_state {
    const char *id;
    struct law_text name;
    bool is_end;
    bool has_feed;    /* traffic may be received */
    bool has_use;     /* what was selected may be used */
    bool is_editable; /* fields may be changed */
};

/* Something that must hold, or the step is refused with this article. */
struct procedure_guard {
    const char *fact;          /* a field or told, not empty and not 0; or within: */
    int64_t at_least, at_most; /* INT64_MIN, INT64_MAX where the data says nothing */
    const char *when;          /* asked only where this fact is; NULL: always */
    const char *under;         /* asked only under this basis; NULL: any */
    const char *told;          /* this duty is met */
    const char *before;        /* this clock has not run out */
    const char *after;         /* this clock has run out */
    const char *article;       /* as of a step */
    struct law_text words;
};

/* Questions to the law itself (statute/statute.h), with its own numbers. */
enum procedure_rule {
    PROCEDURE_RULE_BASIS,     /* in force */
    PROCEDURE_RULE_PERIOD,    /* facts from, until: one period at most */
    PROCEDURE_RULE_EXTENSION, /* fact until: one extension at most behind the clock "period" */
    PROCEDURE_RULE_SIGNERS,   /* fact signers: as many as the basis asks for */
    PROCEDURE_RULE_SHARE,     /* fact share: of the capacity, permille */
    PROCEDURE_RULE_ITEMS,     /* facts items, kinds: of the condition */
    PROCEDURE_RULE_RETENTION, /* fact until: not after the end that the law sets */
    PROCEDURE_RULE_LONGER_RETENTION, /* the same for an extension */
    PROCEDURE_RULE_HANDING, /* words recipient, product; consent, equivalence, permission */
    PROCEDURE_RULES
};

/* What a clock is set to. */
struct procedure_set {
    const char *clock;
    const char *fact; /* a moment told; NULL: see word */
    const char *word; /* a word of time from now on; NULL as well: now */
    bool clear;       /* none of them: it no longer runs */
};

/* How a step is voted on.  The majority is of those who take part; who abstains takes part. */
struct procedure_votes {
    const char *role;    /* whose holders have a seat */
    unsigned seats;      /* so many at most */
    unsigned quorum;     /* so many take part, the chair among them where there is one */
    unsigned ayes;       /* and so many say yes at least */
    const char *chair;   /* role of the holder in the chair; NULL: nobody is */
    const char *deputy;  /* role of who is in the chair while the chair cannot be */
    const char *article; /* of what is refused without the vote; NULL: the step's */
    bool chair_breaks_ties;
    bool is_by_one; /* a signature rather than a vote: the first who says yes carries it */
    bool is_sealed; /* shown to nobody before it is decided */
    const char *const *excludes; /* events: whoever took one of them has no vote */
    size_t exclude_count;
    const char *lost; /* the step that is taken when it is lost; NULL: none */
};

/* A step of another record that this one brings with it: the one a field names. */
struct procedure_echo {
    const char *field;
    const char *event;
    const char *fact; /* told there: this record's id; NULL: none */
};

struct procedure_step {
    const char *event;
    struct law_text name;
    const char *const *from; /* ids of states; "*" alone: any that is no end */
    size_t from_count;
    const char *to;   /* id; "same"; "previous": where it was when it was suspended */
    const char *role; /* who may; "*": anybody */
    const char *const *other_roles; /* and these */
    size_t other_role_count;
    const char *second_role; /* another person who must take part; NULL: none */
    const char *at;          /* taken by itself when this clock has run out; NULL: not */
    const char *article;     /* "{basis}", "{period}": those of the basis */
    struct law_force force;
    uint32_t rules; /* bits 1 << enum procedure_rule */
    const struct procedure_guard *guards;
    size_t guard_count;
    const struct procedure_set *sets;
    size_t set_count;
    const char *entry; /* the kind of ledger entry that it is; NULL: procedure_step alone */
    const char *const *not_by; /* events: whoever took one of them does not take this one */
    size_t not_by_count;
    const struct procedure_votes *votes; /* NULL: who has the role takes it */
    bool is_lost;                        /* taken when the vote is lost, not when carried */
    const struct law_notice *duties;     /* of its own, besides those of its entry */
    size_t duty_count;
    const struct procedure_echo *echoes;
    size_t echo_count;
    bool is_weighty; /* with a page of its own and a passkey */
};

/* One version of one.  A case keeps to the version it began under. */
struct procedure {
    const char *id; /* "measure" */
    unsigned version;
    struct law_force force;     /* when cases of this version are begun */
    const char *prefix;         /* of a record's id: "M"; NULL: no records */
    struct law_text name, help; /* help.en NULL: none */
    const char *const *bases;   /* ids; none: it needs no basis */
    size_t basis_count;
    const struct procedure_field *fields;
    size_t field_count;
    const char *const *clocks;
    size_t clock_count;
    const struct procedure_state *states; /* the first is where it starts */
    size_t state_count;
    const struct procedure_step *steps;
    size_t step_count;
};

/* Something to tell, and until when. */
struct procedure_duty {
    const struct law_notice *notice;
    int64_t since_ns, due_ns;
    bool is_met;
    int64_t met_ns;
};

/* Who took which event, where a step asks. */
struct procedure_part {
    const char *event; /* of the law's data */
    char person[PROCEDURE_PERSON_MAX];
};

/* One agreement, measure or batch on its way.  All of it may be written down and read again:
 * texts of the law's data by their ids. */
struct procedure_case {
    const struct law *law;
    const struct procedure *procedure;
    const struct law_basis *basis; /* NULL: of none */
    char subject[PROCEDURE_SUBJECT_MAX];
    size_t state, previous;
    int64_t now_ns;                       /* of the last step; time does not go back */
    int64_t clocks[PROCEDURE_CLOCKS_MAX]; /* INT64_MAX: not set */
    size_t duty_count;
    struct procedure_duty duties[PROCEDURE_DUTIES_MAX];
    size_t part_count;
    struct procedure_part parts[PROCEDURE_PARTS_MAX];
};

/* What a record's field holds; see enum procedure_field_kind. */
struct procedure_value {
    const char *field;
    enum procedure_field_kind kind;
    int64_t number;   /* number, moment, date, yes_no */
    const char *text; /* all others; NULL or "": empty */
};

/* What is told of an event; a number or a word. */
struct procedure_fact {
    const char *name;
    int64_t number;
    const char *word; /* NULL: a number */
};

struct procedure_event {
    const char *name;
    const char *actor, *role;
    const char *second_actor, *second_role; /* NULL: nobody */
    const struct procedure_fact *facts;
    size_t fact_count;
    const struct procedure_value *values; /* of the record: they go before facts told */
    size_t value_count;
    const struct procedure_ballot *ballot; /* of a step that is voted on (procedure/vote.h) */
    int64_t now_ns;
};

/* What came of it: ruling, and where it is allowed the step that was taken. */
struct procedure_outcome {
    struct law_ruling ruling;
    const struct procedure_step *step; /* NULL where none was found */
    size_t before, after;              /* states */
    size_t duties_brought;             /* the last so many of the case's */
    int64_t at_ns;
};

/* The one in force, or the last of that id; NULL where there is none. */
const struct procedure *procedure_find(const struct procedure *procedures, size_t count,
                                       const char *id);
const struct procedure *procedure_find_version(const struct procedure *procedures, size_t count,
                                               const char *id, unsigned version);
/* The version that cases are begun under on that day; NULL where none is. */
const struct procedure *procedure_find_current(const struct law *law, const char *id,
                                               int64_t now_ns);
const struct procedure_field *procedure_find_field(const struct procedure *procedure,
                                                   const char *id);
MUST_CHECK bool procedure_find_state(const struct procedure *procedure, const char *id,
                                     size_t *out);
/* Of the law's notices or a step's own duties. */
const struct law_notice *
procedure_find_notice(const struct law *law, const struct procedure *procedure, const char *id);
/* basis is NULL or "" where the procedure needs none; under one for exercises every procedure
 * runs.  False where the procedure is not for that basis, or the subject's name is too long. */
MUST_CHECK bool procedure_begin(const struct law *law, const struct procedure *procedure,
                                const char *basis, const char *subject,
                                struct procedure_case *out);
/* Remembers who began the record or changed its fields (PROCEDURE_BEGIN, PROCEDURE_EDIT), where
 * a step asks.  False where there are too many to remember: refuse the change. */
MUST_CHECK bool procedure_took_part(struct procedure_case *subject, const char *event,
                                    const char *person);
/* Has that person taken the event? */
bool procedure_has_part(const struct procedure_case *subject, const char *event,
                        const char *person);
/* The role that a step's word stands for; itself, but for PROCEDURE_APPROVER. */
const char *procedure_role(const struct procedure_case *subject, const char *word);
/* Does a holder of that role count as the one that is wanted?  In an exercise, who plays it
 * (roles.yaml, played_by) does as well. */
bool procedure_is_role(const struct procedure_case *subject, const char *wanted,
                       const char *held);
const struct procedure_state *procedure_state(const struct procedure_case *subject);
/* Does the step lead on from where the case is? */
bool procedure_starts_here(const struct procedure_case *subject,
                           const struct procedure_step *step);
/* Is it the machine's, to a state with a feed, as soon as its facts hold? */
bool procedure_opens_feed(const struct procedure *procedure, const struct procedure_step *step);
/* May traffic be received where the case is, or does the machine open the feed from there? */
bool procedure_may_feed(const struct procedure_case *subject);
/* Is it what comes next there, rather than a way out, a way back or an interruption?  Those are
 * next only where nothing leads on and no clock ends it by itself. */
bool procedure_is_next(const struct procedure_case *subject, const struct procedure_step *step);
/* What speaks against that person taking the step, as far as it can be said before anything is
 * told with it: for lists of what may be done.  Not for steps of the machine. */
struct law_ruling procedure_offer(const struct procedure_case *subject,
                                  const struct procedure_step *step,
                                  const struct procedure_event *event);
/* The fields that a step looks at: of the record, or told with it.  Their number. */
size_t procedure_needs(const struct procedure *procedure, const struct procedure_step *step,
                       const struct procedure_field *out[PROCEDURE_FIELDS_MAX]);
/* Takes the step, or refuses it and leaves the case as it was.  What was due by then and takes
 * itself must have been taken first: procedure_tick. */
struct procedure_outcome procedure_apply(struct procedure_case *subject,
                                         const struct procedure_event *event);
/* The event that outcome's step brings on the record a field of it names; the caller applies it
 * there.  Where it is refused there (that record has ended, or is suspended already), this step
 * stands all the same, and the caller writes down the refusal.  room is for the fact. */
struct procedure_event procedure_echo(const struct procedure_case *subject,
                                      const struct procedure_outcome *outcome, size_t echo,
                                      struct procedure_fact *room);
/* When the next step takes itself; INT64_MAX: none. */
int64_t procedure_next(const struct procedure_case *subject);
/* Takes the next step that is due by now, at the moment it was due.  False where none is. */
MUST_CHECK bool procedure_tick(struct procedure_case *subject, int64_t now_ns,
                               struct procedure_outcome *out);
/* A duty to tell was met.  False where none of that name is open. */
MUST_CHECK bool procedure_tell(struct procedure_case *subject, const char *notice,
                               int64_t now_ns);
/* Duties that are open and were due before now. */
size_t procedure_overdue(const struct procedure_case *subject, int64_t now_ns);
/* The moment a clock of that name stands at; INT64_MAX: not set, or none of that name. */
int64_t procedure_clock(const struct procedure_case *subject, const char *name);
const char *procedure_rule_name(enum procedure_rule rule);
const char *procedure_field_kind_name(enum procedure_field_kind kind); /* "long_text" */

/* The ledger entry of what came of it: taken or refused.  Texts live as long as the case, the
 * event and the outcome. */
struct entry procedure_entry(const struct procedure_case *subject,
                             const struct procedure_event *event,
                             const struct procedure_outcome *outcome);
