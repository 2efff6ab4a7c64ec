// SPDX-License-Identifier: Apache-2.0
#include "cmd/hub_check.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"

enum { TOLD_MAX = 10000 }; /* in one JSON document; all are counted */

struct report {
    json_t *differences; /* NULL: lines are printed as they come */
};

static void tell(void *context, const char *where, const char *words)
{
    struct report *report = context;
    if (!report->differences)
        printf("%s: %s\n", where, words);
    else if (json_array_size(report->differences) < TOLD_MAX)
        json_array_append_new(report->differences,
                              json_pack("{s:s, s:s}", "where", where, "words", words));
}

static void conclude(struct report *report, uint64_t found)
{
    if (!report->differences) {
        if (found == 0)
            printf("the tables are what the ledger says\n");
        else
            printf("%llu differences\n", (unsigned long long)found);
        return;
    }
    json_t *out =
        json_pack("{s:I, s:o}", "found", (json_int_t)found, "differences", report->differences);
    (void)json_dumpf(out, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(out);
}

int hub_check_command(const struct hub_settings *settings, bool is_json)
{
    struct report report = { .differences = is_json ? json_array() : NULL };
    struct error err = { 0 };
    uint64_t found = 0;
    if (!hub_check(settings, tell, &report, &found, &err)) {
        json_decref(report.differences);
        fprintf(stderr, "sekisho hub check: %s\n", err.text);
        return COMMAND_FAILED;
    }
    conclude(&report, found);
    return found > 0 ? COMMAND_FOUND : COMMAND_DONE;
}
