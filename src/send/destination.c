// SPDX-License-Identifier: Apache-2.0
#include "send/destination_private.h"

#include <netdb.h>

#include "base/text.h"

/* The host between the first colon and the last one, without brackets. */
static struct bytes host_of(struct bytes to)
{
    size_t first = bytes_find(to, ':'), last = first;
    for (size_t i = first; i < to.len; i++) {
        if (to.at[i] == ':')
            last = i;
    }
    struct bytes host = bytes_slice(to, first + 1, last > first ? last - first - 1 : 0);
    bool is_bracketed = host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']';
    return is_bracketed ? bytes_slice(host, 1, host.len - 2) : host;
}

static bool look_up(const char *host, struct ip_address *out, struct error *err)
{
    struct addrinfo *found = NULL;
    int code = getaddrinfo(host, NULL, NULL, &found);
    if (code != 0)
        return error_set(err, 0, "the host %s is not known: %s", host, gai_strerror(code));
    struct sockaddr_storage storage = { 0 };
    uint16_t port;
    memcpy(&storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return endpoint_from_socket(&storage, out, &port) ||
           error_set(err, 0, "the host %s has no address", host);
}

/* With the address where the name was. */
static bool read_with_address(struct bytes to, struct bytes host, const struct ip_address *ip,
                              struct endpoint *out, struct error *err)
{
    char room[SEND_HOST_MAX];
    struct text text = text_over(room, sizeof room);
    size_t at = (size_t)(host.at - to.at);
    text_put(&text, bytes_slice(to, 0, at));
    text_put_string(&text, ip_is_v4(ip) ? "" : "[");
    ip_write(ip, &text);
    text_put_string(&text, ip_is_v4(ip) ? "" : "]");
    text_put(&text, bytes_slice(to, at + host.len, to.len));
    return endpoint_read(room, out, err);
}

bool send_destination_read(const char *to, struct endpoint *out, char out_host[SEND_HOST_MAX],
                           struct error *err)
{
    struct bytes words = bytes_of_string(to);
    struct bytes host = host_of(words);
    struct text name = text_over(out_host, SEND_HOST_MAX);
    text_put(&name, host);
    struct ip_address ip;
    struct error unknown;
    if (endpoint_read(to, out, err))
        return out->has_address ||
               error_set(err, 0,
                         "\"%s\" names no host: udp:HOST:PORT, tcp:HOST:PORT or "
                         "tls:HOST:PORT",
                         to);
    if (host.len == 0 || name.cut || ip_read(host, &ip))
        return false;
    if (!look_up(out_host, &ip, &unknown)) {
        *err = unknown;
        return false;
    }
    return read_with_address(words, host, &ip, out, err);
}
