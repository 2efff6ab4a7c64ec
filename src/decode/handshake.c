// SPDX-License-Identifier: Apache-2.0
#include "decode/handshake.h"

#include "base/must.h"
#include "base/wipe.h"
#include "decode/assembly.h"
#include "decode/parsers.h"
#include "decode/quic_private.h"

/* A side's octets are put together up to this many; a larger first flight is given up. */
enum { BUFFER_OCTETS = 16384, DATAGRAMS_MAX = 16 };

enum protocol { UNTOLD, TLS_CLIENT, TLS_SERVER, SSH, HTTP, DNS_STREAM, DNS, QUIC, PROTOCOLS };

struct side {
    uint8_t protocol; /* enum protocol */
    uint8_t step;     /* parsers that are through */
    bool has_base;
    uint32_t base; /* sequence number of the buffer's first octet */
    struct assembly assembly;
    uint32_t buffer; /* number + 1, or 0 */
};

/* One handshake in pieces. */
struct connection {
    uint32_t flow;
    uint32_t next_free; /* number + 1 of the next that is free, or 0 */
    int64_t time_ns;    /* of the last packet that added to it */
    bool in_use;
    uint8_t datagrams;
    struct side sides[2]; /* initiator's, responder's */
};

struct handshake_counts {
    uint64_t facts[FACT_KINDS];
    uint64_t faults[PROTOCOLS][FAULT_KINDS];
    uint64_t in_pieces;
    uint64_t evicted;
    uint64_t overlaps;
    uint64_t cut; /* payload not captured to its end */
};

struct handshakes {
    struct fact_sink sink;
    size_t connections_max;
    struct connection *connections;
    uint32_t used; /* given out at least once */
    uint32_t free; /* number + 1 of the last that came back: its room is still in the cache */
    uint32_t hand; /* the next to make room when all are taken */
    uint8_t *buffers; /* two a connection */
    struct quic_collector quic;
    struct fact fact; /* being read */
    bool holds_quic;  /* quic was used since handshakes_release */
    struct handshake_counts counts;
};

size_t handshakes_size(const struct handshake_limits *limits)
{
    return sizeof(struct handshakes) + 256 +
           limits->connections_max * (sizeof(struct connection) + 2 * (size_t)BUFFER_OCTETS);
}

struct handshakes *handshakes_init(const struct handshake_limits *limits, struct fact_sink sink,
                                   struct arena *keep)
{
    MUST(limits->connections_max > 0 && limits->connections_max < UINT32_MAX / 4);
    struct handshakes *handshakes = ARENA_NEW(keep, struct handshakes, 1);
    handshakes->sink = sink;
    handshakes->connections_max = limits->connections_max;
    handshakes->connections = ARENA_NEW(keep, struct connection, limits->connections_max);
    handshakes->buffers = arena_take(keep, BUFFER_OCTETS, 64, 2 * limits->connections_max);
    return handshakes;
}

static uint32_t bit_of(bool from_initiator)
{
    return from_initiator ? 1 : 2;
}

/* The connection a mark names, unless its room went to another since. */
static struct connection *connection_of(struct handshakes *handshakes, uint32_t flow,
                                        uint32_t stream)
{
    if (stream >> 2 == 0)
        return NULL;
    struct connection *connection = &handshakes->connections[(stream >> 2) - 1];
    return connection->in_use && connection->flow == flow ? connection : NULL;
}

static struct room room_of(const struct handshakes *handshakes,
                           const struct connection *connection, bool from_initiator)
{
    size_t number = (size_t)(connection - handshakes->connections) * 2 + !from_initiator;
    return (struct room){ handshakes->buffers + number * BUFFER_OCTETS, BUFFER_OCTETS };
}

/* What was held is overwritten, not only forgotten. */
static void erase(const struct handshakes *handshakes, const struct connection *connection,
                  bool from_initiator)
{
    const struct assembly *assembly = &connection->sides[!from_initiator].assembly;
    struct room room = room_of(handshakes, connection, from_initiator);
    if (assembly->count > 0)
        wipe(room.at, assembly->ranges[assembly->count - 1].to);
}

