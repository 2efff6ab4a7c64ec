// SPDX-License-Identifier: Apache-2.0
/* The hub about itself and about the law; search and the situation over all subjects. */
#pragma once

#include "hub/asking_private.h"

asking_fn meta_interface;
asking_fn law_show, meta_health, meta_ready, meta_metrics;
asking_fn search_all, situation_show, events_stream;
asking_fn exports_give;
