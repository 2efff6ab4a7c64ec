// SPDX-License-Identifier: Apache-2.0
#include "exchange/columns_private.h"

#include "base/time.h"

static bool write_start(const struct minimised_flow *flow, size_t i, struct text *out)
{
    time_write(flow->start_ns, 9, out);
    return i == 0;
}

static bool write_end(const struct minimised_flow *flow, size_t i, struct text *out)
{
    time_write(flow->end_ns, 9, out);
    return i == 0;
}

static bool write_direction(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, direction_name(flow->direction));
    return i == 0;
}

static bool write_basis(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, basis_name(flow->basis));
    return i == 0;
}

/* Its identifier in the law's data. */
static bool write_basis_id(const struct minimised_flow *flow, size_t i, struct text *out)
{
    const char *name = flow->why.mandate.basis_name;
    text_put_string(out, name[0] ? name : basis_name(flow->basis));
    return i == 0;
}

static bool write_warrant(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, flow->why.mandate.warrant);
    return i == 0 && flow->why.mandate.warrant[0] != '\0';
}

static bool write_selector(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, flow->why.mandate.selector);
    return i == 0 && flow->why.mandate.selector[0] != '\0';
}

static bool write_initiator(const struct minimised_flow *flow, size_t i, struct text *out)
{
    party_write(&flow->initiator, out);
    return i == 0;
}

static bool write_initiator_port(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->initiator_port);
    return i == 0;
}

static bool write_initiator_place(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, place_name(flow->initiator.place));
    return i == 0;
}

static bool write_responder(const struct minimised_flow *flow, size_t i, struct text *out)
{
    party_write(&flow->responder, out);
    return i == 0;
}

static bool write_responder_port(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->responder_port);
    return i == 0;
}

static bool write_responder_place(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, place_name(flow->responder.place));
    return i == 0;
}

static bool write_line(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, flow->line_is_initiator ? "initiator" : "responder");
    return i == 0;
}

static bool write_protocol(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->protocol);
    return i == 0;
}

static bool write_packets_forward(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->packets_forward);
    return i == 0;
}

static bool write_packets_reverse(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->packets_reverse);
    return i == 0;
}

static bool write_octets_forward(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->octets_forward);
    return i == 0;
}

static bool write_octets_reverse(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->octets_reverse);
    return i == 0;
}

static bool write_sampling_rate(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->sampling_rate);
    return i == 0 && flow->sampling_rate > 0;
}

static bool write_sampling(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, sampling_origin_name((enum sampling_origin)flow->sampling));
    return i == 0;
}

static bool write_time_quality(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, time_quality_name((enum time_quality)flow->time_quality));
    return i == 0;
}

static bool write_observers(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->observers);
    return i == 0 && flow->observers > 0;
}

static bool write_tcp(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, flow_tcp_name((enum flow_tcp)flow->tcp));
    return i == 0 && flow->tcp != FLOW_TCP_NONE;
}

static bool write_end_reason(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_string(out, flow_end_name((enum flow_end)flow->end));
    return i == 0;
}

static bool write_slice(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->slice);
    return i == 0;
}

static bool write_server_name(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put(out, fact_name_bytes(&flow->facts.server_name));
    return i == 0 && flow->facts.has_server_name;
}

static bool write_ja3(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_hex(out,
                 (struct bytes){ (const uint8_t *)flow->facts.ja3, sizeof flow->facts.ja3 });
    return i == 0 && flow->facts.has_ja3;
}

static bool write_ja4(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put(out, (struct bytes){ (const uint8_t *)flow->facts.ja4, sizeof flow->facts.ja4 });
    return i == 0 && flow->facts.has_tls_client && flow->facts.ja4[0] != '\0';
}

static bool write_tls_version(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->facts.tls_version);
    return i == 0 && flow->facts.has_tls_server;
}

static bool write_tls_group(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->facts.tls_group);
    return i == 0 && flow->facts.has_tls_server;
}

static bool write_certificate_sha256(const struct minimised_flow *flow, size_t i,
                                     struct text *out)
{
    text_put_hex(out, (struct bytes){ (const uint8_t *)flow->facts.certificate_sha256,
                                      sizeof flow->facts.certificate_sha256 });
    return i == 0 && flow->facts.has_certificate;
}

static bool write_ssh_banner(const struct minimised_flow *flow, size_t i, struct text *out)
{
    struct bytes banner = { (const uint8_t *)flow->facts.ssh_banner,
                            flow->facts.ssh_banner_len };
    text_put(out, banner);
    return i == 0 && flow->facts.has_ssh;
}

static bool write_hassh(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_hex(
        out, (struct bytes){ (const uint8_t *)flow->facts.hassh, sizeof flow->facts.hassh });
    return i == 0 && flow->facts.has_hassh;
}

static bool write_dns_type(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->facts.dns_type);
    return i == 0 && flow->facts.has_dns;
}

