// SPDX-License-Identifier: Apache-2.0
#include "cmd/truth.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/time.h"
#include "cmd/output.h"

static json_t *json_bytes(struct bytes bytes)
{
    return json_stringn((const char *)bytes.at, bytes.len);
}

static json_t *json_u64(uint64_t number)
{
    return json_integer((json_int_t)number);
}

static json_t *json_seconds(int64_t ns)
{
    return json_real((double)ns / (double)TIME_SECOND_NS);
}

static json_t *json_time(int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, 0, &text);
    return json_bytes(text_bytes(&text));
}

static json_t *json_address(const struct ip_address *address)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(address, &text);
    return json_bytes(text_bytes(&text));
}

static json_t *json_lines(const struct simulation *simulation,
                          const struct simulate_actor *actor)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < actor->line_count; i++) {
        struct ip_address own[2];
        bool has_v6 = simulate_line(simulation, actor->lines[i], own);
        (void)json_array_append_new(lines, json_address(&own[0]));
        if (has_v6)
            (void)json_array_append_new(lines, json_address(&own[1]));
    }
    return lines;
}

static json_t *json_sites(const struct site *sites, size_t count)
{
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *site =
            json_pack("{s:o, s:o, s:i}", "address", json_address(&sites[i].address[0]), "name",
                      json_bytes(sites[i].name), "port", sites[i].port);
        if (sites[i].has_ipv6)
            (void)json_object_set_new(site, "address_v6", json_address(&sites[i].address[1]));
        (void)json_array_append_new(all, site);
    }
    return all;
}

/* One class of traffic: what it was and how much of it there is. */
static json_t *json_class(const struct simulate_actor *actor)
{
    const struct scenario_actor *scenario = actor->scenario;
    return json_pack("{s:o, s:s, s:b, s:o, s:o, s:o, s:o}", "name", json_bytes(scenario->name),
                     "kind", actor_kind_name(scenario->kind), "malicious",
                     (int)actor_is_malicious(scenario->kind), "flows", json_u64(actor->flows),
                     "packets", json_u64(actor->packets), "octets", json_u64(actor->octets),
                     "refused", json_u64(actor->refused));
}

/* An actor with its lines and servers, as the parts below share it. */
static json_t *json_actor(const struct simulation *simulation,
                          const struct simulate_actor *actor, const char *servers)
{
    const struct scenario_actor *scenario = actor->scenario;
    json_t *object = json_pack(
        "{s:o, s:s, s:s, s:o, s:i, s:o, s:o}", "name", json_bytes(scenario->name), "protocol",
        actor_protocol_name(scenario->protocol), "place", place_name(scenario->place),
        "interval_s", json_seconds(scenario->interval_ns), "jitter_percent",
        (int)scenario->jitter_percent, "lines", json_lines(simulation, actor), "flows",
        json_u64(actor->flows));
    const struct scenario *whole = simulate_scenario(simulation);
    int64_t from_ns = whole->start_ns + scenario->start_ns;
    (void)json_object_set_new(object, "from", json_time(from_ns));
    (void)json_object_set_new(object, "until",
                              json_time(scenario_actor_end_ns(whole, scenario)));
    (void)json_object_set_new(object, servers, json_sites(actor->sites, actor->site_count));
    return object;
}

/* The target of each scanner of a vertical scan, or the first few of the first scanner. */
static json_t *json_targets(const struct simulation *simulation, size_t id)
{
    enum { TARGETS_SHOWN = 16 };
    const struct scenario_actor *scenario = simulate_actor(simulation, id)->scenario;
    uint32_t scanners = scenario->is_inbound ? scenario->servers : scenario->lines;
    uint32_t count = scenario->is_vertical ? scanners : scenario->targets;
    json_t *targets = json_array();
    for (uint32_t i = 0; i < count && i < TARGETS_SHOWN; i++) {
        struct ip_address target = scenario->is_vertical
                                       ? simulate_scan_target(simulation, id, i, 0)
                                       : simulate_scan_target(simulation, id, 0, i);
        (void)json_array_append_new(targets, json_address(&target));
    }
    return targets;
}

static json_t *json_scan(const struct simulation *simulation, size_t id)
{
    const struct simulate_actor *actor = simulate_actor(simulation, id);
    const struct scenario_actor *scenario = actor->scenario;
    json_t *object = scenario->is_inbound ? json_actor(simulation, actor, "scanners")
                                          : json_actor(simulation, actor, "unused");
    (void)json_object_del(object, "unused");
    (void)json_object_del(object, "protocol");
    if (scenario->is_inbound)
        (void)json_object_del(object, "lines");
    (void)json_object_set_new(object, "direction",
                              json_string(scenario->is_inbound ? "inbound" : "outbound"));
    (void)json_object_set_new(object, "shape",
                              json_string(scenario->is_vertical ? "vertical" : "horizontal"));
    if (!scenario->is_vertical)
        (void)json_object_set_new(object, "port", json_integer(scenario->port));
    (void)json_object_set_new(object, "targets", json_integer(scenario->targets));
    (void)json_object_set_new(object, "first_targets", json_targets(simulation, id));
    (void)json_object_set_new(object, "answered_percent",
                              json_integer(scenario->answered_percent));
    return object;
}

