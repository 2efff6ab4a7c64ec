// SPDX-License-Identifier: Apache-2.0
/* DNS messages (RFC 1035), with multicast DNS (RFC 6762) and LLMNR (RFC 4795), which share
 * the format.
 *
 * What must be whole is the header and the question.  Answers are read as far as they go:
 * captures cut to headers end in the middle of them, and a message whose counts lie or whose
 * answers are broken still tells the question.  Authority and additional records, and with
 * them EDNS, are not looked at.
 *
 * Judged: the opcode, the counts and the question.  Not judged are the bits resolvers pass
 * over (Z, AD, CD): to refuse what a resolver takes would be a way around us.  NetBIOS name
 * service messages, the same format with encoded machine names, are FAULT_UNSUPPORTED. */
#include "base/cursor.h"
#include "decode/name.h"
#include "decode/parsers.h"

enum {
    DNS_HEADER_OCTETS = 12,
    DNS_NAME_OCTETS_MAX = 255,    /* RFC 1035 2.3.4, length octets counted */
    DNS_JUMPS_MAX = 16,           /* compression pointers in one name; encoders need a few */
    DNS_SHARED_QUESTIONS_MAX = 64 /* of a multicast query */
};

enum {
    DNS_IS_RESPONSE = 0x8000,
    DNS_IS_AUTHORITATIVE = 0x0400,
    DNS_IS_TRUNCATED = 0x0200,
    DNS_MULTICAST_FLAGS = DNS_IS_RESPONSE | DNS_IS_AUTHORITATIVE | DNS_IS_TRUNCATED
};

enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28, TYPE_NB = 32, TYPE_NBSTAT = 33 };
enum { CLASS_IN = 1, CLASS_TOP_BIT = 0x8000 };
enum { OPCODE_UNASSIGNED = 3, OPCODE_UPDATE = 5, OPCODE_STATEFUL = 6 };

struct header {
    uint16_t transaction;
    uint16_t flags;
    uint16_t questions;
    uint16_t answers;
    uint16_t authorities;
    uint16_t additionals;
};

struct question {
    size_t name_at; /* in the message; of the first answer when there is no question */
    bool is_named;
    uint16_t type;
    uint16_t class;
};

static uint8_t opcode_of(const struct header *header)
{
    return header->flags >> 11 & 0xf;
}

static bool is_response(const struct header *header)
{
    return header->flags & DNS_IS_RESPONSE;
}

/* The labels of one name, from first to last.  A compression pointer goes strictly before the
 * run of labels it ends (RFC 1035 4.1.4: "a prior occurrence"), so a walk cannot loop. */
struct name_walk {
    struct bytes message;
    size_t at;
    size_t run_at; /* where this run of labels began */
    size_t end;    /* behind the name where it stands; 0 until known */
    size_t octets;
    unsigned jumps;
};

static struct name_walk walk_from(struct bytes message, size_t at)
{
    return (struct name_walk){ .message = message, .at = at, .run_at = at };
}

static enum fault walk_jump(struct name_walk *walk)
{
    if (walk->message.len - walk->at < 2)
        return FAULT_TRUNCATED;
    const uint8_t *pointer = walk->message.at + walk->at;
    size_t target = (size_t)(pointer[0] & 0x3f) << 8 | pointer[1];
    if (target < DNS_HEADER_OCTETS || target >= walk->run_at)
        return FAULT_VALUE;
    if (++walk->jumps > DNS_JUMPS_MAX)
        return FAULT_LIMIT;
    if (walk->end == 0)
        walk->end = walk->at + 2;
    walk->at = target;
    walk->run_at = target;
    return FAULT_NONE;
}

/* The next label; the root's empty one is the last. */
static enum fault walk_next(struct name_walk *walk, struct bytes *label)
{
    while (walk->at < walk->message.len && walk->message.at[walk->at] >= 0xc0) {
        enum fault fault = walk_jump(walk);
        if (fault)
            return fault;
    }
    if (walk->at >= walk->message.len)
        return FAULT_TRUNCATED;
    size_t len = walk->message.at[walk->at];
    if (len > 63)
        return FAULT_VALUE; /* extended label types came to nothing (RFC 6891 5) */
    walk->octets += 1 + len;
    if (walk->octets > DNS_NAME_OCTETS_MAX)
        return FAULT_LENGTH;
    *label = bytes_slice(walk->message, walk->at + 1, len);
    if (label->len < len)
        return FAULT_TRUNCATED;
    walk->at += 1 + len;
    if (len == 0 && walk->end == 0)
        walk->end = walk->at;
    return FAULT_NONE;
}

/* *at goes behind the name. */
static enum fault name_check(struct bytes message, size_t *at)
{
    struct name_walk walk = walk_from(message, *at);
    struct bytes label;
    do {
        enum fault fault = walk_next(&walk, &label);
        if (fault)
            return fault;
    } while (label.len > 0);
    *at = walk.end;
    return FAULT_NONE;
}

