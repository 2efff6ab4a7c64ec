// SPDX-License-Identifier: Apache-2.0
#include "simulate/talk.h"

#include "simulate/message.h"

enum phase {
    PHASE_SYN,
    PHASE_SYN_ACK,
    PHASE_ACK,
    PHASE_RESET, /* of a probe or a refusal: the last frame */
    PHASE_DATA,
    PHASE_DATA_ACK,
    PHASE_FIN,
    PHASE_FIN_BACK,
    PHASE_LAST_ACK,
};

enum {
    GAP_US = 90,          /* between segments on the wire */
    QUICK_ACK_US = 40000, /* a later reply does not carry the acknowledgement */
    RETRANSMISSION_US = 220000,
    UDP_PAYLOAD = 1350,
    NEVER_SWAPPED = INT32_MAX,
};

typedef void say_fn(const struct telling *telling, struct octets *out);

static void say_ping(const struct telling *telling, struct octets *out)
{
    struct random random = random_from(telling->talk->seed);
    octets_random(out, &random, 56);
}

/* NULL: octets without a form, made by fill_stream where they are sent. */
static say_fn *const say[MESSAGES] = {
    [MESSAGE_TLS_CLIENT_HELLO] = tls_say_client_hello,
    [MESSAGE_TLS_SERVER_HELLO] = tls_say_server_hello,
    [MESSAGE_TLS_CLIENT_KEYS] = tls_say_client_keys,
    [MESSAGE_TLS_SERVER_FINISHED] = tls_say_server_finished,
    [MESSAGE_QUIC_INITIAL] = quic_say_initial,
    [MESSAGE_QUIC_REPLY] = quic_say_reply,
    [MESSAGE_QUIC_FINISHED] = quic_say_finished,
    [MESSAGE_DNS_QUERY] = dns_say_query,
    [MESSAGE_DNS_RESPONSE] = dns_say_response,
    [MESSAGE_SSH_BANNER] = ssh_say_banner,
    [MESSAGE_SSH_KEXINIT] = ssh_say_kexinit,
    [MESSAGE_SSH_KEYS] = ssh_say_keys,
    [MESSAGE_HTTP_REQUEST] = http_say_request,
    [MESSAGE_HTTP_RESPONSE] = http_say_response,
    [MESSAGE_SMTP_LINE] = smtp_say_line,
    [MESSAGE_SMTP_MAIL] = smtp_say_mail,
    [MESSAGE_NTP] = ntp_say,
    [MESSAGE_PING] = say_ping,
};

void talk_say(struct talk *talk, enum side side, enum message message, struct step how)
{
    if (talk->step_count == TALK_STEPS_MAX)
        return;
    how.message = (uint8_t)message;
    how.side = (uint8_t)side;
    talk->steps[talk->step_count++] = how;
}

static int64_t wait_us(struct talk *talk, uint64_t us)
{
    talk->noise = random_mix(talk->noise);
    uint64_t ns = us * 1000;
    return (int64_t)(ns + (talk->noise & 0xffff) * ns / 0x80000); /* up to an eighth more */
}

static uint32_t segment_octets(const struct talk *talk)
{
    if (talk->transport != PROTOCOL_TCP)
        return say[talk->steps[talk->step].message] ? WIRE_PAYLOAD_MAX : UDP_PAYLOAD;
    return ip_is_v4(&talk->address[0]) ? WIRE_MSS_V4 : WIRE_MSS_V6;
}

static struct octets build(const struct talk_context *context, const struct talk *talk,
                           uint8_t room[TALK_MESSAGE_MAX])
{
    const struct step *step = &talk->steps[talk->step];
    struct telling telling = { context, talk, step };
    struct octets out = octets_over(room, TALK_MESSAGE_MAX);
    say[step->message](&telling, &out);
    return out;
}

enum { RECORD_OCTETS = 5 + 16384 };

