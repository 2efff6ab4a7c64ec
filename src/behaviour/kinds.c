// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

const struct behaviour_kind *const behaviour_kinds[BEHAVIOURS] = {
    [BEHAVIOUR_BEACON] = &behaviour_beacon, [BEHAVIOUR_SCAN] = &behaviour_scan,
    [BEHAVIOUR_GUESS] = &behaviour_guess,   [BEHAVIOUR_FLOOD] = &behaviour_flood,
    [BEHAVIOUR_TUNNEL] = &behaviour_tunnel, [BEHAVIOUR_GENERATED] = &behaviour_generated,
    [BEHAVIOUR_FLUX] = &behaviour_flux,     [BEHAVIOUR_LASTING] = &behaviour_lasting,
    [BEHAVIOUR_UPLOAD] = &behaviour_upload, [BEHAVIOUR_RELAY] = &behaviour_relay,
    [BEHAVIOUR_PEERS] = &behaviour_peers,   [BEHAVIOUR_SPREAD] = &behaviour_spread,
    [BEHAVIOUR_DARK] = &behaviour_dark,     [BEHAVIOUR_LATERAL] = &behaviour_lateral,
};
