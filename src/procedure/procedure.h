// SPDX-License-Identifier: Apache-2.0
/* Procedures as the law lays them down: states, and steps from one to the next, each with who
 * may take it, what must hold, what it brings, and its article.  All of that is data
 * (law/NAME/procedures); here it is only kept to.  A step whose clock has run out is taken by
 * the machine, and nobody can keep it from that.  Pure: the time and the facts come in. */
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
    PROCEDURE_FACTS_MAX = 32
};

struct procedure_state {
    const char *id;
    struct law_text name;
    bool is_end;
    bool has_feed; /* traffic may be received */
    bool has_use;  /* what was selected may be used */
};

/* Something that must hold, or the step is refused with this article. */
struct procedure_guard {
    const char *fact;          /* told and not 0; or within: */
    int64_t at_least, at_most; /* INT64_MIN, INT64_MAX where the data says nothing */
    const char *when;          /* asked only where this fact is; NULL: always */
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

struct procedure_step {
    const char *event;
    const char *const *from; /* ids of states; "*" alone: any that is no end */
    size_t from_count;
    const char *to;          /* id; "same"; "previous": where it was when it was suspended */
    const char *role;        /* who may; "*": anybody */
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
};

struct procedure {
    const char *id; /* "measure" */
    struct law_text name;
    const char *const *bases; /* ids */
    size_t basis_count;
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

/* One agreement, measure or batch on its way. */
struct procedure_case {
    const struct law *law;
    const struct procedure *procedure;
    const struct law_basis *basis;
    char subject[PROCEDURE_SUBJECT_MAX];
    size_t state, previous;
    int64_t now_ns;                       /* of the last step; time does not go back */
    int64_t clocks[PROCEDURE_CLOCKS_MAX]; /* INT64_MAX: not set */
    size_t duty_count;
    struct procedure_duty duties[PROCEDURE_DUTIES_MAX];
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

const struct procedure *procedure_find(const struct procedure *procedures, size_t count,
                                       const char *id);
/* False where the procedure is not for that basis, or the subject's name is too long. */
MUST_CHECK bool procedure_begin(const struct law *law, const struct procedure *procedure,
                                const char *basis, const char *subject,
                                struct procedure_case *out);
const struct procedure_state *procedure_state(const struct procedure_case *subject);
/* Takes the step, or refuses it and leaves the case as it was.  What was due by then and takes
 * itself must have been taken first: procedure_tick. */
struct procedure_outcome procedure_apply(struct procedure_case *subject,
                                         const struct procedure_event *event);
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

/* The ledger entry of what came of it: taken or refused.  Texts live as long as the case, the
 * event and the outcome. */
struct entry procedure_entry(const struct procedure_case *subject,
                             const struct procedure_event *event,
                             const struct procedure_outcome *outcome);
