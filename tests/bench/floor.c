// SPDX-License-Identifier: Apache-2.0
/* The floor: what the cheapest possible reader of a capture costs, to hold ours against.
 * Ethernet pcap files of this machine's byte order only, microseconds, no table bounds, no
 * timeouts: nobody could use it, nobody should be much slower.
 * usage: floor MODE FILE
 *   touch  walk the record headers of the mapped file, packets unseen
 *   parse  the same and parse Ethernet, VLAN, MPLS, PPPoE, IPv4, IPv6 to the ports
 *   read   the same parse over read(2) of 1 MiB blocks
 *   pcap   the same parse in a bare libpcap loop
 *   flow   as parse, and the simplest table of bidirectional flows */
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_HEADER = 24, RECORD_HEADER = 16, BLOCK = 1 << 20, RECORD_MAX = 1 << 18 };
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_MPLS = 0x8847, TYPE_PPPOE = 0x8864 };
enum { TYPE_VLAN = 0x8100, TYPE_QINQ = 0x88a8, TCP = 6, UDP = 17 };

struct key {
    uint8_t low[16], high[16]; /* the two addresses, in order */
    uint16_t low_port, high_port;
    uint8_t protocol, version;
};

struct flow {
    struct key key;
    bool used;
    uint64_t packets[2], octets[2];
    uint64_t first_us, last_us;
};

struct table {
    struct flow *flows;
    size_t room, count;
};

struct counts {
    uint64_t packets, octets, ip, ports, other;
    uint64_t seen; /* of addresses and ports, so that the compiler must read them */
    struct table *table;
};

struct record {
    const uint8_t *at;
    uint32_t captured, length;
    uint64_t time_us;
};

static uint16_t be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9fb21c651e98df25;
    return hash ^ hash >> 28;
}

static uint64_t key_hash(const struct key *key)
{
    uint64_t words[4], hash = 0x1234567;
    memcpy(words, key->low, 16);
    memcpy(words + 2, key->high, 16);
    for (int i = 0; i < 4; i++)
        hash = mix(hash, words[i]);
    return mix(hash,
               (uint64_t)key->low_port << 32 | (uint64_t)key->high_port << 16 | key->protocol);
}

static struct flow *table_slot(struct table *table, const struct key *key)
{
    size_t i = key_hash(key) & (table->room - 1);
    while (table->flows[i].used && memcmp(&table->flows[i].key, key, sizeof *key) != 0)
        i = (i + 1) & (table->room - 1);
    return &table->flows[i];
}

static void table_grow(struct table *table)
{
    struct table bigger = { NULL, table->room ? 2 * table->room : 1 << 16, table->count };
    bigger.flows = calloc(bigger.room, sizeof *bigger.flows);
    if (!bigger.flows)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < table->room; i++) {
        if (table->flows[i].used)
            *table_slot(&bigger, &table->flows[i].key) = table->flows[i];
    }
    free(table->flows);
    *table = bigger;
}

static void account(struct table *table, struct key *key, const struct record *record)
{
    int order = memcmp(key->low, key->high, 16);
    bool turned = order > 0 || (order == 0 && key->low_port > key->high_port);
    if (turned) {
        struct key given = *key;
        memcpy(key->low, given.high, 16);
        memcpy(key->high, given.low, 16);
        key->low_port = given.high_port;
        key->high_port = given.low_port;
    }
    if (table->count * 10 >= table->room * 7)
        table_grow(table);
    struct flow *flow = table_slot(table, key);
    if (!flow->used) {
        *flow = (struct flow){ .key = *key, .used = true, .first_us = record->time_us };
        table->count++;
    }
    flow->packets[turned]++;
    flow->octets[turned] += record->length;
    flow->last_us = record->time_us;
}

/* Passes over VLAN tags, MPLS labels and PPPoE; gives the type of what is inside. */
static inline unsigned unwrap(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *next = *at + 14;
    unsigned type = be16(*at + 12);
    while ((type == TYPE_VLAN || type == TYPE_QINQ) && end - next >= 4) {
        type = be16(next + 2);
        next += 4;
    }
    if (type == TYPE_MPLS) {
        bool is_last = false;
        for (; !is_last && end - next >= 4; next += 4)
            is_last = next[2] & 1;
        if (next < end)
            type = *next >> 4 == 4 ? TYPE_IPV4 : TYPE_IPV6;
    } else if (type == TYPE_PPPOE && end - next >= 8) {
        type = next[7] == 0x21 ? TYPE_IPV4 : TYPE_IPV6;
        next += 8;
    }
    *at = next;
    return type;
}

static inline const uint8_t *parse_ipv4(const uint8_t *at, const uint8_t *end, struct key *key)
{
    key->version = 4;
    key->protocol = at[9];
    memcpy(key->low, at + 12, 4);
    memcpy(key->high, at + 16, 4);
    if (be16(at + 6) & 0x1fff)
        return end; /* a later fragment has no ports */
    ptrdiff_t header = (at[0] & 15) * 4;
    return header < end - at ? at + header : end;
}

