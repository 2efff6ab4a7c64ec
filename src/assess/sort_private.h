// SPDX-License-Identifier: Apache-2.0
/* Orders numbers of things that are too large to be moved while they are compared. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef bool sort_before_fn(const void *context, uint32_t a, uint32_t b);

/* Fills order with 0 to count - 1, in the order that before gives. */
void sort_order(uint32_t *order, size_t count, sort_before_fn *before, const void *context);