static void release(struct handshakes *handshakes, struct connection *connection)
{
    erase(handshakes, connection, true);
    erase(handshakes, connection, false);
    if (connection->datagrams > 0)
        wipe(room_of(handshakes, connection, true).at, sizeof(struct quic_collector));
    *connection = (struct connection){ .in_use = false, .next_free = handshakes->free };
    handshakes->free = (uint32_t)(connection - handshakes->connections) + 1;
}

/* When all are taken one makes room, each in its turn: its flow finds its mark stale and is
 * read no further. */
static uint32_t free_connection(struct handshakes *handshakes)
{
    if (handshakes->free == 0 && handshakes->used < handshakes->connections_max)
        return handshakes->used++;
    if (handshakes->free == 0) {
        handshakes->counts.evicted++;
        release(handshakes, &handshakes->connections[handshakes->hand]);
        handshakes->hand = (uint32_t)((handshakes->hand + 1) % handshakes->connections_max);
    }
    uint32_t number = handshakes->free - 1;
    handshakes->free = handshakes->connections[number].next_free;
    return number;
}

/* The flow's connection, or a new one. */
static struct connection *open_connection(struct handshakes *handshakes,
                                          const struct handshake_place *place)
{
    struct connection *connection = connection_of(handshakes, place->flow, *place->stream);
    if (connection)
        return connection;
    uint32_t number = free_connection(handshakes);
    connection = &handshakes->connections[number];
    handshakes->counts.in_pieces++;
    connection->in_use = true;
    connection->flow = place->flow;
    *place->stream = (number + 1) << 2 | (*place->stream & 3);
    return connection;
}

/* This side is through.  With both, the connection's room is free again. */
static void close_side(struct handshakes *handshakes, const struct handshake_place *place,
                       bool from_initiator)
{
    struct connection *connection = connection_of(handshakes, place->flow, *place->stream);
    *place->stream |= bit_of(from_initiator);
    if (connection) {
        erase(handshakes, connection, from_initiator);
        connection->sides[!from_initiator] = (struct side){ .protocol = UNTOLD };
        if (handshake_is_over(*place->stream))
            release(handshakes, connection);
    }
}

static void close_both(struct handshakes *handshakes, const struct handshake_place *place)
{
    close_side(handshakes, place, true);
    close_side(handshakes, place, false);
}

static void tell(struct handshakes *handshakes, uint32_t flow, bool from_initiator,
                 int64_t time_ns)
{
    struct fact *fact = &handshakes->fact;
    fact->next = NULL;
    fact->from_initiator = from_initiator;
    fact->time_ns = time_ns;
    handshakes->counts.facts[fact->kind]++;
    handshakes->sink.take(handshakes->sink.context, flow, fact);
}

/* How protocols start.  A handshake record of TLS is told further by its message; an alert
 * comes first only from a server (RFC 6066 3: unrecognized_name, as a warning). */
static const struct start {
    struct bytes octets;
    enum protocol protocol;
} starts[] = {
#define START(literal, protocol)                                      \
    {                                                                 \
        { (const uint8_t *)(literal), sizeof(literal) - 1 }, protocol \
    }
    START("\x16\x03", TLS_CLIENT), START("\x15\x03", TLS_SERVER), START("SSH-", SSH),
    START("GET ", HTTP),           START("POST ", HTTP),          START("HEAD ", HTTP),
    START("PUT ", HTTP),           START("CONNECT ", HTTP),       START("OPTIONS ", HTTP),
    START("DELETE ", HTTP),        START("PATCH ", HTTP),         START("PROPFIND ", HTTP),
    START("TRACE ", HTTP),         START("HTTP/", HTTP),
};

/* The protocol a side's first octets speak.  *is_short: too few to tell yet. */
static enum protocol protocol_of(struct bytes stream, const struct packet *packet,
                                 bool *is_short)
{
    enum { TLS_MESSAGE_AT = 5, TLS_CLIENT_HELLO = 1 };
    if (packet->source_port == 53 || packet->destination_port == 53)
        return DNS_STREAM;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (!bytes_start_with(stream, starts[i].octets)) {
            *is_short |= bytes_start_with(starts[i].octets, stream);
            continue;
        }
        if (starts[i].protocol != TLS_CLIENT)
            return starts[i].protocol;
        *is_short = stream.len <= TLS_MESSAGE_AT;
        if (*is_short)
            return UNTOLD;
        return stream.at[TLS_MESSAGE_AT] == TLS_CLIENT_HELLO ? TLS_CLIENT : TLS_SERVER;
    }
    return UNTOLD;
}

