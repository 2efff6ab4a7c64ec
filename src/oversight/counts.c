// SPDX-License-Identifier: Apache-2.0
#include "oversight/counts.h"

static struct bytes text_of(const struct entry *entry, enum entry_field field)
{
    return entry_has(entry, field) ? entry->values[field].text : (struct bytes){ NULL, 0 };
}

static uint64_t count_of(const struct entry *entry, enum entry_field field)
{
    return entry_has(entry, field) ? entry->values[field].count : 0;
}

static bool is_any_or(const char *row, struct bytes value)
{
    return !row || bytes_equal(bytes_of_string(row), BYTES("*")) ||
           bytes_equal(bytes_of_string(row), value);
}

void counts_year(const struct law *law, int64_t year, unsigned first_month, int64_t *from_ns,
                 int64_t *to_ns)
{
    *from_ns = time_of_date((struct time_date){ year, first_month, 1 }) - law->ahead_ns;
    *to_ns = time_of_date((struct time_date){ year + 1, first_month, 1 }) - law->ahead_ns;
}

struct counts *counts_new(const struct law *law, int64_t from_ns, int64_t to_ns,
                          struct arena *keep)
{
    struct counts *counts = ARENA_NEW(keep, struct counts, 1);
    counts->law = law;
    counts->from_ns = from_ns;
    counts->to_ns = to_ns;
    counts->numbers = ARENA_NEW(keep, uint64_t, law->count_count);
    counts->bases = ARENA_NEW(keep, struct counts_of_basis, law->basis_count);
    return counts;
}

static void take_by_kind(struct counts_of_basis *to, const struct entry *entry)
{
    bool is_allowed = bytes_equal(text_of(entry, ENTRY_VERDICT), BYTES("allowed"));
    switch ((unsigned)entry->kind) {
    case ENTRY_SELECTION_BATCH:
        to->batches++;
        to->examined += count_of(entry, ENTRY_EXAMINED);
        to->selected += count_of(entry, ENTRY_SELECTED);
        to->erased += count_of(entry, ENTRY_ERASED);
        break;
    case ENTRY_WARRANT_ACCEPTED: to->accepted++; break;
    case ENTRY_WARRANT_REFUSED: to->refused++; break;
    case ENTRY_WARRANT_REVOKED: to->revoked++; break;
    case ENTRY_ACCESS: (*(is_allowed ? &to->access_allowed : &to->access_refused))++; break;
    case ENTRY_REIDENTIFICATION_OPENED: to->windows++; break;
    case ENTRY_PROVISION: to->provisions += is_allowed; break;
    case ENTRY_RECORD_ERASURE: to->erasures++; break;
    default: break;
    }
}

void counts_take(struct counts *counts, const struct entry *entry)
{
    const struct law *law = counts->law;
    int64_t at_ns = entry->values[ENTRY_AT].time_ns;
    struct bytes basis = text_of(entry, ENTRY_BASIS), stage = text_of(entry, ENTRY_STAGE);
    struct bytes article = text_of(entry, ENTRY_ARTICLE);
    struct bytes kind = bytes_of_string(entry_kind_name(entry->kind));
    if (at_ns < counts->from_ns || at_ns >= counts->to_ns)
        return;
    counts->entries++;
    for (size_t i = 0; i < law->count_count; i++) {
        const struct law_count *row = &law->counts[i];
        counts->numbers[i] += bytes_equal(bytes_of_string(row->event), kind) &&
                              is_any_or(row->stage, stage) && is_any_or(row->under, article) &&
                              is_any_or(row->basis, basis);
    }
    const struct law_basis *of = law_find_basis(law, basis);
    if (of)
        take_by_kind(&counts->bases[of - law->bases], entry);
}
