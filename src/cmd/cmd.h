// SPDX-License-Identifier: Apache-2.0
/* The commands, one file each.  They take argv from their own name on and return the exit
 * code. */
#pragma once

enum {
    COMMAND_DONE = 0,
    COMMAND_FAILED = 1,  /* the world failed: said on standard error */
    COMMAND_USAGE = 2,   /* the call was wrong */
    COMMAND_FOUND = 3,   /* done, and there are findings (only when asked for) */
    COMMAND_PARTIAL = 4, /* done, but part of the input could not be read */
    COMMAND_REFUSED = 5, /* the law says no: told with its article */
};

int command_watch(int argc, char **argv);
int command_evaluate(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_infrastructure(int argc, char **argv);
int command_query(int argc, char **argv);
int command_retention(int argc, char **argv);
int command_verdict(int argc, char **argv);
int command_reidentify(int argc, char **argv);
int command_indicators(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_law(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_sensor(int argc, char **argv);
int command_hub(int argc, char **argv);
int command_simulate(int argc, char **argv);
int command_ledger(int argc, char **argv);
int command_key(int argc, char **argv);
int command_selector(int argc, char **argv);
int command_uplink(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_warrant(int argc, char **argv);
