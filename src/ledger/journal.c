// SPDX-License-Identifier: Apache-2.0
#include "ledger/journal.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/must.h"
#include "proof/tile.h"

struct journal {
    struct journal_settings settings;
    struct ledger_signer signer;
    struct ledger *ledger; /* NULL but within a commit, and after one that failed */
    struct text held;      /* entries as in a bundle, each behind its length */
    size_t count;          /* of them */
    size_t appended;       /* of these, octets that are in ledger already */
    uint64_t first;
    bool has_failed;
    bool is_timed; /* due_ns counts */
    int64_t due_ns;
};

static bool open_log(struct journal *journal, struct error *err)
{
    const struct journal_settings *settings = &journal->settings;
    if (!journal->ledger)
        journal->ledger =
            ledger_open_waiting(settings->folder, &journal->signer, settings->wait_ns, err);
    return journal->ledger != NULL;
}

static void leave_log(struct journal *journal)
{
    if (journal->ledger)
        ledger_close(journal->ledger);
    journal->ledger = NULL;
}

struct journal *journal_open(const struct journal_settings *settings, struct error *err)
{
    struct journal *journal = calloc(1, sizeof *journal);
    char *room = malloc(settings->held_octets + 1);
    if (!journal || !room) {
        (void)error_set(err, errno, "no memory for the journal of the ledger");
        free(journal);
        free(room);
        return NULL;
    }
    journal->settings = *settings;
    journal->signer = *settings->signer;
    journal->held = text_over(room, settings->held_octets + 1);
    if (open_log(journal, err)) {
        leave_log(journal);
        return journal;
    }
    journal_close(journal);
    return NULL;
}

void journal_close(struct journal *journal)
{
    leave_log(journal);
    sodium_memzero(&journal->signer, sizeof journal->signer);
    free(journal->held.at);
    free(journal);
}

static bool has_room(const struct journal *journal, size_t octets)
{
    return journal->held.max - 1 - journal->held.len >= octets;
}

bool journal_append(struct journal *journal, const struct entry *entry, struct error *err)
{
    char room[ENTRY_OCTETS_MAX + 1];
    struct text json = text_over(room, sizeof room);
    enum fault fault = entry_write(entry, &json);
    if (fault != FAULT_NONE)
        return error_set(err, 0, "an entry of the kind %s cannot be written: %s",
                         entry_kind_name(entry->kind), fault_name(fault));
    if (!has_room(journal, 2 + json.len))
        return error_set(err, ENOBUFS, "the ledger cannot be written, and %zu entries wait",
                         journal->count);
    bundle_put(&journal->held, text_bytes(&json));
    journal->count++;
    return true;
}

static bool append_held(struct journal *journal, struct error *err)
{
    struct bytes rest =
        bytes_slice(text_bytes(&journal->held), journal->appended, journal->held.len);
    struct cursor held = cursor_over(rest);
    struct bytes entry;
    while (held.left > 0) {
        MUST(bundle_take(&held, &entry) == FAULT_NONE);
        if (!ledger_append(journal->ledger, entry, err))
            return false;
        journal->appended = journal->held.len - held.left;
    }
    return true;
}

/* After a failure the log stays open, and locked: whether the checkpoint became durable is not
 * known then, and only who made it may try again without entering twice. */
bool journal_commit(struct journal *journal, struct error *err)
{
    journal->is_timed = false;
    if (journal->count == 0)
        return true;
    journal->has_failed = true;
    if (!open_log(journal, err) || !append_held(journal, err))
        return false;
    uint64_t first = ledger_committed(journal->ledger);
    if (!ledger_commit(journal->ledger, err))
        return false;
    leave_log(journal);
    journal->held = text_over(journal->held.at, journal->held.max);
    journal->count = journal->appended = 0;
    journal->first = first;
    journal->has_failed = false;
    return true;
}

bool journal_turn(struct journal *journal, int64_t monotonic_ns, struct error *err)
{
    const struct journal_settings *settings = &journal->settings;
    if (journal->count == 0)
        return true;
    if (!journal->is_timed) {
        journal->is_timed = true;
        journal->due_ns =
            monotonic_ns + (journal->has_failed ? settings->retry_ns : settings->commit_ns);
    }
    bool is_full = !journal->has_failed && journal->count >= settings->commit_entries;
    if (monotonic_ns < journal->due_ns && !is_full)
        return true;
    return journal_commit(journal, err);
}

bool journal_is_good(const struct journal *journal)
{
    return !journal->has_failed && has_room(journal, 2 + ENTRY_OCTETS_MAX);
}

size_t journal_held(const struct journal *journal)
{
    return journal->count;
}

uint64_t journal_first(const struct journal *journal)
{
    return journal->first;
}
