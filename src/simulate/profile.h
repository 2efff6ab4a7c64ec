// SPDX-License-Identifier: Apache-2.0
/* How kinds of client software present themselves in TLS: the lists and orders that tell them
 * apart (JA3, JA4).  Modelled on families of clients, the copy of none. */
#pragma once

#include "base/bytes.h"

enum profile_id {
    PROFILE_BROWSER_A,
    PROFILE_BROWSER_B,
    PROFILE_BROWSER_C,
    PROFILE_TOOL,        /* updaters, mail: a general library with its defaults */
    PROFILE_DEVICE,      /* a small TLS 1.2 library */
    PROFILE_DEVICE_NEW,  /* its successor with TLS 1.3 */
    PROFILE_MALWARE,     /* a statically linked runtime's own TLS */
    PROFILE_MALWARE_OLD, /* an old system library */
    PROFILE_QUIC,
    PROFILES
};

struct profile_list {
    const uint16_t *at;
    size_t count;
};

struct profile {
    struct profile_list ciphers;
    struct profile_list extensions; /* in their order */
    struct profile_list groups;     /* without the post-quantum one, which comes first */
    struct profile_list signatures;
    const char *protocols[2]; /* ALPN, NULL when there are fewer */
    const char *user_agent;
    bool has_tls13;
    bool has_grease; /* RFC 8701 */
};

const struct profile *profile_get(uint8_t id); /* an enum profile_id */
