// SPDX-License-Identifier: Apache-2.0
#include "evaluate/tape.h"

#include "evaluate/sort.h"

size_t tape_size(size_t flows_max, size_t facts_octets)
{
    return flows_max * sizeof(struct flow) + facts_octets + 4096;
}

void tape_init(struct tape *tape, size_t flows_max, size_t facts_octets, struct arena *keep)
{
    *tape = (struct tape){ .max = flows_max };
    tape->flows = ARENA_NEW(keep, struct flow, flows_max);
    tape->facts = arena_over(ARENA_NEW(keep, uint64_t, facts_octets / sizeof(uint64_t)),
                             facts_octets / sizeof(uint64_t) * sizeof(uint64_t));
}

/* Only as far as the last field of its kind. */
static struct fact *copy_fact(struct tape *tape, const struct fact *fact)
{
    size_t size = fact_size((enum fact_kind)fact->kind);
    size_t words = (size + sizeof(uint64_t) - 1) / sizeof(uint64_t);
    if (tape->facts.left < (words + 1) * sizeof(uint64_t)) {
        tape->facts_lost++;
        return NULL;
    }
    void *room = arena_take(&tape->facts, sizeof(uint64_t), alignof(uint64_t), words);
    memcpy(room, fact, size);
    return room;
}

static const struct fact *copy_chain(struct tape *tape, const struct fact *chain)
{
    struct fact *first = NULL, **end = &first;
    for (const struct fact *fact = chain; fact; fact = fact->next) {
        *end = copy_fact(tape, fact);
        if (!*end)
            break;
        (*end)->next = NULL;
        end = &(*end)->next;
    }
    return first;
}

void tape_put(struct tape *tape, const struct flow *flow)
{
    if (tape->count == tape->max) {
        tape->lost++;
        return;
    }
    struct flow *copy = &tape->flows[tape->count++];
    *copy = *flow;
    copy->facts = copy_chain(tape, flow->facts);
}

static int compare_ends(const void *left, const void *right)
{
    const struct flow *a = left, *b = right;
    int64_t a_ns = flow_end_ns(a), b_ns = flow_end_ns(b);
    if (a_ns != b_ns)
        return a_ns < b_ns ? -1 : 1;
    int ends = memcmp(&a->initiator, &b->initiator, sizeof a->initiator);
    return ends != 0 ? ends : (int)a->initiator_port - (int)b->initiator_port;
}

void tape_sort(struct tape *tape)
{
    if (tape->count > 0)
        sort_run(tape->flows, tape->count, sizeof *tape->flows, compare_ends);
}
