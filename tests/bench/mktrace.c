// SPDX-License-Identifier: Apache-2.0
/* One long interleaved capture out of many short real ones, so that caches and flow tables are
 * really exercised.  Each capture is laid at a random place of a window, several times over;
 * each time its addresses are permuted by a key of its own (the low 24 bits of IPv4, the low 32
 * bits of the IPv6 /64) and the checksums follow, so that flows stay whole but distinct.  The
 * same list gives the same trace.
 * usage: mktrace OUT.pcap WINDOW_S REPLICAS MAXPACKETS MAXBYTES SNAPLEN < list-of-captures */
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ETHERNET_BYTES = 14, LENGTH_MAX = 65535, SEED = 42 };
enum { TYPE_IPV4 = 0x0800, TYPE_ARP = 0x0806, TYPE_IPV6 = 0x86dd, TYPE_MPLS = 0x8847 };
enum { TYPE_PPPOE = 0x8864, TYPE_VLAN = 0x8100, TYPE_QINQ = 0x88a8, TYPE_QINQ_OLD = 0x9100 };
enum { TCP = 6, UDP = 17, ICMPV6 = 58 };
#define TRACE_START_US (1735689600 * INT64_C(1000000)) /* 2025-01-01 */

struct piece {
    int64_t time_us;
    size_t offset; /* of its bytes in the trace */
    uint32_t captured;
    uint32_t length;
};

struct trace {
    struct piece *pieces;
    size_t count, pieces_max;
    uint8_t *bytes;
    size_t used, bytes_max;
};

struct plan {
    int64_t window_us;
    long replicas;
    size_t packets_max; /* of one capture */
    size_t bytes_max;
    uint32_t snaplen;
};

static void *grown(void *old, size_t size)
{
    void *new = realloc(old, size);
    if (!new) {
        fputs("mktrace: no memory left\n", stderr);
        exit(EXIT_FAILURE);
    }
    return new;
}

