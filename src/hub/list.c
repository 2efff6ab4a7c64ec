// SPDX-License-Identifier: Apache-2.0
#include "hub/list_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "hub/text_private.h"

static const struct law_text bad_limit = { "1 to 200", "1から200まで" };
static const struct law_text bad_cursor = { "this cursor was not given by us: begin anew",
                                            "無効なカーソルです。最初からやり直してください" };
static const struct law_text bad_time = { "a moment is as 2028-01-31T09:00:00Z",
                                          "日時は2028-01-31T09:00:00Zの形です" };
static const struct law_text no_such = { "there is none such", "該当するものがありません" };

bool tlp_read(const char *text, enum access_label *out)
{
    for (enum access_label label = LABEL_CLEAR; label < ACCESS_LABELS; label++) {
        const char *name = access_label_name(label);
        if (strcasecmp(text, name) == 0 || strcasecmp(text, name + strlen("TLP:")) == 0) {
            *out = label;
            return true;
        }
    }
    return false;
}

static bool read_cursor(struct asking *asking, struct list *list)
{
    const char *text = http_query(asking->request, "cursor");
    list->before = INT64_MAX;
    list->before_id = INT64_MAX;
    if (!text || !*text)
        return true;
    const char *dash = strchr(text, '-');
    uint64_t at, row;
    if (!dash ||
        !text_read_u64((struct bytes){ (const uint8_t *)text, (size_t)(dash - text) },
                       INT64_MAX, &at) ||
        !text_read_u64(bytes_of_string(dash + 1), INT64_MAX, &row))
        return !refuse_field(asking, "cursor", bad_cursor);
    list->before = (int64_t)at;
    list->before_id = (int64_t)row;
    return true;
}

static bool read_limit(struct asking *asking, struct list *list)
{
    const char *text = http_query(asking->request, "limit");
    uint64_t limit = LIST_LIMIT_DEFAULT;
    if (text && (!text_read_u64(bytes_of_string(text), LIST_LIMIT_MAX, &limit) || limit == 0))
        return !refuse_field(asking, "limit", bad_limit);
    list->limit = (int64_t)limit;
    return true;
}

static bool read_filters(struct asking *asking, struct list *list)
{
    const char *since = http_query(asking->request, "updated_since");
    const char *sector = http_query(asking->request, "sector");
    const char *label = http_query(asking->request, "label");
    const char *organisation = http_query(asking->request, "organisation");
    enum access_label found;
    uint64_t number = 0;
    list->updated_since = 0;
    list->sector = -1;
    list->label = -1;
    if (since && *since && !time_read(bytes_of_string(since), &list->updated_since))
        return !refuse_field(asking, "updated_since", bad_time);
    if (sector && *sector) {
        list->sector = sector_number(asking->hub->settings.law, sector);
        if (list->sector == 0)
            return !refuse_field(asking, "sector", no_such);
    }
    if (label && *label) {
        if (!tlp_read(label, &found))
            return !refuse_field(asking, "label", no_such);
        list->label = found;
    }
    if (organisation && *organisation &&
        !text_read_u64(bytes_of_string(organisation), INT64_MAX, &number))
        return !refuse_field(asking, "organisation", no_such);
    list->organisation = (int64_t)number;
    return true;
}

static bool read_word(struct asking *asking, const char *name, char *room, size_t max)
{
    const char *text = http_query(asking->request, name);
    struct text to = text_over(room, max);
    text_put_string(&to, text ? text : "");
    return !to.cut || !refuse_field(asking, name, no_such);
}

bool list_begin(struct asking *asking, struct list *out, struct error *err)
{
    *out = (struct list){ 0 };
    if (!read_cursor(asking, out) || !read_limit(asking, out) || !read_filters(asking, out) ||
        !read_word(asking, "procedure", out->procedure, sizeof out->procedure) ||
        !read_word(asking, "state", out->state, sizeof out->state) ||
        !read_word(asking, "q", out->q, sizeof out->q))
        return true;
    return compartment_view(asking, ACTION_LIST, &out->view, err);
}

/* The cursor of the next page goes into the answer and into a Link (RFC 8288). */
static json_t *next_cursor(struct asking *asking, const struct list *list, json_t *items)
{
    char cursor[48], link[512];
    if ((int64_t)json_array_size(items) <= list->limit)
        return json_null();
    json_array_remove(items, (size_t)list->limit);
    const json_t *last = json_array_get(items, (size_t)list->limit - 1);
    snprintf(cursor, sizeof cursor, "%" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT,
             json_integer_value(json_object_get(last, "at")),
             json_integer_value(json_object_get(last, "row")));
    snprintf(link, sizeof link, "<%s?cursor=%s>; rel=\"next\"", asking->request->path, cursor);
    http_set_header(asking->reply, "Link", link);
    return json_string(cursor);
}

bool list_answer(struct asking *asking, const struct list *list, json_t *items,
                 const struct list_counting *counting, struct error *err)
{
    int64_t count;
    json_t *item;
    size_t index;
    json_t *next = next_cursor(asking, list, items);
    const struct database_statement statement = { counting->sql, counting->values,
                                                  counting->count };
    counting->values[1] = counting->values[2] = database_number(INT64_MAX);
    counting->values[counting->limit_at] = database_number(LIST_COUNT_MAX + 1);
    json_array_foreach(items, index, item)
    {
        json_object_del(item, "at");
        json_object_del(item, "row");
    }
    if (!much_count(asking, &statement, &count, err)) {
        json_decref(next);
        json_decref(items);
        return false;
    }
    bool is_exact = count <= LIST_COUNT_MAX;
    return answer(asking, 200,
                  json_pack("{s:o, s:o, s:I, s:b}", "items", items, "next", next, "count",
                            (json_int_t)(is_exact ? count : LIST_COUNT_MAX), "count_is_exact",
                            is_exact));
}
