// SPDX-License-Identifier: Apache-2.0
/* The one answer to "may this person do that to this, for that purpose": asked for rows,
 * counts, facets, history, search, exports, notices and the words of errors alike.  What no row
 * of the law's matrix (law/NAME/matrix.yaml) allows is refused; what a row allows is still
 * refused where a safeguard below stands against it.  Pure.
 *
 * The answer depends on nothing but what is given here: callers may ask once for each distinct
 * struct access_object (a compartment) and keep the answer for as long as actor, law and
 * purpose stay and no moment of validity passes.  It is to be asked again with the present
 * moment: a role or a clearance that ran out counts from that moment on, in sessions that are
 * open, too.
 *
 * Safeguards, in the order they are asked; each is the rule of its refusal:
 *   token      an API token does only what its scopes say (they narrow, and give nothing)
 *   exercise   who is in an exercise meets what is of exercises, and nobody else does; days in
 *              force are not asked there: an exercise plays what is to come (LC-25)
 *   purpose    one that is named is of this law, in force and not refused by name; where the
 *              basis is statutory one must be named (LC-14), and the row must name it
 *   unselected what is of tier T0 is for machines alone
 *   clearance  held and valid now
 *   passkey    votes are for sessions that were opened with one
 * What is asked of a row, in that order: role valid now, days in force, state, purpose, scope,
 * label.  Whoever may not list a thing may do nothing with it; whoever may not read it neither
 * exports it nor sees its history.
 *
 * What a sensor's store gives out (access/access.h) is ruled by access.yaml, by basis; that it
 * permits nothing which no row of the matrix does is tested (tests/unit/law/test_matrix.c). */
#pragma once

#include "statute/statute.h"

enum {
    ACCESS_ROLES_MAX = 16,
    ACCESS_SECTORS_MAX = 64, /* bits of a set */
    ACCESS_ANCESTORS_MAX = 8,
    ACCESS_RULE_MAX = 64
};

/* TLP 2.0 (FIRST, 2022), least to most restrictive. */
enum access_label {
    LABEL_CLEAR,
    LABEL_GREEN,
    LABEL_AMBER,
    LABEL_AMBER_STRICT,
    LABEL_RED,
    ACCESS_LABELS
};

enum access_clearance {
    CLEARANCE_NONE,
    CLEARANCE_CONFIDENTIAL,
    CLEARANCE_SECRET,
    ACCESS_CLEARANCES
};

/* A role somebody holds: where, and how long.  It gives what its rows say in that organisation
 * and those below it, and adds nothing to a role held elsewhere. */
struct access_role {
    const char *id;         /* of the law's data */
    int64_t organisation;   /* 0: of none, so that rows for one's own give nothing */
    uint64_t sectors;       /* bits 1 << (number - 1); 0: it is not bound to sectors, and rows
                               for one's sectors give nothing */
    int64_t from_ns, to_ns; /* [from, to) */
};

struct access_actor {
    int64_t person; /* 0: a machine */
    int64_t organisation;
    size_t role_count;
    struct access_role roles[ACCESS_ROLES_MAX];
    enum access_clearance clearance;
    int64_t clearance_from_ns, clearance_to_ns;
    bool has_passkey; /* this session was opened with one */
    bool is_exercise; /* sees exercises only, and nothing else does */
    uint64_t scopes;  /* of an API token: 1 << enum access_action; all where a session asks */
};

enum access_action {
    ACTION_LIST, /* that it exists: rows, counts, facets, search, notices */
    ACTION_READ,
    ACTION_CREATE,
    ACTION_CHANGE,
    ACTION_STEP, /* what may be done is the procedure's to say as well */
    ACTION_VOTE,
    ACTION_EXPORT,
    ACTION_HISTORY,
    ACTION_ADMINISTER,
    ACCESS_ACTIONS
};

/* A row's compartment: everything about it that the answer depends on. */
struct access_object {
    const char *kind; /* as in law/NAME/subjects.yaml: "record", "finding", "flow" ... */
    const char *procedure, *state; /* of a record; NULL else */
    const char *basis;             /* NULL: of none */
    enum access_label label;
    enum access_clearance clearance;         /* that it asks for */
    int64_t organisation;                    /* whose it is; 0: nobody's own */
    int64_t ancestors[ACCESS_ANCESTORS_MAX]; /* of that organisation, 0 where no more */
    int64_t party;     /* an organisation that takes part: an agreement's other side; 0: none */
    unsigned sector;   /* 1 to ACCESS_SECTORS_MAX; 0: none */
    bool has_roster;   /* for named people alone */
    bool is_on_roster; /* and the actor is one of them */
    bool is_exercise;
};

struct access_verdict {
    bool is_allowed;
    char rule[ACCESS_RULE_MAX]; /* which row or safeguard said so: "matrix:analyst:measure" */
    struct law_ruling ruling;   /* its article; the reason of a refusal in both languages */
};

/* For what, and when. */
struct access_use {
    const char *purpose; /* NULL: none named */
    int64_t now_ns;
};

struct access_verdict access_judge(const struct law *law, const struct access_actor *actor,
                                   enum access_action action,
                                   const struct access_object *object, struct access_use use);
/* May the value of a field of that handling (law/NAME/handling.yaml) be shown of an object?
 * Never of one that may not be read.  One role must allow both. */
struct access_verdict access_judge_field(const struct law *law,
                                         const struct access_actor *actor,
                                         const struct access_object *object,
                                         const char *handling, struct access_use use);
/* What an entry of the ledger says of a look at the hub, which names no basis: has the role a
 * row of the matrix for that, of whatever subject? */
struct access_look {
    const char *role, *purpose; /* NULL: none named */
    enum access_action action;
    bool is_exercise;
    int64_t now_ns;
};
struct law_ruling access_rule_look(const struct law *law, const struct access_look *look);
/* The label of what is derived from both: the more restrictive.  LABEL_RED where one is none.
 */
enum access_label access_label_merge(enum access_label a, enum access_label b);
/* What an object is of that law; NULL: nothing it knows, so nobody may do anything with it. */
const struct law_subject *access_subject(const struct law *law,
                                         const struct access_object *object);
/* Bits of what an action asks for: who exports must be able to list and read as well. */
uint32_t access_action_needs(enum access_action action);
const char *access_action_name(enum access_action action);
const char *access_label_name(enum access_label label); /* "TLP:AMBER+STRICT" */
/* ACCESS_LABELS, ACCESS_ACTIONS where there is none of that name. */
enum access_label access_label_find(struct bytes name);
enum access_action access_action_find(struct bytes name);
