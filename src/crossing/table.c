// SPDX-License-Identifier: Apache-2.0
#include "crossing/table_private.h"

#include "base/text.h"
#include "base/utf8.h"
#include "model/record.h"

static uint64_t load(const uint8_t *at, size_t size)
{
    uint8_t one;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (size) {
    case 1: memcpy(&one, at, size); return one;
    case 2: memcpy(&two, at, size); return two;
    case 4: memcpy(&four, at, size); return four;
    default: memcpy(&eight, at, sizeof eight); return eight;
    }
}

static void store(uint8_t *at, size_t size, uint64_t number)
{
    uint8_t one = (uint8_t)number;
    uint16_t two = (uint16_t)number;
    uint32_t four = (uint32_t)number;
    switch (size) {
    case 1: memcpy(at, &one, size); break;
    case 2: memcpy(at, &two, size); break;
    case 4: memcpy(at, &four, size); break;
    default: memcpy(at, &number, sizeof number); break;
    }
}

static bool is_in_range(const struct row *row, uint64_t number)
{
    return number >= row->low && (row->limit == 0 || number < row->limit);
}

/* IEEE 754: an exponent of ones is infinite or no number. */
static bool is_finite(uint64_t real)
{
    return (real >> 52 & 0x7ff) != 0x7ff;
}

static bool is_printable(struct bytes words, bool or_nul)
{
    for (size_t i = 0; i < words.len; i++) {
        uint8_t byte = words.at[i];
        if ((byte < ' ' || byte > '~') && !(or_nul && byte == '\0'))
            return false;
    }
    return true;
}

/* Whole characters, and none that steers a terminal. */
static bool is_text(struct bytes text)
{
    while (text.len > 0) {
        size_t left = text.len;
        uint32_t character = utf8_take(&text);
        if (character < ' ' || character == 0x7f ||
            (character == UTF8_REPLACEMENT && left - text.len == 1))
            return false;
    }
    return true;
}

static size_t count_of(const struct row *row, const uint8_t *whole)
{
    return row->form == FORM_ALL ? (size_t)row->limit
                                 : (size_t)load(whole + row->counted_at, row->counted_size);
}

/* Writing */

static void put(struct octets *out, struct bytes octets)
{
    if (out->broken || octets.len > out->max - out->len) {
        out->broken = true;
        return;
    }
    if (octets.len > 0)
        memcpy(out->at + out->len, octets.at, octets.len);
    out->len += octets.len;
}

static void put_number(struct octets *out, size_t size, uint64_t number)
{
    uint8_t room[8];
    for (size_t i = 0; i < size; i++)
        room[i] = (uint8_t)(number >> 8 * (size - 1 - i));
    put(out, (struct bytes){ room, size });
}

static void write_text(const struct row *row, const uint8_t *member, struct octets *out)
{
    struct bytes text = { member, bytes_find((struct bytes){ member, row->size }, '\0') };
    out->broken = out->broken || text.len == row->size || !is_text(text);
    put_number(out, 2, text.len);
    put(out, text);
}

/* Of a pseudonym only the pseudonym: what lies behind it in the union is nobody's. */
static void write_party(const uint8_t *member, struct octets *out)
{
    struct party party;
    memcpy(&party, member, sizeof party);
    bool is_opaque = party.is_pseudonym && !party.keeps_prefix;
    put_number(out, 1, party.is_pseudonym);
    put_number(out, 1, party.keeps_prefix);
    put_number(out, 1, (uint64_t)party.place);
    put(out, (struct bytes){ party.address.octets, is_opaque ? (size_t)PSEUDONYM_BYTES
                                                             : sizeof party.address.octets });
}

static void write_row(const struct row *row, const uint8_t *whole, struct octets *out)
{
    const uint8_t *member = whole + row->offset;
    struct bytes all = { member, row->size };
    size_t count;
    switch (row->form) {
    case FORM_NUMBER:
        out->broken = out->broken || !is_in_range(row, load(member, row->size));
        put_number(out, row->size, load(member, row->size));
        break;
    case FORM_REAL:
        out->broken = out->broken || !is_finite(load(member, row->size));
        put_number(out, row->size, load(member, row->size));
        break;
    case FORM_TEXT: write_text(row, member, out); break;
    case FORM_LETTERS:
        out->broken = out->broken || !is_printable(all, true);
        put(out, all);
        break;
    case FORM_OCTETS: put(out, all); break;
    case FORM_WORDS:
        all.len = count_of(row, whole);
        out->broken = out->broken || all.len > row->size || !is_printable(all, false);
        if (!out->broken)
            put(out, all);
        break;
    case FORM_PARTY: write_party(member, out); break;
    case FORM_EACH:
    case FORM_ALL:
        count = count_of(row, whole);
        for (size_t i = 0; i < count && !out->broken; i++)
            layout_write(row->of, member + i * row->size, out);
        break;
    }
}

