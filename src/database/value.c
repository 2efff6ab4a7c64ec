// SPDX-License-Identifier: Apache-2.0
#include "database/database.h"

#include <string.h>

struct database_value database_null(void)
{
    return (struct database_value){ .type = DATABASE_NULL };
}

struct database_value database_number(int64_t number)
{
    return (struct database_value){ .type = DATABASE_NUMBER, .number = number };
}

struct database_value database_real(double real)
{
    return (struct database_value){ .type = DATABASE_REAL, .real = real };
}

struct database_value database_text(struct bytes text)
{
    return (struct database_value){ .type = DATABASE_TEXT, .octets = text };
}

struct database_value database_string(const char *text)
{
    if (text == NULL)
        return database_null();
    return database_text((struct bytes){ (const uint8_t *)text, strlen(text) });
}

struct database_value database_blob(struct bytes octets)
{
    return (struct database_value){ .type = DATABASE_BLOB, .octets = octets };
}
