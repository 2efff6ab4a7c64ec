// SPDX-License-Identifier: Apache-2.0
/* Records in files for other programs, written as they are kept.  A file of a run with an end
 * appears when it is whole; live, it grows, and holds whole records and messages only. */
#pragma once

#include "cmd/output.h"
#include "cmd/watch_options.h"
#include "exchange/records.h"

struct watch_records {
    size_t count;
    struct watch_records_file {
        struct output output;
        struct records records;
    } files[WATCH_RECORDS_MAX];
};

MUST_CHECK bool watch_records_open(const struct watch_options *options, bool is_live,
                                   struct watch_records *out, struct error *err);
MUST_CHECK bool watch_records_put(struct watch_records *records,
                                  const struct minimised_flow *flow, int64_t now_ns,
                                  struct error *err);
/* What was put can be read by others. */
MUST_CHECK bool watch_records_flush(struct watch_records *records, struct error *err);
/* Files of a run with an end appear. */
MUST_CHECK bool watch_records_close(struct watch_records *records, struct error *err);
/* Of a run that failed: files that have not appeared will not.  Nothing, when closed. */
void watch_records_abandon(struct watch_records *records);
