// SPDX-License-Identifier: Apache-2.0
/* The words of the model's enumerations, as they stand in reports. */
#include "base/must.h"
#include "model/finding.h"

#define NAME_OF(names, index)                                                      \
    do {                                                                           \
        MUST((size_t)(index) < sizeof(names) / sizeof *(names) && (names)[index]); \
        return (names)[index];                                                     \
    } while (0)

const char *flow_end_name(enum flow_end end)
{
    static const char *const names[] = {
        [FLOW_END_IDLE] = "idle",           [FLOW_END_ACTIVE] = "active",
        [FLOW_END_DETECTED] = "end",        [FLOW_END_FORCED] = "forced",
        [FLOW_END_RESOURCES] = "resources",
    };
    NAME_OF(names, end);
}

const char *flow_tcp_name(enum flow_tcp state)
{
    static const char *const names[FLOW_TCP_STATES] = {
        [FLOW_TCP_NONE] = "none",           [FLOW_TCP_ATTEMPT] = "attempt",
        [FLOW_TCP_REFUSED] = "refused",     [FLOW_TCP_ESTABLISHED] = "established",
        [FLOW_TCP_CLOSED] = "closed",       [FLOW_TCP_RESET] = "reset",
        [FLOW_TCP_MIDSTREAM] = "midstream",
    };
    NAME_OF(names, state);
}

const char *direction_name(enum direction direction)
{
    static const char *const names[DIRECTIONS] = {
        [DIRECTION_UNKNOWN] = "unknown", [DIRECTION_FF] = "FF", [DIRECTION_FD] = "FD",
        [DIRECTION_DF] = "DF",           [DIRECTION_DD] = "DD",
    };
    NAME_OF(names, direction);
}

const char *place_name(enum place place)
{
    static const char *const names[PLACES] = {
        [PLACE_UNKNOWN] = "unknown",
        [PLACE_OWN] = "own",
        [PLACE_DOMESTIC] = "domestic",
        [PLACE_FOREIGN] = "foreign",
    };
    NAME_OF(names, place);
}

const char *line_class_name(enum line_class line_class)
{
    static const char *const names[LINE_CLASSES] = {
        [CLASS_UNKNOWN] = "unknown",
        [CLASS_FIXED] = "fixed",
        [CLASS_MOBILE] = "mobile",
        [CLASS_SHARED] = "shared",
        [CLASS_HOSTING] = "hosting",
        [CLASS_BUSINESS] = "business",
        [CLASS_EQUIPMENT] = "equipment",
        [CLASS_UNUSED] = "unused",
        [CLASS_PUBLIC_RELAY] = "public-relay",
    };
    NAME_OF(names, line_class);
}

const char *basis_name(enum basis basis)
{
    static const char *const names[BASES] = {
        [BASIS_OWN] = "own",
        [BASIS_EXERCISE] = "exercise",
        [BASIS_STATUTORY] = "statutory",
    };
    NAME_OF(names, basis);
}

const char *shape_name(enum sighting_shape shape)
{
    static const char *const names[SHAPES] = {
        [SHAPE_NONE] = "none",
        [SHAPE_HORIZONTAL] = "horizontal",
        [SHAPE_VERTICAL] = "vertical",
        [SHAPE_BLOCK] = "block",
        [SHAPE_DISTRIBUTED] = "distributed",
        [SHAPE_VOLUME] = "volume",
        [SHAPE_SYN] = "syn",
        [SHAPE_AMPLIFIED] = "amplified",
        [SHAPE_CARPET] = "carpet",
        [SHAPE_APPLICATION] = "application",
        [SHAPE_REFLECTOR] = "reflector",
        [SHAPE_PROBES] = "probes",
        [SHAPE_BACKSCATTER] = "backscatter",
    };
    NAME_OF(names, shape);
}

static const struct behaviour_trait behaviours[BEHAVIOURS] = {
    [BEHAVIOUR_BEACON] = { "beacon", "beacon 1", UNIT_SERVICE, 28 },
    [BEHAVIOUR_SCAN] = { "scan", "scan 1", UNIT_HOST, 6 },
    [BEHAVIOUR_GUESS] = { "guess", "guess 1", UNIT_HOST, 4 },
    [BEHAVIOUR_FLOOD] = { "flood", "flood 1", UNIT_HOST, 5 },
    [BEHAVIOUR_TUNNEL] = { "tunnel", "tunnel 1", UNIT_NAME, 4 },
    [BEHAVIOUR_GENERATED] = { "generated", "generated 1", UNIT_NAME, 3 },
    [BEHAVIOUR_FLUX] = { "flux", "flux 1", UNIT_NAME, 2 },
    [BEHAVIOUR_LASTING] = { "lasting", "lasting 1", UNIT_SERVICE, 1 },
    [BEHAVIOUR_UPLOAD] = { "upload", "upload 1", UNIT_SERVICE, 3 },
    [BEHAVIOUR_RELAY] = { "relay", "relay 1", UNIT_HOST, 2 },
    [BEHAVIOUR_PEERS] = { "peers", "peers 1", UNIT_HOST, 2 },
    [BEHAVIOUR_SPREAD] = { "spread", "spread 1", UNIT_SERVICE, 1 },
    [BEHAVIOUR_DARK] = { "dark", "dark 1", UNIT_HOST, 1 },
    [BEHAVIOUR_LATERAL] = { "lateral", "lateral 1", UNIT_HOST, 2 },
};

const struct behaviour_trait *behaviour_trait(enum behaviour behaviour)
{
    MUST(behaviour < BEHAVIOURS);
    return &behaviours[behaviour];
}

const char *behaviour_name(enum behaviour behaviour)
{
    return behaviour_trait(behaviour)->name;
}

enum unit behaviour_unit(enum behaviour behaviour)
{
    return behaviour_trait(behaviour)->unit;
}

const char *indicator_kind_name(enum indicator_kind kind)
{
    static const char *const names[INDICATOR_KINDS] = {
        [INDICATOR_ADDRESS] = "address",
        [INDICATOR_PREFIX] = "prefix",
        [INDICATOR_ENDPOINT] = "endpoint",
        [INDICATOR_DOMAIN] = "domain",
        [INDICATOR_JA3] = "ja3",
        [INDICATOR_JA4] = "ja4",
        [INDICATOR_CERTIFICATE] = "certificate",
        [INDICATOR_SIGNATURE] = "signature",
    };
    NAME_OF(names, kind);
}

const char *sampling_origin_name(enum sampling_origin origin)
{
    static const char *const names[SAMPLING_ORIGINS] = {
        [SAMPLING_ALL] = "all packets",       [SAMPLING_UNKNOWN] = "unknown",
        [SAMPLING_MESSAGE] = "message",       [SAMPLING_RECORD] = "record",
        [SAMPLING_OPTIONS] = "options",       [SAMPLING_ASSUMED] = "assumed",
        [SAMPLING_OVERRIDDEN] = "overridden",
    };
    NAME_OF(names, origin);
}

const char *time_quality_name(enum time_quality quality)
{
    static const char *const names[TIME_QUALITIES] = {
        [TIME_EXACT] = "exact",         [TIME_EXPORTER] = "exporter", [TIME_UPTIME] = "uptime",
        [TIME_CORRECTED] = "corrected", [TIME_RECEIVED] = "received",
    };
    NAME_OF(names, quality);
}
