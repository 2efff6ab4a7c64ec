// SPDX-License-Identifier: Apache-2.0
#include "system/endpoint.h"

#include <netinet/in.h>

static bool read_transport(struct bytes *rest, enum endpoint_transport *out)
{
    static const struct bytes names[] = {
        [ENDPOINT_UDP] = { (const uint8_t *)"udp:", 4 },
        [ENDPOINT_TCP] = { (const uint8_t *)"tcp:", 4 },
        [ENDPOINT_SCTP] = { (const uint8_t *)"sctp:", 5 },
        [ENDPOINT_TLS] = { (const uint8_t *)"tls:", 4 },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (bytes_start_with(*rest, names[i])) {
            *rest = bytes_slice(*rest, names[i].len, rest->len);
            *out = (enum endpoint_transport)i;
            return true;
        }
    }
    return false;
}

/* "192.0.2.1:" or "[2001:db8::1]:" in front of the port. */
static bool read_address(struct bytes *rest, struct endpoint *out)
{
    bool is_bracketed = rest->len > 0 && rest->at[0] == '[';
    size_t end = bytes_find(*rest, is_bracketed ? ']' : ':');
    if (end == rest->len)
        return !is_bracketed;
    struct bytes address = bytes_slice(*rest, is_bracketed, end - is_bracketed);
    *rest = bytes_slice(*rest, end + is_bracketed, rest->len);
    if (rest->len == 0 || rest->at[0] != ':' || !ip_read(address, &out->address))
        return false;
    *rest = bytes_slice(*rest, 1, rest->len);
    out->has_address = true;
    return is_bracketed != ip_is_v4(&out->address);
}

bool endpoint_read(const char *text, struct endpoint *out, struct error *err)
{
    struct endpoint endpoint = { 0 };
    struct bytes rest = bytes_of_string(text);
    uint64_t port = 0;
    if (!read_transport(&rest, &endpoint.transport) || !read_address(&rest, &endpoint) ||
        !text_read_u64(rest, UINT16_MAX, &port))
        return error_set(err, 0,
                         "\"%s\" is no place for exports such as udp:2055, tcp:192.0.2.1:4739 "
                         "or tls:[2001:db8::1]:4740 (udp, tcp, sctp, tls)",
                         text);
    endpoint.port = (uint16_t)port;
    *out = endpoint;
    return true;
}

socklen_t endpoint_to_socket(const struct endpoint *endpoint, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (endpoint->has_address && ip_is_v4(&endpoint->address)) {
        struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(endpoint->port) };
        v4.sin_addr.s_addr = htonl(ip_to_v4(&endpoint->address));
        memcpy(out, &v4, sizeof v4);
        return sizeof v4;
    }
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(endpoint->port) };
    memcpy(&v6.sin6_addr, endpoint->address.octets, sizeof v6.sin6_addr);
    memcpy(out, &v6, sizeof v6);
    return sizeof v6;
}

bool endpoint_from_socket(const struct sockaddr_storage *from, struct ip_address *address,
                          uint16_t *port)
{
    if (from->ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof v4);
        *address = ip_from_v4(ntohl(v4.sin_addr.s_addr));
        *port = ntohs(v4.sin_port);
        return true;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, from, sizeof v6);
    memcpy(address->octets, &v6.sin6_addr, sizeof address->octets);
    *port = ntohs(v6.sin6_port);
    return from->ss_family == AF_INET6;
}
