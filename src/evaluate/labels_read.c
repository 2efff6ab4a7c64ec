// SPDX-License-Identifier: Apache-2.0
#include "evaluate/labels_read.h"

#include "base/text.h"

/* The names of the columns, as Zeek with netflowlabeler, IoT-23 and Argus write them. */
static const struct name {
    const char *name;
    enum label_field field;
} names[] = {
    { "id.orig_h", LABEL_FIELD_INITIATOR },
    { "id_orig_h", LABEL_FIELD_INITIATOR },
    { "SrcAddr", LABEL_FIELD_INITIATOR },
    { "id.resp_h", LABEL_FIELD_RESPONDER },
    { "id_resp_h", LABEL_FIELD_RESPONDER },
    { "DstAddr", LABEL_FIELD_RESPONDER },
    { "id.resp_p", LABEL_FIELD_PORT },
    { "id_resp_p", LABEL_FIELD_PORT },
    { "Dport", LABEL_FIELD_PORT },
    { "proto", LABEL_FIELD_PROTOCOL },
    { "Proto", LABEL_FIELD_PROTOCOL },
    { "label", LABEL_FIELD_LABEL },
    { "Label", LABEL_FIELD_LABEL },
    { "detailedlabel", LABEL_FIELD_DETAIL },
    { "detailed-label", LABEL_FIELD_DETAIL },
    { "detailed_label", LABEL_FIELD_DETAIL },
};

enum { NAMES = sizeof names / sizeof *names };

static int field_of(struct bytes word)
{
    for (size_t i = 0; i < NAMES; i++) {
        if (bytes_equal(word, bytes_of_string(names[i].name)))
            return (int)names[i].field;
    }
    return -1;
}

/* The next column, and what comes after it; IoT-23 sets its last ones apart by three blanks. */
static struct bytes next_column(struct bytes *line, uint8_t separator)
{
    size_t len = bytes_find(*line, separator), skip = 1;
    for (size_t i = 0; separator == '\t' && i + 3 <= len; i++) {
        if (memcmp(line->at + i, "   ", 3) == 0) {
            len = i;
            skip = 3;
        }
    }
    struct bytes column = bytes_slice(*line, 0, len);
    *line = bytes_slice(*line, len + skip, line->len);
    return text_trim(column);
}

static void read_header(struct label_columns *columns, struct bytes line, uint8_t separator)
{
    columns->separator = separator;
    for (size_t field = 0; field < LABEL_FIELDS; field++)
        columns->at[field] = -1;
    for (int at = 0; line.len > 0; at++) {
        int field = field_of(next_column(&line, separator));
        if (field >= 0 && columns->at[field] < 0)
            columns->at[field] = at;
    }
    columns->is_known = columns->at[LABEL_FIELD_INITIATOR] >= 0 &&
                        columns->at[LABEL_FIELD_RESPONDER] >= 0 &&
                        columns->at[LABEL_FIELD_LABEL] >= 0;
}

static bool read_directive(struct label_columns *columns, struct bytes line)
{
    if (bytes_start_with(line, BYTES("#path\t")))
        columns->is_other_log =
            !bytes_start_with(text_trim(bytes_slice(line, 6, line.len)), BYTES("conn"));
    if (bytes_start_with(line, BYTES("#fields\t")))
        read_header(columns, bytes_slice(line, 8, line.len), '\t');
    return line.len > 0 && line.at[0] == '#';
}

static bool read_plain_header(struct label_columns *columns, struct bytes line)
{
    if (bytes_start_with(line, BYTES("StartTime,")))
        read_header(columns, line, ',');
    else if (bytes_start_with(line, BYTES("ts\tuid")))
        read_header(columns, line, '\t');
    else
        return false;
    return true;
}

/* The value of a key of a flat object, without its quotes; values with escapes are not asked.
 */
static struct bytes value_of(struct bytes line, const char *key)
{
    size_t len = strlen(key);
    for (size_t i = 0; i + len + 3 < line.len; i++) {
        const uint8_t *at = line.at + i;
        if (at[0] != '"' || memcmp(at + 1, key, len) != 0 || at[len + 1] != '"')
            continue;
        struct bytes rest = bytes_slice(line, i + len + 2, line.len);
        while (rest.len > 0 && (rest.at[0] == ':' || rest.at[0] == ' '))
            rest = bytes_slice(rest, 1, rest.len);
        bool is_quoted = rest.len > 0 && rest.at[0] == '"';
        rest = bytes_slice(rest, is_quoted, rest.len);
        size_t end = 0;
        while (end < rest.len && rest.at[end] != '"' &&
               (is_quoted || (rest.at[end] != ',' && rest.at[end] != '}')))
            end++;
        return bytes_slice(rest, 0, end);
    }
    return (struct bytes){ 0 };
}

static bool read_object(struct bytes line, struct bytes out[LABEL_FIELDS])
{
    for (size_t i = 0; i < NAMES; i++) {
        if (out[names[i].field].len == 0)
            out[names[i].field] = value_of(line, names[i].name);
    }
    return out[LABEL_FIELD_INITIATOR].len > 0 && out[LABEL_FIELD_RESPONDER].len > 0 &&
           out[LABEL_FIELD_LABEL].len > 0;
}

static bool read_columns(const struct label_columns *columns, struct bytes line,
                         struct bytes out[LABEL_FIELDS])
{
    for (int at = 0; line.len > 0; at++) {
        struct bytes column = next_column(&line, columns->separator);
        for (size_t field = 0; field < LABEL_FIELDS; field++) {
            if (columns->at[field] == at)
                out[field] = column;
        }
    }
    return out[LABEL_FIELD_INITIATOR].len > 0 && out[LABEL_FIELD_RESPONDER].len > 0 &&
           out[LABEL_FIELD_LABEL].len > 0;
}

bool label_read(struct label_columns *columns, struct bytes line,
                struct bytes out[LABEL_FIELDS])
{
    memset(out, 0, LABEL_FIELDS * sizeof *out);
    if (read_directive(columns, line) || columns->is_other_log)
        return false;
    if (line.len > 0 && line.at[0] == '{')
        return read_object(line, out);
    if (read_plain_header(columns, line) || !columns->is_known)
        return false;
    return read_columns(columns, line, out);
}