/* Of a name that passed name_check. */
static void name_keep(struct bytes message, size_t at, struct fact_name *out)
{
    struct name_walk walk = walk_from(message, at);
    struct bytes label;
    name_start(out);
    while (walk_next(&walk, &label) == FAULT_NONE && label.len > 0)
        name_put_label(out, label);
}

/* RFC 1035 4.1.1, RFC 6895 2 */
static enum fault header_check(const struct header *header)
{
    if (opcode_of(header) == OPCODE_UNASSIGNED || opcode_of(header) > OPCODE_STATEFUL)
        return FAULT_VALUE;
    if (opcode_of(header) == OPCODE_STATEFUL)
        return FAULT_UNSUPPORTED; /* RFC 8490: no question, no records */
    if (header->questions == 1)
        return FAULT_NONE;
    if (header->questions > 1) {
        /* RFC 9619 forbids it to all but multicast DNS (RFC 6762 5.3), which is told by its
         * flags (18): the transaction should be 0 but with some phones is not. */
        bool is_multicast = (header->flags & ~DNS_MULTICAST_FLAGS) == 0;
        return is_multicast && header->questions <= DNS_SHARED_QUESTIONS_MAX ? FAULT_NONE
                                                                             : FAULT_VALUE;
    }
    /* Without a question come multicast responses, later messages of a zone transfer (RFC
     * 5936 2.2) and the bare header of a server that could not read the query. */
    if (header->answers > 0)
        return is_response(header) ? FAULT_NONE : FAULT_UNSUPPORTED; /* IQUERY, known answers */
    bool is_bare = header->authorities + header->additionals == 0;
    bool is_error = header->flags & 0xf;
    return is_response(header) && is_bare && is_error ? FAULT_NONE : FAULT_VALUE;
}

static enum fault header_read(struct cursor *c, struct header *out)
{
    struct header header;
    header.transaction = cursor_be16(c);
    header.flags = cursor_be16(c);
    header.questions = cursor_be16(c);
    header.answers = cursor_be16(c);
    header.authorities = cursor_be16(c);
    header.additionals = cursor_be16(c);
    if (c->broken)
        return FAULT_TRUNCATED;
    enum fault fault = header_check(&header);
    if (!fault)
        *out = header;
    return fault;
}

/* RFC 1001 14.1: sixteen bytes, each as two letters from A to P.  The types are NIMLOC and
 * SRV elsewhere, whose names do not look like this. */
static bool is_netbios(struct bytes message, const struct question *question)
{
    if (question->type != TYPE_NB && question->type != TYPE_NBSTAT)
        return false;
    struct bytes label = bytes_slice(message, question->name_at, 33);
    if (label.len < 33 || label.at[0] != 32)
        return false;
    for (size_t i = 1; i < label.len; i++)
        if (label.at[i] < 'A' || label.at[i] > 'P')
            return false;
    return true;
}

/* RFC 1035 4.1.2.  *at goes behind it. */
static enum fault question_read(struct bytes message, size_t *at, struct question *out)
{
    struct question question = { .name_at = *at, .is_named = true };
    size_t end = *at;
    enum fault fault = name_check(message, &end);
    if (fault)
        return fault;
    struct cursor c = cursor_over(bytes_slice(message, end, 4));
    question.type = cursor_be16(&c);
    question.class = cursor_be16(&c);
    if (c.broken)
        return FAULT_TRUNCATED;
    if (question.type == 0 || question.class == 0)
        return FAULT_VALUE; /* reserved (RFC 6895 3.1, 3.2) */
    if (is_netbios(message, &question))
        return FAULT_UNSUPPORTED;
    /* The top bit asks for a unicast answer (RFC 6762 5.4). */
    if (question.class == (CLASS_TOP_BIT | CLASS_IN))
        question.class = CLASS_IN;
    *at = end + 4;
    *out = question;
    return FAULT_NONE;
}

static enum fault questions_read(struct bytes message, const struct header *header, size_t *at,
                                 struct question *out)
{
    struct question question = { .name_at = *at };
    size_t end = *at;
    for (size_t i = 0; i < header->questions; i++) {
        struct question next;
        enum fault fault = question_read(message, &end, &next);
        if (i > 0 && fault == FAULT_TRUNCATED)
            break; /* the first one is what we keep */
        if (fault)
            return fault;
        if (i == 0)
            question = next;
    }
    if (header->questions == 0 && header->answers > 0) {
        size_t behind = *at; /* the first answer stands in for the question */
        enum fault fault = question_read(message, &behind, &question);
        if (fault)
            return fault;
    }
    *at = end;
    *out = question;
    return FAULT_NONE;
}

