// SPDX-License-Identifier: Apache-2.0
/* What may stand in the query of which operation.  Anything else is refused: a filter that is
 * misspelt and so left out would show, or export, what nobody asked for. */
#include <string.h>

#include "hub/asking_private.h"

#define PAGE " limit cursor updated_since "

static const struct operation_queries {
    const char *operation, *names; /* each between blanks */
} operations[] = {
    { "beginOidc", " " },
    { "export", " procedure state label sector organisation updated_since q kind about " },
    { "getInspectionView", " person at record purpose " },
    { "getSituation", " from to step " },
    { "getStatistics", " year " },
    { "drawSample", " seed count kind size " },
    { "listEntries", PAGE "from kind actor subject " },
    { "listFindings", PAGE "sector kind about record min_score from to " },
    { "listFlows", PAGE "about from to " },
    { "listNotices", " limit " },
    { "listOrganisations", " limit q " },
    { "listPeople", " limit q " },
    { "listRecords", PAGE "procedure state label sector organisation q " },
    { "listSensors", " limit q " },
    { "listWarrants", " limit q " },
    { "search", " q " },
    { "signInByOidc", NULL },
};

static const char *names_of(const char *operation, bool *is_free)
{
    *is_free = false;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(operations[i].operation, operation) == 0) {
            *is_free = operations[i].names == NULL;
            return operations[i].names;
        }
    }
    return " ";
}

static bool has_name(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = names; (at = strchr(at, ' ')) != NULL;) {
        at++;
        if (strncmp(at, name, len) == 0 && at[len] == ' ')
            return len > 0;
    }
    return false;
}

bool asking_queries_known(struct asking *asking, const char *operation)
{
    static const struct law_text unknown = { "this list knows no such filter",
                                             "この一覧では使えない絞り込みです" };
    static const struct law_text twice = { "say it once", "一つだけ指定してください" };
    bool is_free;
    const char *names = names_of(operation, &is_free), *name;
    for (size_t n = 0; !is_free && (name = http_query_name(asking->request, n)); n++) {
        if (!has_name(names, name))
            return !refuse_field(asking, name, unknown);
        for (size_t before = 0; before < n; before++) {
            if (strcmp(http_query_name(asking->request, before), name) == 0)
                return !refuse_field(asking, name, twice);
        }
    }
    return true;
}

void hub_each_route(hub_route_fn *tell, void *context)
{
    for (size_t i = 0; i < hub_route_count; i++) {
        const struct hub_route *route = &hub_routes[i];
        bool is_free;
        const char *names = names_of(route->operation, &is_free);
        tell(context, http_method_name(route->method), route->pattern, route->operation,
             is_free ? " code state iss error " : names);
    }
}
