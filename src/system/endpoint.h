// SPDX-License-Identifier: Apache-2.0
/* Where flow exports are listened for or sent to, as people write it: "udp:2055",
 * "tcp:192.0.2.1:4739", "tls:[2001:db8::1]:4740".  Names are not looked up. */
#pragma once

#include <sys/socket.h>

#include "base/error.h"
#include "base/ip.h"

enum endpoint_transport { ENDPOINT_UDP, ENDPOINT_TCP, ENDPOINT_SCTP, ENDPOINT_TLS };

struct endpoint {
    enum endpoint_transport transport;
    bool has_address; /* else every address of this host is meant */
    struct ip_address address;
    uint16_t port;
};

MUST_CHECK bool endpoint_read(const char *text, struct endpoint *out, struct error *err);

/* Of a socket of IPv4 where the address is IPv4, else IPv6.  Returns its length. */
socklen_t endpoint_to_socket(const struct endpoint *endpoint, struct sockaddr_storage *out);
/* Address and port of what the system gives back; false for other families. */
bool endpoint_from_socket(const struct sockaddr_storage *from, struct ip_address *address,
                          uint16_t *port);
