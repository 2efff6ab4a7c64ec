// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "http/http.h"

const char *http_method_name(enum http_method method)
{
    static const char *const names[HTTP_METHODS] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
    MUST((unsigned)method < HTTP_METHODS);
    return names[method];
}
