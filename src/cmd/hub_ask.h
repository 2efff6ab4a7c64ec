// SPDX-License-Identifier: Apache-2.0
/* sekisho hub list, show, step and ask: a hub's API from the terminal, with an API token. */
#pragma once

#include <stdbool.h>

struct hub_ask {
    const char *url;        /* "https://hub.example" */
    const char *token_file; /* the token in its first line; never an argument */
    const char
        *authority; /* file of PEM: who may have signed its certificate; NULL: system's */
    bool is_json;   /* the answer as it came */
};

/* list: "records", "findings", "tasks" ...; the exit codes of commands: COMMAND_REFUSED where
 * the hub says no, in its own words. */
int hub_ask_list(const struct hub_ask *ask, const char *what);
int hub_ask_show(const struct hub_ask *ask, const char *record);
/* facts: a JSON object, or NULL. */
int hub_ask_step(const struct hub_ask *ask, const char *record, const char *event,
                 const char *facts);
/* path: below /api/v1; body: JSON, or NULL. */
int hub_ask_any(const struct hub_ask *ask, const char *method, const char *path,
                const char *body);
