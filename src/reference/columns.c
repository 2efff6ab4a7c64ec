// SPDX-License-Identifier: Apache-2.0
#include "reference/columns.h"

static const struct {
    const char *name;
    enum column kind;
    uint8_t rank;
} known[] = {
    { "value", COLUMN_VALUE, 1 },
    { "indicator", COLUMN_VALUE, 1 },
    { "ioc", COLUMN_VALUE, 1 },
    { "ioc_value", COLUMN_VALUE, 1 },
    { "indicator_value", COLUMN_VALUE, 1 },
    { "observable", COLUMN_VALUE, 1 },
    { "ip", COLUMN_VALUE, 2 },
    { "ip_address", COLUMN_VALUE, 2 },
    { "ipaddress", COLUMN_VALUE, 2 },
    { "address", COLUMN_VALUE, 2 },
    { "dst_ip", COLUMN_VALUE, 2 },
    { "dstip", COLUMN_VALUE, 2 },
    { "cidr", COLUMN_VALUE, 2 },
    { "prefix", COLUMN_VALUE, 2 },
    { "domain", COLUMN_VALUE, 2 },
    { "domain_name", COLUMN_VALUE, 2 },
    { "hostname", COLUMN_VALUE, 2 },
    { "host", COLUMN_VALUE, 2 },
    { "fqdn", COLUMN_VALUE, 2 },
    { "url", COLUMN_VALUE, 3 },
    { "ja3", COLUMN_VALUE, 3 },
    { "ja3_md5", COLUMN_VALUE, 3 },
    { "ja3s", COLUMN_VALUE, 3 },
    { "ja4", COLUMN_VALUE, 3 },
    { "sha256", COLUMN_VALUE, 4 },
    { "sha1", COLUMN_VALUE, 4 },
    { "cert_sha256", COLUMN_VALUE, 4 },
    { "cert_sha1", COLUMN_VALUE, 4 },
    { "certificate", COLUMN_VALUE, 4 },
    { "type", COLUMN_TYPE, 0 },
    { "ioc_type", COLUMN_TYPE, 0 },
    { "entity_type", COLUMN_TYPE, 0 },
    { "indicator_type", COLUMN_TYPE, 0 },
    { "valid_from", COLUMN_BEGINS, 0 },
    { "not_before", COLUMN_BEGINS, 0 },
    { "expires", COLUMN_EXPIRES, 0 },
    { "expires_at", COLUMN_EXPIRES, 0 },
    { "expiry", COLUMN_EXPIRES, 0 },
    { "expiration", COLUMN_EXPIRES, 0 },
    { "valid_until", COLUMN_EXPIRES, 0 },
    { "valid_to", COLUMN_EXPIRES, 0 },
    { "not_after", COLUMN_EXPIRES, 0 },
    { "port", COLUMN_PORT, 0 },
    { "dst_port", COLUMN_PORT, 0 },
    { "dstport", COLUMN_PORT, 0 },
    { "protocol", COLUMN_PROTOCOL, 0 },
    { "proto", COLUMN_PROTOCOL, 0 },
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* "Valid Until" and "valid_until" are one. */
static bool is_name(struct bytes field, const char *name)
{
    if (field.len != strlen(name))
        return false;
    for (size_t i = 0; i < field.len; i++) {
        uint8_t c = lower(field.at[i]);
        if (c == ' ' || c == '-')
            c = '_';
        if (c != (uint8_t)name[i])
            return false;
    }
    return true;
}

bool columns_read(struct bytes record, struct columns *out)
{
    struct columns columns = { .count = 0 };
    struct csv csv = csv_over(record);
    char room[FIELD_TEXT_MAX];
    struct text field = text_over(room, sizeof room);
    bool has_value = false;
    while (columns.count < COLUMNS_MAX && csv_next(&csv, &field)) {
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            if (!is_name(text_bytes(&field), known[i].name))
                continue;
            columns.kinds[columns.count] = (uint8_t)known[i].kind;
            columns.ranks[columns.count] = known[i].rank;
            has_value |= known[i].kind == COLUMN_VALUE;
        }
        columns.count++;
    }
    if (has_value)
        *out = columns;
    return has_value;
}

static bool contains(struct bytes bytes, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= bytes.len; i++) {
        size_t same = 0;
        while (same < len && lower(bytes.at[i + same]) == (uint8_t)word[same])
            same++;
        if (same == len)
            return true;
    }
    return false;
}

bool columns_type_is_foreign(struct bytes type)
{
    static const char *const ours[] = { "ja3", "ja4", "cert", "ssl", "tls", "x509" };
    static const char *const foreign[] = { "md5",  "sha",   "hash",     "file",    "mail",
                                           "yara", "mutex", "registry", "process", "path" };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (contains(type, ours[i]))
            return false;
    }
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (contains(type, foreign[i]))
            return true;
    }
    return false;
}
