// SPDX-License-Identifier: Apache-2.0
#include "reference/delegated.h"

enum { FIELDS_MAX = 8, ROW_FIELDS = 7 };

static size_t split(struct bytes line, struct bytes *fields)
{
    size_t count = 0, start = 0;
    for (size_t i = 0; i <= line.len && count < FIELDS_MAX; i++) {
        if (i < line.len && line.at[i] != '|')
            continue;
        fields[count++] = bytes_slice(line, start, i - start);
        start = i + 1;
    }
    return count;
}

static bool is_letter(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_held(struct bytes status)
{
    return bytes_equal(status, BYTES("allocated")) || bytes_equal(status, BYTES("assigned"));
}

/* "AP" and "ZZ" are no countries; an address of theirs may be anywhere.  "EU" is not one
 * either, but tells enough. */
static bool is_country(struct bytes code)
{
    return code.len == 2 && is_letter(code.at[0]) && is_letter(code.at[1]) &&
           !bytes_equal(code, BYTES("AP")) && !bytes_equal(code, BYTES("ZZ"));
}

static enum fault read_v4(const struct bytes *fields, struct delegated_row *row)
{
    uint64_t count = 0;
    if (!ip_read(fields[3], &row->first) || !ip_is_v4(&row->first) ||
        !text_read_u64(fields[4], UINT64_C(1) << 32, &count) || count == 0)
        return FAULT_VALUE;
    if (count > (UINT64_C(1) << 32) - ip_to_v4(&row->first))
        return FAULT_VALUE; /* past the last address */
    row->address_count = count;
    return FAULT_NONE;
}

static enum fault read_v6(const struct bytes *fields, struct delegated_row *row)
{
    uint64_t len = 0;
    if (!ip_read(fields[3], &row->first) || ip_is_v4(&row->first) ||
        !text_read_u64(fields[4], 128, &len) || len == 0)
        return FAULT_VALUE;
    row->prefix_len = (uint8_t)len;
    return FAULT_NONE;
}

enum fault delegated_read(struct bytes line, struct delegated_row *out)
{
    struct bytes fields[FIELDS_MAX];
    line = text_trim(line);
    if (line.len == 0 || line.at[0] == '#' || (line.at[0] >= '0' && line.at[0] <= '9'))
        return FAULT_UNSUPPORTED; /* the version row starts with its number */
    size_t count = split(line, fields);
    if (count == ROW_FIELDS - 1 && bytes_equal(fields[5], BYTES("summary")))
        return FAULT_UNSUPPORTED;
    if (count < ROW_FIELDS)
        return FAULT_TRUNCATED;
    bool is_v4 = bytes_equal(fields[2], BYTES("ipv4"));
    if (!is_v4 && !bytes_equal(fields[2], BYTES("ipv6")))
        return bytes_equal(fields[2], BYTES("asn")) ? FAULT_UNSUPPORTED : FAULT_VALUE;
    if (!is_held(fields[6]) || !is_country(fields[1]))
        return FAULT_UNSUPPORTED;
    struct delegated_row row = { .country = { (char)fields[1].at[0], (char)fields[1].at[1] } };
    enum fault fault = is_v4 ? read_v4(fields, &row) : read_v6(fields, &row);
    if (fault == FAULT_NONE)
        *out = row;
    return fault;
}

/* The largest block that starts where the row does and is not longer than it. */
static bool next_v4(struct delegated_row *row, struct ip_prefix *out)
{
    uint64_t first = ip_to_v4(&row->first);
    uint8_t host_bits = 0;
    while (host_bits < 32 && (first >> host_bits & 1) == 0 &&
           UINT64_C(2) << host_bits <= row->address_count)
        host_bits++;
    *out = (struct ip_prefix){ row->first, (uint8_t)(128 - host_bits) };
    row->address_count -= UINT64_C(1) << host_bits;
    row->first = ip_from_v4((uint32_t)(first + (UINT64_C(1) << host_bits)));
    return true;
}

bool delegated_next(struct delegated_row *row, struct ip_prefix *out)
{
    if (row->address_count > 0)
        return next_v4(row, out);
    if (row->prefix_len == 0)
        return false;
    *out = (struct ip_prefix){ row->first, row->prefix_len };
    for (size_t bit = row->prefix_len; bit < 128; bit++)
        out->address.octets[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    row->prefix_len = 0;
    return true;
}
