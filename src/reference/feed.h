// SPDX-License-Identifier: Apache-2.0
/* A feed of MISP is a folder: manifest.json names its events, and beside it is a file of each.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"

/* Is it a folder? */
bool feed_is(const char *path);

typedef bool feed_fn(void *context, const char *path, struct error *err);
/* Calls back with the path of the manifest and of each event, in the manifest's order. */
MUST_CHECK bool feed_each(const char *folder, feed_fn *call, void *context, struct error *err);
