// SPDX-License-Identifier: Apache-2.0
#include "cmd/law_tables.h"

#include <stdio.h>

#include "access/judge.h"

typedef json_t *row_fn(const struct law_view *view, size_t row);

static const char *say(const struct law_view *view, struct law_text text)
{
    return view->is_japanese ? text.ja : text.en;
}

static json_t *words_json(const struct law_words *words)
{
    json_t *json = json_array();
    for (size_t i = 0; i < words->count; i++)
        (void)json_array_append_new(json, json_string(words->at[i]));
    return json;
}

static json_t *label_json(const struct law_view *view, size_t row)
{
    const struct law_label *label = &view->law->labels[row];
    return json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", label->id, "name",
                     say(view, label->name), "meaning", say(view, label->meaning), "article",
                     label->article, "is_for_named", label->is_for_named);
}

static json_t *sector_json(const struct law_view *view, size_t row)
{
    const struct law_sector *sector = &view->law->sectors[row];
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:b}", "id", sector->id, "number",
                     (int)sector->number, "list", sector->list, "name", say(view, sector->name),
                     "minister", say(view, sector->minister), "article", sector->article,
                     "in_force", law_is_in_force(&sector->force, view->day_ns));
}

static json_t *subject_json(const struct law_view *view, size_t row)
{
    const struct law_subject *subject = &view->law->subjects[row];
    return json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s}", "id", subject->id, "name",
                     say(view, subject->name), "kind", subject->kind, "procedure",
                     subject->procedure, "tier", subject->tier, "article", subject->article);
}

static json_t *handling_json(const struct law_view *view, size_t row)
{
    const struct law_handling *handling = &view->law->handlings[row];
    return json_pack("{s:s, s:s, s:o, s:b, s:o, s:s, s:i, s:s}", "id", handling->id, "name",
                     say(view, handling->name), "roles", words_json(&handling->roles),
                     "is_own_shown", handling->is_own_shown, "purposes",
                     words_json(&handling->purposes), "label",
                     access_label_name((enum access_label)handling->label), "clearance",
                     (int)handling->clearance, "article", handling->article);
}

static json_t *actions_json(uint32_t actions)
{
    json_t *json = json_array();
    for (enum access_action action = ACTION_LIST; action < ACCESS_ACTIONS; action++) {
        if (actions & UINT32_C(1) << action)
            (void)json_array_append_new(json, json_string(access_action_name(action)));
    }
    return json;
}

static json_t *right_json(const struct law_view *view, size_t row)
{
    static const char *const scopes[LAW_SCOPES] = {
        [LAW_SCOPE_ALL] = "all",       [LAW_SCOPE_OWN] = "own",
        [LAW_SCOPE_SECTOR] = "sector", [LAW_SCOPE_PARTY] = "party",
        [LAW_SCOPE_ROSTER] = "roster",
    };
    const struct law_right *right = &view->law->rights[row];
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:s, s:s, s:b}", "role", right->role,
                     "subject", right->subject, "may", actions_json(right->actions), "scope",
                     scopes[right->scope], "purposes", words_json(&right->purposes), "states",
                     words_json(&right->states), "label",
                     access_label_name((enum access_label)right->label), "article",
                     right->article, "in_force", law_is_in_force(&right->force, view->day_ns));
}

json_t *law_tables_json(const struct law_view *view, const char *name)
{
    const struct law *law = view->law;
    const struct {
        const char *name;
        row_fn *row;
        size_t count;
    } tables[] = {
        { "labels", label_json, law->label_count },
        { "sectors", sector_json, law->sector_count },
        { "subjects", subject_json, law->subject_count },
        { "handling", handling_json, law->handling_count },
        { "matrix", right_json, law->right_count },
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (strcmp(tables[i].name, name) != 0)
            continue;
        json_t *rows = json_array();
        for (size_t row = 0; row < tables[i].count; row++)
            (void)json_array_append_new(rows, tables[i].row(view, row));
        return rows;
    }
    return NULL;
}

static void print_value(const json_t *value)
{
    size_t i;
    const json_t *word;
    if (json_is_string(value))
        fputs(json_string_value(value), stdout);
    else if (json_is_integer(value))
        printf("%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "yes" : "no", stdout);
    json_array_foreach(value, i, word)
    {
        printf("%s%s", i > 0 ? "," : "", json_string_value(word));
    }
}

static bool is_empty(const json_t *value)
{
    return json_is_false(value) || (json_is_array(value) && json_array_size(value) == 0);
}

void law_tables_print(const json_t *rows)
{
    size_t i;
    json_t *row, *value;
    const char *key;
    json_array_foreach(rows, i, row)
    {
        const char *between = "";
        json_object_foreach(row, key, value)
        {
            if (is_empty(value) && strcmp(key, "in_force") != 0)
                continue;
            printf("%s%s: ", between, key);
            print_value(value);
            between = "  ";
        }
        putchar('\n');
    }
}
