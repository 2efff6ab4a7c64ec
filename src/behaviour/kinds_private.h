// SPDX-License-Identifier: Apache-2.0
/* The rows of behaviour_kinds. */
#pragma once

#include "behaviour/behaviour.h"

extern const struct behaviour_kind behaviour_beacon;
extern const struct behaviour_kind behaviour_scan;
extern const struct behaviour_kind behaviour_guess;
extern const struct behaviour_kind behaviour_flood;
extern const struct behaviour_kind behaviour_tunnel;
extern const struct behaviour_kind behaviour_generated;
extern const struct behaviour_kind behaviour_flux;
extern const struct behaviour_kind behaviour_lasting;
extern const struct behaviour_kind behaviour_upload;
extern const struct behaviour_kind behaviour_relay;
extern const struct behaviour_kind behaviour_peers;
extern const struct behaviour_kind behaviour_spread;
extern const struct behaviour_kind behaviour_dark;
extern const struct behaviour_kind behaviour_lateral;
