// SPDX-License-Identifier: Apache-2.0
/* TLS of exporters' connections (RFC 7011 10.4.3 and 11) by GnuTLS: versions 1.2 and 1.3, both
 * sides with certificates.  Nothing here waits: the caller polls the socket. */
#pragma once

#include <sys/types.h>

#include "source/exports.h"

struct tls_door; /* what all connections share */
struct tls_link; /* one connection */

/* Reads certificate, key and authority, so that no file is needed later. */
MUST_CHECK struct tls_door *tls_door_open(const struct exports_options *options,
                                          struct error *err);
void tls_door_close(struct tls_door *door);

/* fd stays the caller's.  NULL for want of memory. */
MUST_CHECK struct tls_link *tls_link_open(const struct tls_door *door, int fd);
void tls_link_close(struct tls_link *link);

enum tls_step {
    TLS_DONE,
    TLS_READ,    /* when the socket can be read, once more */
    TLS_WRITE,   /* when it can be written */
    TLS_REFUSED, /* no certificate, or none of our authority: *why */
    TLS_FAILED,
};

MUST_CHECK enum tls_step tls_link_shake(struct tls_link *link, struct error *why);

enum { TLS_LATER = -1, TLS_BROKEN = -2 };

/* Octets read, 0 at the end, TLS_LATER or TLS_BROKEN. */
MUST_CHECK ssize_t tls_link_read(struct tls_link *link, uint8_t *room, size_t max);
/* Octets were received and deciphered that no poll of the socket will tell of. */
bool tls_link_holds_more(const struct tls_link *link);