static json_t *json_flood(const struct simulation *simulation,
                          const struct simulate_actor *actor)
{
    bool is_reflected = actor->scenario->is_direct;
    json_t *object = json_actor(simulation, actor, "reflectors");
    if (!is_reflected)
        (void)json_object_del(object, "reflectors");
    (void)json_object_set_new(object, "shape",
                              json_string(is_reflected ? "udp_reflected" : "syn_spoofed"));
    (void)json_object_set_new(object, "port", json_integer(actor->scenario->port));
    return object;
}

/* Puts the actor where its kind belongs; most harmless ones are only counted as a class. */
static void put_actor(json_t *root, const struct simulation *simulation, size_t id)
{
    const struct simulate_actor *actor = simulate_actor(simulation, id);
    const char *list = NULL;
    json_t *object = NULL;
    switch (actor->scenario->kind) {
    case ACTOR_BOTNET:
        list = "botnets";
        object = json_actor(simulation, actor, "servers");
        break;
    case ACTOR_RELAY:
        list = "relays";
        object = json_actor(simulation, actor, "controllers");
        (void)json_object_set_new(object, "port", json_integer(actor->scenario->port));
        (void)json_object_set_new(object, "victims",
                                  json_sites(actor->targets, actor->target_count));
        break;
    case ACTOR_SCAN:
        list = "scans";
        object = json_scan(simulation, id);
        break;
    case ACTOR_FLOOD:
        list = "floods";
        object = json_flood(simulation, actor);
        break;
    case ACTOR_TUNNEL:
        list = "tunnels";
        object = json_actor(simulation, actor, "servers");
        (void)json_object_set_new(object, "direct", json_boolean(actor->scenario->is_direct));
        break;
    case ACTOR_POLLER:
    case ACTOR_UPDATE:
    case ACTOR_NTP:
    case ACTOR_PING:
        list = "benign_pollers";
        object = json_actor(simulation, actor, "servers");
        (void)json_object_set_new(object, "kind",
                                  json_string(actor_kind_name(actor->scenario->kind)));
        break;
    case ACTOR_WEB:
    case ACTOR_DNS:
    case ACTOR_VIDEO:
    case ACTOR_SSH:
    case ACTOR_MAIL:
    case ACTOR_KINDS: return;
    }
    (void)json_array_append_new(json_object_get(root, list), object);
}

static json_t *make_truth(const struct truth *truth)
{
    const struct scenario *scenario = truth->scenario;
    json_t *root = json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "format",
                             "sekisho simulation truth", "version", 1, "scenario",
                             truth->scenario_path, "title", json_bytes(scenario->title), "seed",
                             json_u64(truth->seed), "start", json_time(scenario->start_ns),
                             "duration_s", json_seconds(scenario->duration_ns), "packets",
                             json_u64(truth->packets), "octets", json_u64(truth->octets));
    static const char *const lists[] = { "canaries", "classes", "botnets", "relays",
                                         "scans",    "floods",  "tunnels", "benign_pollers" };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        (void)json_object_set_new(root, lists[i], json_array());
    const struct canaries *canaries = simulate_canaries(truth->simulation);
    for (size_t i = 0; i < CANARY_PLACES; i++)
        (void)json_array_append_new(json_object_get(root, "canaries"),
                                    json_string(canaries->text[i]));
    for (size_t i = 0; i < scenario->actor_count; i++) {
        const struct simulate_actor *actor = simulate_actor(truth->simulation, i);
        (void)json_array_append_new(json_object_get(root, "classes"), json_class(actor));
        put_actor(root, truth->simulation, i);
    }
    return root;
}

static bool write_text(const char *path, struct bytes text, struct error *err)
{
    struct output output;
    if (!output_open(&output, path, err))
        return false;
    bool is_good = fwrite(text.at, 1, text.len, output.file) == text.len &&
                   fputc('\n', output.file) != EOF;
    return output_close(&output, is_good, err);
}

bool truth_write(const struct truth *truth, const char *path, struct error *err)
{
    json_t *root = make_truth(truth);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    json_decref(root);
    if (!text)
        return error_set(err, ENOMEM, "%s", path);
    bool is_written = write_text(path, bytes_of_string(text), err);
    free(text);
    return is_written;
}

/* Within quotes of YAML, which need no escapes for what is left. */
static void put_plain(struct text *text, struct bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = (char)name.at[i];
        text_put_char(text, c == '"' || c == '\\' || (c >= 0 && c < ' ') ? ' ' : c);
    }
}

bool truth_write_networks(const struct scenario *scenario, const char *path, struct error *err)
{
    static char room[SCENARIO_NETWORKS_MAX * 256];
    struct text text = text_over(room, sizeof room);
    text_put_string(&text, "# The networks of a synthetic capture, by `sekisho simulate`.");
    for (enum place place = PLACE_OWN; place <= PLACE_FOREIGN; place++) {
        text_format(&text, "\n%s:", place_name(place));
        size_t before = text.len;
        for (size_t i = 0; i < scenario->network_count; i++) {
            const struct scenario_network *network = &scenario->networks[i];
            if (network->place != place)
                continue;
            text_put_string(&text, "\n  - { prefix: \"");
            ip_prefix_write(&network->prefix, &text);
            text_put_string(&text, "\", name: \"");
            put_plain(&text, network->name);
            text_put_string(&text, "\" }");
        }
        if (text.len == before)
            text_put_string(&text, " []");
    }
    return write_text(path, text_bytes(&text), err);
}
