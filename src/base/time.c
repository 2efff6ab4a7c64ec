// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include "base/cursor.h"

int64_t time_from_parts(int64_t seconds, int64_t nanoseconds)
{
    int64_t whole, sum;
    if (__builtin_mul_overflow(seconds, TIME_SECOND_NS, &whole))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    if (__builtin_add_overflow(whole, nanoseconds, &sum))
        return nanoseconds < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days from civil and back,
 * over eras of 400 years that start on 1 March. */
struct time_date time_date_of(int64_t time_ns)
{
    int64_t days = floor_divide(time_ns, TIME_DAY_NS) + 719468;
    int64_t era = floor_divide(days, 146097);
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    unsigned month = (unsigned)(shifted < 10 ? shifted + 3 : shifted - 9);
    return (struct time_date){ .year = year_of_era + era * 400 + (month <= 2),
                               .month = month,
                               .day = (unsigned)(day_of_year - (153 * shifted + 2) / 5 + 1) };
}

int64_t time_of_date(struct time_date date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t shifted = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t day_of_year = (153 * shifted + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return time_from_parts((era * 146097 + day_of_era - 719468) * 86400, 0);
}

void time_write(int64_t time_ns, unsigned decimals, struct text *out)
{
    struct time_date date = time_date_of(time_ns);
    int64_t in_day = time_ns - floor_divide(time_ns, TIME_DAY_NS) * TIME_DAY_NS;
    int64_t second = in_day / TIME_SECOND_NS;
    text_format(out, "%04lld-%02u-%02uT%02d:%02d:%02d", (long long)date.year, date.month,
                date.day, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    if (decimals > 0) {
        int64_t part = in_day % TIME_SECOND_NS;
        for (unsigned i = decimals; i < 9; i++)
            part /= 10;
        text_format(out, ".%0*lld", (int)decimals, (long long)part);
    }
    text_put_char(out, 'Z');
}

/* Takes digits digits, then the character after, when there is one to take. */
static bool take_number(struct cursor *c, size_t digits, char after, int64_t *out)
{
    uint64_t number = 0;
    if (!text_read_u64(cursor_bytes(c, digits), UINT64_MAX, &number))
        return false;
    *out = (int64_t)number;
    return after == '\0' || cursor_u8(c) == (uint8_t)after;
}

static bool take_fraction(struct cursor *c, int64_t *out)
{
    int64_t scale = TIME_SECOND_NS;
    *out = 0;
    if (c->left == 0 || c->at[0] != '.')
        return true;
    cursor_skip(c, 1);
    while (c->left > 0 && c->at[0] >= '0' && c->at[0] <= '9') {
        scale /= 10;
        *out += (cursor_u8(c) - '0') * scale;
    }
    return true;
}

static bool take_offset(struct cursor *c, int64_t *out_seconds)
{
    uint8_t sign = cursor_u8(c);
    *out_seconds = 0;
    if (sign == 'Z' || sign == 'z')
        return true;
    int64_t hours = 0, minutes = 0;
    if ((sign != '+' && sign != '-') || !take_number(c, 2, ':', &hours) ||
        !take_number(c, 2, '\0', &minutes) || hours > 23 || minutes > 59)
        return false;
    *out_seconds = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

static bool take_clock(struct cursor *c, int64_t *out_seconds, int64_t *out_part)
{
    int64_t hour = 0, minute = 0, second = 0, offset = 0;
    uint8_t divider = cursor_u8(c);
    if (divider != 'T' && divider != 't' && divider != ' ')
        return false;
    if (!take_number(c, 2, ':', &hour) || !take_number(c, 2, ':', &minute) ||
        !take_number(c, 2, '\0', &second) || !take_fraction(c, out_part) ||
        !take_offset(c, &offset))
        return false;
    *out_seconds = hour * 3600 + minute * 60 + second - offset;
    return hour <= 23 && minute <= 59 && second <= 60;
}

bool time_read(struct bytes bytes, int64_t *out)
{
    struct cursor c = cursor_over(bytes);
    int64_t year = 0, month = 0, day = 0, seconds = 0, part = 0;
    if (!take_number(&c, 4, '-', &year) || !take_number(&c, 2, '-', &month) ||
        !take_number(&c, 2, '\0', &day) || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (year < 1700 || year > 2200)
        return false;
    struct time_date date = { year, (unsigned)month, (unsigned)day };
    int64_t midnight = time_of_date(date);
    struct time_date back = time_date_of(midnight);
    if (back.day != date.day || back.month != date.month)
        return false; /* such as 31 February */
    if (c.left > 0 && !take_clock(&c, &seconds, &part))
        return false;
    if (c.broken || c.left > 0)
        return false;
    *out = midnight + time_from_parts(seconds, part);
    return true;
}

static const struct span_unit {
    char letter;
    int64_t seconds;
    const char *word;
} span_units[] = {
    { 'd', 86400, "d" },
    { 'h', 3600, "h" },
    { 'm', 60, "min" },
    { 's', 1, "s" },
};

void time_write_span(int64_t span_ns, struct text *out)
{
    double seconds = (double)span_ns / (double)TIME_SECOND_NS;
    for (size_t i = 0; i < sizeof span_units / sizeof *span_units; i++) {
        double count = seconds / (double)span_units[i].seconds;
        if (count >= 2 || span_units[i].seconds == 1) {
            text_format(out, count < 10 ? "%.1f %s" : "%.0f %s", count, span_units[i].word);
            return;
        }
    }
}

bool time_read_span(struct bytes bytes, int64_t *out)
{
    int64_t unit = 1;
    for (size_t i = 0; i < sizeof span_units / sizeof *span_units; i++) {
        if (bytes.len > 0 && bytes.at[bytes.len - 1] == (uint8_t)span_units[i].letter) {
            unit = span_units[i].seconds;
            bytes.len--;
            break;
        }
    }
    uint64_t count = 0;
    if (!text_read_u64(bytes, (uint64_t)(INT64_MAX / TIME_SECOND_NS / unit), &count))
        return false;
    *out = (int64_t)count * unit * TIME_SECOND_NS;
    return true;
}
