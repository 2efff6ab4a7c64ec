// SPDX-License-Identifier: Apache-2.0
/* Records of CSV: fields written again with quotes read as the same fields. */
#include "base/must.h"
#include "reference/columns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_quoted(struct text *out, struct bytes field, char delimiter, bool is_first)
{
    if (!is_first)
        text_put_char(out, delimiter);
    text_put_char(out, '"');
    for (size_t i = 0; i < field.len; i++) {
        if (field.at[i] == '"')
            text_put_char(out, '"');
        text_put_char(out, (char)field.at[i]);
    }
    text_put_char(out, '"');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char again_room[16384];
    char room[256], other_room[256];
    struct text again = text_over(again_room, sizeof again_room);
    struct text field = text_over(room, sizeof room), other = text_over(other_room, 256);
    struct csv csv = csv_over((struct bytes){ data, size });
    const struct csv start = csv;
    size_t count = 0;
    for (; csv_next(&csv, &field); count++)
        put_quoted(&again, text_bytes(&field), csv.delimiter, count == 0);
    MUST(count <= size + 1);
    struct columns columns;
    if (columns_read((struct bytes){ data, size }, &columns))
        MUST(columns.count <= COLUMNS_MAX);
    if (csv.broken || again.cut)
        return 0;
    struct csv first = start;
    struct csv second = start;
    second.rest = cursor_over(text_bytes(&again));
    for (size_t i = 0; i < count; i++) {
        bool is_same = csv_next(&first, &field) && csv_next(&second, &other) &&
                       bytes_equal(text_bytes(&field), text_bytes(&other));
        MUST(is_same);
    }
    MUST(!csv_next(&second, &other) && !second.broken);
    return 0;
}
