// SPDX-License-Identifier: Apache-2.0
#include "logs/makers_private.h"

/* Ends */

static bool is_icmp(uint8_t protocol)
{
    return protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6;
}

static bool read_hex(struct bytes text, uint64_t *out)
{
    uint8_t octets[2] = { 0 };
    bool is_hex = text.len >= 3 && text.len <= 6 && text.at[0] == '0' && text.at[1] == 'x';
    struct bytes digits = bytes_slice(text, 2, text.len);
    char room[5] = "0000";
    if (!is_hex)
        return false;
    memcpy(room + 4 - digits.len, digits.at, digits.len);
    if (!text_read_hex((struct bytes){ (const uint8_t *)room, 4 }, octets, sizeof octets))
        return false;
    *out = (uint64_t)octets[0] << 8 | octets[1];
    return true;
}

/* Not said is 0: protocols without ports. */
static bool read_port(struct bytes text, uint64_t *out)
{
    *out = 0;
    text = text_trim(text);
    return text.len == 0 || log_read_number(text, UINT16_MAX, out) || read_hex(text, out);
}

/* Zeek has type and code for ports; Argus code * 256 + type for the first; Suricata fields. */
static bool read_icmp(const struct log_record *record, uint8_t scope, uint64_t port,
                      struct flow *out)
{
    uint64_t type = port, code = out->responder_port;
    if (scope == SCOPE_ARGUS) {
        type = port & 0xff;
        code = port >> 8;
    } else if (scope == SCOPE_EVE) {
        struct bytes type_text = log_text(record, LOG_ICMP_TYPE);
        struct bytes code_text = log_text(record, LOG_ICMP_CODE);
        type = code = 0;
        if ((type_text.len > 0 && !log_read_number(type_text, UINT8_MAX, &type)) ||
            (code_text.len > 0 && !log_read_number(code_text, UINT8_MAX, &code)))
            return false;
    }
    if (type > UINT8_MAX || code > UINT8_MAX)
        return false;
    out->initiator_port = 0;
    out->responder_port = (uint16_t)(type << 8 | code);
    return true;
}

static bool read_protocol(const struct log_record *record, enum log_kind kind, struct flow *out)
{
    uint64_t number = 0;
    if (log_read_number(log_text(record, LOG_PROTOCOL_NUMBER), UINT8_MAX, &number)) {
        out->protocol = (uint8_t)number;
        return true;
    }
    if (!log_has(record, LOG_PROTOCOL)) { /* ssl.log and others have no such column */
        out->protocol = kind == KIND_QUIC ? PROTOCOL_UDP : PROTOCOL_TCP;
        return kind != KIND_FLOW;
    }
    if (!log_read_protocol(log_text(record, LOG_PROTOCOL), &out->protocol))
        return false;
    if (out->protocol == PROTOCOL_ICMP && !ip_is_v4(&out->initiator))
        out->protocol = PROTOCOL_ICMPV6; /* Zeek says icmp for both */
    return true;
}

static void read_vlan(const struct log_record *record, struct flow *out)
{
    struct log_list list = log_list_of(record, LOG_VLAN);
    struct bytes first;
    uint64_t vlan = 0;
    if (log_list_next(&list, &first) && log_read_number(first, 4095, &vlan))
        out->vlan = (uint16_t)vlan;
}

enum line_verdict log_make_ends(const struct log_record *record, uint8_t scope,
                                enum log_kind kind, struct flow *out)
{
    uint64_t initiator_port = 0, responder_port = 0;
    memset(out, 0, sizeof *out);
    enum log_field time = log_has(record, LOG_START) ? LOG_START : LOG_TIME;
    if (!log_read_time(text_trim(log_text(record, time)), &out->forward.first_ns))
        return LINE_TIME;
    if (!log_read_address(log_text(record, LOG_INITIATOR), &out->initiator) ||
        !log_read_address(log_text(record, LOG_RESPONDER), &out->responder))
        return scope == SCOPE_ARGUS && !read_protocol(record, kind, out) ? LINE_PROTOCOL
                                                                         : LINE_ADDRESS;
    if (!read_protocol(record, kind, out))
        return LINE_PROTOCOL;
    if (!read_port(log_text(record, LOG_INITIATOR_PORT), &initiator_port) ||
        !read_port(log_text(record, LOG_RESPONDER_PORT), &responder_port))
        return LINE_NUMBER;
    out->initiator_port = (uint16_t)initiator_port;
    out->responder_port = (uint16_t)responder_port;
    if (is_icmp(out->protocol) && !read_icmp(record, scope, initiator_port, out))
        return LINE_NUMBER;
    out->version = ip_is_v4(&out->initiator) ? 4 : 6;
    out->forward.last_ns = out->forward.first_ns;
    read_vlan(record, out);
    return LINE_FACT;
}

