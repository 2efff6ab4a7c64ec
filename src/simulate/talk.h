// SPDX-License-Identifier: Apache-2.0
/* One conversation: two ends, a transport and a list of steps, each a message of one side.
 * It is played frame by frame, so that many go on at once in little memory: a message is made
 * again from the talk's seed whenever a segment of it is due. */
#pragma once

#include "model/scope.h"
#include "simulate/wire.h"

struct site { /* a server, or one of its faces */
    struct bytes name;
    struct ip_address address[2]; /* IPv4, IPv6 */
    bool has_ipv6;
    bool is_tls12; /* its TLS stops at 1.2: the certificate is to be seen */
    bool has_rsa;  /* the key in its certificate */
    uint16_t port;
    uint16_t actor;
    enum place place;
    uint32_t rtt_us;
    uint64_t seed;
};

enum canary_place {
    CANARY_MAIL_BODY,
    CANARY_MAIL_SUBJECT,
    CANARY_MAIL_LOCAL_PART,
    CANARY_MAIL_ATTACHMENT,
    CANARY_WEB_BODY,
    CANARY_WEB_PATH,
    CANARY_WEB_COOKIE,
    CANARY_WEB_FORM,
    CANARY_PLACES
};

enum { CANARY_LEN = 15 }; /* "CANARY-" and eight hexadecimal digits */

struct canaries {
    char text[CANARY_PLACES][CANARY_LEN + 1];
};

enum side { SIDE_CLIENT, SIDE_SERVER };

enum message {
    MESSAGE_NOISE,  /* bytes that mean nothing */
    MESSAGE_SEALED, /* TLS records with encrypted content */
    MESSAGE_PROSE,  /* text with the canary of canary place `argument` */
    MESSAGE_QUIC_DATA,
    MESSAGE_TLS_CLIENT_HELLO,
    MESSAGE_TLS_SERVER_HELLO, /* and what the server sends along */
    MESSAGE_TLS_CLIENT_KEYS,
    MESSAGE_TLS_SERVER_FINISHED,
    MESSAGE_QUIC_INITIAL, /* argument: which of the client's Initials */
    MESSAGE_QUIC_REPLY,
    MESSAGE_QUIC_FINISHED,
    MESSAGE_DNS_QUERY, /* argument: which question of this talk */
    MESSAGE_DNS_RESPONSE,
    MESSAGE_SSH_BANNER,
    MESSAGE_SSH_KEXINIT,
    MESSAGE_SSH_KEYS,
    MESSAGE_HTTP_REQUEST,  /* argument: octets of a form to be posted */
    MESSAGE_HTTP_RESPONSE, /* octets: of the body that follows */
    MESSAGE_SMTP_LINE,     /* argument: enum smtp_line */
    MESSAGE_SMTP_MAIL,
    MESSAGE_NTP,
    MESSAGE_PING,
    MESSAGES
};

struct step {
    uint32_t delay_us; /* before it, beside the round trip */
    uint32_t octets;   /* of the messages that have no form of their own */
    uint16_t argument;
    uint8_t message; /* enum message */
    uint8_t side;
};

enum talk_end {
    TALK_FINISHES,
    TALK_RESETS,
    TALK_PROBES,  /* the client resets once it is answered */
    TALK_REFUSED, /* the server resets at once */
    TALK_SILENT,  /* nobody answers */
};

enum dns_answer { DNS_ADDRESS, DNS_ALIAS, DNS_NO_NAME, DNS_TUNNEL };

enum { TALK_STEPS_MAX = 24, TALK_MESSAGE_MAX = 8192 };

struct talk {
    struct ip_address address[2]; /* by side */
    const struct site *site;      /* whom it is about: for DNS, who is asked for */
    uint64_t seed;
    uint64_t noise; /* of the small delays */
    uint32_t sequence[2];
    uint32_t rtt_us;
    uint32_t length;  /* of the message being sent */
    uint32_t segment; /* of it, to be sent next */
    uint32_t swapped; /* this segment and its successor change places */
    uint16_t port[2];
    uint16_t actor;
    uint16_t identification;
    uint16_t dns_type;
    uint8_t transport; /* PROTOCOL_TCP, _UDP or _ICMP */
    uint8_t end;       /* enum talk_end */
    uint8_t tries;     /* SYNs before a silent talk gives up */
    uint8_t profile;   /* of the TLS, SSH or HTTP client */
    uint8_t dns_answer;
    uint8_t phase;
    uint8_t step;
    uint8_t step_count;
    bool is_post_quantum;
    bool is_ended_by_server;
    bool client_is_inside;
    bool is_repeating;
    struct step steps[TALK_STEPS_MAX];
};

/* How unruly the network is, in permille of the data segments. */
struct disorder {
    uint32_t repeated;   /* sent again after the retransmission timeout */
    uint32_t duplicated; /* seen twice at once */
    uint32_t swapped;    /* overtaken by the next one */
};

struct talk_context {
    struct canaries canaries;
    struct disorder disorder;
    int64_t start_ns; /* of the scenario: the date that messages bear */
};

/* Adds a step; what does not fit any more is left out. */
void talk_say(struct talk *talk, enum side side, enum message message, struct step how);
/* Writes the next frame into room of WIRE_FRAME_MAX octets and gives its length; *wait_ns
 * becomes the time until the one after it, or -1 when this was the last. */
size_t talk_play(const struct talk_context *context, struct talk *talk, uint8_t *room,
                 int64_t *wait_ns);