static enum fault read_step(struct handshakes *handshakes, const struct side *side,
                            struct bytes stream, bool from_initiator, size_t *taken)
{
    struct fact *fact = &handshakes->fact;
    switch ((enum protocol)side->protocol) {
    case TLS_CLIENT: return tls_client_read(stream, taken, fact);
    case TLS_SERVER:
        return side->step == 0 ? tls_server_read(stream, taken, fact)
                               : tls_certificate_read(stream, taken, fact);
    case SSH: return ssh_read(stream, !from_initiator, taken, fact);
    case HTTP: return http_read(stream, taken, fact);
    case DNS_STREAM: return dns_over_tcp_read(stream, taken, fact);
    case UNTOLD:
    case DNS:
    case QUIC:
    case PROTOCOLS: break;
    }
    return FAULT_UNSUPPORTED;
}

static bool is_through(const struct side *side)
{
    if (side->protocol == DNS_STREAM)
        return false; /* queries may follow as long as the connection lives */
    return side->step == (side->protocol == TLS_SERVER ? 2 : 1);
}

/* A side as it is being read: from its buffer, or straight from its first segment. */
struct reading {
    struct side *side;
    struct bytes stream;
    uint32_t flow;
    bool from_initiator;
    int64_t time_ns;
    size_t consumed; /* octets of DNS messages that are through */
};

/* Reads on.  FAULT_NONE: the side is through; FAULT_TRUNCATED: it needs more. */
static enum fault read_on(struct handshakes *handshakes, struct reading *reading)
{
    for (;;) {
        struct bytes stream = bytes_slice(reading->stream, reading->consumed, SIZE_MAX);
        if (stream.len == 0)
            return FAULT_TRUNCATED;
        size_t taken = 0;
        enum fault fault =
            read_step(handshakes, reading->side, stream, reading->from_initiator, &taken);
        if (fault != FAULT_NONE)
            return fault;
        tell(handshakes, reading->flow, reading->from_initiator, reading->time_ns);
        if (reading->side->protocol == DNS_STREAM) {
            MUST(taken > 0 && taken <= stream.len);
            reading->consumed += taken;
            continue;
        }
        reading->side->step++;
        if (is_through(reading->side))
            return FAULT_NONE;
    }
}

/* The front of a side that will never be whole may still tell a name: an identification
 * whatever follows it, a head that is too long but not one that is broken. */
static void read_partly(struct handshakes *handshakes, const struct reading *reading,
                        enum fault why)
{
    enum fault fault = FAULT_UNSUPPORTED;
    if (reading->side->protocol == SSH)
        fault = ssh_banner_read(reading->stream, !reading->from_initiator, &handshakes->fact);
    else if (reading->side->protocol == HTTP && (why == FAULT_TRUNCATED || why == FAULT_LIMIT))
        fault = http_partial_read(reading->stream, &handshakes->fact);
    if (fault == FAULT_NONE)
        tell(handshakes, reading->flow, reading->from_initiator, reading->time_ns);
}

/* Messages that are through make room at the front. */
static void drop_consumed(struct side *side, struct room room, size_t consumed)
{
    if (consumed == 0)
        return;
    size_t rest = assembly_drop(&side->assembly, consumed);
    memmove(room.at, room.at + consumed, rest);
    wipe(room.at + rest, consumed);
    side->base += (uint32_t)consumed;
}

/* A segment's octets into the side's buffer; false when they do not fit. */
static bool hold(struct handshakes *handshakes, struct side *side, struct room room,
                 struct bytes octets, uint32_t sequence)
{
    int32_t offset = (int32_t)(sequence - side->base);
    if (offset < 0) { /* sent again, from before what we hold */
        octets = bytes_slice(octets, (size_t)(-(int64_t)offset), SIZE_MAX);
        offset = 0;
    }
    bool overlaps = false;
    bool fits = assembly_add(&side->assembly, octets, (size_t)offset, room, &overlaps);
    handshakes->counts.overlaps += overlaps;
    return fits;
}