static inline const uint8_t *parse_ipv6(const uint8_t *at, const uint8_t *end, struct key *key)
{
    key->version = 6;
    memcpy(key->low, at + 8, 16);
    memcpy(key->high, at + 24, 16);
    uint8_t protocol = at[6];
    const uint8_t *next = at + 40;
    for (int i = 0; i < 8 && end - next >= 8; i++) {
        ptrdiff_t header = 8;
        if (protocol == 0 || protocol == 43 || protocol == 60)
            header = (next[1] + 1) * 8;
        else if (protocol != 44)
            break;
        protocol = next[0];
        next = header < end - next ? next + header : end;
    }
    key->protocol = protocol;
    return next;
}

static inline void parse(struct counts *counts, const struct record *record)
{
    const uint8_t *at = record->at, *end = at + record->captured;
    counts->packets++;
    counts->octets += record->length;
    if (record->captured < 34) {
        counts->other++;
        return;
    }
    struct key key;
    memset(&key, 0, sizeof key); /* the padding too: keys are compared as bytes */
    unsigned type = unwrap(&at, end);
    if (type == TYPE_IPV4 && end - at >= 20) {
        at = parse_ipv4(at, end, &key);
    } else if (type == TYPE_IPV6 && end - at >= 40) {
        at = parse_ipv6(at, end, &key);
    } else {
        counts->other++;
        return;
    }
    counts->ip++;
    if ((key.protocol == TCP || key.protocol == UDP) && end - at >= 4) {
        key.low_port = be16(at);
        key.high_port = be16(at + 2);
        counts->ports++;
    }
    counts->seen += (uint64_t)key.low[0] + key.high[0] + key.low_port + key.high_port;
    if (counts->table)
        account(counts->table, &key, record);
}

/* One record at `at`; false when it is not whole. */
static inline bool next_record(const uint8_t *at, const uint8_t *end, struct record *out)
{
    if (end - at < RECORD_HEADER)
        return false;
    uint32_t head[4];
    memcpy(head, at, sizeof head);
    *out = (struct record){ at + RECORD_HEADER, head[2], head[3],
                            head[0] * UINT64_C(1000000) + head[1] };
    return out->captured <= (size_t)(end - out->at);
}

static bool run_mapped(const char *path, struct counts *counts, bool touch)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0 || about.st_size < FILE_HEADER)
        return false;
    size_t size = (size_t)about.st_size;
    const uint8_t *file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (file == MAP_FAILED)
        return false;
    const uint8_t *at = file + FILE_HEADER, *end = file + size;
    struct record record;
    for (; next_record(at, end, &record); at = record.at + record.captured) {
        if (touch)
            counts->packets++, counts->octets += record.length;
        else
            parse(counts, &record);
    }
    return true;
}

static bool run_read(const char *path, struct counts *counts)
{
    static uint8_t block[BLOCK + RECORD_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, block, FILE_HEADER) != FILE_HEADER)
        return false;
    size_t kept = 0;
    for (ssize_t got; kept <= RECORD_MAX && (got = read(fd, block + kept, BLOCK)) > 0;) {
        const uint8_t *at = block, *end = block + kept + (size_t)got;
        struct record record;
        for (; next_record(at, end, &record); at = record.at + record.captured)
            parse(counts, &record);
        kept = (size_t)(end - at);
        memmove(block, at, kept);
    }
    return close(fd) == 0;
}

static bool run_pcap(const char *path, struct counts *counts)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *capture = pcap_open_offline(path, why);
    if (!capture)
        return false;
    struct pcap_pkthdr *header;
    struct record record;
    while (pcap_next_ex(capture, &header, &record.at) == 1) {
        record.captured = header->caplen;
        record.length = header->len;
        record.time_us = (uint64_t)header->ts.tv_sec * 1000000 + (uint64_t)header->ts.tv_usec;
        parse(counts, &record);
    }
    pcap_close(capture);
    return true;
}

static bool run(const char *mode, const char *path, struct counts *counts)
{
    if (strcmp(mode, "read") == 0)
        return run_read(path, counts);
    if (strcmp(mode, "pcap") == 0)
        return run_pcap(path, counts);
    return run_mapped(path, counts, strcmp(mode, "touch") == 0);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: floor touch|parse|read|pcap|flow FILE\n", stderr);
        return 2;
    }
    struct table table = { 0 };
    struct counts counts = { .table = strcmp(argv[1], "flow") == 0 ? &table : NULL };
    if (!run(argv[1], argv[2], &counts)) {
        perror(argv[2]);
        return EXIT_FAILURE;
    }
    printf("packets %lu octets %lu ip %lu ports %lu other %lu flows %zu seen %lu\n",
           counts.packets, counts.octets, counts.ip, counts.ports, counts.other, table.count,
           counts.seen);
    return EXIT_SUCCESS;
}
