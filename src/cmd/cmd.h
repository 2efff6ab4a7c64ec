// SPDX-License-Identifier: Apache-2.0
/* The commands, one file each.  They take argv from their own name on and return the exit code:
 * 0 done, 1 the world failed (said on standard error), 2 the call was wrong. */
#pragma once

enum { COMMAND_DONE = 0, COMMAND_FAILED = 1, COMMAND_USAGE = 2 };

int command_watch(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_simulate(int argc, char **argv);
