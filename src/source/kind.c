// SPDX-License-Identifier: Apache-2.0
#include "source/kind.h"

bool source_kind_of(const char *path, enum source_kind *out, struct error *err)
{
    (void)path;
    (void)err;
    *out = SOURCE_KIND_CAPTURE;
    return true;
}
