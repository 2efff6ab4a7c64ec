// SPDX-License-Identifier: Apache-2.0
/* People are what the last document in the register says, their roles among it. */
#include <stdio.h>
#include <string.h>

#include "hub/asking_private.h"
#include "hub/check_private.h"

static const json_t *said(const struct check *check, int64_t person)
{
    return json_object_get(json_object_get(check->subjects, asking_name(person).text),
                           "person");
}

static void take_person(struct check *check, const struct database_rows *rows)
{
    json_t *row = rows_object(rows);
    const json_t *document = said(check, database_get_number(rows, 0));
    const char *column;
    json_t *has;
    json_object_foreach(row, column, has)
    {
        const json_t *wanted = json_object_get(document, column);
        if (wanted && !json_equal(has, wanted))
            check_tell(check, asking_name(database_get_number(rows, 0)).text,
                       "column %s: it is not as in the document of entry %lld", column,
                       (long long)json_integer_value(json_object_get(document, "entry")));
    }
    json_decref(row);
}

/* As the register's documents have them. */
static const char people[] =
    "SELECT p.id AS \"id@id\", p.name, p.display, p.organisation AS \"organisation@id\","
    " p.is_active AS \"is_active@flag\", p.clearance AS \"clearance_level@number\","
    " p.clearance_from AS \"clearance_from@time\", p.clearance_to AS"
    " \"clearance_until@time\" FROM person p ORDER BY p.id";

static const char roles[] =
    "SELECT p.id AS \"person@number\", h.id AS \"id@id\", h.role, h.organisation AS"
    " \"organisation@id\", h.sectors AS \"sectors@number\", h.since AS \"from@time\", h.until"
    " AS \"until@time\" FROM person p LEFT JOIN held_role h ON h.person = p.id"
    " ORDER BY p.id, h.id";

/* Roles of one person stand together. */
static void end_roles(struct check *check)
{
    const json_t *document = check->grouped ? said(check, check->group_id) : NULL;
    const char *wanted = json_string_value(json_object_get(document, "roles"));
    if (wanted && strcmp(check_json(check->grouped).text, wanted) != 0)
        check_tell(check, asking_name(check->group_id).text,
                   "roles: they are not those of the document of entry %lld",
                   (long long)json_integer_value(json_object_get(document, "entry")));
    json_decref(check->grouped);
    check->grouped = NULL;
}

static void take_role(struct check *check, const struct database_rows *rows)
{
    int64_t person = database_get_number(rows, 0);
    if (check->grouped && check->group_id != person)
        end_roles(check);
    if (!check->grouped)
        check->grouped = json_array();
    check->group_id = person;
    if (database_is_null(rows, 1))
        return;
    json_t *role = rows_object(rows);
    json_object_del(role, "person");
    json_array_append_new(check->grouped, role);
}

bool check_people(struct check *check, struct error *err)
{
    if (!check_each(check, people, take_person, err) ||
        !check_each(check, roles, take_role, err))
        return false;
    end_roles(check);
    return true;
}
