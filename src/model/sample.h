// SPDX-License-Identifier: Apache-2.0
/* The head of one packet that an exporter picked out and sent on (sFlow flow samples, PSAMP,
 * IPFIX elements 313 to 315): a frame to be decoded, and how it was observed. */
#pragma once

#include "model/frame.h"
#include "model/observation.h"

struct frame_sample {
    struct frame frame;
    struct observation observation;
};
