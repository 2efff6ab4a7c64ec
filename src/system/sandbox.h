// SPDX-License-Identifier: Apache-2.0
/* What a process that reads hostile input gives up for good, before it reads any. */
#pragma once

#include <stddef.h>

#include "base/error.h"

/* From here on this process can open no socket, run no program, gain no privilege and leave no
 * core dump (seccomp, no_new_privs, RLIMIT_CORE).  Files stay as they are: captures are opened
 * and closed while merging, and reports come last. */
MUST_CHECK bool sandbox_enter(struct error *err);

/* The same for a process that has opened sockets to listen at: it may go on accepting
 * connections there, and open no other. */
MUST_CHECK bool sandbox_enter_listening(struct error *err);

/* The same for a process that reads no input and sends: it may open connections, and neither
 * listen nor accept. */
MUST_CHECK bool sandbox_enter_sending(struct error *err);

/* A file, or a folder with all that is in it, and what may be done there, as bits. */
enum sandbox_access { SANDBOX_READ = 1 << 0, SANDBOX_WRITE = 1 << 1, SANDBOX_RUN = 1 << 2 };
struct sandbox_path {
    const char *path;
    unsigned access;
};

struct sandbox_plan {
    const struct sandbox_path *paths; /* what is not there stays closed */
    size_t count;
    bool needs_local_sockets; /* AF_UNIX, else only those that are open */
};

/* What the kernel gave, where what it did not give is no failure. */
struct sandbox_made {
    bool has_seccomp;
    unsigned landlock_abi; /* 0: none */
};

/* For a process that serves for long, before its threads: of files only those, accepting where
 * it listens, connections out, no program, no other process, no capability, no look into it. */
MUST_CHECK bool sandbox_enter_serving(const struct sandbox_plan *plan, struct sandbox_made *out,
                                      struct error *err);
/* For one that runs programs for such a one: what it and they reach is no network either. */
MUST_CHECK bool sandbox_enter_running(const struct sandbox_plan *plan, struct sandbox_made *out,
                                      struct error *err);
bool sandbox_is_whole(const struct sandbox_made *made);
