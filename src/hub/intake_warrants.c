// SPDX-License-Identifier: Apache-2.0
/* Warrants and revocations for the sensor that asks: those of its basis and equipment. */
#include <stdio.h>

#include "hub/intake_private.h"

enum { PAGE = 32, CURSOR_MAX = 24 };

bool intake_warrants(struct asking *asking, struct error *err)
{
    const char *told = http_query(asking->request, "after");
    uint64_t after = 0;
    char cursor[CURSOR_MAX];
    if (told && *told && !text_read_u64(bytes_of_string(told), INT64_MAX, &after))
        return refuse_field(
            asking, "after",
            (struct law_text){ "not a cursor of this list", "この一覧のカーソルではない" });
    json_t *items = rows_array(
        asking->db,
        SQL("SELECT serial, kind, number AS \"number@number\", envelope FROM warrant"
            " WHERE number > $1 AND basis = $2 AND (equipment = '' OR equipment = $3)"
            " ORDER BY number LIMIT $4",
            database_number((int64_t)after), database_string(asking->sensor.basis),
            database_string(asking->sensor.equipment), database_number(PAGE)),
        err);
    if (!items)
        return false;
    size_t count = json_array_size(items);
    json_int_t last = (json_int_t)after;
    if (count > 0)
        last = json_integer_value(json_object_get(json_array_get(items, count - 1), "number"));
    snprintf(cursor, sizeof cursor, "%lld", (long long)last);
    return answer(asking, 200, json_pack("{s:o, s:s}", "items", items, "next", cursor));
}

static bool is_for(struct asking *asking, const char *serial, int64_t *found, struct error *err)
{
    return sql_number(asking->db,
                      SQL("SELECT COUNT(*) FROM warrant WHERE serial = $1 AND basis = $2"
                          " AND (equipment = '' OR equipment = $3)",
                          database_string(serial), database_string(asking->sensor.basis),
                          database_string(asking->sensor.equipment)),
                      0, found, err);
}

/* That it lies in the sensor's folder; what the sensor rules stands in its own ledger. */
bool intake_delivery(struct asking *asking, struct error *err)
{
    const char *serial = http_variable(asking->request, "serial");
    struct change change;
    int64_t found = 0;
    if (!is_for(asking, serial, &found, err))
        return false;
    if (found == 0)
        return refuse_unknown(asking);
    if (!change_begin(asking->hub, &change, err))
        return false;
    if (!database_run(change.db,
                      SQL("INSERT INTO delivery (serial, sensor, at, outcome)"
                          " VALUES ($1, $2, $3, 'delivered')"
                          " ON CONFLICT (serial, sensor) DO NOTHING",
                          database_string(serial), database_number(asking->sensor.id),
                          database_number(change.now_ns)),
                      NULL, err) ||
        !change_happened(&change, "warrant", serial, asking->sensor.compartment, err))
        return change_give_up(&change);
    return change_commit(&change, err) &&
           answer(asking, 201, json_pack("{s:s}", "serial", serial));
}
