// SPDX-License-Identifier: Apache-2.0
/* Sensors, and what they report. */
#pragma once

#include "hub/asking_private.h"

asking_fn sensors_list, sensors_create, sensors_show, sensors_change;
asking_fn findings_list, findings_show, findings_judge, flows_list;
