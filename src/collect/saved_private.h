// SPDX-License-Identifier: Apache-2.0
/* The hash that ends what collect_save writes; its tests spoil content behind it. */
#pragma once

#include "base/bytes.h"

enum { SAVED_HASH_OCTETS = 8 };

uint64_t saved_hash(struct bytes content);
