// SPDX-License-Identifier: Apache-2.0
/* Templates of NetFlow v9 and IPFIX, of all exporters, and the data that waits for them. */
#pragma once

#include "collect/exporter_private.h"

struct templates;

size_t templates_size(const struct collect_limits *limits);
struct templates *templates_init(const struct collect_limits *limits, struct hash_key key,
                                 struct arena *keep);
