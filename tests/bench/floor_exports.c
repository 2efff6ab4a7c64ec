// SPDX-License-Identifier: Apache-2.0
/* The least that reading a capture of flow exports can take: the file in blocks by read(2), UDP
 * over IPv4 over Ethernet, templates by number alone, and the fields most people want moved
 * into a structure of 64 octets.  Nothing is checked that can be left out, nothing is kept. One
 * line: records and the sum of their octets.
 *
 * floor_exports FILE */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, FIELDS_MAX = 128, RING = 1024, FRAME_HEAD = 16, HEADERS = 14 + 20 + 8 };

struct least {
    uint8_t source[16], destination[16];
    uint64_t octets, first;
    uint32_t packets, last;
    uint16_t source_port, destination_port;
    uint8_t protocol, flags;
};

struct template
{
    size_t count, octets;
    struct {
        uint16_t id, octets;
    } fields[FIELDS_MAX];
};

static struct template *templates[65536];
static struct least ring[RING];
static uint64_t records, sum;

static uint16_t be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint64_t number(const uint8_t *at, size_t octets)
{
    uint64_t value = 0;
    for (size_t i = 0; i < octets; i++)
        value = value << 8 | at[i];
    return value;
}

static void move(struct least *out, uint16_t id, const uint8_t *at, size_t octets)
{
    switch (id) {
    case 1: out->octets = number(at, octets); break;
    case 2: out->packets = (uint32_t)number(at, octets); break;
    case 4: out->protocol = *at; break;
    case 6: out->flags = at[octets - 1]; break;
    case 7: out->source_port = be16(at); break;
    case 8: memcpy(out->source, at, 4); break;
    case 11: out->destination_port = be16(at); break;
    case 12: memcpy(out->destination, at, 4); break;
    case 22:
    case 152: out->first = number(at, octets); break;
    case 21:
    case 153: out->last = (uint32_t)number(at, octets); break;
    case 27: memcpy(out->source, at, 16); break;
    case 28: memcpy(out->destination, at, 16); break;
    default: break;
    }
}

static void learn(const uint8_t *at, const uint8_t *end)
{
    while (end - at >= 4 && be16(at) > 255) {
        struct template **known = &templates[be16(at)];
        if (!*known && (*known = calloc(1, sizeof **known)) == NULL)
            exit(EXIT_FAILURE);
        struct template *template = *known;
        template->count = be16(at + 2);
        template->octets = 0;
        at += 4;
        if (template->count > FIELDS_MAX)
            exit(EXIT_FAILURE);
        for (size_t i = 0; i < template->count; i++, at += 4) {
            template->fields[i].id = be16(at);
            template->fields[i].octets = be16(at + 2);
            template->octets += be16(at + 2);
        }
    }
}

static void read_records(const struct template *template, const uint8_t *at, const uint8_t *end)
{
    while (template && template->octets > 0 && (size_t)(end - at) >= template->octets) {
        struct least *out = &ring[records++ % RING];
        memset(out, 0, sizeof *out);
        for (size_t i = 0; i < template->count; i++) {
            move(out, template->fields[i].id, at, template->fields[i].octets);
            at += template->fields[i].octets;
        }
        sum += out->octets;
    }
}

static void read_sets(const uint8_t *at, const uint8_t *end)
{
    while (end - at >= 4) {
        uint16_t id = be16(at), octets = be16(at + 2);
        if (octets < 4 || octets > end - at)
            return;
        if (id == 0 || id == 2)
            learn(at + 4, at + octets);
        else if (id > 255)
            read_records(templates[id], at + 4, at + octets);
        at += octets;
    }
}

static void read_v5(const uint8_t *at)
{
    size_t count = be16(at + 2);
    at += 24;
    for (size_t i = 0; i < count; i++, at += 48) {
        struct least *out = &ring[records++ % RING];
        memset(out, 0, sizeof *out);
        memcpy(out->source, at, 4);
        memcpy(out->destination, at + 4, 4);
        out->packets = (uint32_t)number(at + 16, 4);
        out->octets = number(at + 20, 4);
        out->first = number(at + 24, 4);
        out->last = (uint32_t)number(at + 28, 4);
        out->source_port = be16(at + 32);
        out->destination_port = be16(at + 34);
        out->flags = at[37];
        out->protocol = at[38];
        sum += out->octets;
    }
}

static void read_frame(const uint8_t *at, size_t len)
{
    const uint8_t *end = at + len;
    if (len < HEADERS + 24)
        return;
    at += HEADERS;
    if (be16(at) == 5)
        read_v5(at);
    else
        read_sets(at + (be16(at) == 9 ? 20 : 16), end);
}

/* How much of the block was read: the rest is the beginning of a frame. */
static size_t read_frames(const uint8_t *block, size_t len)
{
    size_t at = 0;
    while (len - at >= FRAME_HEAD) {
        uint32_t captured;
        memcpy(&captured, block + at + 8, sizeof captured); /* of our byte order */
        if (len - at - FRAME_HEAD < captured)
            break;
        read_frame(block + at + FRAME_HEAD, captured);
        at += FRAME_HEAD + captured;
    }
    return at;
}

int main(int argc, char **argv)
{
    static uint8_t block[BLOCK];
    int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (fd < 0 || read(fd, block, 24) != 24)
        return EXIT_FAILURE;
    size_t len = 0;
    for (ssize_t got; (got = read(fd, block + len, BLOCK - len)) > 0;) {
        len += (size_t)got;
        size_t used = read_frames(block, len);
        len -= used;
        memmove(block, block + used, len);
    }
    printf("records %" PRIu64 " octets %" PRIu64 "\n", records, sum);
    return EXIT_SUCCESS;
}
