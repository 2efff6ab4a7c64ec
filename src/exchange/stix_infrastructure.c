// SPDX-License-Identifier: Apache-2.0
#include "exchange/stix_infrastructure.h"

#include "exchange/stix_private.h"

static const char *type_of(const struct infrastructure_group *group)
{
    return group->by_stage[STAGE_COMMAND] > 0 ? "command-and-control" : "anonymization";
}

static void describe(const struct infrastructure_group *group, struct text *out)
{
    text_format(out, "%u findings joined by", (unsigned)group->member_total);
    for (uint32_t i = 0; i < group->tie_count; i++)
        text_format(out, "%s %s %s (%u)", i > 0 ? "," : "", tie_name(group->ties[i].tie),
                    group->ties[i].value, (unsigned)group->ties[i].members);
    if (group->tie_total > group->tie_count)
        text_format(out, " and %u more", (unsigned)(group->tie_total - group->tie_count));
    text_put_string(out, ".");
}

static void relate(struct stix_bundle *bundle, const char *word, const struct stix_id *source,
                   const struct stix_id *target)
{
    char room[3 * STIX_ID_MAX];
    struct text what = text_over(room, sizeof room);
    text_format(&what, "%s/%s/%s", word, source->at, target->at);
    struct stix_id id = stix_own_id(bundle, "relationship", room);
    stix_put_own(bundle, "relationship", &id,
                 json_pack("{s:s, s:s, s:s}", "relationship_type", word, "source_ref",
                           source->at, "target_ref", target->at));
}

/* A line of one's own is no part of it, and its address does not leave. */
static void put_member(struct stix_bundle *bundle, const struct stix_id *whole,
                       const struct finding *finding)
{
    struct stix_id indicator = stix_put_finding(bundle, finding);
    if (finding->subject.is_pseudonym || finding->subject.place == PLACE_OWN ||
        infrastructure_stage(finding) == STAGE_LINE)
        return;
    struct stix_id subject = stix_put_subject(bundle, finding);
    relate(bundle, "consists-of", whole, &subject);
    if (indicator.at[0] != '\0')
        relate(bundle, "indicates", &indicator, whole);
}

static void put_group(struct stix_bundle *bundle, const struct infrastructure *infra,
                      const struct infrastructure_group *group)
{
    char room[4096];
    struct text words = text_over(room, sizeof room);
    struct stix_id id = stix_own_id(bundle, "infrastructure", group->id);
    describe(group, &words);
    stix_put_own(bundle, "infrastructure", &id,
                 json_pack("{s:s, s:s, s:[s], s:o, s:o}", "name", group->id, "description",
                           room, "infrastructure_types", type_of(group), "first_seen",
                           stix_time(group->first_ns), "last_seen", stix_time(group->last_ns)));
    for (uint32_t i = 0; i < group->member_count; i++)
        put_member(bundle, &id, infrastructure_finding(infra, group->members[i]));
}

bool stix_write_infrastructure(const struct infrastructure *infra, int64_t made_ns, FILE *out)
{
    struct stix_bundle bundle;
    struct infrastructure_group group;
    stix_begin(&bundle, made_ns);
    for (uint32_t i = 0; infrastructure_group(infra, i, &group); i++)
        put_group(&bundle, infra, &group);
    return stix_end(&bundle, "infrastructure", out);
}
