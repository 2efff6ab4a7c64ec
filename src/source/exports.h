// SPDX-License-Identifier: Apache-2.0
/* Where messages of exporters come from.
 *
 * Files: raw messages one after the other (as a socket gave them), IPFIX files (RFC 5655),
 * captures of exports (pcap, pcapng: every UDP datagram, and IPFIX in TCP segments, whose
 * content starts like NetFlow, IPFIX or sFlow), plain, gzip or zstd, or standard input.
 * Listeners: UDP (recvmmsg, SO_REUSEPORT, SO_RXQ_OVFL), TCP and SCTP with bounded buffers per
 * connection, TLS over TCP with certificates of both sides (RFC 7011 section 10.3). */
#pragma once

#include "base/error.h"
#include "model/message.h"
#include "model/summary.h"
#include "source/source.h"

struct exports;

struct exports_options {
    const char *const *paths; /* "-" is standard input */
    size_t path_count;
    /* "udp:2055", "udp:192.0.2.1:2055", "udp:[::1]:2055", "tcp:4739", "sctp:4739",
     * "tls:4740"; at most EXPORTS_LISTENERS_MAX.  Files or listeners, not both.  A place of
     * UDP named several times has as many sockets (SO_REUSEPORT), among which the system shares
     * exporters out; otherwise another process that listens there is an error. */
    const char *const *listen;
    size_t listen_count;
    const char *certificate; /* PEM files, for "tls:" */
    const char *key;
    const char *authority; /* who may sign exporters' certificates */
    size_t receive_octets; /* kernel buffer of each UDP socket; 0 for the default, 16 MiB */
    size_t sessions_max;   /* TCP, SCTP and TLS connections at a time; 0 for 1024 */
    int64_t idle_ns;       /* a connection silent this long, or this long in one message, is
                              closed; 0 for 10 min */
    const volatile int *stopping;
};

enum { EXPORTS_LISTENERS_MAX = 64 };

/* Listeners are bound here, so that a sandbox without sockets may follow. */
MUST_CHECK struct exports *exports_open(const struct exports_options *options,
                                        struct error *err);
void exports_close(struct exports *exports);

/* The next messages.  SOURCE_IDLE: listening, nothing came within 200 ms.  SOURCE_END: files
 * only. */
MUST_CHECK enum source_state exports_read(struct exports *exports, struct message_batch *out,
                                          struct error *err);
struct source_progress exports_progress(const struct exports *exports);
/* Counters under the stage "source": datagrams the system dropped, connections refused, cut
 * messages ... */
void exports_count(const struct exports *exports, struct summary *summary);
const char *exports_trouble(const struct exports *exports, size_t i);
/* When a message was received or, when nobody wrote that down, when its exporter says it was
 * sent; 0 when neither is known. */
int64_t exports_time_ns(const struct export_message *message);
/* The port a listener got, where 0 was asked for. */
uint16_t exports_port(const struct exports *exports, size_t listener);