/* States */

/* Zeek's conn_state, base/protocols/conn/main.zeek */
static bool read_zeek_state(struct bytes text, struct flow *out)
{
    static const struct {
        char name[8];
        uint8_t tcp;
        uint8_t end;
    } states[] = {
        { "SF", FLOW_TCP_CLOSED, FLOW_END_DETECTED },
        { "S0", FLOW_TCP_ATTEMPT, FLOW_END_IDLE },
        { "S1", FLOW_TCP_ESTABLISHED, FLOW_END_IDLE },
        { "S2", FLOW_TCP_ESTABLISHED, FLOW_END_IDLE }, /* one side's FIN only */
        { "S3", FLOW_TCP_ESTABLISHED, FLOW_END_IDLE },
        { "REJ", FLOW_TCP_REFUSED, FLOW_END_DETECTED },
        { "RSTO", FLOW_TCP_RESET, FLOW_END_DETECTED },
        { "RSTR", FLOW_TCP_RESET, FLOW_END_DETECTED },
        { "RSTOS0", FLOW_TCP_ATTEMPT, FLOW_END_DETECTED },  /* SYN, then RST of the same side */
        { "RSTRH", FLOW_TCP_RESET, FLOW_END_DETECTED },     /* SYN-ACK and RST, one side seen */
        { "SH", FLOW_TCP_ATTEMPT, FLOW_END_DETECTED },      /* SYN and FIN, no answer */
        { "SHR", FLOW_TCP_ESTABLISHED, FLOW_END_DETECTED }, /* SYN-ACK and FIN, one side seen */
        { "OTH", FLOW_TCP_MIDSTREAM, FLOW_END_IDLE },
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strlen(states[i].name) == text.len &&
            memcmp(states[i].name, text.at, text.len) == 0) {
            out->tcp = states[i].tcp;
            out->end = states[i].end;
            return true;
        }
    }
    return false;
}

static void note_flags(struct flow_half *half, uint8_t flags)
{
    if (half->tcp_flags == 0)
        half->first_flags = flags;
    half->tcp_flags |= flags;
}

/* Zeek's history: a letter for what happened first of its kind, upper case by the initiator. */
static void read_history(struct bytes text, struct flow *out)
{
    static const struct {
        char letter;
        uint8_t flags;
    } letters[] = {
        { 's', TCP_SYN }, { 'h', TCP_SYN | TCP_ACK }, { 'a', TCP_ACK },
        { 'd', TCP_ACK }, { 'f', TCP_FIN | TCP_ACK }, { 'r', TCP_RST },
    };
    for (size_t i = 0; i < text.len && i < 64; i++) {
        uint8_t c = text.at[i];
        struct flow_half *half = c >= 'a' ? &out->reverse : &out->forward;
        out->is_turned |= c == '^';
        for (size_t k = 0; k < sizeof letters / sizeof *letters; k++) {
            if ((c | 0x20) == (uint8_t)letters[k].letter)
                note_flags(half, letters[k].flags);
        }
    }
}

static uint8_t end_of_tcp(uint8_t tcp)
{
    return tcp == FLOW_TCP_REFUSED || tcp == FLOW_TCP_RESET || tcp == FLOW_TCP_CLOSED
               ? FLOW_END_DETECTED
               : FLOW_END_IDLE;
}

static uint8_t flags_of_letters(struct bytes text)
{
    static const char letters[] = "FSRPAU"; /* from bit 0 on, RFC 9293 3.1 */
    uint8_t flags = 0;
    for (size_t i = 0; i < text.len; i++) {
        for (size_t bit = 0; bit < sizeof letters - 1; bit++) {
            if (text.at[i] == (uint8_t)letters[bit])
                flags |= (uint8_t)(1u << bit);
        }
    }
    return flags;
}

