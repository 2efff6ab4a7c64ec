// SPDX-License-Identifier: Apache-2.0
/* The kinds of sources of messages that stand behind source/exports.h. */
#pragma once

#include "source/exports.h"
#include "source/input_private.h"

struct exports_account {
    uint64_t octets;       /* of raw files, as they lie on disk */
    uint64_t messages;     /* handed over */
    uint64_t cut_messages; /* their input, or their connection, ended within them */
    uint64_t broken_files;
    uint64_t truncated_files;
    uint64_t unreadable_files;
    size_t trouble_count;
    struct error trouble[SOURCE_TROUBLE_MAX + 1]; /* the last is overwritten, never shown */
};

/* A place for one more sentence of trouble. */
static inline struct error *exports_next_trouble(struct exports_account *account)
{
    if (account->trouble_count == SOURCE_TROUBLE_MAX)
        return &account->trouble[SOURCE_TROUBLE_MAX];
    return &account->trouble[account->trouble_count++];
}

static inline bool message_batch_is_full(const struct message_batch *batch)
{
    return batch->count == MESSAGE_BATCH_MAX;
}

/* Files of raw messages, one after the other in the order of their first messages' times;
 * files without a time come first.  They are one exporter's as far as anyone knows: templates
 * of a file serve those that follow. */
struct raw_files;
/* paths must outlive it. */
MUST_CHECK struct raw_files *raw_files_open(const char *const *paths, size_t count,
                                            const volatile int *stopping,
                                            struct exports_account *account);
void raw_files_close(struct raw_files *files);
/* Appends messages; SOURCE_END when there are no more, SOURCE_IDLE while a pipe is silent. */
MUST_CHECK enum source_state raw_files_read(struct raw_files *files, struct message_batch *out);

/* Captures of exports. */
struct carriers;
MUST_CHECK struct carriers *carriers_open(const char *const *paths, size_t count,
                                          const volatile int *stopping,
                                          struct exports_account *account, struct error *err);
void carriers_close(struct carriers *carriers);
MUST_CHECK enum source_state carriers_read(struct carriers *carriers, struct message_batch *out,
                                           struct error *err);
struct source_progress carriers_progress(const struct carriers *carriers);
void carriers_count(const struct carriers *carriers, struct summary *summary);
const char *carriers_trouble(const struct carriers *carriers, size_t i);

/* Sockets that exporters send to. */
struct listeners;
MUST_CHECK struct listeners *listeners_open(const struct exports_options *options,
                                            struct exports_account *account, struct error *err);
void listeners_close(struct listeners *listeners);
MUST_CHECK enum source_state listeners_read(struct listeners *listeners,
                                            struct message_batch *out);
void listeners_count(const struct listeners *listeners, struct summary *summary);
uint16_t listeners_port(const struct listeners *listeners, size_t i);
