// SPDX-License-Identifier: Apache-2.0
#include "model/finding.h"

#include "base/utf8.h"

void finding_write_subject(const struct finding *finding, struct text *out)
{
    if (finding_is_of_name(finding))
        utf8_put_clean(out, fact_name_bytes(&finding->subject_name));
    else
        party_write(&finding->subject, out);
}
