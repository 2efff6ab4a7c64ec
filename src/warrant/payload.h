// SPDX-License-Identifier: Apache-2.0
/* The payloads of envelopes: JSON, sorted and compact, of one form only; schemas in
 * docs/schema/warrant.schema.json and revocation.schema.json.  Nothing is believed here. */
#pragma once

#include "warrant/warrant.h"

MUST_CHECK bool warrant_read_payload(struct bytes payload, struct warrant *out,
                                     struct error *err);
MUST_CHECK bool revocation_read_payload(struct bytes payload, struct revocation *out,
                                        struct error *err);
MUST_CHECK bool revocation_write(const struct revocation *revocation, struct text *out,
                                 struct error *err);
