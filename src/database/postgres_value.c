// SPDX-License-Identifier: Apache-2.0
/* Columns come in PostgreSQL's binary formats: octets as they are, numbers in network order. */
#include "base/cursor.h"
#include "database/postgres_private.h"

/* pg_type.dat: these have had their numbers for ever. */
enum {
    TYPE_BOOLEAN = 16,
    TYPE_BYTEA = 17,
    TYPE_NAME = 19,
    TYPE_BIGINT = 20,
    TYPE_SMALLINT = 21,
    TYPE_INTEGER = 23,
    TYPE_TEXT = 25,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_UNKNOWN = 705,
    TYPE_VARCHAR = 1043,
    TYPE_NUMERIC = 1700,
};

enum { NUMERIC_BASE = 10000, NUMERIC_POSITIVE = 0, NUMERIC_NEGATIVE = 0x4000 };

static double double_of(uint64_t octets)
{
    double real;
    memcpy(&real, &octets, sizeof real);
    return real;
}

static double float_of(uint32_t octets)
{
    float real;
    memcpy(&real, &octets, sizeof real);
    return (double)real;
}

/* What sum() and avg() give (numeric_send of PostgreSQL's numeric.c): digits of base 10000, the
 * first of them times 10000^weight.  A whole number that fits is a number, else a real. */
static bool read_numeric(struct cursor *cursor, struct database_value *out)
{
    unsigned count = cursor_be16(cursor);
    int weight = (int16_t)cursor_be16(cursor);
    unsigned sign = cursor_be16(cursor);
    unsigned scale = cursor_be16(cursor);
    if (cursor->broken || (sign != NUMERIC_POSITIVE && sign != NUMERIC_NEGATIVE))
        return false;
    double real = 0;
    int64_t number = 0;
    bool is_whole = scale == 0;
    for (int i = 0; i < (int)count || i <= weight; i++) {
        int64_t digit = i < (int)count ? cursor_be16(cursor) : 0;
        real = real * NUMERIC_BASE + (double)digit;
        is_whole = is_whole && !__builtin_mul_overflow(number, NUMERIC_BASE, &number) &&
                   !__builtin_sub_overflow(number, digit, &number); /* down: INT64_MIN fits */
    }
    for (int i = weight + 1; i < (int)count; i++)
        real /= NUMERIC_BASE;
    for (int i = weight; i < -1; i++)
        real /= NUMERIC_BASE;
    if (sign == NUMERIC_POSITIVE)
        is_whole = is_whole && !__builtin_sub_overflow(0, number, &number);
    *out = is_whole ? database_number(number)
                    : database_real(sign == NUMERIC_NEGATIVE ? -real : real);
    return !cursor->broken;
}

bool postgres_value(const PGresult *result, int column, struct database_value *out)
{
    if (PQgetisnull(result, 0, column)) {
        *out = database_null();
        return true;
    }
    struct bytes octets = { (const uint8_t *)PQgetvalue(result, 0, column),
                            (size_t)PQgetlength(result, 0, column) };
    struct cursor cursor = cursor_over(octets);
    switch (PQftype(result, column)) {
    case TYPE_BOOLEAN: *out = database_number(cursor_u8(&cursor)); break;
    case TYPE_SMALLINT: *out = database_number((int16_t)cursor_be16(&cursor)); break;
    case TYPE_INTEGER: *out = database_number((int32_t)cursor_be32(&cursor)); break;
    case TYPE_BIGINT: *out = database_number((int64_t)cursor_be64(&cursor)); break;
    case TYPE_FLOAT4: *out = database_real(float_of(cursor_be32(&cursor))); break;
    case TYPE_FLOAT8: *out = database_real(double_of(cursor_be64(&cursor))); break;
    case TYPE_NUMERIC: return read_numeric(&cursor, out);
    case TYPE_BYTEA: *out = database_blob(octets); break;
    case TYPE_NAME:
    case TYPE_TEXT:
    case TYPE_UNKNOWN:
    case TYPE_VARCHAR: *out = database_text(octets); break;
    default: return false;
    }
    return !cursor.broken;
}
