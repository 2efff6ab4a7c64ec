// SPDX-License-Identifier: Apache-2.0
#include "cmd/cmd.h"

int command_watch(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return COMMAND_FAILED;
}