/* ra(1): flags of both sides as "FSPA_FSPA", or a word; some tools write Zeek's words. */
static void read_argus_state(struct bytes text, struct flow *out)
{
    static const struct {
        char name[4];
        uint8_t tcp;
    } words[] = {
        { "REQ", FLOW_TCP_ATTEMPT },     { "ACC", FLOW_TCP_ESTABLISHED },
        { "CON", FLOW_TCP_ESTABLISHED }, { "TIM", FLOW_TCP_ESTABLISHED },
        { "FIN", FLOW_TCP_CLOSED },      { "CLO", FLOW_TCP_CLOSED },
        { "RST", FLOW_TCP_RESET },
    };
    out->tcp = FLOW_TCP_MIDSTREAM;
    out->end = FLOW_END_IDLE;
    size_t divide = bytes_find(text, '_');
    if (divide < text.len) {
        out->forward.tcp_flags = flags_of_letters(bytes_slice(text, 0, divide));
        out->reverse.tcp_flags = flags_of_letters(bytes_slice(text, divide + 1, text.len));
        out->tcp = (uint8_t)flow_tcp_state(PROTOCOL_TCP, out->forward.tcp_flags,
                                           out->reverse.tcp_flags);
        out->end = end_of_tcp(out->tcp);
        return;
    }
    if (read_zeek_state(text, out))
        return;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (log_same(text, words[i].name))
            out->tcp = words[i].tcp;
    }
    out->end = end_of_tcp(out->tcp);
}

/* When flags are or'ed we know of the first packet only that it had the SYN. */
static void guess_first_flags(struct flow_half *half, bool is_initiator)
{
    if (half->tcp_flags & TCP_SYN)
        half->first_flags = is_initiator ? TCP_SYN : TCP_SYN | TCP_ACK;
    else
        half->first_flags = half->tcp_flags;
}

static void read_eve_state(const struct log_record *record, struct flow *out)
{
    uint64_t forward = 0, reverse = 0;
    char with_prefix[4] = "0x";
    enum log_field fields[] = { LOG_FORWARD_FLAGS, LOG_REVERSE_FLAGS };
    uint64_t *flags[] = { &forward, &reverse };
    for (size_t i = 0; i < 2; i++) {
        struct bytes text = log_text(record, fields[i]);
        if (text.len == 0 || text.len > 2)
            continue;
        memcpy(with_prefix + 2, text.at, text.len);
        (void)read_hex((struct bytes){ (const uint8_t *)with_prefix, 2 + text.len }, flags[i]);
    }
    out->forward.tcp_flags = (uint8_t)(forward & 0x3f);
    out->reverse.tcp_flags = (uint8_t)(reverse & 0x3f);
    out->tcp =
        (uint8_t)flow_tcp_state(out->protocol, out->forward.tcp_flags, out->reverse.tcp_flags);
    bool forced = log_same(log_text(record, LOG_REASON), "forced") ||
                  log_same(log_text(record, LOG_REASON), "shutdown");
    bool closed = log_same(log_text(record, LOG_STATE), "closed");
    out->end = closed ? FLOW_END_DETECTED : forced ? FLOW_END_FORCED : FLOW_END_IDLE;
}

static void read_state(const struct log_record *record, uint8_t scope, struct flow *out)
{
    struct bytes state = log_text(record, LOG_STATE);
    if (scope == SCOPE_EVE) {
        read_eve_state(record, out);
    } else if (scope == SCOPE_ARGUS) {
        read_argus_state(text_trim(state), out);
    } else {
        out->tcp = FLOW_TCP_MIDSTREAM;
        out->end = FLOW_END_IDLE;
        (void)read_zeek_state(state, out);
        read_history(log_text(record, LOG_HISTORY), out);
    }
    if (scope != SCOPE_ZEEK) {
        guess_first_flags(&out->forward, true);
        guess_first_flags(&out->reverse, false);
    }
    if (out->protocol == PROTOCOL_TCP)
        return;
    out->tcp = FLOW_TCP_NONE;
    if (scope != SCOPE_EVE)
        out->end = FLOW_END_IDLE;
    out->forward.tcp_flags = out->forward.first_flags = 0;
    out->reverse.tcp_flags = out->reverse.first_flags = 0;
}

/* Numbers */

/* "3.0" is what numbers become in tools that know no whole ones. */
static bool read_count(const struct log_record *record, enum log_field field, uint64_t *out)
{
    struct bytes text = log_text(record, field);
    if (text.len > 2 && text.at[text.len - 2] == '.' && text.at[text.len - 1] == '0')
        text.len -= 2;
    return text.len == 0 || log_read_number(text, INT64_MAX, out);
}

/* Of both sides, where only sums and one side's octets are told: a side that sent octets sent
 * at least one packet, and packets are shared out as octets are. */
