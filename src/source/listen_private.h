// SPDX-License-Identifier: Apache-2.0
/* The sockets exporters send to.  One process, one epoll, bounded tables: everything a sender
 * can make us hold is limited by EXPORTS_LISTENERS_MAX, sessions_max and the octets of a
 * message. */
#pragma once

#include "source/exports_private.h"
#include "source/tls_private.h"
#include "system/endpoint.h"

struct listener {
    const char *name; /* as it was asked for */
    struct endpoint endpoint;
    int fd;
    bool is_shared;   /* asked for more than once: the system shares exporters out */
    uint32_t dropped; /* datagrams, as the system counted them last */
};

/* Room for one batch of datagrams; see exports_udp.c. */
struct datagrams;
MUST_CHECK struct datagrams *datagrams_open(void);
void datagrams_close(struct datagrams *datagrams);
/* What was handed over is no longer used, and is overwritten. */
void datagrams_release(struct datagrams *datagrams);

MUST_CHECK bool udp_listen(struct listener *listener, size_t receive_octets,
                           struct exports_account *account, struct error *err);
/* Appends up to most datagrams. */
void udp_receive(struct listener *listener, struct datagrams *datagrams, size_t most,
                 struct message_batch *out);
/* Datagrams the system dropped on this socket since it was opened. */
uint64_t udp_dropped(const struct listener *listener);

enum session_state {
    SESSION_FREE,
    SESSION_SHAKING, /* TLS has not begun yet */
    SESSION_OPEN,
    SESSION_OVER, /* nothing more comes, but something may still have to be handed over */
    SESSION_DEAD, /* its octets are pointed to until the next read */
};

struct session {
    enum session_state state;
    int fd;
    uint8_t transport; /* enum message_transport */
    bool has_given;    /* a message, so that its end must be told */
    bool is_ready;     /* there is more that no poll will tell of */
    struct ip_address peer;
    uint16_t port;
    uint64_t number;
    uint64_t turn;      /* of the listeners, when it was worked on last */
    int64_t since_ns;   /* monotonic: when it began, or gave its last message */
    int64_t arrived_ns; /* of the octets read last */
    struct tls_link *tls;
    uint8_t *octets;
    size_t wiped; /* up to here, at most start */
    size_t start;
    size_t end;
};

struct session_counts {
    uint64_t accepted;
    uint64_t too_many;
    uint64_t too_many_of_one;
    uint64_t no_certificate;
    uint64_t failed_shakes;
    uint64_t slow;
    uint64_t no_ipfix;
    uint64_t no_memory;
};

struct sessions {
    struct exports_account *account;
    struct tls_door *tls;
    int poll_fd;
    int spare_fd; /* given up for a moment to refuse a connection when descriptors run out */
    int64_t idle_ns;
    size_t max;
    size_t count; /* not free */
    size_t ready_count;
    size_t next_ready; /* where to look first, so that all get their turn */
    uint64_t turn;
    uint64_t numbers; /* given out */
    struct session_counts counts;
    size_t dead_count; /* each told its end in this batch */
    size_t dead[MESSAGE_BATCH_MAX];
    size_t giver_count; /* each gave messages in this batch */
    size_t givers[MESSAGE_BATCH_MAX];
    size_t told_count;
    struct ip_address told[SOURCE_TROUBLE_MAX]; /* whose certificate's refusal was told */
    struct session *all;
};

MUST_CHECK bool stream_listen(struct listener *listener, struct error *err);

MUST_CHECK struct sessions *sessions_open(const struct exports_options *options, int poll_fd,
                                          struct exports_account *account, struct error *err);
void sessions_close(struct sessions *sessions);
/* What was handed over is no longer used, and is overwritten. */
void sessions_release(struct sessions *sessions);
/* Connections that wait at a listener. */
void sessions_accept(struct sessions *sessions, const struct listener *listener);
/* Session i can be read: appends up to most messages. */
void sessions_work(struct sessions *sessions, size_t i, size_t most, struct message_batch *out);
/* The same for those that hold more than they could hand over before. */
void sessions_work_ready(struct sessions *sessions, struct message_batch *out);
/* Closes who is too slow. */
void sessions_sweep(struct sessions *sessions);
void sessions_count(const struct sessions *sessions, struct summary *summary);