static uint32_t first_sequence(const struct packet *packet)
{
    return packet->tcp_sequence + !!(packet->tcp_flags & TCP_SYN);
}

static bool is_cut(const struct decoded *decoded)
{
    return !decoded->packet.is_fragment && decoded->sealed.len < decoded->packet.payload_octets;
}

/* Judges a side after new octets: closes it when it is through or will never be. */
static void judge(struct handshakes *handshakes, const struct handshake_place *place,
                  struct reading *reading, enum fault fault, bool is_hopeless)
{
    if (fault == FAULT_TRUNCATED && !is_hopeless)
        return;
    /* TLS 1.3 and resumed sessions send no certificate in clear: that is not a fault. */
    bool is_sealed = fault == FAULT_UNSUPPORTED && reading->side->protocol == TLS_SERVER &&
                     reading->side->step > 0;
    if (fault != FAULT_NONE && !is_sealed) {
        handshakes->counts.faults[reading->side->protocol][fault]++;
        read_partly(handshakes, reading, fault);
    }
    close_side(handshakes, place, place->from_initiator);
}

static void observe_held(struct handshakes *handshakes, const struct handshake_place *place,
                         const struct decoded *decoded, struct connection *connection)
{
    struct side *side = &connection->sides[!place->from_initiator];
    struct room room = room_of(handshakes, connection, place->from_initiator);
    if (!side->has_base) {
        side->has_base = true;
        side->base =
            place->after_gap ? place->expected_sequence : first_sequence(&decoded->packet);
    }
    bool fits = hold(handshakes, side, room, decoded->sealed, first_sequence(&decoded->packet));
    connection->time_ns = decoded->packet.time_ns;
    struct reading reading = { .side = side,
                               .stream = { room.at, assembly_front(&side->assembly) },
                               .flow = place->flow,
                               .from_initiator = place->from_initiator,
                               .time_ns = decoded->packet.time_ns };
    bool is_short = reading.stream.len == 0;
    if (side->protocol == UNTOLD && !is_short) {
        side->protocol = (uint8_t)protocol_of(reading.stream, &decoded->packet, &is_short);
        if (side->protocol == UNTOLD && !is_short) {
            close_side(handshakes, place, place->from_initiator);
            return;
        }
    }
    enum fault fault = is_short ? FAULT_TRUNCATED : read_on(handshakes, &reading);
    drop_consumed(side, room, reading.consumed);
    judge(handshakes, place, &reading, fault, !fits || is_cut(decoded));
}

/* Most handshakes come whole in their first segment and are read where they lie. */
static void observe_first(struct handshakes *handshakes, const struct handshake_place *place,
                          const struct decoded *decoded)
{
    struct side side = { .protocol = UNTOLD };
    bool is_short = place->after_gap;
    if (!is_short)
        side.protocol = (uint8_t)protocol_of(decoded->sealed, &decoded->packet, &is_short);
    if (side.protocol == UNTOLD && !is_short) {
        close_side(handshakes, place, place->from_initiator);
        return;
    }
    struct reading reading = { .side = &side,
                               .stream = decoded->sealed,
                               .flow = place->flow,
                               .from_initiator = place->from_initiator,
                               .time_ns = decoded->packet.time_ns };
    enum fault fault = is_short ? FAULT_TRUNCATED : read_on(handshakes, &reading);
    if (fault != FAULT_TRUNCATED || (is_cut(decoded) && !is_short)) {
        handshakes->counts.cut += is_cut(decoded);
        judge(handshakes, place, &reading, fault, true);
        return;
    }
    struct connection *connection = open_connection(handshakes, place);
    connection->time_ns = decoded->packet.time_ns;
    struct side *held = &connection->sides[!place->from_initiator];
    *held = side;
    held->has_base = true;
    held->base = place->after_gap ? place->expected_sequence : first_sequence(&decoded->packet);
    if (reading.consumed > 0)
        held->base += (uint32_t)reading.consumed;
    struct bytes rest = bytes_slice(decoded->sealed, reading.consumed, SIZE_MAX);
    uint32_t sequence = first_sequence(&decoded->packet) + (uint32_t)reading.consumed;
    if (!hold(handshakes, held, room_of(handshakes, connection, place->from_initiator), rest,
              sequence))
        judge(handshakes, place, &reading, FAULT_TRUNCATED, true);
}

