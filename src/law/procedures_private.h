// SPDX-License-Identifier: Apache-2.0
/* The files below procedures/: one procedure each. */
#pragma once

#include "law/reading_private.h"

bool procedures_is_file(const char *name);
/* After everything else of the law was read and checked: procedures name it. */
MUST_CHECK bool procedures_load(const struct reading *reading);
