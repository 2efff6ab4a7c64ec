// SPDX-License-Identifier: Apache-2.0
#include "model/verdict.h"

#include "base/must.h"

const char *opinion_name(enum opinion opinion)
{
    static const char *const names[OPINIONS] = { "harmless", "malicious", "poller", "unsure" };
    MUST(opinion < OPINIONS);
    return names[opinion];
}

bool verdict_fits(const struct verdict *verdict, const struct finding *finding)
{
    if (verdict->kind != finding->kind)
        return false;
    if (finding_trait(finding->kind)->unit == UNIT_SERVICE &&
        (verdict->port != finding->port || verdict->protocol != finding->protocol))
        return false;
    char room[SUBJECT_TEXT_MAX];
    struct text subject = text_over(room, sizeof room);
    finding_write_subject(finding, &subject);
    return bytes_equal(text_bytes(&subject), bytes_of_string(verdict->subject));
}
