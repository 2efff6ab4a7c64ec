// SPDX-License-Identifier: Apache-2.0
/* What lists say of a finding: hits, names and addresses, each once and only so many, and
 * which finding of a name belongs to which of a server. */
#pragma once

#include "model/finding.h"

void listed_add_hit(struct finding *finding, const struct indicator_hit *hit);
void listed_add_name(struct finding *finding, const struct fact_name *name);
/* The name and, for the finding of a name, the addresses the flow tells.  A flow of DNS may
 * have been about several names, of which the record keeps one. */
void listed_add_words(struct finding *finding, const struct minimised_flow *flow);
/* The hits and names of another finding. */
void listed_take(struct finding *finding, const struct finding *listed);

/* Is the server what the listed name stands for? */
bool listed_stands_for(const struct finding *server, const struct finding *name);
/* Did every line that asked for the name also talk to the server? */
bool listed_covers_lines(const struct finding *server, const struct finding *name);