/* TLS records of full length, the last one shorter: only their headers are not noise. */
static void frame_records(const struct talk *talk, uint32_t offset, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint32_t in_record = (uint32_t)(offset + i) % RECORD_OCTETS;
        if (in_record >= 5) {
            i += RECORD_OCTETS - 1 - in_record; /* to the end of this record */
            continue;
        }
        uint32_t left = talk->length - (uint32_t)(offset + i - in_record);
        uint32_t size = left < RECORD_OCTETS ? left - 5 : RECORD_OCTETS - 5;
        const uint8_t header[5] = { 0x17, 3, 3, (uint8_t)(size >> 8), (uint8_t)size };
        out[i] = header[in_record];
    }
}

static void fill_stream(const struct talk_context *context, const struct talk *talk,
                        uint32_t offset, struct octets *out, size_t len)
{
    const struct step *step = &talk->steps[talk->step];
    uint8_t *to = octets_take(out, len);
    if (step->message == MESSAGE_PROSE) {
        prose_write(context->canaries.text[step->argument], offset, to, len);
        return;
    }
    struct random random = random_from(talk->seed ^ (uint64_t)talk->step << 32 ^ offset);
    random_fill(&random, to, len);
    if (step->message == MESSAGE_SEALED)
        frame_records(talk, offset, to, len);
    if (step->message == MESSAGE_QUIC_DATA)
        to[0] = (uint8_t)(0x40 | (to[0] & 0x1f)); /* short header, fixed bit */
}

static struct wire_packet packet_from(const struct talk *talk, enum side side)
{
    enum side other = side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    bool from_inside = (side == SIDE_CLIENT) == talk->client_is_inside;
    return (struct wire_packet){
        .source = talk->address[side],
        .destination = talk->address[other],
        .from_inside = from_inside,
        .protocol = talk->transport,
        .ttl = from_inside ? 63 : (uint8_t)(64 - 5 - talk->rtt_us / 16384 % 16),
        .tcp_flags = TCP_ACK,
        .source_port = talk->port[side],
        .destination_port = talk->port[other],
        .window = 502,
        .sequence = talk->sequence[side],
        .acknowledgment = talk->sequence[other],
    };
}

static size_t bare(struct talk *talk, enum side side, uint8_t flags, uint8_t *room)
{
    struct wire_packet packet = packet_from(talk, side);
    packet.tcp_flags = flags;
    packet.identification = talk->identification++;
    if (!(flags & TCP_ACK))
        packet.acknowledgment = 0;
    if (flags & TCP_SYN)
        packet.window = 64240;
    if (flags & TCP_RST)
        packet.window = 0;
    return wire_finish(&packet, room, 0);
}

static uint32_t message_octets(const struct talk_context *context, const struct talk *talk)
{
    const struct step *step = &talk->steps[talk->step];
    if (step->message == MESSAGE_QUIC_DATA) /* RFC 9001 5.4.2: enough to sample */
        return step->octets % UDP_PAYLOAD < 40 ? step->octets + 40 : step->octets;
    if (!say[step->message]) /* the last record, too, has a header and something in it */
        return step->octets % RECORD_OCTETS < 6 ? step->octets + 6 : step->octets;
    uint8_t room[TALK_MESSAGE_MAX];
    return (uint32_t)build(context, talk, room).len;
}

/* Opens the next step, or the end of the talk. */
static int64_t go_on(const struct talk_context *context, struct talk *talk, int before)
{
    if (talk->step == talk->step_count) {
        talk->phase = PHASE_FIN;
        if (talk->transport != PROTOCOL_TCP)
            return -1;
        return wait_us(talk, talk->rtt_us / 2 + 1000);
    }
    const struct step *step = &talk->steps[talk->step];
    talk->phase = PHASE_DATA;
    talk->segment = 0;
    talk->swapped = NEVER_SWAPPED;
    talk->length = message_octets(context, talk);
    bool turns = before >= 0 && before != step->side;
    return wait_us(talk, (uint64_t)step->delay_us + (turns ? talk->rtt_us : GAP_US));
}

