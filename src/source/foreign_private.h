// SPDX-License-Identifier: Apache-2.0
/* What a file is that is not a capture, in words for whoever named it. */
#pragma once

#include "base/bytes.h"

/* A clause such as "it looks like text", with what to do. */
const char *foreign_describe(struct bytes head);
