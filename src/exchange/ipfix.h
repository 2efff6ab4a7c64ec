// SPDX-License-Identifier: Apache-2.0
/* Minimised records as IPFIX messages (RFC 7011): one data record a conversation, the
 * initiator as source, what came back as reverse elements (RFC 5103).  Counters are those of
 * the packets that were counted, never scaled; where the rate is known
 * it stands in the record.  A line's pseudonym has no address: it is a string
 * under the enterprise number for documentation (RFC 5612), and the address is left out.  A
 * pseudonym that keeps prefixes stands where addresses do, as anonymised ones do elsewhere.
 * Where there was a warrant, the mandate stands in the record as strings under the same number,
 * with the date of erasure, the direction, which end is the line, and the server's name.
 *
 * A message fits in a datagram; a file is message after message (RFC 5655).  Pure: messages go
 * to a sink, times come in. */
#pragma once

#include "base/attr.h"
#include "model/record.h"

enum {
    IPFIX_MESSAGE_OCTETS = 1400,
    IPFIX_TEMPLATES = 36, /* each end IPv4, IPv6 or a pseudonym; with a rate, with a mandate */
    IPFIX_PSEUDONYM_ENTERPRISE = 32473,
    IPFIX_INITIATOR_PSEUDONYM = 1, /* elements under it: a string, as in reports */
    IPFIX_RESPONDER_PSEUDONYM = 2,
    IPFIX_BASIS = 3, /* strings of variable length: of the mandate */
    IPFIX_WARRANT = 4,
    IPFIX_SELECTOR = 5,
    IPFIX_RETENTION = 6, /* milliseconds since 1970: kept no longer than this */
    IPFIX_DIRECTION = 7, /* a string: "DF", as in reports */
    IPFIX_LINE = 8,      /* 1: the initiator is the line behind the border; 2: the responder */
    IPFIX_SERVER_NAME = 9, /* a string, empty where none was told */
};

/* How often templates are told again: over UDP a message may be lost (RFC 7011 8.4); 0 for
 * never, where none can be. */
struct ipfix_refresh {
    uint32_t messages;
    int64_t span_ns;
};

extern const struct ipfix_refresh ipfix_refresh_never;
extern const struct ipfix_refresh ipfix_refresh_datagrams; /* 64 messages or a minute */

struct ipfix_sink {
    /* One whole message; false when it could not be taken. */
    bool (*take)(void *context, struct bytes message);
    void *context;
};

struct ipfix_writer {
    struct ipfix_sink sink;
    struct ipfix_refresh refresh;
    uint32_t domain;
    uint32_t sequence;  /* data records before this message, modulo 2^32 */
    uint32_t messages;  /* since templates were told anew */
    int64_t told_ns;    /* when that was */
    uint64_t templates; /* told since, a bit each */
    uint32_t records;   /* in this message */
    size_t set_at;      /* the set being filled; 0 for none */
    uint16_t set_id;
    size_t len; /* 0 for no message begun */
    uint8_t message[IPFIX_MESSAGE_OCTETS];
};

/* domain: the observation domain, told in every message. */
void ipfix_begin(struct ipfix_writer *writer, uint32_t domain, struct ipfix_refresh refresh,
                 struct ipfix_sink sink);
/* False when the sink could not take a message; the records in it are lost. */
MUST_CHECK bool ipfix_put(struct ipfix_writer *writer, const struct minimised_flow *flow,
                          int64_t now_ns);
/* Hands on what has been put so far: at the end, and when nothing comes for a while. */
MUST_CHECK bool ipfix_flush(struct ipfix_writer *writer);
