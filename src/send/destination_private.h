// SPDX-License-Identifier: Apache-2.0
/* Where records are sent, as people write it. */
#pragma once

#include "system/endpoint.h"

enum { SEND_HOST_MAX = 256 };

/* "udp:192.0.2.1:4739", "tls:[2001:db8::1]:4740" or "tcp:collector.example:4739": a name is
 * looked up once, here.  out_host: the name or address alone, for the certificate. */
MUST_CHECK bool send_destination_read(const char *to, struct endpoint *out,
                                      char out_host[SEND_HOST_MAX], struct error *err);
