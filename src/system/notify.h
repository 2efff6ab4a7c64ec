// SPDX-License-Identifier: Apache-2.0
/* Words to the service manager (sd_notify(3)), if one listens.  Own lines, since the protocol
 * is a datagram and the library would be one more in a process that holds keys. */
#pragma once

#include <stdint.h>

#include "base/attr.h"

/* Opens the socket for all words that follow; without it each opens its own.  Where sockets are
 * forbidden later on. */
void notify_open(void);
/* "READY=1", "STATUS=...", "STOPPING=1", "WATCHDOG=1", "RELOADING=1\nMONOTONIC_USEC=...". */
PRINTF(1, 2) void notify(const char *format, ...);
/* How often the manager wants to hear WATCHDOG=1; 0: never. */
int64_t notify_watchdog_ns(void);
