// SPDX-License-Identifier: Apache-2.0
/* Landlock (landlock(7)): what a process closes to itself, and to those it begins, for good. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system/sandbox.h"

/* What is closed besides files, as bits. */
enum landlock_closed {
    LANDLOCK_BINDING = 1 << 0,    /* of TCP */
    LANDLOCK_CONNECTING = 1 << 1, /* of TCP */
    LANDLOCK_OTHERS = 1 << 2,     /* abstract sockets of, and signals to, processes outside */
};

/* This thread, and those it begins, can reach no file, and no network, abstract socket or
 * process outside, as far as the kernel's ABI has words for it.  Returns the ABI; 0: the kernel
 * has none, or did not do it. */
unsigned landlock_close_all(void);

/* No file but those; one that is not there stays closed. */
unsigned landlock_close_but(const struct sandbox_path *paths, size_t count, unsigned closed);
