// SPDX-License-Identifier: Apache-2.0
/* Sends minimised records on to a collector as IPFIX: over UDP, TCP or TLS (RFC 7011 10).
 *
 * Each destination has a process of its own, begun before the sandbox that forbids sockets.
 * Records cross to it in a ring of fixed size in shared memory, and nothing else does.  It
 * connects, and again when the connection is lost, sooner at first and then every 30 s; each
 * connection begins anew, with its templates and sequence.  What is put is sent within a
 * fraction of a second.  Where the ring is full, a record is given up and counted: whoever
 * puts is not held up by a network. */
#pragma once

#include "base/error.h"
#include "model/record.h"

struct send_link;

struct send_options {
    const char *to;          /* udp:HOST:PORT, tcp:... or tls:..., see send_destination_read */
    const char *certificate; /* PEM files, for TLS: ours and its key, or both NULL */
    const char *key;
    const char *authority; /* who may sign the collector's */
    bool waits; /* with a full ring for the collector to take some, at most 5 s: for files */
};

enum { SEND_RING_RECORDS = 4096, SEND_TROUBLE_MAX = 320 };

struct send_account {
    uint64_t sent;                  /* records, as far as this host knows */
    uint64_t unsent;                /* given up: nobody took them in time */
    uint64_t messages;              /* IPFIX messages sent */
    uint64_t refused;               /* datagrams a host answered that nobody listens for */
    uint64_t failures;              /* connections not made or lost */
    char trouble[SEND_TROUBLE_MAX]; /* the last of them; empty when there was none */
};

/* Looks the host up and begins the process; before any thread.  Fails when `to` or the files
 * cannot be used; a collector that does not answer is not a failure. */
MUST_CHECK struct send_link *send_open(const struct send_options *options, struct error *err);
/* From one thread at a time. */
void send_put(struct send_link *link, const struct minimised_flow *flow);
/* All that was put is sent, or after 5 s given up; the process ends. */
void send_end(struct send_link *link);
struct send_account send_count(const struct send_link *link);
void send_close(struct send_link *link); /* ends it, too */
