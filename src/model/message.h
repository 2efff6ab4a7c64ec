// SPDX-License-Identifier: Apache-2.0
/* A message of a flow exporter as a source hands it over: one datagram of NetFlow, IPFIX or
 * sFlow, or one IPFIX message cut from a stream or file.  Nobody has looked at its content but
 * for the length that cuts it from a stream.  The octets belong to the source and live until
 * its next read. */
#pragma once

#include "base/ip.h"

enum message_transport { MESSAGE_FILE, MESSAGE_UDP, MESSAGE_TCP, MESSAGE_TLS, MESSAGE_SCTP };

enum { MESSAGE_OCTETS_MAX = 65535, MESSAGE_BATCH_MAX = 64 };

struct export_message {
    struct bytes octets;
    struct ip_address exporter; /* where it came from; all zero for a file that does not say */
    uint64_t session;     /* number of the connection, never used again; 0 for datagrams */
    int64_t received_ns;  /* 0 when nobody knows: the message's own time must do */
    uint32_t lost_before; /* datagrams the system dropped on this socket since the one before */
    uint16_t port;        /* the exporter's */
    uint8_t transport;    /* enum message_transport */
    bool is_end;          /* no octets: the session is over, and its templates with it
                             (RFC 7011 8.4) */
};

struct message_batch {
    struct export_message messages[MESSAGE_BATCH_MAX];
    size_t count;
};
