// SPDX-License-Identifier: Apache-2.0
/* What a ballot decides on: octets of a type, fixed while it is open.  A measure is decided on
 * as the very warrant that sensors will check; everything else as a document of the record. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "hub/record_private.h"
#include "hub/warrant_private.h"

#define DECISION_PAYLOAD_TYPE "application/vnd.sekisho.decision+json"

const struct procedure_step *payload_step(const struct record *record)
{
    const struct procedure *procedure = record->subject.procedure;
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        if (step->votes && !step->is_lost && procedure_starts_here(&record->subject, step))
            return step;
    }
    return NULL;
}

/* With the moment of the last step: what is voted on again is another document. */
static char *decision(const struct record *record, const struct procedure_step *step)
{
    json_t *document = json_pack("{s:s, s:s, s:I, s:s, s:s, s:O}", "record", record->name,
                                 "procedure", record->subject.procedure->id, "edition",
                                 (json_int_t)record->subject.procedure->version, "event",
                                 step->event, "title", record->title, "fields", record->fields,
                                 "since", json_time(record->subject.now_ns));
    char *text = document ? json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(document);
    return text;
}

static void forget(struct record *record)
{
    free(record->payload_type);
    free(record->payload);
    record->payload_type = NULL;
    record->payload = NULL;
    record->payload_len = 0;
}

bool payload_make(struct change *change, struct record *record, struct error *err)
{
    const struct procedure_step *step = payload_step(record);
    bool is_warrant = step && record_is_warrant(record);
    forget(record);
    if (!step)
        return true;
    char *text = is_warrant ? warrant_of_record(change, record, err) : decision(record, step);
    if (!text)
        return is_warrant ? false : error_set(err, ENOMEM, "%s: payload", record->name);
    record->payload = (uint8_t *)text;
    record->payload_len = strlen(text);
    record->payload_type = strdup(is_warrant ? WARRANT_PAYLOAD_TYPE : DECISION_PAYLOAD_TYPE);
    crypto_hash_sha256(record->payload_digest, record->payload, record->payload_len);
    return record->payload_type != NULL || error_set(err, ENOMEM, "%s", record->name);
}
