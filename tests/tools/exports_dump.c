// SPDX-License-Identifier: Apache-2.0
/* Every flow and sample that messages of exporters hold, before mediation, one JSON object a
 * line, for tools/agree-exports.
 *
 * usage: exports_dump FILE...
 * Lines are "flow", "sample" (with the packet its frame holds), and at the end "exporter" and
 * "count". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "collect/collect.h"
#include "collect/view.h"
#include "decode/packet.h"
#include "source/exports.h"

static void put_address(const char *name, const struct ip_address *address)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(address, &text);
    printf(",\"%s\":\"%s\"", name, room);
}

static void put_number(const char *name, uint64_t number)
{
    printf(",\"%s\":%" PRIu64, name, number);
}

static void put_observation(const struct observation *observation)
{
    put_number("exporter", observation->exporter);
    put_number("ingress", observation->ingress);
    put_number("egress", observation->egress);
    put_number("rate", observation->rate);
    put_number("direction", observation->direction);
    printf(",\"sampling\":\"%s\"",
           sampling_origin_name((enum sampling_origin)observation->sampling));
    printf(",\"time\":\"%s\"", time_quality_name((enum time_quality)observation->time));
}

static void put_half(const char *side, const struct flow_half *half)
{
    printf(",\"%s\":{\"packets\":%" PRIu64 ",\"octets\":%" PRIu64 ",\"first_ns\":%" PRId64
           ",\"last_ns\":%" PRId64 ",\"tcp_flags\":%u}",
           side, half->packets, half->octets, half->first_ns, half->last_ns, half->tcp_flags);
}

static void put_flow(const struct flow *flow)
{
    printf("{\"kind\":\"flow\"");
    put_address("source", &flow->initiator);
    put_address("destination", &flow->responder);
    put_number("source_port", flow->initiator_port);
    put_number("destination_port", flow->responder_port);
    put_number("protocol", flow->protocol);
    put_number("version", flow->version);
    put_number("vlan", flow->vlan);
    put_number("end", flow->end);
    put_half("forward", &flow->forward);
    put_half("reverse", &flow->reverse);
    put_observation(&flow->observation);
    puts("}");
}

static void take_flows(void *context, const struct flow *flows, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++)
        put_flow(&flows[i]);
}

static void take_sample(void *context, const struct frame_sample *sample)
{
    struct packet_decoder *decoder = context;
    struct decoded decoded;
    printf("{\"kind\":\"sample\"");
    put_number("captured", sample->frame.captured.len);
    put_number("wire_len", sample->frame.wire_len);
    put_number("link", sample->frame.link);
    printf(",\"time_ns\":%" PRId64, sample->frame.time_ns);
    if (packet_decode(decoder, &sample->frame, &decoded)) {
        put_address("source", &decoded.packet.source);
        put_address("destination", &decoded.packet.destination);
        put_number("source_port", decoded.packet.source_port);
        put_number("destination_port", decoded.packet.destination_port);
        put_number("protocol", decoded.packet.protocol);
        put_number("octets", decoded.packet.octets);
        put_number("tcp_flags", decoded.packet.tcp_flags);
        put_number("vlan", decoded.packet.vlan);
    }
    put_observation(&sample->observation);
    puts("}");
}

static void put_exporters(const struct collect *collect)
{
    struct exporter_view view;
    for (size_t i = 0; collect_exporter(collect, i, &view); i++) {
        printf("{\"kind\":\"exporter\"");
        put_address("address", &view.address);
        put_number("number", view.number);
        put_number("domain", view.domain);
        put_number("messages", view.messages);
        put_number("records", view.records);
        put_number("options_records", view.options_records);
        put_number("samples", view.samples);
        put_number("templates", view.templates_held);
        put_number("unknown_elements", view.unknown_elements);
        put_number("without_template", view.without_template);
        put_number("replayed", view.replayed);
        put_number("lost_units", view.lost_units);
        puts("}");
    }
}

static void put_counters(const struct summary *summary)
{
    for (size_t i = 0; i < summary->counter_count; i++) {
        const struct counter *counter = &summary->counters[i];
        printf("{\"kind\":\"count\",\"name\":\"%s.%s.%s\",\"count\":%" PRIu64 "}\n",
               counter->stage, counter->reason, counter->unit, counter->count);
    }
}

static bool read_all(struct exports *exports, struct collect *collect, struct error *err)
{
    static struct message_batch batch;
    for (;;) {
        enum source_state state = exports_read(exports, &batch, err);
        if (state == SOURCE_FAILED)
            return false;
        if (state == SOURCE_END)
            return true;
        for (size_t i = 0; i < batch.count; i++)
            collect_message(collect, &batch.messages[i]);
    }
}

int main(int argc, char **argv)
{
    static struct summary summary;
    static const struct collect_policy policy = { 0 };
    static const struct hash_key key = { { 1, 2, 3, 4 } };
    struct packet_decoder decoder = { 0 };
    struct collect_sink sink = { take_flows, take_sample, &decoder };
    struct error err = { 0 };
    struct exports_options options = { .paths = (const char *const *)(argv + 1),
                                       .path_count = (size_t)(argc - 1) };
    struct exports *exports = exports_open(&options, &err);
    size_t size = collect_size(&collect_defaults);
    void *memory = malloc(size);
    if (!exports || !memory) {
        fprintf(stderr, "exports_dump: %s\n", err.text);
        return EXIT_FAILURE;
    }
    struct arena arena = arena_over(memory, size);
    struct collect *collect = collect_init(&collect_defaults, &policy, key, sink, &arena);
    bool is_read = read_all(exports, collect, &err);
    collect_finish(collect);
    collect_count(collect, &summary);
    exports_count(exports, &summary);
    packet_count(&decoder, &summary);
    put_exporters(collect);
    put_counters(&summary);
    for (size_t i = 0; exports_trouble(exports, i); i++)
        fprintf(stderr, "exports_dump: %s\n", exports_trouble(exports, i));
    exports_close(exports);
    free(memory);
    if (!is_read)
        fprintf(stderr, "exports_dump: %s\n", err.text);
    return is_read ? EXIT_SUCCESS : EXIT_FAILURE;
}
