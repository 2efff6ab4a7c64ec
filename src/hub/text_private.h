// SPDX-License-Identifier: Apache-2.0
/* How things of the law and of the tables look in JSON. */
#pragma once

#include <jansson.h>

#include "statute/statute.h"

json_t *law_text_json(struct law_text text); /* {"en","ja"} */
json_t *id_json(int64_t id);                 /* text; null where 0 */
json_t *sectors_json(const struct law *law, uint64_t bits);
/* 1 to 64; 0: the law knows none of that name. */
unsigned sector_number(const struct law *law, const char *id);
/* "" for 0. */
const char *sector_name(const struct law *law, unsigned sector);