/* Which segment comes at this place of the step. */
static uint32_t segment_at_place(const struct talk *talk)
{
    if (talk->segment == talk->swapped)
        return talk->segment + 1;
    return talk->segment == talk->swapped + 1 ? talk->segment - 1 : talk->segment;
}

static size_t data_frame(const struct talk_context *context, struct talk *talk, uint8_t *room)
{
    const struct step *step = &talk->steps[talk->step];
    uint32_t most = segment_octets(talk);
    uint32_t offset = segment_at_place(talk) * most;
    uint32_t len = talk->length - offset < most ? talk->length - offset : most;
    struct wire_packet packet = packet_from(talk, step->side);
    packet.identification = talk->identification++;
    packet.sequence += offset;
    packet.tcp_flags = offset + len == talk->length ? TCP_ACK | TCP_PSH : TCP_ACK;
    if (talk->transport == PROTOCOL_ICMP) {
        packet.source_port = step->side == SIDE_CLIENT ? 8 << 8 : 0; /* echo, its reply */
        packet.destination_port = talk->port[0];
        packet.sequence = step->argument;
    }
    size_t header = wire_header_octets(&packet);
    struct octets payload = octets_over(room + header, WIRE_PAYLOAD_MAX);
    if (say[step->message]) {
        uint8_t whole[TALK_MESSAGE_MAX];
        struct octets message = build(context, talk, whole);
        octets_put(&payload, bytes_slice(octets_bytes(&message), offset, len));
    } else {
        fill_stream(context, talk, offset, &payload, len);
    }
    return wire_finish(&packet, room, len);
}

/* Whether the other side acknowledges by a segment of its own what was just sent. */
static bool is_acknowledged_now(const struct talk *talk, bool is_last)
{
    if (talk->transport != PROTOCOL_TCP)
        return false;
    if (!is_last)
        return talk->segment % 2 == 0;
    const struct step *step = &talk->steps[talk->step];
    if (talk->step + 1 == talk->step_count)
        return true;
    const struct step *next = step + 1;
    return next->side == step->side ? talk->segment % 2 == 0
                                    : next->delay_us + talk->rtt_us > QUICK_ACK_US;
}

static int64_t finish_step(const struct talk_context *context, struct talk *talk)
{
    int side = talk->steps[talk->step].side;
    talk->sequence[side] += talk->length;
    talk->step++;
    return go_on(context, talk, side);
}

static int64_t repeat_or(const struct disorder *disorder, struct talk *talk)
{
    if (talk->is_repeating || talk->transport != PROTOCOL_TCP)
        return -1;
    uint32_t chance = (uint32_t)(talk->noise >> 32) % 1000;
    if (chance < disorder->repeated)
        return wait_us(talk, RETRANSMISSION_US);
    return chance < disorder->repeated + disorder->duplicated ? wait_us(talk, GAP_US) : -1;
}

static void consider_swapping(const struct disorder *disorder, struct talk *talk)
{
    bool fits =
        talk->segment % 2 == 0 && talk->length > (talk->segment + 1) * segment_octets(talk);
    if (talk->transport == PROTOCOL_TCP && fits && !talk->is_repeating &&
        (uint32_t)(talk->noise >> 40) % 1000 < 2 * disorder->swapped)
        talk->swapped = talk->segment;
}

static size_t play_data(const struct talk_context *context, struct talk *talk, uint8_t *room,
                        int64_t *wait_ns)
{
    consider_swapping(&context->disorder, talk);
    size_t len = data_frame(context, talk, room);
    int64_t again = repeat_or(&context->disorder, talk);
    talk->is_repeating = again >= 0;
    if (talk->is_repeating) {
        *wait_ns = again;
        return len;
    }
    talk->segment++;
    bool is_last = talk->segment * segment_octets(talk) >= talk->length;
    if (is_acknowledged_now(talk, is_last)) {
        talk->phase = PHASE_DATA_ACK;
        *wait_ns = wait_us(talk, GAP_US);
    } else {
        *wait_ns = is_last ? finish_step(context, talk) : wait_us(talk, GAP_US);
    }
    return len;
}

