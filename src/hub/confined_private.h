// SPDX-License-Identifier: Apache-2.0
/* What the hub, and the process it begins for `sekisho watch`, can reach of this machine once
 * they are confined (docs/hub.md). */
#pragma once

#include "hub/core_private.h"
#include "system/sandbox.h"

enum { REACH_MAX = 64, REACH_PATH_MAX = 4200 };
struct reach {
    struct sandbox_plan plan;
    struct sandbox_path paths[REACH_MAX];
    char room[REACH_MAX][REACH_PATH_MAX];
    bool is_short; /* of room: something is left out */
};

/* What every program of this machine reads, and the law's data; the caller's to free. */
struct reach *reach_make(const struct hub *hub, struct error *err);
PRINTF(3, 4) void reach_add(struct reach *reach, unsigned access, const char *format, ...);
/* To read; of what lies in / or /etc the file alone. */
void reach_add_folder_of(struct reach *reach, const char *file);

/* Before threads, and after all was opened that only a privileged user may. */
MUST_CHECK bool hub_confine(struct hub *hub, struct error *err);