static void observe_tcp(struct handshakes *handshakes, const struct handshake_place *place,
                        const struct decoded *decoded)
{
    struct connection *connection = connection_of(handshakes, place->flow, *place->stream);
    if (connection && connection->sides[!place->from_initiator].has_base)
        observe_held(handshakes, place, decoded, connection);
    else if (connection || *place->stream >> 2 == 0)
        observe_first(handshakes, place, decoded);
    else
        *place->stream = 3; /* its room went to another */
}

/* RFC 9000 17.2: a long header, of a version we have keys for.  The fixed bit may be clear
 * (RFC 9287). */
static bool is_quic_initial(struct bytes datagram)
{
    struct cursor c = cursor_over(datagram);
    uint8_t first = cursor_u8(&c);
    uint32_t version = cursor_be32(&c);
    return !c.broken && (first & 0x80) && quic_scheme_find(version);
}

static void observe_quic(struct handshakes *handshakes, const struct handshake_place *place,
                         const struct decoded *decoded)
{
    struct connection *connection = connection_of(handshakes, place->flow, *place->stream);
    struct quic_collector *collector = &handshakes->quic;
    if (connection) {
        void *room = room_of(handshakes, connection, true).at;
        collector = room;
    } else {
        memset(collector, 0, sizeof *collector);
        handshakes->holds_quic = true;
    }
    enum fault fault = quic_read(collector, decoded->sealed, &handshakes->fact);
    if (fault == FAULT_NONE)
        tell(handshakes, place->flow, true, decoded->packet.time_ns);
    if (fault != FAULT_TRUNCATED || (connection && connection->datagrams == DATAGRAMS_MAX)) {
        handshakes->counts.faults[QUIC][fault] += fault != FAULT_NONE;
        close_both(handshakes, place);
        return;
    }
    if (!connection) {
        connection = open_connection(handshakes, place);
        memcpy(room_of(handshakes, connection, true).at, collector, sizeof *collector);
    }
    connection->datagrams++;
}

static bool is_dns(const struct packet *packet)
{
    static const uint16_t ports[] = { 53, 5353, 5355 }; /* DNS, RFC 6762, RFC 4795 */
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        if (packet->source_port == ports[i] || packet->destination_port == ports[i])
            return true;
    }
    return false;
}

/* A cut answer is told as long as it was on the wire. */
static void observe_dns(struct handshakes *handshakes, const struct handshake_place *place,
                        const struct decoded *decoded)
{
    struct fact *fact = &handshakes->fact;
    enum fault fault = dns_read(decoded->sealed, fact);
    if (fault != FAULT_NONE) {
        handshakes->counts.faults[DNS][fault]++;
        return;
    }
    uint32_t octets = decoded->packet.payload_octets;
    if (fact->dns.is_response && is_cut(decoded))
        fact->dns.response_octets = octets < UINT16_MAX ? (uint16_t)octets : UINT16_MAX;
    tell(handshakes, place->flow, place->from_initiator, decoded->packet.time_ns);
}

static void observe_udp(struct handshakes *handshakes, const struct handshake_place *place,
                        const struct decoded *decoded)
{
    if (is_dns(&decoded->packet)) {
        observe_dns(handshakes, place, decoded);
        return;
    }
    bool is_known = connection_of(handshakes, place->flow, *place->stream) != NULL;
    if (place->from_initiator && (is_known || is_quic_initial(decoded->sealed)))
        observe_quic(handshakes, place, decoded);
    else if (place->from_initiator)
        close_both(handshakes, place);
}