static size_t play_data_ack(const struct talk_context *context, struct talk *talk,
                            uint8_t *room, int64_t *wait_ns)
{
    enum side sender = talk->steps[talk->step].side;
    uint32_t seen = talk->segment * segment_octets(talk);
    bool is_last = seen >= talk->length;
    struct wire_packet packet =
        packet_from(talk, sender == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT);
    packet.identification = talk->identification++;
    packet.acknowledgment += is_last ? talk->length : seen;
    size_t len = wire_finish(&packet, room, 0);
    talk->phase = PHASE_DATA;
    *wait_ns = is_last ? finish_step(context, talk) : wait_us(talk, GAP_US);
    return len;
}

static size_t play_syn(struct talk *talk, uint8_t *room, int64_t *wait_ns)
{
    size_t len = bare(talk, SIDE_CLIENT, TCP_SYN, room);
    if (talk->end == TALK_SILENT) {
        talk->step++; /* counts the tries; there are no steps to say */
        *wait_ns =
            talk->step < talk->tries ? wait_us(talk, UINT64_C(1000000) << talk->step) : -1;
        return len;
    }
    talk->sequence[SIDE_CLIENT]++;
    talk->phase = talk->end == TALK_REFUSED ? PHASE_RESET : PHASE_SYN_ACK;
    *wait_ns = wait_us(talk, talk->rtt_us);
    return len;
}

static size_t play_end(struct talk *talk, uint8_t *room, int64_t *wait_ns)
{
    enum side first = talk->is_ended_by_server ? SIDE_SERVER : SIDE_CLIENT;
    enum side second = talk->is_ended_by_server ? SIDE_CLIENT : SIDE_SERVER;
    *wait_ns = -1;
    if (talk->phase == PHASE_LAST_ACK)
        return bare(talk, first, TCP_ACK, room);
    if (talk->phase == PHASE_FIN && talk->end == TALK_RESETS)
        return bare(talk, first, TCP_RST | TCP_ACK, room);
    enum side side = talk->phase == PHASE_FIN ? first : second;
    size_t len = bare(talk, side, TCP_FIN | TCP_ACK, room);
    talk->sequence[side]++;
    talk->phase = talk->phase == PHASE_FIN ? PHASE_FIN_BACK : PHASE_LAST_ACK;
    *wait_ns = wait_us(talk, talk->rtt_us);
    return len;
}

size_t talk_play(const struct talk_context *context, struct talk *talk, uint8_t *room,
                 int64_t *wait_ns)
{
    size_t len = 0;
    if (talk->phase == PHASE_SYN && talk->transport != PROTOCOL_TCP)
        (void)go_on(context, talk, -1);

    switch ((enum phase)talk->phase) {
    case PHASE_SYN: return play_syn(talk, room, wait_ns);
    case PHASE_SYN_ACK:
        len = bare(talk, SIDE_SERVER, TCP_SYN | TCP_ACK, room);
        talk->sequence[SIDE_SERVER]++;
        talk->phase = talk->end == TALK_PROBES ? PHASE_RESET : PHASE_ACK;
        *wait_ns = wait_us(talk, GAP_US);
        return len;
    case PHASE_ACK:
        len = bare(talk, SIDE_CLIENT, TCP_ACK, room);
        *wait_ns = go_on(context, talk, -1);
        return len;
    case PHASE_RESET:
        *wait_ns = -1;
        if (talk->end == TALK_PROBES)
            return bare(talk, SIDE_CLIENT, TCP_RST, room);
        talk->sequence[SIDE_SERVER] = 0; /* RFC 9293 3.10.7.1 */
        return bare(talk, SIDE_SERVER, TCP_RST | TCP_ACK, room);
    case PHASE_DATA: return play_data(context, talk, room, wait_ns);
    case PHASE_DATA_ACK: return play_data_ack(context, talk, room, wait_ns);
    case PHASE_FIN:
    case PHASE_FIN_BACK:
    case PHASE_LAST_ACK: break;
    }
    return play_end(talk, room, wait_ns);
}
