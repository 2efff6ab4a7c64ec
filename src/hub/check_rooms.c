// SPDX-License-Identifier: Apache-2.0
/* The compartment of each row is the one its columns call for: else somebody sees it who may
 * not, or does not who may. */
#include "hub/check_private.h"

static void take_room(struct check *check, const struct database_rows *rows)
{
    char where[CHECK_WHERE_MAX];
    struct text to = text_over(where, sizeof where);
    text_put(&to, database_get_text(rows, 0));
    check_tell(check, where, "column compartment: %lld is not what its columns call for",
               (long long)database_get_number(rows, 1));
}

static const char *const rooms[] = {
    "SELECT r.name, r.compartment FROM record r LEFT JOIN compartment c ON c.id = r.compartment"
    " WHERE c.id IS NULL OR c.kind <> 'record' OR COALESCE(c.procedure, '') <> r.procedure"
    " OR COALESCE(c.state, '') <> r.state OR COALESCE(c.basis, '') <> r.basis"
    " OR c.label <> r.label OR c.organisation <> r.organisation OR c.sector <> r.sector"
    " OR c.roster <> r.roster OR c.is_exercise <> r.is_exercise ORDER BY r.id",
    "SELECT s.name, s.compartment FROM sensor s LEFT JOIN compartment c ON c.id = s.compartment"
    " WHERE c.id IS NULL OR c.kind <> 'sensor' OR COALESCE(c.basis, '') <> s.basis"
    " OR c.organisation <> s.organisation OR c.sector <> s.sector ORDER BY s.id",
    "SELECT w.serial, w.compartment FROM warrant w JOIN record r ON r.id = w.record"
    " LEFT JOIN compartment c ON c.id = w.compartment"
    " WHERE c.id IS NULL OR c.kind <> 'warrant' OR COALESCE(c.basis, '') <> w.basis"
    " OR c.organisation <> r.organisation OR c.is_exercise <> r.is_exercise"
    " ORDER BY w.number",
    "SELECT f.name, f.compartment FROM finding f LEFT JOIN compartment c ON c.id = "
    "f.compartment"
    " WHERE c.id IS NULL OR c.kind <> 'finding' OR COALESCE(c.basis, '') <> f.basis"
    " ORDER BY f.id",
    "SELECT f.server, f.compartment FROM flow f LEFT JOIN compartment c ON c.id = f.compartment"
    " WHERE c.id IS NULL OR c.kind <> 'flow' ORDER BY f.id",
    /* The name that a compartment is found by says the same as its columns. */
    "SELECT c.name, c.id FROM compartment c WHERE c.name <> c.kind || '|' ||"
    " COALESCE(c.procedure, '') || '|' || COALESCE(c.state, '') || '|' || COALESCE(c.basis, '')"
    " || '|' || CAST(c.label AS TEXT) || '|' || CAST(c.clearance AS TEXT) || '|' ||"
    " CAST(c.organisation AS TEXT) || '|' || CAST(c.sector AS TEXT) || '|' ||"
    " CAST(c.roster AS TEXT) || '|' || CAST(c.is_exercise AS TEXT) || '|' ||"
    " CAST(c.party AS TEXT) ORDER BY c.id",
};

bool check_rooms(struct check *check, struct error *err)
{
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        if (!check_each(check, rooms[i], take_room, err))
            return false;
    }
    return true;
}
