// SPDX-License-Identifier: Apache-2.0
/* The exporter's side of TLS by GnuTLS, with certificates of both sides (RFC 7011 11.3). */
#pragma once

#include <sys/types.h>

#include "system/sender.h"

struct sender_credentials;
struct sender_tls;

MUST_CHECK struct sender_credentials *
sender_credentials_open(const struct sender_options *options, struct error *err);
void sender_credentials_close(struct sender_credentials *credentials);

/* Shakes hands, at most 10 s.  host: whom the certificate must name; NULL for anyone. */
MUST_CHECK struct sender_tls *sender_tls_open(const struct sender_credentials *credentials,
                                              const char *host, int fd, struct error *err);
/* Says goodbye. */
void sender_tls_close(struct sender_tls *tls);
/* Octets written, or -1 and errno. */
MUST_CHECK ssize_t sender_tls_write(struct sender_tls *tls, struct bytes octets);
