// SPDX-License-Identifier: Apache-2.0
/* What a person decided about the subject of a finding: a known harmless one, a known poller, a
 * known bad one.  It is applied to findings of the same kind and subject until its date, and to
 * nothing else; nothing learns from it. */
#pragma once

#include "model/finding.h"

enum opinion {
    OPINION_HARMLESS,
    OPINION_MALICIOUS,
    OPINION_POLLER, /* asks regularly by design */
    OPINION_UNSURE,
    OPINIONS
};

enum { VERDICTS_MAX = 1024 };

struct verdict {
    int64_t id;
    enum finding_kind kind;
    enum opinion opinion;
    uint16_t port;
    uint8_t protocol;
    char subject[SUBJECT_TEXT_MAX]; /* as finding_write_subject writes it */
};

const char *opinion_name(enum opinion opinion);
/* Is the finding about what the verdict is about? */
bool verdict_fits(const struct verdict *verdict, const struct finding *finding);
