// SPDX-License-Identifier: Apache-2.0
/* Entries of the ledger: one JSON object each, in the one way RFC 8785 allows, so that equal
 * entries are equal octets.  We keep to a part of it: a flat object of names from one table;
 * strings without controls, whole numbers up to 2^53 - 1, no floats, null, lists or nesting.
 * docs/schema/ledger-entry.schema.json is the same as a schema. */
#pragma once

#include "base/fault.h"
#include "base/text.h"

enum { ENTRY_OCTETS_MAX = 4096, ENTRY_TEXT_OCTETS_MAX = 1024, ENTRY_FORMAT = 1 };

#define ENTRY_COUNT_MAX ((UINT64_C(1) << 53) - 1)

enum entry_kind {
    ENTRY_RUN_BEGUN,
    ENTRY_RUN_ENDED,
    ENTRY_GAP,               /* from, to: nothing was watched */
    ENTRY_CLOCK_STEP,        /* from, to: what the clock said before and after */
    ENTRY_LAW_LOADED,        /* the law's data that is ruled by from now on */
    ENTRY_KEY_CHANGED,       /* the key used for that purpose from now on */
    ENTRY_SANDBOX_WEAKENED,  /* the collector runs with less than asked for */
    ENTRY_COLLECTOR_REFUSED, /* messages of the collector that the keeper refused */
    ENTRY_GENERATION_LOADED,
    ENTRY_AGREEMENT_CONCLUDED,
    ENTRY_AGREEMENT_CHANGED,
    ENTRY_AGREEMENT_ENDED,
    ENTRY_APPROVAL_REQUESTED, /* of the commission or whom the law names */
    ENTRY_APPROVAL_GIVEN,
    ENTRY_APPROVAL_REFUSED,
    ENTRY_WARRANT_ACCEPTED,
    ENTRY_WARRANT_REFUSED,
    ENTRY_WARRANT_REVOKED,  /* to: the moment it ends */
    ENTRY_WARRANT_ENDED,    /* its feed is closed; event: expired, revoked, stopped */
    ENTRY_SELECTION_BATCH,  /* examined, selected, erased: counts of flows */
    ENTRY_ERASURE_ATTESTED, /* what was not selected is overwritten */
    ENTRY_DEIDENTIFIED,
    ENTRY_REIDENTIFICATION_OPENED,
    ENTRY_REIDENTIFICATION_CLOSED, /* event: expired, closed */
    ENTRY_REIDENTIFICATION_REFUSED,
    ENTRY_RETENTION_SET,      /* from: the selection ended; until: erased at the latest */
    ENTRY_RETENTION_EXTENDED, /* before, until: the end until then, and now */
    ENTRY_RETENTION_ENDED,    /* no longer needed; until: the day it was decided */
    ENTRY_RECORD_ERASURE,     /* by retention or order */
    ENTRY_PROVISION,
    ENTRY_ACCESS, /* a read of the store */
    ENTRY_NOTICE, /* the duty to tell, met: of which entry, to whom */
    ENTRY_PROCEDURE_STEP,
    ENTRY_INSPECTION,
    ENTRY_OVERSIGHT_ACTION, /* notice, demand, recommendation of the overseer, by its article */
    ENTRY_SUSPENDED,        /* nothing of it may be used */
    ENTRY_REMEDIED,
    ENTRY_VERDICT_GIVEN, /* subject: the finding; event: what it is said to be */
    ENTRY_VERDICT_REMOVED,
    ENTRY_REGISTER_CHANGED, /* of a hub: a person, organisation or sensor; digest: what it is */
    ENTRY_RECORD_WRITTEN,   /* of a hub: made, filled in, noted, attached; digest: what */
    ENTRY_VOTE_CAST,        /* digest: of the vote's document; sealed until the ballot closes */
    ENTRY_BATCH_RECEIVED,   /* subject: the sensor; product, digest: what it sent */
    ENTRY_CHECKPOINT_SEEN,  /* subject: the sensor; records: the size of its log */
    ENTRY_KINDS
};