static bool share_out(const struct log_record *record, struct flow *out)
{
    uint64_t packets = 0, octets = 0;
    struct flow_half *forward = &out->forward, *reverse = &out->reverse;
    if (!log_read_number(log_text(record, LOG_TOTAL_PACKETS), UINT32_MAX, &packets) ||
        !log_read_number(log_text(record, LOG_TOTAL_OCTETS), INT64_MAX, &octets) ||
        forward->octets > octets)
        return false;
    reverse->octets = octets - forward->octets;
    if (!log_has(record, LOG_FORWARD_PACKETS)) {
        double share = octets > 0 ? (double)forward->octets / (double)octets : 1;
        forward->packets = (uint64_t)(share * (double)packets + 0.5);
        if (forward->packets == 0 && forward->octets > 0 && packets > 0)
            forward->packets = 1;
        if (forward->packets == packets && reverse->octets > 0 && packets > 1)
            forward->packets = packets - 1;
    }
    if (forward->packets > packets)
        return false;
    reverse->packets = packets - forward->packets;
    return true;
}

/* Of all but Argus. */
static bool has_counts(const struct log_record *record)
{
    return log_has(record, LOG_FORWARD_PACKETS) && log_has(record, LOG_FORWARD_OCTETS) &&
           log_has(record, LOG_REVERSE_PACKETS) && log_has(record, LOG_REVERSE_OCTETS);
}

static bool read_counts(const struct log_record *record, uint8_t scope, struct flow *out)
{
    struct flow_half *forward = &out->forward, *reverse = &out->reverse;
    if (!read_count(record, LOG_FORWARD_PACKETS, &forward->packets) ||
        !read_count(record, LOG_FORWARD_OCTETS, &forward->octets) ||
        !read_count(record, LOG_FORWARD_PAYLOAD, &forward->payload) ||
        !read_count(record, LOG_REVERSE_PACKETS, &reverse->packets) ||
        !read_count(record, LOG_REVERSE_OCTETS, &reverse->octets) ||
        !read_count(record, LOG_REVERSE_PAYLOAD, &reverse->payload))
        return false;
    if (scope == SCOPE_ARGUS ? !share_out(record, out) : !has_counts(record))
        return false;
    /* Zeek counts payload by sequence numbers, also what it never saw. */
    if (forward->payload > forward->octets)
        forward->payload = forward->octets;
    if (reverse->payload > reverse->octets)
        reverse->payload = reverse->octets;
    return true;
}

/* Nobody tells the times of each side: both get those of the whole. */
static bool read_end(const struct log_record *record, struct flow *out)
{
    struct flow_half *forward = &out->forward;
    int64_t span = 0;
    struct bytes duration = log_text(record, LOG_DURATION);
    struct bytes end = log_text(record, LOG_END);
    if (end.len > 0 && !log_read_time(text_trim(end), &forward->last_ns))
        return false;
    if (end.len == 0 && duration.len > 0) {
        if (!log_read_seconds(text_trim(duration), &span) ||
            __builtin_add_overflow(forward->first_ns, span, &forward->last_ns))
            return false;
    }
    if (forward->last_ns < forward->first_ns)
        forward->last_ns = forward->first_ns;
    if (out->reverse.packets > 0) {
        out->reverse.first_ns = forward->first_ns;
        out->reverse.last_ns = forward->last_ns;
    }
    if (forward->packets == 0 && out->reverse.packets > 0)
        forward->first_ns = forward->last_ns = 0;
    return true;
}

/* "<-": what Argus saw first came from the destination. */
static void turn(struct flow *flow)
{
    struct ip_address address = flow->initiator;
    struct flow_half half = flow->forward;
    uint16_t port = flow->initiator_port;
    flow->initiator = flow->responder;
    flow->responder = address;
    flow->forward = flow->reverse;
    flow->reverse = half;
    if (!is_icmp(flow->protocol)) {
        flow->initiator_port = flow->responder_port;
        flow->responder_port = port;
    }
    if (flow->forward.packets == 0 && flow->reverse.packets == 0) { /* keep its time */
        flow->forward.first_ns = half.first_ns;
        flow->forward.last_ns = half.last_ns;
        flow->reverse.first_ns = flow->reverse.last_ns = 0;
    }
}

static bool points_back(struct bytes direction)
{
    direction = text_trim(direction);
    return bytes_equal(direction, BYTES("<-")) || bytes_equal(direction, BYTES("<?"));
}

enum line_verdict log_make_flow(const struct log_record *record, uint8_t scope,
                                struct flow *flow)
{
    if (!read_counts(record, scope, flow))
        return LINE_NUMBER;
    if (!read_end(record, flow))
        return LINE_TIME;
    read_state(record, scope, flow);
    if (points_back(log_text(record, LOG_DIRECTION)))
        turn(flow);
    return LINE_FLOW;
}
