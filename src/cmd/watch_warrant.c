// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_warrant.h"

#include "cmd/own_ledger.h"
#include "law/law.h"
#include "system/memory.h"

_Static_assert((int)WATCH_LISTS_MAX <= (int)OWN_LISTS_MAX, "a warrant names every list");

#define SIGNER "sekisho/owner"

static bool load_law(struct law *out, struct error *err)
{
    char folder[4096];
    struct arena memory;
    return law_find_folder(LAW_DEFAULT, folder, sizeof folder, err) &&
           memory_reserve(LAW_MEMORY, MEMORY_SMALL_PAGES, &memory, err) &&
           law_load(folder, &memory, out, err);
}

static bool compile(struct watch_warrant *out, struct error *err)
{
    memset(&out->rules, 0, sizeof out->rules);
    return warrant_compile(&out->own.granted, &out->rules, err);
}

bool watch_warrant_make(const struct watch_options *options, const struct watch_signer *signer,
                        struct watch_warrant *out, struct error *err)
{
    const struct indicators *indicators = signer->indicators;
    const char *lists[INDICATOR_LISTS_MAX];
    struct law_ruling ruling;
    if (!load_law(&out->law, err))
        return false;
    struct own_order order = { .law = &out->law,
                               .basis = basis_name(options->basis),
                               .name = SIGNER,
                               .lists = lists,
                               .keep_days = (unsigned)(options->retention_ns / TIME_DAY_NS),
                               .now_ns = signer->now_ns };
    memcpy(order.seed, signer->seed, sizeof order.seed);
    while (indicators && (lists[order.list_count] =
                              indicators_list_name(indicators, order.list_count)) != NULL)
        order.list_count++;
    bool is_made = warrant_make_own(&order, &out->own, &ruling);
    memset(order.seed, 0, sizeof order.seed);
    if (!is_made)
        return error_set(err, 0, "no warrant can be made (article %s): %s", ruling.article,
                         ruling.words);
    return compile(out, err);
}

static const struct warrant *warrant_of(const struct watch_warrant *warrant)
{
    return &warrant->own.granted.warrant;
}

static struct entry entry_of(enum entry_kind kind, const struct watch_warrant *warrant,
                             int64_t at_ns)
{
    struct entry entry = entry_begin(kind, at_ns);
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(warrant_of(warrant)->basis));
    entry_set_text(&entry, ENTRY_WARRANT, bytes_of_string(warrant_of(warrant)->serial));
    return entry;
}

bool watch_warrant_begin(struct watch_warrant *warrant, int64_t now_ns, struct error *err)
{
    char room[2 * sizeof warrant_of(warrant)->digest + 1];
    struct text digest = text_over(room, sizeof room);
    struct entry accepted = entry_of(ENTRY_WARRANT_ACCEPTED, warrant, now_ns);
    struct entry begun = entry_of(ENTRY_RUN_BEGUN, warrant, now_ns);
    text_put_hex(&digest, (struct bytes){ warrant_of(warrant)->digest,
                                          sizeof warrant_of(warrant)->digest });
    entry_set_text(&accepted, ENTRY_DIGEST, text_bytes(&digest));
    entry_set_text(&accepted, ENTRY_LAW, bytes_of_string(warrant->law.id));
    entry_set_text(&accepted, ENTRY_ACTOR, bytes_of_string(SIGNER));
    entry_set_time(&accepted, ENTRY_FROM, warrant->own.granted.from_ns);
    entry_set_time(&accepted, ENTRY_TO, warrant->own.granted.to_ns);
    entry_set_text(&begun, ENTRY_COMMAND, bytes_of_string("watch"));
    entry_set_text(&begun, ENTRY_PROGRAM, bytes_of_string("sekisho " SEKISHO_VERSION));
    const struct entry entries[] = { accepted, begun };
    warrant->is_in_ledger = own_ledger_put(entries, 2, err);
    return warrant->is_in_ledger;
}

static struct entry batch_of(const struct watch_warrant *warrant,
                             const struct selection_account *account,
                             const struct watch_outcome *outcome)
{
    struct entry batch = entry_of(ENTRY_SELECTION_BATCH, warrant, outcome->ended_ns);
    entry_set_time(&batch, ENTRY_FROM, outcome->begun_ns);
    entry_set_time(&batch, ENTRY_TO, outcome->ended_ns);
    entry_set_count(&batch, ENTRY_EXAMINED, account->examined);
    entry_set_count(&batch, ENTRY_SELECTED, account->selected);
    entry_set_count(&batch, ENTRY_ERASED, account->erased);
    entry_set_count(&batch, ENTRY_OCTETS, account->octets_copied);
    entry_set_count(&batch, ENTRY_DROPPED_PERIOD, account->without_warrant);
    entry_set_count(&batch, ENTRY_DROPPED_DIRECTION, account->other_direction);
    entry_set_count(&batch, ENTRY_DROPPED_DOMESTIC, account->domestic);
    entry_set_count(&batch, ENTRY_DROPPED_UNKNOWN, account->unknown_side);
    entry_set_count(&batch, ENTRY_DROPPED_UNMATCHED, account->unmatched);
    return batch;
}

static struct entry retention_of(const struct watch_warrant *warrant,
                                 const struct selection_account *account,
                                 const struct watch_outcome *outcome)
{
    struct entry retention = entry_of(ENTRY_RETENTION_SET, warrant, outcome->ended_ns);
    entry_set_time(&retention, ENTRY_FROM, outcome->ended_ns);
    entry_set_time(&retention, ENTRY_UNTIL, outcome->retention_until_ns);
    entry_set_count(&retention, ENTRY_RECORDS, account->selected);
    /* By which its erasure is asked for; of nothing there is none. */
    if (account->selected > 0)
        entry_set_text(&retention, ENTRY_SUBJECT, bytes_of_string(warrant_of(warrant)->serial));
    return retention;
}

bool watch_warrant_end(const struct watch_warrant *warrant,
                       const struct selection_account *account,
                       const struct watch_outcome *outcome, struct error *err)
{
    struct entry ended = entry_begin(ENTRY_RUN_ENDED, outcome->ended_ns);
    entry_set_text(&ended, ENTRY_OUTCOME,
                   bytes_of_string(outcome->is_done ? "done" : "interrupted"));
    const struct entry entries[] = { batch_of(warrant, account, outcome),
                                     retention_of(warrant, account, outcome), ended };
    return !warrant->is_in_ledger || own_ledger_put(entries, 3, err);
}

void watch_warrant_tell(const struct watch_warrant *warrant, FILE *out)
{
    char until[TIME_TEXT_MAX], folder[OWN_LEDGER_PATH_MAX];
    struct text text = text_over(until, sizeof until);
    struct error err;
    time_write(warrant->own.granted.to_ns, 0, &text);
    fprintf(out, "sekisho watch: made and signed warrant %s for you (basis %s, until %s)",
            warrant_of(warrant)->serial, warrant_of(warrant)->basis, until);
    if (warrant->is_in_ledger && own_ledger_folder(folder, &err))
        fprintf(out, ", entered in %s", folder);
    fputc('\n', out);
}
