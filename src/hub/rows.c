// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "hub/core_private.h"

enum { COLUMN_NAME_MAX = 64 };

json_t *json_time(int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, time_ns % TIME_SECOND_NS == 0 ? 0 : 3, &text);
    return json_string(room);
}

void json_digest(const json_t *json, uint8_t out[HUB_DIGEST_OCTETS])
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    crypto_hash_sha256(out, (const unsigned char *)(text ? text : ""), text ? strlen(text) : 0);
    free(text);
}

static json_t *text_json(struct bytes text)
{
    json_t *string = json_stringn((const char *)text.at, text.len);
    return string ? string : json_string(""); /* not UTF-8: never written by us */
}

static json_t *hex_json(struct bytes octets)
{
    char room[2 * 64 + 1];
    struct text text = text_over(room, sizeof room);
    text_put_hex(&text, bytes_slice(octets, 0, 64));
    return json_string(room);
}

static json_t *number_text(int64_t number)
{
    char room[24];
    struct text text = text_over(room, sizeof room);
    text_put_i64(&text, number);
    return json_string(room);
}

static json_t *inner_json(struct bytes text)
{
    json_t *inner = json_loadb((const char *)text.at, text.len, JSON_DECODE_ANY, NULL);
    return inner ? inner : json_null();
}

enum column_type {
    COLUMN_PLAIN,
    COLUMN_TIME,
    COLUMN_FLAG,
    COLUMN_ID,
    COLUMN_LABEL,
    COLUMN_HEX,
    COLUMN_JSON,
    COLUMN_TEXT
};

static enum column_type type_of(const char *word)
{
    static const struct {
        const char *word;
        enum column_type type;
    } types[] = {
        { "time", COLUMN_TIME },   { "flag", COLUMN_FLAG }, { "id", COLUMN_ID },
        { "label", COLUMN_LABEL }, { "hex", COLUMN_HEX },   { "json", COLUMN_JSON },
        { "text", COLUMN_TEXT },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(word, types[i].word) == 0)
            return types[i].type;
    }
    return COLUMN_PLAIN;
}

static json_t *plain_json(const struct database_rows *rows, size_t column)
{
    return json_integer(database_get_number(rows, column));
}

static json_t *value_json(const struct database_rows *rows, size_t column,
                          enum column_type type)
{
    if (database_is_null(rows, column))
        return json_null();
    switch (type) {
    case COLUMN_TIME: return json_time(database_get_number(rows, column));
    case COLUMN_FLAG: return json_boolean(database_get_number(rows, column) != 0);
    case COLUMN_ID: return number_text(database_get_number(rows, column));
    case COLUMN_LABEL:
        return json_string(
            access_label_name((enum access_label)database_get_number(rows, column)));
    case COLUMN_HEX: return hex_json(database_get_blob(rows, column));
    case COLUMN_JSON: return inner_json(database_get_text(rows, column));
    case COLUMN_TEXT: return text_json(database_get_text(rows, column));
    case COLUMN_PLAIN: break;
    }
    return plain_json(rows, column);
}

json_t *rows_object(const struct database_rows *rows)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < database_width(rows); i++) {
        char name[COLUMN_NAME_MAX];
        struct text text = text_over(name, sizeof name);
        const char *column = database_column(rows, i);
        const char *mark = strchr(column, '@');
        size_t len = mark ? (size_t)(mark - column) : strlen(column);
        text_put(&text, (struct bytes){ (const uint8_t *)column, len });
        enum column_type type = mark ? type_of(mark + 1) : COLUMN_TEXT;
        json_object_set_new(object, name, value_json(rows, i, type));
    }
    return object;
}

json_t *rows_array(struct database *db, const struct database_statement *statement,
                   struct error *err)
{
    struct database_rows *rows = database_ask(db, statement, err);
    if (!rows)
        return NULL;
    json_t *array = json_array();
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        json_array_append_new(array, rows_object(rows));
    database_end(rows);
    if (step == DATABASE_END)
        return array;
    json_decref(array);
    return NULL;
}

json_t *rows_one(struct database *db, const struct database_statement *statement,
                 struct error *err)
{
    json_t *array = rows_array(db, statement, err);
    if (!array)
        return NULL;
    json_t *first = json_array_get(array, 0);
    json_t *out = first ? json_incref(first) : json_null();
    json_decref(array);
    return out;
}
