// SPDX-License-Identifier: Apache-2.0
/* What sekisho verify asks beyond whether the log is whole: holds its entries against the law's
 * data, and counts for the yearly report. */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "ledger/audit.h"
#include "report/report.h"

struct overseer_settings {
    const char *law;      /* a name, or a folder of law data; NULL: nothing is asked */
    const char *report;   /* "2028", or "FY2028" for the law's fiscal year; NULL: none */
    const char *warrants; /* a folder with the warrants themselves; NULL: not asked for */
    const char *votes;    /* a folder with the votes under decisions; NULL: not asked for */
    const char *trust;    /* trust.yaml: whose signatures of them count */
    int64_t as_of_ns;     /* what had to be done by then; never before the last entry */
    enum report_language language;
};

struct overseer;

/* Reads the law; one at a time.  NULL with a text in err. */
MUST_CHECK struct overseer *overseer_open(const struct overseer_settings *settings,
                                          struct error *err);
void overseer_watch(struct overseer *overseer, struct audit *audit);
/* After audit_run, of a log found whole. */
void overseer_end(struct overseer *overseer);
bool overseer_found(const struct overseer *overseer);
void overseer_print(const struct overseer *overseer);
json_t *overseer_json(const struct overseer *overseer);