/* In the order of their names, which is the order they are written in. */
enum entry_field {
    ENTRY_ACTION,
    ENTRY_ACTOR,
    ENTRY_APPROVER,
    ENTRY_ARTICLE,
    ENTRY_AT, /* every entry has it */
    ENTRY_BASIS,
    ENTRY_BEFORE,
    ENTRY_CAPACITY,
    ENTRY_COMMAND,
    ENTRY_CONSENT,
    ENTRY_DIGEST,
    ENTRY_DIRECTION,
    ENTRY_DROPPED_DIRECTION,
    ENTRY_DROPPED_DOMESTIC,
    ENTRY_DROPPED_PERIOD,
    ENTRY_DROPPED_UNKNOWN,
    ENTRY_DROPPED_UNMATCHED,
    ENTRY_DUTY,
    ENTRY_NUMBER, /* the number of the one it concerns */
    ENTRY_EQUIPMENT,
    ENTRY_EQUIVALENCE,
    ENTRY_ERASED,
    ENTRY_EVENT,
    ENTRY_EXAMINED,
    ENTRY_EXTENDS,
    ENTRY_FIELD_NAMES,
    ENTRY_FINDINGS,
    ENTRY_FORMAT_NUMBER, /* ENTRY_FORMAT; set by the writer */
    ENTRY_FROM,
    ENTRY_GENERATION,
    ENTRY_INDICATORS,
    ENTRY_KEY,
    ENTRY_KIND, /* set by the writer */
    ENTRY_LAW,
    ENTRY_LISTS,
    ENTRY_LOST,
    ENTRY_OCTETS,
    ENTRY_OUTCOME,
    ENTRY_PARTY,
    ENTRY_PERMISSION,
    ENTRY_PROCEDURE,
    ENTRY_PRODUCT,
    ENTRY_PROGRAM,
    ENTRY_PURPOSE,
    ENTRY_REASON,
    ENTRY_RECIPIENT,
    ENTRY_RECORDS,
    ENTRY_ROLE,
    ENTRY_SELECTED,
    ENTRY_SHARE,
    ENTRY_SIGNERS,
    ENTRY_STAGE,
    ENTRY_STATE,
    ENTRY_STATE_BEFORE,
    ENTRY_SUBJECT,
    ENTRY_TO,
    ENTRY_UNTIL,
    ENTRY_VERDICT,
    ENTRY_WARRANT,
    ENTRY_FIELDS
};

union entry_value {
    struct bytes text; /* texts, words, digests */
    uint64_t count;
    int64_t time_ns; /* of 1970 to 2262 */
};

struct entry {
    enum entry_kind kind;
    uint64_t present; /* a bit for each field */
    union entry_value values[ENTRY_FIELDS];
};

/* An entry of that kind and time, with nothing else yet. */
struct entry entry_begin(enum entry_kind kind, int64_t at_ns);
/* The text stays the caller's. */
void entry_set_text(struct entry *entry, enum entry_field field, struct bytes text);
void entry_set_count(struct entry *entry, enum entry_field field, uint64_t count);
void entry_set_time(struct entry *entry, enum entry_field field, int64_t time_ns);

bool entry_has(const struct entry *entry, enum entry_field field);

const char *entry_kind_name(enum entry_kind kind);
const char *entry_field_name(enum entry_field field);
/* A bit for each field an entry of that kind may have. */
uint64_t entry_kind_fields(enum entry_kind kind);

/* FAULT_VALUE: a field is missing, foreign to the kind, or holds what it may not.
 * FAULT_LIMIT: longer than ENTRY_OCTETS_MAX, or than the room. */
enum fault entry_write(const struct entry *entry, struct text *out);
/* Takes exactly what entry_write writes.  Texts with escapes are written out in room, which
 * needs no more than json.len; the others stay in json. */
enum fault entry_read(struct bytes json, struct text *room, struct entry *out);