void layout_write(const struct layout *layout, const void *from, struct octets *out)
{
    for (size_t i = 0; i < layout->count && !out->broken; i++)
        write_row(&layout->rows[i], from, out);
}

/* Reading */

static uint64_t take_number(struct cursor *from, size_t size)
{
    const uint8_t *at = cursor_advance(from, size);
    uint64_t number = 0;
    for (size_t i = 0; at && i < size; i++)
        number = number << 8 | at[i];
    return number;
}

static bool keep(struct bytes octets, uint8_t *member)
{
    if (octets.len > 0)
        memcpy(member, octets.at, octets.len);
    return true;
}

static bool read_number(const struct row *row, struct cursor *from, uint8_t *member)
{
    uint64_t number = take_number(from, row->size);
    bool is_good = row->form == FORM_REAL ? is_finite(number) : is_in_range(row, number);
    if (is_good)
        store(member, row->size, number);
    return is_good;
}

static bool read_text(const struct row *row, struct cursor *from, uint8_t *member)
{
    size_t len = (size_t)take_number(from, 2);
    struct bytes text = cursor_bytes(from, len);
    return text.len < row->size && is_text(text) && keep(text, member);
}

static bool read_party(struct cursor *from, uint8_t *member)
{
    struct party party;
    memset(&party, 0, sizeof party);
    uint64_t is_pseudonym = take_number(from, 1);
    uint64_t keeps_prefix = take_number(from, 1);
    uint64_t place = take_number(from, 1);
    if (is_pseudonym > 1 || keeps_prefix > is_pseudonym || place >= PLACES)
        return false;
    party.is_pseudonym = is_pseudonym;
    party.keeps_prefix = keeps_prefix;
    party.place = (enum place)place;
    bool is_opaque = is_pseudonym && !keeps_prefix;
    (void)keep(
        cursor_bytes(from, is_opaque ? (size_t)PSEUDONYM_BYTES : sizeof party.address.octets),
        party.address.octets);
    memcpy(member, &party, sizeof party);
    return true;
}

static enum fault read_each(const struct row *row, struct cursor *from, uint8_t *whole)
{
    size_t count = count_of(row, whole);
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        fault = layout_read(row->of, from, whole + row->offset + i * row->size);
    return fault;
}

static bool read_octets(const struct row *row, struct cursor *from, uint8_t *whole)
{
    size_t len = row->form == FORM_WORDS ? count_of(row, whole) : row->size;
    struct bytes octets = cursor_bytes(from, len <= row->size ? len : row->size);
    bool is_good = len <= row->size && (row->form == FORM_OCTETS ||
                                        is_printable(octets, row->form == FORM_LETTERS));
    return is_good && keep(octets, whole + row->offset);
}

static bool read_row(const struct row *row, struct cursor *from, uint8_t *whole)
{
    switch (row->form) {
    case FORM_NUMBER:
    case FORM_REAL: return read_number(row, from, whole + row->offset);
    case FORM_TEXT: return read_text(row, from, whole + row->offset);
    case FORM_OCTETS:
    case FORM_LETTERS:
    case FORM_WORDS: return read_octets(row, from, whole);
    case FORM_PARTY: return read_party(from, whole + row->offset);
    case FORM_EACH:
    case FORM_ALL: break;
    }
    return false;
}

enum fault layout_read(const struct layout *layout, struct cursor *from, void *into)
{
    for (size_t i = 0; i < layout->count; i++) {
        const struct row *row = &layout->rows[i];
        enum fault fault = FAULT_NONE;
        if (row->form == FORM_EACH || row->form == FORM_ALL)
            fault = read_each(row, from, into);
        else if (!read_row(row, from, into))
            fault = FAULT_VALUE;
        if (from->broken)
            return FAULT_TRUNCATED;
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}
