// SPDX-License-Identifier: Apache-2.0
/* Asking a provider over HTTP: https only, no proxy, no redirect, answers of JSON up to 64 KiB
 * within ten seconds. */
#pragma once

#include <jansson.h>

#include "base/error.h"

struct web_place {
    const char *authority;  /* file of PEM: the only roots that count; NULL: the system's */
    bool is_loopback_plain; /* http: to loopback is allowed */
};

struct web_request {
    const char *url;
    const char *form;            /* application/x-www-form-urlencoded, posted; NULL: GET */
    const char *user, *password; /* basic authentication; NULL: none */
};

/* May it be asked at all? */
bool web_is_allowed(const struct web_place *place, const char *url);
/* An object of JSON, the caller's to give back; NULL: why. */
MUST_CHECK json_t *web_ask(const struct web_place *place, const struct web_request *request,
                           struct error *err);
