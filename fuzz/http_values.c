// SPDX-License-Identifier: Apache-2.0
/* Values of fields: whatever they are, an answer is given, and what is taken over is sound. */
#include "base/must.h"
#include "http/fields.h"
#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VALUE_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char value[VALUE_MAX], trace[33];
    size_t len = size < sizeof value ? size : sizeof value - 1;
    if (len > 0)
        memcpy(value, data, len);
    value[len] = '\0';
    if (http_trace_read(value, trace))
        MUST(strlen(trace) == 32 && strspn(trace, "0123456789abcdef") == 32);
    if (http_tags_hold(value, "\"a\""))
        MUST(strchr(value, 'a') != NULL || strchr(value, '*') != NULL);
    struct bytes last = http_forwarded_last(value);
    MUST(last.len <= len && bytes_find(last, ',') == last.len);
    if (http_type_is_json(value))
        MUST(len >= sizeof "application/json" - 1);
    if (http_coding_is_taken(value, "gzip"))
        MUST(len >= 4);
    if (http_host_is_plain(value))
        MUST(strpbrk(value, "/@ ,\\") == NULL && len > 0);
    MUST(http_json_depth((struct bytes){ data, size }) <= size);
    return 0;
}
