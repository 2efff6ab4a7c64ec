// SPDX-License-Identifier: Apache-2.0
/* What a collector gives up for good before it reads hostile input, in two steps around the
 * start of its threads.  After both it can reach no file, open no socket, begin no process and
 * no program, look into no process and be looked into by none of its user; what it sends, it
 * sends to its keeper.  Sources were opened before, and stay.
 *
 * The kernel kills it (SIGSYS) at the first system call that is not in the table (confine.c):
 * whoever supervises it sees that, counts it, and starts another. */
#pragma once

#include <sys/types.h>

#include "base/error.h"

/* What it reads, as bits. */
enum confine_source {
    CONFINE_FILE = 1 << 0,       /* standard input, opened by whoever began it */
    CONFINE_INTERFACES = 1 << 1, /* AF_PACKET */
    CONFINE_LISTENERS = 1 << 2,  /* UDP, TCP, SCTP */
    CONFINE_TLS = 1 << 3,        /* listeners that answer */
};

struct confine_options {
    unsigned sources; /* of enum confine_source */
    int channel;      /* the one descriptor that is sent to */
    uid_t user;       /* where we are root: who we become */
    gid_t group;
};

/* What the kernel gave. */
struct confinement {
    bool has_seccomp;
    bool has_dropped;
    bool is_locked; /* what there is now is not swapped */
    unsigned landlock_abi;
};

/* Before threads: no privileges to be gained, no core, no file (Landlock, where there is one),
 * and, where we are not root, no capability. */
MUST_CHECK bool confine_begin(struct confinement *out, struct error *err);
/* After threads, and all memory: locked, another user, and the allow-list (seccomp, where there
 * is one).  Standard output and error lead nowhere from here on. */
MUST_CHECK bool confine_end(const struct confine_options *options, struct confinement *out,
                            struct error *err);
/* Did the kernel give all that matters? */
bool confinement_is_whole(const struct confinement *confinement);
