// SPDX-License-Identifier: Apache-2.0
/* Messages between two processes: a pair of connected sockets (SOCK_SEQPACKET) that keep the
 * border of each message, and may pass an open file beside it. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum channel_state { CHANNEL_MESSAGE, CHANNEL_OVERLONG, CHANNEL_EMPTY, CHANNEL_CLOSED };

/* Both ends are closed when another program is begun. */
MUST_CHECK bool channel_open(int out[2], struct error *err);

/* Waits for room.  False: the other end is gone. */
MUST_CHECK bool channel_send(int fd, struct bytes message);
/* Does not wait; file -1: none.  False: the other end is gone, or takes nothing. */
MUST_CHECK bool channel_offer(int fd, struct bytes message, int file);

/* Does not wait.  A message longer than max is overlong, and gone.  file NULL: what is passed
 * beside is closed by the system; else -1 or a file that is the caller's. */
enum channel_state channel_receive(int fd, uint8_t *room, size_t max, struct bytes *out,
                                   int *file);
