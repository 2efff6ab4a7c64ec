// SPDX-License-Identifier: Apache-2.0
#include "model/finding.h"

#include "base/utf8.h"

#include "base/must.h"

static const struct finding_trait traits[FINDING_KINDS] = {
    [FINDING_COMMAND_SERVER] = { "command_server", "c2-", "beacon 1", UNIT_SERVICE, false,
                                 "Likely command server" },
    [FINDING_SCANNER] = { "scanner", "scan-", "scan 1", UNIT_HOST, true, "Scanner" },
    [FINDING_INDICATOR] = { "indicator", "ioc-", "indicator 1", UNIT_HOST, false,
                            "Contact with a listed indicator" },
    [FINDING_GUESSING] = { "guessing", "guess-", "guess 1", UNIT_HOST, true,
                           "Password guessing" },
    [FINDING_FLOOD] = { "flood", "flood-", "flood 1", UNIT_HOST, false, "Victim of a flood" },
    [FINDING_REFLECTOR] = { "reflector", "refl-", "flood 1", UNIT_HOST, true,
                            "Reflector of floods" },
    [FINDING_TUNNEL] = { "tunnel", "tun-", "tunnel 1", UNIT_NAME, false, "Data in DNS names" },
    [FINDING_GENERATED_NAMES] = { "generated_names", "dga-", "generated 1", UNIT_NAME, false,
                                  "Generated domain names" },
    [FINDING_FLUX] = { "flux", "flux-", "flux 1", UNIT_NAME, false,
                       "Name of ever changing addresses" },
    [FINDING_LASTING] = { "lasting", "long-", "lasting 1", UNIT_SERVICE, false,
                          "Long connection" },
    [FINDING_UPLOAD] = { "upload", "up-", "upload 1", UNIT_SERVICE, false, "Unusual upload" },
    [FINDING_RELAY] = { "relay", "relay-", "relay 1", UNIT_HOST, true, "Likely relay" },
    [FINDING_PEER_GROUP] = { "peer_group", "peer-", "peers 1", UNIT_HOST, true,
                             "Group of peers" },
    [FINDING_SHARED_SERVER] = { "shared_server", "seed-", "spread 1", UNIT_SERVICE, false,
                                "Server that infected lines share" },
    [FINDING_DARK_SOURCE] = { "dark_source", "dark-", "dark 1", UNIT_HOST, true,
                              "Source of traffic to unused addresses" },
    [FINDING_BACKSCATTER] = { "backscatter", "back-", "dark 1", UNIT_HOST, true,
                              "Victim of a flood elsewhere" },
    [FINDING_LATERAL] = { "lateral", "lat-", "lateral 1", UNIT_HOST, true, "Movement inside" },
};

const struct finding_trait *finding_trait(enum finding_kind kind)
{
    MUST(kind < FINDING_KINDS);
    return &traits[kind];
}

const char *finding_kind_name(enum finding_kind kind)
{
    return finding_trait(kind)->name;
}

enum finding_kind finding_kind_of(const struct sighting *sighting)
{
    static const enum finding_kind kinds[BEHAVIOURS] = {
        [BEHAVIOUR_BEACON] = FINDING_COMMAND_SERVER,
        [BEHAVIOUR_SCAN] = FINDING_SCANNER,
        [BEHAVIOUR_GUESS] = FINDING_GUESSING,
        [BEHAVIOUR_FLOOD] = FINDING_FLOOD,
        [BEHAVIOUR_TUNNEL] = FINDING_TUNNEL,
        [BEHAVIOUR_GENERATED] = FINDING_GENERATED_NAMES,
        [BEHAVIOUR_FLUX] = FINDING_FLUX,
        [BEHAVIOUR_LASTING] = FINDING_LASTING,
        [BEHAVIOUR_UPLOAD] = FINDING_UPLOAD,
        [BEHAVIOUR_RELAY] = FINDING_RELAY,
        [BEHAVIOUR_PEERS] = FINDING_PEER_GROUP,
        [BEHAVIOUR_SPREAD] = FINDING_SHARED_SERVER,
        [BEHAVIOUR_DARK] = FINDING_DARK_SOURCE,
        [BEHAVIOUR_LATERAL] = FINDING_LATERAL,
    };
    MUST(sighting->behaviour < BEHAVIOURS);
    if (sighting->shape == SHAPE_REFLECTOR)
        return FINDING_REFLECTOR;
    if (sighting->shape == SHAPE_BACKSCATTER)
        return FINDING_BACKSCATTER;
    return kinds[sighting->behaviour];
}

static bool is_met(const struct finding *finding, enum measure_id id)
{
    const struct measure *measure = measure_find(finding->measures, finding->measure_count, id);
    return !measure || !measure->has_threshold || measure_is_met(measure);
}

bool finding_is_alert(const struct finding *finding)
{
    return is_met(finding, MEASURE_VERDICT) && is_met(finding, MEASURE_RANK) &&
           is_met(finding, MEASURE_FALSE_DISCOVERY) && is_met(finding, MEASURE_FAMILIES);
}

void finding_write_subject(const struct finding *finding, struct text *out)
{
    if (finding_is_of_name(finding))
        utf8_put_clean(out, fact_name_bytes(&finding->subject_name));
    else
        party_write(&finding->subject, out);
}
