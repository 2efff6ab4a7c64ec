// SPDX-License-Identifier: Apache-2.0
/* What a process that reads hostile input gives up for good, before it reads any. */
#pragma once

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