void handshakes_observe(struct handshakes *handshakes, const struct handshake_place *place,
                        const struct decoded *decoded)
{
    if (decoded->sealed.len == 0 || (*place->stream & bit_of(place->from_initiator)))
        return;
    if (decoded->packet.protocol == PROTOCOL_TCP)
        observe_tcp(handshakes, place, decoded);
    else if (decoded->packet.protocol == PROTOCOL_UDP)
        observe_udp(handshakes, place, decoded);
}

void handshakes_finish(struct handshakes *handshakes, uint32_t flow, uint32_t *stream)
{
    struct connection *connection = connection_of(handshakes, flow, *stream);
    *stream = 3;
    if (!connection)
        return;
    for (size_t i = 0; i < 2; i++) {
        struct side *side = &connection->sides[i];
        struct room room = room_of(handshakes, connection, i == 0);
        struct reading reading = { .side = side,
                                   .stream = { room.at, assembly_front(&side->assembly) },
                                   .flow = flow,
                                   .from_initiator = i == 0,
                                   .time_ns = connection->time_ns };
        if (reading.stream.len == 0)
            continue;
        handshakes->counts.faults[side->protocol][FAULT_TRUNCATED]++;
        read_partly(handshakes, &reading, FAULT_TRUNCATED);
    }
    release(handshakes, connection);
}

void handshakes_release(struct handshakes *handshakes)
{
    wipe(&handshakes->fact, sizeof handshakes->fact);
    if (handshakes->holds_quic)
        wipe(&handshakes->quic, sizeof handshakes->quic);
    handshakes->holds_quic = false;
}

void handshakes_count(const struct handshakes *handshakes, struct summary *summary)
{
    static const char *const facts[FACT_KINDS] = {
        [FACT_DNS] = "facts_dns",
        [FACT_TLS_CLIENT] = "facts_tls_client",
        [FACT_TLS_SERVER] = "facts_tls_server",
        [FACT_TLS_CERTIFICATE] = "facts_tls_certificate",
        [FACT_SSH] = "facts_ssh",
        [FACT_HTTP] = "facts_http",
        [FACT_TUNNEL] = "facts_tunnel",
        [FACT_ALERT] = "facts_alert", /* none: no packet is one */
        [FACT_LOGIN] = "facts_login", /* likewise */
    };
#define FAULTS(protocol)                                                                  \
    {                                                                                     \
        [FAULT_TRUNCATED] = protocol "_truncated", [FAULT_LENGTH] = protocol "_length",   \
        [FAULT_VALUE] = protocol "_value", [FAULT_VERSION] = protocol "_version",         \
        [FAULT_UNSUPPORTED] = protocol "_unsupported", [FAULT_LIMIT] = protocol "_limit", \
        [FAULT_CRYPTO] = protocol "_crypto",                                              \
    }
    static const char *const faults[PROTOCOLS][FAULT_KINDS] = {
        [UNTOLD] = FAULTS("unknown"),
        [TLS_CLIENT] = FAULTS("tls_client"),
        [TLS_SERVER] = FAULTS("tls_server"),
        [SSH] = FAULTS("ssh"),
        [HTTP] = FAULTS("http"),
        [DNS_STREAM] = FAULTS("dns_tcp"),
        [DNS] = FAULTS("dns"),
        [QUIC] = FAULTS("quic"),
    };
    const struct handshake_counts *counts = &handshakes->counts;
    for (size_t kind = 1; kind < FACT_KINDS; kind++)
        summary_count(summary, "decode", facts[kind], "facts", counts->facts[kind]);
    for (size_t protocol = 0; protocol < PROTOCOLS; protocol++) {
        for (size_t fault = 1; fault < FAULT_KINDS; fault++)
            summary_count(summary, "decode", faults[protocol][fault], "handshakes",
                          counts->faults[protocol][fault]);
    }
    summary_count(summary, "decode", "handshakes_in_pieces", "handshakes", counts->in_pieces);
    summary_count(summary, "decode", "handshakes_evicted", "handshakes", counts->evicted);
    summary_count(summary, "decode", "segments_overlap", "segments", counts->overlaps);
    summary_count(summary, "decode", "handshakes_cut", "handshakes", counts->cut);
}