static bool write_dns_code(const struct minimised_flow *flow, size_t i, struct text *out)
{
    text_put_u64(out, flow->facts.dns_code);
    return i == 0 && flow->facts.has_dns_code;
}

static bool write_dns_answers(const struct minimised_flow *flow, size_t i, struct text *out)
{
    if (i >= flow->facts.dns_answer_count)
        return false;
    ip_write(&flow->facts.dns_answers[i], out);
    return true;
}

/* As sensors write a rule: generator:signature:revision. */
static bool write_alerts(const struct minimised_flow *flow, size_t i, struct text *out)
{
    if (i >= flow->facts.alert_count)
        return false;
    const struct alert_fact *alert = &flow->facts.alerts[i];
    text_put_u64(out, alert->generator);
    text_put_char(out, ':');
    text_put_u64(out, alert->signature);
    text_put_char(out, ':');
    text_put_u64(out, alert->revision);
    return true;
}

static bool write_indicators(const struct minimised_flow *flow, size_t i, struct text *out)
{
    if (i >= flow->why.hit_count)
        return false;
    const struct indicator_hit *hit = &flow->why.hits[i];
    text_put_string(out, indicator_kind_name(hit->kind));
    text_put_char(out, ' ');
    text_put_string(out, hit->value);
    text_put_string(out, " (");
    text_put_string(out, hit->list);
    text_put_char(out, ')');
    return true;
}

static bool write_behaviours(const struct minimised_flow *flow, size_t i, struct text *out)
{
    size_t found = 0;
    for (size_t behaviour = 0; behaviour < BEHAVIOURS; behaviour++) {
        if (!flow->why.by_behaviour[behaviour] || found++ != i)
            continue;
        text_put_string(out, behaviour_name((enum behaviour)behaviour));
        return true;
    }
    return false;
}

static bool write_retention_until(const struct minimised_flow *flow, size_t i, struct text *out)
{
    time_write(flow->retention_until_ns, 9, out);
    return i == 0;
}

const struct column columns[] = {
    { "start", COLUMN_TEXT, write_start },
    { "end", COLUMN_TEXT, write_end },
    { "direction", COLUMN_TEXT, write_direction },
    { "basis", COLUMN_TEXT, write_basis },
    { "basis_id", COLUMN_TEXT, write_basis_id },
    { "warrant", COLUMN_TEXT, write_warrant },
    { "selector", COLUMN_TEXT, write_selector },
    { "initiator", COLUMN_TEXT, write_initiator },
    { "initiator_port", COLUMN_NUMBER, write_initiator_port },
    { "initiator_place", COLUMN_TEXT, write_initiator_place },
    { "responder", COLUMN_TEXT, write_responder },
    { "responder_port", COLUMN_NUMBER, write_responder_port },
    { "responder_place", COLUMN_TEXT, write_responder_place },
    { "line", COLUMN_TEXT, write_line },
    { "protocol", COLUMN_NUMBER, write_protocol },
    { "packets_forward", COLUMN_NUMBER, write_packets_forward },
    { "packets_reverse", COLUMN_NUMBER, write_packets_reverse },
    { "octets_forward", COLUMN_NUMBER, write_octets_forward },
    { "octets_reverse", COLUMN_NUMBER, write_octets_reverse },
    { "sampling_rate", COLUMN_NUMBER, write_sampling_rate },
    { "sampling", COLUMN_TEXT, write_sampling },
    { "time_quality", COLUMN_TEXT, write_time_quality },
    { "observers", COLUMN_NUMBER, write_observers },
    { "tcp", COLUMN_TEXT, write_tcp },
    { "end_reason", COLUMN_TEXT, write_end_reason },
    { "slice", COLUMN_NUMBER, write_slice },
    { "server_name", COLUMN_TEXT, write_server_name },
    { "ja3", COLUMN_TEXT, write_ja3 },
    { "ja4", COLUMN_TEXT, write_ja4 },
    { "tls_version", COLUMN_NUMBER, write_tls_version },
    { "tls_group", COLUMN_NUMBER, write_tls_group },
    { "certificate_sha256", COLUMN_TEXT, write_certificate_sha256 },
    { "ssh_banner", COLUMN_TEXT, write_ssh_banner },
    { "hassh", COLUMN_TEXT, write_hassh },
    { "dns_type", COLUMN_NUMBER, write_dns_type },
    { "dns_code", COLUMN_NUMBER, write_dns_code },
    { "dns_answers", COLUMN_LIST, write_dns_answers },
    { "alerts", COLUMN_LIST, write_alerts },
    { "indicators", COLUMN_LIST, write_indicators },
    { "behaviours", COLUMN_LIST, write_behaviours },
    { "retention_until", COLUMN_TEXT, write_retention_until },
};
const size_t column_count = sizeof columns / sizeof *columns;
