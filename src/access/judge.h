// SPDX-License-Identifier: Apache-2.0
/* The one answer to "may this person do that to this, for that purpose": asked for rows,
 * counts, facets, history, search, exports, notices and the words of errors alike.  What no row
 * of the law's matrix (law/NAME/matrix.yaml) allows is refused.  Pure. */
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

enum access_clearance { CLEARANCE_NONE, CLEARANCE_CONFIDENTIAL, CLEARANCE_SECRET };

/* A role somebody holds: where, and how long. */
struct access_role {
    const char *id;       /* of the law's data */
    int64_t organisation; /* 0: everywhere */
    uint64_t sectors;     /* bits; 0: every one */
    int64_t from_ns, to_ns;
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
    uint64_t scopes;  /* of an API token: actions, bits; all where a session asks */
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
    const char *kind; /* "record", "finding", "flow", "person", "sensor", "ledger" ... */
    const char *procedure, *state; /* of a record; NULL else */
    const char *basis;             /* NULL: of none */
    enum access_label label;
    enum access_clearance clearance;         /* that it asks for */
    int64_t organisation;                    /* whose it is; 0: nobody's own */
    int64_t ancestors[ACCESS_ANCESTORS_MAX]; /* of that organisation, 0 where no more */
    unsigned sector;                         /* 1 to ACCESS_SECTORS_MAX; 0: none */
    bool has_roster;                         /* for named people alone */
    bool is_on_roster;                       /* and the actor is one of them */
    bool is_exercise;
};

struct access_verdict {
    bool is_allowed;
    char rule[ACCESS_RULE_MAX]; /* which row or safeguard said so: "matrix:analyst:record" */
    struct law_ruling ruling;
};

struct access_verdict access_judge(const struct law *law, const struct access_actor *actor,
                                   enum access_action action,
                                   const struct access_object *object, const char *purpose,
                                   int64_t now_ns);
/* May the value of a field of that handling (law/NAME/handling.yaml) be shown of an object that
 * may be read? */
struct access_verdict access_judge_field(const struct law *law,
                                         const struct access_actor *actor,
                                         const struct access_object *object,
                                         const char *handling, const char *purpose,
                                         int64_t now_ns);
const char *access_action_name(enum access_action action);
const char *access_label_name(enum access_label label); /* "TLP:AMBER+STRICT" */
