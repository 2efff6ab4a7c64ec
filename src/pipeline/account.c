// SPDX-License-Identifier: Apache-2.0
#include "pipeline/account.h"

static const struct {
    const char *stage, *reason, *unit;
    size_t member;
} reasons[] = {
    { "feed", "no_warrant", "flows", offsetof(struct selection_account, without_warrant) },
    { "gate", "other direction", "flows", offsetof(struct selection_account, other_direction) },
    { "gate", "not own", "flows", offsetof(struct selection_account, other_direction) },
    { "gate", "domestic to domestic", "flows", offsetof(struct selection_account, domestic) },
    { "gate", "unknown side", "flows", offsetof(struct selection_account, unknown_side) },
    { "select", "forgotten", "flows", offsetof(struct selection_account, unmatched) },
};

static uint64_t *member_of(struct selection_account *account, size_t offset)
{
    return (uint64_t *)(void *)((uint8_t *)account + offset);
}

static bool is_same(const char *a, const char *b)
{
    return bytes_equal(bytes_of_string(a), bytes_of_string(b));
}

static void add(struct selection_account *account, const struct counter *counter)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (!is_same(counter->stage, reasons[i].stage) ||
            !is_same(counter->reason, reasons[i].reason) ||
            !is_same(counter->unit, reasons[i].unit))
            continue;
        *member_of(account, reasons[i].member) += counter->count;
        account->erased += counter->count;
    }
}

struct selection_account selection_account_of(const struct summary *summary)
{
    struct selection_account account = { .selected = summary->funnel.slices_selected,
                                         .octets_copied = summary->funnel.octets_copied };
    for (size_t i = 0; i < summary->counter_count; i++)
        add(&account, &summary->counters[i]);
    account.examined = account.selected + account.erased;
    return account;
}

struct selection_account selection_account_since(const struct selection_account *now,
                                                 const struct selection_account *before)
{
    return (struct selection_account){
        .examined = now->examined - before->examined,
        .selected = now->selected - before->selected,
        .erased = now->erased - before->erased,
        .without_warrant = now->without_warrant - before->without_warrant,
        .other_direction = now->other_direction - before->other_direction,
        .domestic = now->domestic - before->domestic,
        .unknown_side = now->unknown_side - before->unknown_side,
        .unmatched = now->unmatched - before->unmatched,
        .octets_copied = now->octets_copied - before->octets_copied,
    };
}
