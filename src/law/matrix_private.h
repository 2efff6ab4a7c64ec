// SPDX-License-Identifier: Apache-2.0
/* What the rows of labels.yaml, sectors.yaml, subjects.yaml, handling.yaml and matrix.yaml must
 * keep to among themselves. */
#pragma once

#include "law/reading_private.h"

/* Of a row of matrix.yaml or handling.yaml: its label from its word, and its lists of words;
 * rows of other files stay as they are. */
MUST_CHECK bool matrix_finish_row(const struct reading *reading,
                                  const struct reading_row *where, uint8_t *row);
/* After everything else was read: rows name states of procedures. */
MUST_CHECK bool matrix_check(const struct reading *reading);
