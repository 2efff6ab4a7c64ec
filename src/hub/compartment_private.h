// SPDX-License-Identifier: Apache-2.0
/* What a row's visibility depends on, interned: rows with the same answer share a compartment,
 * so the one question (access_judge) is asked once for each compartment and lists, counts,
 * facets, search and exports all say `compartment IN (those)`.  A set of compartments that
 * somebody may list is a view, interned as well. */
#pragma once

#include "hub/asking_private.h"

/* Ancestors and roster membership are looked up; the rest is given. */
struct compartment {
    int64_t id;
    const char *kind, *procedure, *state, *basis; /* NULL: none */
    enum access_label label;
    enum access_clearance clearance;
    int64_t organisation, roster;
    int64_t party; /* an organisation that takes part; 0: none */
    unsigned sector;
    bool is_exercise;
};

/* The compartment of a new or changed row. */
MUST_CHECK bool compartment_intern(struct change *change, const struct compartment *what,
                                   int64_t *out, struct error *err);
/* The question's object, for a row that was read; false: no such compartment, or failed. */
struct compartment_room {
    char kind[32], procedure[48], state[48], basis[BASIS_NAME_MAX];
};
MUST_CHECK bool compartment_object(struct asking *asking, int64_t id,
                                   struct compartment_room *room, struct access_object *out,
                                   struct error *err);
/* The object of what is about to be made. */
MUST_CHECK bool compartment_of(struct asking *asking, const struct compartment *what,
                               struct access_object *out, struct error *err);
/* The view of what the asker may do that to; asked once in a request for ACTION_LIST. */
MUST_CHECK bool compartment_view(struct asking *asking, enum access_action action, int64_t *out,
                                 struct error *err);
/* The view of records that go on and in which the asker may take a step or vote. */
MUST_CHECK bool compartment_work(struct asking *asking, int64_t *out, struct error *err);
/* Where the row's compartment is such: else refused with 404 or 403, or the world failed
 * (*is_failed). */
MUST_CHECK bool compartment_may(struct asking *asking, enum access_action action, int64_t id,
                                bool *is_failed, struct error *err);
/* Of rows that have no compartment of their own (people, organisations): leaves out those whose
 * organisation, the id that member holds, is none the asker may list the kind of. */
MUST_CHECK bool compartment_keep_listed(struct asking *asking, const char *kind,
                                        const char *member, json_t *rows, struct error *err);
