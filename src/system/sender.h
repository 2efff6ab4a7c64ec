// SPDX-License-Identifier: Apache-2.0
/* Sends flow exports: datagrams from one or many addresses, or messages over TCP or TLS
 * (RFC 7011 10).  Blocking; sockets are opened once, so that a sandbox may follow. */
#pragma once

#include "base/bytes.h"
#include "system/endpoint.h"

struct sender;

struct sender_options {
    struct endpoint to; /* with an address; SCTP is not done */
    /* Datagrams to 127.0.0.0/8 come from 127.0.0.1 and the addresses after it, as their source
     * says; others all come from one.  TCP and TLS: so many connections. */
    size_t sources;
    const char *certificate; /* PEM files, for TLS */
    const char *key;
    const char *authority; /* who may have signed the collector's certificate */
    const char *host;      /* name or address it must be of; NULL: any */
};

struct sender_message {
    struct bytes octets;
    uint32_t source; /* from 0 on, less than what sender_sources tells */
};

struct sender_counts {
    uint64_t sent;
    uint64_t octets;
    uint64_t too_long;     /* for a datagram: not sent */
    uint64_t nobody_there; /* datagrams the other host refused: nobody listens */
};

enum { SENDER_BATCH_MAX = 64 };

MUST_CHECK struct sender *sender_open(const struct sender_options *options, struct error *err);
/* Whether sender_open may succeed: all but the collector is looked at. */
MUST_CHECK bool sender_check(const struct sender_options *options, struct error *err);
/* Whether no collector has closed its connection; datagrams have none. */
bool sender_is_open(const struct sender *sender);
void sender_close(struct sender *sender);
/* How many sources can be told apart: 1 where they cannot. */
size_t sender_sources(const struct sender *sender);
/* All of them, of which there may be SENDER_BATCH_MAX. */
MUST_CHECK bool sender_send(struct sender *sender, const struct sender_message *messages,
                            size_t count, struct error *err);
struct sender_counts sender_count(const struct sender *sender);