/* Over the owner of a record, which is not followed. */
static void owner_skip(struct cursor *c)
{
    size_t len = cursor_u8(c);
    while (len > 0 && len < 64) {
        cursor_skip(c, len);
        len = cursor_u8(c);
    }
    if (len >= 0xc0)
        cursor_skip(c, 1);
    else if (len > 0)
        c->broken = true;
}

static void address_keep(struct cursor *data, uint32_t ttl_s, struct dns_fact *out)
{
    struct dns_answer *answer = &out->answers[out->answer_count];
    if (data->left == 4)
        answer->address = ip_from_v4(cursor_be32(data));
    else
        memcpy(answer->address.octets, data->at, sizeof answer->address.octets);
    answer->ttl_s = ttl_s <= INT32_MAX ? ttl_s : 0; /* RFC 2181 8 */
    out->answer_count++;
}

/* RFC 1035 4.1.3.  Returns where the target stands if it is a CNAME, else 0. */
static size_t record_read(struct bytes message, struct cursor *c, struct dns_fact *out)
{
    owner_skip(c);
    uint16_t type = cursor_be16(c);
    uint16_t class = cursor_be16(c);
    uint32_t ttl_s = cursor_be32(c);
    struct cursor data = cursor_take16(c);
    /* The top bit is multicast DNS's "flush your cache" (RFC 6762 10.2). */
    if (data.broken || (class & ~CLASS_TOP_BIT) != CLASS_IN)
        return 0;
    if (type == TYPE_CNAME)
        return (size_t)(data.at - message.at);
    bool is_address =
        (type == TYPE_A && data.left == 4) || (type == TYPE_AAAA && data.left == 16);
    if (is_address && out->answer_count < FACT_DNS_ANSWERS_MAX)
        address_keep(&data, ttl_s, out);
    return 0;
}

static void answers_read(struct bytes message, size_t at, struct dns_fact *out)
{
    struct cursor c = cursor_over(bytes_slice(message, at, message.len));
    size_t last_target = 0;
    /* The count may lie: what is broken or over ends the loop, and each round takes octets. */
    for (size_t i = 0; i < out->answer_records && !c.broken; i++) {
        size_t target = record_read(message, &c, out);
        if (target > 0)
            last_target = target;
    }
    size_t end = last_target;
    if (last_target > 0 && name_check(message, &end) == FAULT_NONE)
        name_keep(message, last_target, &out->canonical_name);
}

static void fact_write(struct bytes message, const struct header *header,
                       const struct question *question, struct dns_fact *out)
{
    name_start(&out->query_name);
    if (question->is_named)
        name_keep(message, question->name_at, &out->query_name);
    name_start(&out->canonical_name);
    out->transaction = header->transaction;
    out->query_type = question->type;
    out->query_class = question->class;
    out->answer_records = header->answers;
    out->response_octets = 0;
    out->opcode = opcode_of(header);
    out->response_code = header->flags & 0xf;
    out->is_response = is_response(header);
    out->is_authoritative = header->flags & DNS_IS_AUTHORITATIVE;
    out->is_truncated = header->flags & DNS_IS_TRUNCATED;
    out->answer_count = 0;
}

enum fault dns_read(struct bytes message, struct fact *out)
{
    struct cursor c = cursor_over(message);
    struct header header;
    enum fault fault = header_read(&c, &header);
    if (fault)
        return fault;
    struct question question;
    size_t answers_at = DNS_HEADER_OCTETS;
    fault = questions_read(message, &header, &answers_at, &question);
    if (fault)
        return fault;
    out->kind = FACT_DNS;
    fact_write(message, &header, &question, &out->dns);
    if (out->dns.is_response) {
        out->dns.response_octets =
            message.len < UINT16_MAX ? (uint16_t)message.len : UINT16_MAX;
        /* In answers to an UPDATE these are prerequisites (RFC 2136 2.2), not answers. */
        if (out->dns.opcode != OPCODE_UPDATE)
            answers_read(message, answers_at, &out->dns);
    }
    return FAULT_NONE;
}

enum fault dns_over_tcp_read(struct bytes stream, size_t *taken, struct fact *out)
{
    struct cursor c = cursor_over(stream);
    size_t len = cursor_be16(&c);
    if (c.broken)
        return FAULT_TRUNCATED;
    if (len < DNS_HEADER_OCTETS)
        return FAULT_LENGTH;
    struct bytes message = bytes_slice(stream, 2, len);
    if (message.len < len) {
        struct header header;
        enum fault early = header_read(&c, &header); /* wait only for what may be DNS */
        return early ? early : FAULT_TRUNCATED;
    }
    enum fault fault = dns_read(message, out);
    if (fault == FAULT_TRUNCATED)
        return FAULT_LENGTH; /* all of it is here */
    if (!fault)
        *taken = 2 + len;
    return fault;
}
