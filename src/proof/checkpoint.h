// SPDX-License-Identifier: Apache-2.0
/* What a log signs of itself (C2SP tlog-checkpoint): its name, how many entries it has, and the
 * root of their tree; the text of a signed note. */
#pragma once

#include "base/fault.h"
#include "base/text.h"
#include "proof/tree.h"

struct checkpoint {
    struct bytes origin;
    struct tree_head head;
};

/* Lines after the third are extensions, which we pass over. */
enum fault checkpoint_read(struct bytes text, struct checkpoint *out);
void checkpoint_write(const struct checkpoint *checkpoint, struct text *out);