static void make_room(struct trace *trace, size_t pieces, size_t bytes)
{
    if (trace->count + pieces > trace->pieces_max) {
        trace->pieces_max = 2 * trace->pieces_max + pieces;
        trace->pieces = grown(trace->pieces, trace->pieces_max * sizeof *trace->pieces);
    }
    if (trace->used + bytes > trace->bytes_max) {
        trace->bytes_max = 2 * trace->bytes_max + bytes;
        trace->bytes = grown(trace->bytes, trace->bytes_max);
    }
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static uint32_t be16(const uint8_t *at)
{
    return (uint32_t)(at[0] << 8 | at[1]);
}

static uint32_t be32(const uint8_t *at)
{
    return be16(at) << 16 | be16(at + 2);
}

static void put_be16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* RFC 1624: the checksum after a 32-bit word it covers changed.  None is left none. */
static void follow(uint8_t *checksum, uint32_t before, uint32_t after)
{
    uint32_t old = be16(checksum);
    if (old == 0)
        return;
    uint32_t sum = (~old & 0xffff) + (~(before >> 16) & 0xffff) + (~before & 0xffff);
    sum += (after >> 16) + (after & 0xffff);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    put_be16(checksum, ~sum);
}

/* XORs the word and lets the checksums that cover it follow; either may be NULL. */
static void permute(uint8_t *at, uint32_t key, uint8_t *header, uint8_t *transport)
{
    uint32_t before = be32(at), after = before ^ key;
    put_be16(at, after >> 16);
    put_be16(at + 2, after);
    if (header)
        follow(header, before, after);
    if (transport)
        follow(transport, before, after);
}

/* The transport's checksum over the addresses, or NULL when there is none to be seen. */
static uint8_t *transport_checksum(uint8_t *at, size_t len, uint32_t protocol)
{
    size_t offset = protocol == TCP ? 16 : protocol == UDP ? 6 : protocol == ICMPV6 ? 2 : len;
    return offset + 2 <= len ? at + offset : NULL;
}

static void permute_ipv4(uint8_t *at, size_t len, uint32_t key)
{
    size_t header = (at[0] & 15u) * 4;
    if (header < 20 || header > len)
        return;
    uint8_t *checksum = NULL;
    bool is_first = (be16(at + 6) & 0x1fff) == 0;
    if (is_first && at[9] != ICMPV6)
        checksum = transport_checksum(at + header, len - header, at[9]);
    for (uint8_t *address = at + 12; address < at + 20; address += 4) {
        if (address[0] != 0 && address[0] != 127 && address[0] < 224)
            permute(address, key, at + 10, checksum);
    }
}

static void permute_ipv6(uint8_t *at, size_t len, uint32_t key)
{
    uint32_t protocol = at[6];
    size_t next = 40;
    bool is_later_fragment = false;
    for (int i = 0; i < 8 && next + 8 <= len; i++) {
        const uint8_t *header = at + next;
        if (protocol == 0 || protocol == 43 || protocol == 60)
            next += (header[1] + 1u) * 8;
        else if (protocol == 44)
            next += 8, is_later_fragment = be16(header + 2) >> 3 != 0;
        else
            break;
        protocol = header[0];
    }
    uint8_t *checksum = NULL;
    if (!is_later_fragment && next < len)
        checksum = transport_checksum(at + next, len - next, protocol);
    for (uint8_t *address = at + 8; address < at + 40; address += 16) {
        if (address[0] != 0xff && address[0] != 0)
            permute(address + 4, key, NULL, checksum);
    }
}

static void permute_arp(uint8_t *at, uint32_t key)
{
    for (uint8_t *address = at + 14; address < at + 28; address += 10) {
        if (address[0] != 0 && address[0] < 224)
            permute(address, key, NULL, NULL);
    }
}

static uint32_t type_of_version(uint8_t first)
{
    return first >> 4 == 4 ? TYPE_IPV4 : first >> 4 == 6 ? TYPE_IPV6 : 0;
}

/* Passes over VLAN tags, MPLS labels and PPPoE; gives the type of what is inside. */
static uint32_t unwrap(const uint8_t *frame, size_t len, size_t *at)
{
    uint32_t type = be16(frame + 12);
    size_t next = ETHERNET_BYTES;
    while ((type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD) &&
           next + 4 <= len) {
        type = be16(frame + next + 2);
        next += 4;
    }
    if (type == TYPE_MPLS) {
        bool is_last = false;
        for (; !is_last && next + 4 <= len; next += 4)
            is_last = frame[next + 2] & 1;
        if (next < len)
            type = type_of_version(frame[next]);
    } else if (type == TYPE_PPPOE && next + 8 <= len) {
        uint32_t inside = be16(frame + next + 6);
        next += 8;
        type = inside == 0x21 ? TYPE_IPV4 : inside == 0x57 ? TYPE_IPV6 : 0;
    }
    *at = next;
    return type;
}

static void permute_frame(uint8_t *frame, size_t len, uint64_t key)
{
    if (len < ETHERNET_BYTES + 20)
        return;
    size_t at = 0;
    uint32_t type = unwrap(frame, len, &at);
    size_t left = len - at;
    uint8_t *inside = frame + at;
    if (type == TYPE_ARP && left >= 28)
        permute_arp(inside, (uint32_t)key & 0xffffff);
    else if (type == TYPE_IPV4 && left >= 20 && inside[0] >> 4 == 4)
        permute_ipv4(inside, left, (uint32_t)key & 0xffffff);
    else if (type == TYPE_IPV6 && left >= 40)
        permute_ipv6(inside, left, (uint32_t)(key >> 32));
}

/* Bytes before IP in frames of this link type, and the type of what follows when the frame
 * does not say it as Ethernet does.  False for links we leave out. */
static bool look_at_link(int link, const uint8_t *at, size_t len, size_t *skip, uint32_t *type)
{
    *skip = link == DLT_LINUX_SLL ? 16 : link == DLT_NULL ? 4 : 0;
    *type = 0;
    if (link == DLT_EN10MB)
        return len >= ETHERNET_BYTES;
    if (len < *skip + (link == DLT_LINUX_SLL ? 0 : 1))
        return false;
    *type = link == DLT_LINUX_SLL ? be16(at + 14) : at[*skip] >> 4 == 6 ? TYPE_IPV6 : TYPE_IPV4;
    return true;
}

/* Adds one packet, as Ethernet.  False when it is left out. */
static bool add_packet(struct trace *trace, int link, const struct pcap_pkthdr *header,
                       const uint8_t *at, uint32_t snaplen)
{
    size_t skip = 0, len = header->caplen;
    uint32_t type = 0;
    if (!look_at_link(link, at, len, &skip, &type))
        return false;
    make_room(trace, 1, len + ETHERNET_BYTES);
    uint8_t *out = trace->bytes + trace->used;
    size_t added = 0;
    if (link != DLT_EN10MB) {
        memcpy(out, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
        put_be16(out + 12, type);
        added = ETHERNET_BYTES;
    }
    memcpy(out + added, at + skip, len - skip);

    uint32_t captured = (uint32_t)(len - skip + added);
    uint32_t length = header->len - (uint32_t)skip + (uint32_t)added;
    if (captured > snaplen)
        captured = snaplen;
    if (length < captured)
        length = captured;
    if (length > LENGTH_MAX)
        return false;
    trace->pieces[trace->count++] = (struct piece){ 0, trace->used, captured, length };
    trace->used += captured;
    return true;
}

static bool is_known_link(int link)
{
    return link == DLT_EN10MB || link == DLT_LINUX_SLL || link == DLT_NULL || link == DLT_RAW ||
           link == DLT_IPV4 || link == DLT_IPV6;
}

/* Appends the packets of a capture, with times from 0; gives how long it lasted. */
static int64_t add_capture(struct trace *trace, pcap_t *capture, const struct plan *plan)
{
    size_t first = trace->count, start = trace->used;
    int64_t start_us = 0, last_us = 0;
    struct pcap_pkthdr *header;
    const uint8_t *at;
    while (trace->count - first < plan->packets_max && trace->used - start < plan->bytes_max &&
           pcap_next_ex(capture, &header, &at) == 1) {
        if (!add_packet(trace, pcap_datalink(capture), header, at, plan->snaplen))
            continue;
        int64_t time_us = header->ts.tv_sec * INT64_C(1000000) + header->ts.tv_usec;
        if (trace->count - first == 1)
            start_us = last_us = time_us;
        if (time_us > last_us)
            last_us = time_us; /* time never runs backwards in the trace */
        trace->pieces[trace->count - 1].time_us = last_us - start_us;
    }
    return last_us - start_us;
}

/* Lays the pieces from first to end into the window, once for each replica. */
static void replicate(struct trace *trace, size_t first, int64_t span_us,
                      const struct plan *plan, uint64_t *random)
{
    size_t end = trace->count, bytes = 0;
    for (size_t i = first; i < end; i++)
        bytes += trace->pieces[i].captured;
    double most = 0.9 * (double)plan->window_us;
    double scale = (double)span_us > most ? most / (double)span_us : 1;
    int64_t room_us = plan->window_us - (int64_t)((double)span_us * scale);

    for (long replica = 1; replica <= plan->replicas; replica++) {
        uint64_t key = next_random(random);
        int64_t start_us = (int64_t)(next_random(random) % (uint64_t)room_us);
        bool is_last = replica == plan->replicas; /* takes the place of what was read */
        make_room(trace, end - first, bytes);
        for (size_t i = first; i < end; i++) {
            struct piece piece = trace->pieces[i];
            if (!is_last) {
                memcpy(trace->bytes + trace->used, trace->bytes + piece.offset, piece.captured);
                piece.offset = trace->used;
                trace->used += piece.captured;
            }
            permute_frame(trace->bytes + piece.offset, piece.captured, key);
            piece.time_us = (int64_t)((double)piece.time_us * scale) + start_us;
            trace->pieces[is_last ? i : trace->count++] = piece;
        }
    }
}

static int by_time(const void *left, const void *right)
{
    const struct piece *a = left, *b = right;
    if (a->time_us != b->time_us)
        return a->time_us < b->time_us ? -1 : 1;
    return (a->offset > b->offset) - (a->offset < b->offset);
}

static bool write_trace(const struct trace *trace, const char *path)
{
    FILE *out = fopen(path, "wb");
    if (!out)
        return false;
    const uint32_t head[] = { 0xa1b2c3d4, 0x00040002, 0, 0, LENGTH_MAX, DLT_EN10MB };
    bool good = fwrite(head, sizeof head, 1, out) == 1;
    for (size_t i = 0; good && i < trace->count; i++) {
        const struct piece *piece = &trace->pieces[i];
        int64_t time_us = TRACE_START_US + piece->time_us;
        const uint32_t record[] = { (uint32_t)(time_us / 1000000),
                                    (uint32_t)(time_us % 1000000), piece->captured,
                                    piece->length };
        good = fwrite(record, sizeof record, 1, out) == 1 &&
               fwrite(trace->bytes + piece->offset, 1, piece->captured, out) == piece->captured;
    }
    return fclose(out) == 0 && good;
}

static size_t add_listed(struct trace *trace, const struct plan *plan)
{
    char path[4096], why[PCAP_ERRBUF_SIZE];
    uint64_t random = SEED;
    size_t captures = 0;
    while (fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = '\0';
        pcap_t *capture = pcap_open_offline(path, why);
        if (!capture)
            continue;
        size_t first = trace->count;
        int64_t span_us = 0;
        if (is_known_link(pcap_datalink(capture)))
            span_us = add_capture(trace, capture, plan);
        pcap_close(capture);
        if (trace->count > first) {
            replicate(trace, first, span_us, plan, &random);
            captures++;
        }
    }
    return captures;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fputs("usage: mktrace OUT WINDOW_S REPLICAS MAXPACKETS MAXBYTES SNAPLEN < LIST\n",
              stderr);
        return 2;
    }
    const struct plan plan = { .window_us = strtoll(argv[2], NULL, 10) * 1000000,
                               .replicas = strtol(argv[3], NULL, 10),
                               .packets_max = strtoul(argv[4], NULL, 10),
                               .bytes_max = strtoul(argv[5], NULL, 10),
                               .snaplen = (uint32_t)strtoul(argv[6], NULL, 10) };
    struct trace trace = { 0 };
    size_t captures = add_listed(&trace, &plan);
    if (trace.count == 0) {
        fputs("mktrace: nothing to write\n", stderr);
        return EXIT_FAILURE;
    }
    qsort(trace.pieces, trace.count, sizeof *trace.pieces, by_time);
    if (!write_trace(&trace, argv[1])) {
        perror(argv[1]);
        return EXIT_FAILURE;
    }
    printf("%zu captures, %zu packets, %zu bytes of packets\n", captures, trace.count,
           trace.used);
    free(trace.pieces);
    free(trace.bytes);
    return EXIT_SUCCESS;
}
