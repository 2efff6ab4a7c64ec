// SPDX-License-Identifier: Apache-2.0
#include "model/poller.h"

#include <math.h>

#include "base/must.h"
#include "model/weight.h"

/* What each ground explains, in tenths.  Name and port together stay below the threshold. */
enum {
    TENTHS_NAME = 3,
    TENTHS_PORT = 1,
    TENTHS_LINES = 3,
    TENTHS_AGE = 2,
    TENTHS_SIZES = 1,
    TENTHS_NOT_ENOUGH = 5
};
_Static_assert(TENTHS_NAME + TENTHS_PORT <= TENTHS_NOT_ENOUGH,
               "what the other side chooses explains nothing by itself");
_Static_assert(TENTHS_NAME + TENTHS_PORT + TENTHS_LINES + TENTHS_AGE + TENTHS_SIZES == 10,
               "all grounds are all");

/* A request for the status of a certificate or of the way out, and its answer. */
enum { TINY_OUT = 1024, TINY_IN = 4096 };

const char *poller_class_name(enum poller_class poller_class)
{
    static const char *const names[POLLER_CLASSES] = {
        [POLLER_NONE] = "none",           [POLLER_TIME] = "time",
        [POLLER_PUSH] = "push",           [POLLER_UPDATE] = "update",
        [POLLER_TELEMETRY] = "telemetry", [POLLER_CERTIFICATE] = "certificate",
        [POLLER_PORTAL] = "portal",
    };
    MUST(poller_class < POLLER_CLASSES);
    return names[poller_class];
}

static bool is_told_and_met(const struct finding *finding, enum measure_id id)
{
    const struct measure *measure = measure_find(finding->measures, finding->measure_count, id);
    return measure && measure->has_threshold && measure_is_met(measure);
}

static bool has_equal_sizes(const struct finding *finding)
{
    return is_told_and_met(finding, MEASURE_SIZE_SPREAD) ||
           is_told_and_met(finding, MEASURE_SIZE_MODES);
}

static bool is_tiny(const struct finding *finding)
{
    uint64_t count = finding->connections;
    return count > 0 && finding->octets_out / count <= TINY_OUT &&
           finding->octets_in / count <= TINY_IN && has_equal_sizes(finding);
}

enum poller_class poller_of_port(const struct finding *finding)
{
    static const struct {
        uint8_t protocol;
        uint16_t first, last;
        enum poller_class poller_class;
    } rows[] = {
        { PROTOCOL_UDP, 123, 123, POLLER_TIME },        /* NTP, RFC 5905 */
        { PROTOCOL_TCP, 1883, 1883, POLLER_TELEMETRY }, /* MQTT */
        { PROTOCOL_TCP, 8883, 8883, POLLER_TELEMETRY }, /* MQTT over TLS */
        { PROTOCOL_TCP, 2197, 2197, POLLER_PUSH },      /* Apple's push service */
        { PROTOCOL_TCP, 5223, 5223, POLLER_PUSH },      /* the same */
        { PROTOCOL_TCP, 5228, 5230, POLLER_PUSH },      /* Google's */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (finding->protocol == rows[i].protocol && finding->port >= rows[i].first &&
            finding->port <= rows[i].last)
            return rows[i].poller_class;
    bool is_plain_web = finding->protocol == PROTOCOL_TCP && finding->port == 80;
    return is_plain_web && is_tiny(finding) ? POLLER_CERTIFICATE : POLLER_NONE;
}

static enum poller_class class_of_name(const struct pollers *known,
                                       const struct fact_name *name)
{
    for (size_t i = 0; i < known->count; i++)
        if (fact_name_is_under(name, fact_name_bytes(&known->names[i].suffix)))
            return known->names[i].poller_class;
    return POLLER_NONE;
}

/* With one name that is not known, the server does other things too. */
static enum poller_class poller_of_names(const struct pollers *known,
                                         const struct finding *finding)
{
    enum poller_class all = POLLER_NONE;
    for (size_t i = 0; i < finding->name_count; i++) {
        all = class_of_name(known, &finding->names[i]);
        if (all == POLLER_NONE)
            return POLLER_NONE;
    }
    return all;
}

static bool is_least(const struct finding *finding, enum measure_id id, double least)
{
    const struct measure *measure = measure_find(finding->measures, finding->measure_count, id);
    return measure && measure->value >= least;
}

struct poller_view poller_look(const struct pollers *known, const struct finding *finding)
{
    struct poller_view view = { .by_name = poller_of_names(known, finding),
                                .by_port = poller_of_port(finding) };
    bool is_old = is_least(finding, MEASURE_AGE, POLLER_AGE_LEAST_S);
    int tenths = 0;
    tenths += view.by_name != POLLER_NONE ? TENTHS_NAME : 0;
    tenths += view.by_port != POLLER_NONE ? TENTHS_PORT : 0;
    tenths += is_least(finding, MEASURE_CLIENTS, POLLER_LINES_LEAST) ? TENTHS_LINES : 0;
    tenths += is_old ? TENTHS_AGE : 0;
    tenths += is_old && has_equal_sizes(finding) ? TENTHS_SIZES : 0;
    view.share = tenths / 10.0;
    if (tenths > TENTHS_NOT_ENOUGH) {
        double all = weight_total(finding->measures, finding->measure_count);
        view.weight = -fmin(view.share * POLLER_WEIGHT_MOST, fmax(0, all - POLLER_WEIGHT_LEFT));
    }
    return view;
}
