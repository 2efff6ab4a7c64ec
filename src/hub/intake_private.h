// SPDX-License-Identifier: Apache-2.0
/* What sensors send (docs/uplink.md): batches of records and findings, each in one transaction
 * with its name, so that one that comes twice counts once; checkpoints of their ledgers, held
 * against those before; and warrants, which they fetch. */
#pragma once

#include "exchange/finding_read.h"
#include "exchange/ipfix_read.h"
#include "hub/compartment_private.h"

enum {
    INTAKE_BODY_MAX = 16 << 20,
    INTAKE_RECORD_OCTETS_MIN = 67,
    INTAKE_FLOWS_DEFAULT = 1000000,
    INTAKE_WAIT_S = 2 /* what a sensor that must wait is told */
};

/* Who sent it, as far as rows depend on it. */
struct intake_from {
    int64_t sensor, organisation;
    unsigned sector;
    const char *name, *batch;
    const struct law_basis *basis;
    bool is_exercise;
    int64_t now_ns;
};

/* intake_flows.c: rows of records, made before the one writer is waited for. */
struct intake_flows {
    size_t count, max;
    uint64_t refused; /* without a date of erasure, or past it */
    bool is_foreign;  /* one is of another basis than the sensor's: all are refused */
    struct intake_from from;
    struct database_value *values; /* a row after the other; owned */
    char *words;                   /* their texts; owned */
};
/* FAULT_NONE; else nothing is to be kept.  intake_flows_free gives back what it holds. */
MUST_CHECK enum fault intake_read_flows(struct bytes batch, const struct intake_from *from,
                                        struct intake_flows *out);
void intake_flows_free(struct intake_flows *flows);
MUST_CHECK bool intake_write_flows(struct change *change, struct intake_flows *flows,
                                   struct error *err);

/* intake_finding.c: made, or seen by one more sensor; of one batch as many as it has. */
MUST_CHECK bool intake_write_findings(struct change *change, const struct intake_from *from,
                                      const struct received_finding *findings, size_t count,
                                      struct error *err);

/* Findings of a batch, read before the one writer is waited for. */
struct intake_findings {
    size_t count;
    uint64_t refused; /* past their date of erasure */
    bool is_foreign;  /* one is of another basis than the sensor's: all are refused */
    struct intake_from from;
    struct received_finding *rows; /* owned, with their json */
};
/* False: nothing is to be kept.  intake_findings_free gives back what it holds. */
MUST_CHECK bool intake_read_findings(struct bytes batch, const struct intake_from *from,
                                     struct intake_findings *out);
void intake_findings_free(struct intake_findings *findings);

/* In the words of this sensor's own network, nobody else's. */
struct compartment intake_compartment(const struct intake_from *from, const char *kind,
                                      bool is_shared);

asking_fn intake_batch, intake_checkpoint, intake_status, intake_warrants, intake_delivery;
