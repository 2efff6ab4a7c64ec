// SPDX-License-Identifier: Apache-2.0
/* Documents and files are what their digests say; and what the last documents of each record
 * and person tell is kept for the rows to be held against. */
#include <string.h>

#include "hub/check_private.h"

static void keep_member(json_t *to, const json_t *document, const char *name)
{
    json_t *value = json_object_get(document, name);
    if (value)
        json_object_set(to, name, value);
}

/* Small members as they are; what is long, by its digest. */
static void keep(struct check *check, const char *subject, const char *what,
                 const json_t *document)
{
    static const char *const names[] = {
        "title",     "label",   "organisation",    "sector",         "after",           "name",
        "is_active", "display", "clearance_level", "clearance_from", "clearance_until",
    };
    json_t *to = json_object_get(json_object_get(check->subjects, subject), what);
    static const char *const longs[] = { "fields", "roles" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        keep_member(to, document, names[i]);
    for (size_t i = 0; i < sizeof longs / sizeof *longs; i++) {
        const json_t *value = json_object_get(document, longs[i]);
        if (value)
            json_object_set_new(to, longs[i], json_string(check_json(value).text));
    }
}

static void take_document(struct check *check, const struct database_rows *rows)
{
    struct bytes text = database_get_text(rows, 1);
    struct check_hex is = check_sha256(text), named = check_hex(database_get_blob(rows, 0));
    if (strcmp(is.text, named.text) != 0) {
        check_tell(check, "document", "column octets: those of %s have digest %s", named.text,
                   is.text);
        return;
    }
    json_object_del(check->named, is.text);
    const json_t *wanted = json_object_get(check->wanted, is.text);
    if (!wanted)
        return;
    json_t *document = json_loadb((const char *)text.at, text.len, 0, NULL);
    keep(check, json_string_value(json_array_get(wanted, 0)),
         json_string_value(json_array_get(wanted, 1)), document);
    json_decref(document);
}

static void take_content(struct check *check, const struct database_rows *rows)
{
    struct check_hex is = check_sha256(database_get_blob(rows, 1));
    struct check_hex named = check_hex(database_get_blob(rows, 0));
    if (strcmp(is.text, named.text) != 0)
        check_tell(check, "content", "column octets: those of %s have digest %s", named.text,
                   is.text);
}

static void tell_missing(struct check *check)
{
    const char *hex;
    json_t *number;
    json_object_foreach(check->named, hex, number)
    {
        check_tell(check, "document", "entry %lld names %s, which is missing or was changed",
                   (long long)json_integer_value(number), hex);
    }
}

bool check_documents(struct check *check, struct error *err)
{
    if (!check_each(check, "SELECT digest, octets FROM document", take_document, err) ||
        !check_each(check, "SELECT digest, octets FROM content", take_content, err))
        return false;
    tell_missing(check);
    return true;
}
