// SPDX-License-Identifier: Apache-2.0
#include "decode/name.h"

void name_start(struct fact_name *name)
{
    name->len = 0;
    name->cut = false;
}

/* Where the first label of what is written ends, its dot included.  A backslash takes what
 * follows it along. */
static size_t first_label_len(const struct fact_name *name)
{
    for (size_t i = 0; i < name->len; i++) {
        if (name->at[i] == '\\')
            i++;
        else if (name->at[i] == '.')
            return i + 1;
    }
    return name->len;
}

/* The end of a name tells whose it is, so its first labels give way. */
static void make_room(struct fact_name *name, size_t len)
{
    while (len > FACT_NAME_MAX - (size_t)name->len) {
        size_t dropped = first_label_len(name);
        name->len = (uint8_t)(name->len - dropped);
        memmove(name->at, name->at + dropped, name->len);
        name->cut = true;
    }
}

/* All of it, so that no half of an escape reads as another name. */
static void put_whole(struct fact_name *name, const char *spelling, size_t len)
{
    make_room(name, len);
    memcpy(name->at + name->len, spelling, len);
    name->len = (uint8_t)(name->len + len);
}

static void put_dot(struct fact_name *name)
{
    make_room(name, 1);
    if (name->len > 0 || !name->cut) /* nothing is left for it to follow */
        name->at[name->len++] = '.';
}

static void put_escaped(struct fact_name *name, uint8_t byte)
{
    if (byte == '.' || byte == '\\') {
        put_whole(name, (const char[]){ '\\', (char)byte }, 2);
        return;
    }
    const char decimal[4] = { '\\', (char)('0' + byte / 100), (char)('0' + byte / 10 % 10),
                              (char)('0' + byte % 10) };
    put_whole(name, decimal, sizeof decimal);
}

/* How a byte is written in a name; 0 when it must be escaped.  A table, as names are most of
 * what is read of DNS. */
static char spelled(uint8_t byte)
{
    static const char spellings[] = "!\"#$%&'()*+,-\0/0123456789:;<=>?@"
                                    "abcdefghijklmnopqrstuvwxyz[\0]^_`"
                                    "abcdefghijklmnopqrstuvwxyz{|}~";
    unsigned at = (unsigned)byte - '!';
    return at < sizeof spellings - 1 ? spellings[at] : '\0';
}

static void put_bytes(struct fact_name *name, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len;) {
        size_t len = name->len; /* a local one: the text may alias name->len */
        char letter = 0;
        while (i < bytes.len && (letter = spelled(bytes.at[i])) != 0 && len < FACT_NAME_MAX) {
            name->at[len++] = letter;
            i++;
        }
        name->len = (uint8_t)len;
        if (i < bytes.len && letter != 0)
            make_room(name, 1);
        else if (i < bytes.len)
            put_escaped(name, bytes.at[i++]);
    }
}

void name_put_label(struct fact_name *name, struct bytes label)
{
    if (name->len > 0)
        put_dot(name);
    put_bytes(name, label);
}

void name_put_host(struct fact_name *name, struct bytes host)
{
    for (size_t from = 0, i = 0; i <= host.len; i++) {
        if (i < host.len && host.at[i] != '.')
            continue;
        put_bytes(name, bytes_slice(host, from, i - from));
        if (i < host.len)
            put_dot(name);
        from = i + 1;
    }
}

size_t printable_keep(struct bytes words, char *room, size_t room_len)
{
    size_t len = words.len < room_len ? words.len : room_len;
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = words.at[i];
        room[i] = (char)(byte >= ' ' && byte < 0x7f ? byte : '?');
    }
    return len;
}
