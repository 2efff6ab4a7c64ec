// SPDX-License-Identifier: Apache-2.0
/* sekisho hub check: the tables of a hub against its ledger. */
#pragma once

#include <stdbool.h>

#include "hub/hub.h"

/* The command's exit code: COMMAND_FOUND where a difference was found. */
int hub_check_command(const struct hub_settings *settings, bool is_json);
