// SPDX-License-Identifier: Apache-2.0
/* The terminal standard output may be. */
#pragma once

/* Its columns, at most max; `otherwise` when it is none or tells nothing sensible. */
unsigned terminal_width(unsigned otherwise, unsigned max);
