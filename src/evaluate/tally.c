// SPDX-License-Identifier: Apache-2.0
#include "evaluate/tally_private.h"

enum { GROUPS_MAX = 1 << 20, MEMBERS_MAX = 1 << 21 };

struct group {
    int64_t last_ns;
    int64_t alert_ns;
    double sum;
    double best;
    uint64_t epoch; /* 0 before the first */
};

struct member {
    uint64_t epoch;
};

size_t tally_size(void)
{
    return units_size(GROUPS_MAX, sizeof(struct group)) +
           units_size(MEMBERS_MAX, sizeof(struct member));
}

void tally_init(struct tally *tally, const struct tally_rule *rules, struct hash_key key,
                struct arena *keep)
{
    tally->rules = rules;
    units_init(&tally->groups, GROUPS_MAX, sizeof(struct group), key, keep);
    units_init(&tally->members, MEMBERS_MAX, sizeof(struct member), key, keep);
}

/* The group, with its sum at 0 where counting starts anew. */
static struct group *group_at(struct tally *tally, const struct whom *whom, int64_t now_ns)
{
    const struct tally_rule *rule = &tally->rules[whom->kind];
    struct group *group = units_take(&tally->groups, whom);
    if (group == NULL)
        return NULL;
    bool is_idle = rule->idle_ns > 0 && now_ns - group->last_ns > rule->idle_ns;
    uint64_t window =
        rule->window_ns > 0 ? (uint64_t)(now_ns / rule->window_ns) + 1 : group->epoch;
    if (group->epoch == 0 || is_idle || window != group->epoch) {
        group->epoch = rule->window_ns > 0 ? window : group->epoch + 1;
        group->sum = 0;
    }
    group->last_ns = now_ns;
    return group;
}

static void add(struct group *group, double weight, double threshold, int64_t now_ns)
{
    group->sum += weight;
    if (group->sum > group->best)
        group->best = group->sum;
    if (group->sum >= threshold && group->alert_ns == 0)
        group->alert_ns = now_ns;
}

void tally_add(struct tally *tally, const struct whom *whom, double weight, int64_t now_ns)
{
    struct group *group = group_at(tally, whom, now_ns);
    if (group != NULL)
        add(group, weight, tally->rules[whom->kind].threshold, now_ns);
}

void tally_add_member(struct tally *tally, const struct whom *whom, const struct whom *member,
                      int64_t now_ns)
{
    struct group *group = group_at(tally, whom, now_ns);
    struct member *seen = group != NULL ? units_take(&tally->members, member) : NULL;
    if (seen == NULL || seen->epoch == group->epoch)
        return;
    seen->epoch = group->epoch;
    add(group, 1, tally->rules[whom->kind].threshold, now_ns);
}

size_t tally_rank(const struct tally *tally, struct ranked *out, size_t max)
{
    struct best best = { out, max, 0 };
    for (size_t i = 0; i < tally->groups.count; i++) {
        const struct whom *whom = &tally->groups.at[i];
        const struct group *group = units_record(&tally->groups, i);
        const struct tally_rule *rule = &tally->rules[whom->kind];
        struct ranked row = ranked_of(whom, rule->finding);
        row.score = group->best / rule->threshold;
        row.first_alert_ns = group->alert_ns;
        row.is_alert = group->alert_ns > 0;
        best_put(&best, &row);
    }
    return best_sort(&best);
}

uint64_t tally_refused(const struct tally *tally)
{
    return tally->groups.refused + tally->members.refused;
}
