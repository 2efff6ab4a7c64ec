// SPDX-License-Identifier: Apache-2.0
#include "cmd/tell.h"

#include <string.h>

static bool is_told(const struct tell *tell, const struct finding *finding)
{
    size_t kept = tell->count < TELL_MAX ? tell->count : TELL_MAX;
    for (size_t i = 0; i < kept; i++) {
        if (strcmp(tell->ids[i], finding->id) == 0)
            return true;
    }
    return false;
}

bool tell_new(struct tell *tell, const struct finding *findings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_told(tell, &findings[i]))
            continue;
        memcpy(tell->ids[tell->count++ % TELL_MAX], findings[i].id, FINDING_ID_MAX);
        if (!(tell->as_json ? report_write_finding_json_line(&findings[i], stdout)
                            : report_write_finding_line(&findings[i], tell->language, stdout)))
            return false;
    }
    return true;
}
