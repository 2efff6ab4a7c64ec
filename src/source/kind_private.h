// SPDX-License-Identifier: Apache-2.0
/* What a file is, for those who have looked at its head already. */
#pragma once

#include "source/head_private.h"
#include "source/kind.h"

/* False when it is none of these. */
MUST_CHECK bool kind_of_head(const struct head *head, enum source_kind *out);
