// SPDX-License-Identifier: Apache-2.0
/* The results as tables for people (numbers-to-beat.md 5.7), made of the JSON alone. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"

MUST_CHECK bool evaluate_markdown_write(const json_t *results, FILE *out);
