// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool error_set(struct error *err, int code, const char *format, ...)
{
    err->code = code;
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    if (code != 0 && len < sizeof err->text) {
        char room[128];
        struct text words = text_over(err->text + len, sizeof err->text - len);
        text_format(&words, ": %s", strerror_r(code, room, sizeof room));
    }
    return false;
}
