// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "store/store_private.h"

static void note(struct store_row *row, int result)
{
    if (result != SQLITE_OK)
        row->broken = true;
}

void store_put_i64(struct store_row *row, int64_t value)
{
    note(row, sqlite3_bind_int64(row->statement, ++row->at, value));
}

/* SQLite's integers are signed; the cast is undone in store_take_u64. */
void store_put_u64(struct store_row *row, uint64_t value)
{
    store_put_i64(row, (int64_t)value);
}

void store_put_real(struct store_row *row, double value)
{
    note(row, sqlite3_bind_double(row->statement, ++row->at, value));
}

void store_put_null(struct store_row *row)
{
    note(row, sqlite3_bind_null(row->statement, ++row->at));
}

/* The bytes must live until the statement has run. */
void store_put_text(struct store_row *row, struct bytes text)
{
    const char *at = text.len == 0 ? "" : (const char *)text.at;
    note(row, sqlite3_bind_text64(row->statement, ++row->at, at, text.len, SQLITE_STATIC,
                                  SQLITE_UTF8));
}

void store_put_word(struct store_row *row, const char *word)
{
    store_put_text(row, bytes_of_string(word));
}

void store_put_blob(struct store_row *row, const uint8_t *at, size_t len)
{
    note(row, sqlite3_bind_blob64(row->statement, ++row->at, at, len, SQLITE_STATIC));
}

/* Copied by SQLite. */
void store_put_own_text(struct store_row *row, struct bytes text)
{
    note(row, sqlite3_bind_text64(row->statement, ++row->at, (const char *)text.at, text.len,
                                  SQLITE_TRANSIENT, SQLITE_UTF8));
}

void store_put_address(struct store_row *row, const struct ip_address *address)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(address, &text);
    store_put_own_text(row, text_bytes(&text));
}

void store_put_party(struct store_row *row, const struct party *party)
{
    char room[PARTY_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    party_write(party, &text);
    store_put_own_text(row, text_bytes(&text));
    store_put_word(row, place_name(party->place));
}

bool store_is_null(const struct store_row *row)
{
    return sqlite3_column_type(row->statement, row->at) == SQLITE_NULL;
}

int64_t store_take_i64(struct store_row *row)
{
    return sqlite3_column_int64(row->statement, row->at++);
}

uint64_t store_take_u64(struct store_row *row, uint64_t max)
{
    uint64_t value = (uint64_t)store_take_i64(row);
    if (value > max)
        row->broken = true;
    return value > max ? 0 : value;
}

double store_take_real(struct store_row *row)
{
    return sqlite3_column_double(row->statement, row->at++);
}

static struct bytes take_bytes(struct store_row *row)
{
    const void *at = sqlite3_column_blob(row->statement, row->at);
    int len = sqlite3_column_bytes(row->statement, row->at);
    row->at++;
    return (struct bytes){ at, at ? (size_t)len : 0 };
}

size_t store_take_text(struct store_row *row, char *room, size_t max)
{
    struct text text = text_over(room, max);
    text_put(&text, take_bytes(row));
    if (text.cut)
        row->broken = true;
    return text.len;
}

void store_take_blob(struct store_row *row, uint8_t *out, size_t len)
{
    struct bytes bytes = take_bytes(row);
    if (bytes.len != len)
        row->broken = true;
    else
        memcpy(out, bytes.at, len);
}

/* RFC 4648 section 6, lower case; the opposite of party_write. */
static bool read_base32(struct bytes letters, uint8_t *out, size_t out_len)
{
    uint32_t held = 0;
    unsigned bits = 0;
    size_t len = 0;
    for (size_t i = 0; i < letters.len; i++) {
        uint8_t c = letters.at[i];
        bool is_letter = c >= 'a' && c <= 'z';
        if (!is_letter && (c < '2' || c > '7'))
            return false;
        held = held << 5 | (uint32_t)(is_letter ? c - 'a' : c - '2' + 26);
        bits += 5;
        if (bits < 8)
            continue;
        bits -= 8;
        if (len == out_len)
            return false;
        out[len++] = (uint8_t)(held >> bits);
    }
    return len == out_len;
}

void store_take_address(struct store_row *row, struct ip_address *out)
{
    if (!ip_read(take_bytes(row), out))
        row->broken = true;
}

void store_take_party(struct store_row *row, struct party *out)
{
    struct bytes text = take_bytes(row);
    struct bytes line = BYTES("line-");
    out->is_pseudonym = bytes_start_with(text, line);
    if (out->is_pseudonym)
        text = bytes_slice(text, line.len, text.len);
    bool is_address = ip_read(text, &out->address); /* base32 has neither dot nor colon */
    out->keeps_prefix = out->is_pseudonym && is_address;
    if (!is_address &&
        !(out->is_pseudonym && read_base32(text, out->pseudonym, sizeof out->pseudonym)))
        row->broken = true;
    out->place = (enum place)store_take_word(row, store_word_place, 0, PLACES);
}

void store_put_mandate(struct store_row *row, const struct mandate *mandate, enum basis basis)
{
    store_put_word(row, mandate->basis_name[0] ? mandate->basis_name : basis_name(basis));
    store_put_word(row, mandate->warrant);
    store_put_word(row, mandate->selector);
}

void store_take_mandate(struct store_row *row, enum basis basis, struct mandate *out)
{
    out->basis = basis;
    (void)store_take_text(row, out->basis_name, sizeof out->basis_name);
    (void)store_take_text(row, out->warrant, sizeof out->warrant);
    (void)store_take_text(row, out->selector, sizeof out->selector);
}

unsigned store_take_word(struct store_row *row, const char *(*word_of)(unsigned),
                         unsigned first, unsigned count)
{
    struct bytes text = take_bytes(row);
    for (unsigned i = first; i < first + count; i++) {
        if (bytes_equal(text, bytes_of_string(word_of(i))))
            return i;
    }
    row->broken = true;
    return first;
}

// NOLINTBEGIN(bugprone-macro-parentheses): the name of an enumeration takes none
#define WORD_OF(noun, type, name)                  \
    const char *store_word_##noun(unsigned number) \
    {                                              \
        return name((enum type)number);            \
    }
// NOLINTEND(bugprone-macro-parentheses): end of it

WORD_OF(place, place, place_name)
WORD_OF(direction, direction, direction_name)
WORD_OF(basis, basis, basis_name)
WORD_OF(tcp, flow_tcp, flow_tcp_name)
WORD_OF(end, flow_end, flow_end_name)
WORD_OF(sampling, sampling_origin, sampling_origin_name)
WORD_OF(time, time_quality, time_quality_name)
WORD_OF(indicator, indicator_kind, indicator_kind_name)
WORD_OF(finding, finding_kind, finding_kind_name)
WORD_OF(shape, sighting_shape, shape_name)

const char *store_word_measure(unsigned id)
{
    return measure_kind((enum measure_id)id)->name;
}
