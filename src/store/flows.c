// SPDX-License-Identifier: Apache-2.0
/* Flow records in and out, column by column in the order of FLOW_COLUMNS in schema.c. */
#include "base/must.h"
#include "store/store_private.h"

/* Their names, a blank between. */
static void put_behaviours(struct store_row *row, const struct selection *why)
{
    char room[16 * BEHAVIOURS];
    struct text text = text_over(room, sizeof room);
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if (why->by_behaviour[i])
            text_format(&text, "%s%s", text.len > 0 ? " " : "",
                        behaviour_name((enum behaviour)i));
    store_put_own_text(row, text_bytes(&text));
}

static void take_behaviours(struct store_row *row, struct selection *out)
{
    char room[16 * BEHAVIOURS];
    size_t all = store_take_text(row, room, sizeof room);
    struct bytes words = { (const uint8_t *)room, all };
    while (words.len > 0) {
        const uint8_t *blank = memchr(words.at, ' ', words.len);
        size_t len = blank ? (size_t)(blank - words.at) : words.len;
        struct bytes word = bytes_slice(words, 0, len);
        for (size_t i = 0; i < BEHAVIOURS; i++)
            if (bytes_equal(word, bytes_of_string(behaviour_name((enum behaviour)i))))
                out->by_behaviour[i] = true;
        words = bytes_slice(words, blank ? len + 1 : len, words.len);
    }
}

static void put_facts(struct store_row *row, const struct record_facts *facts)
{
    if (facts->has_server_name) {
        store_put_text(row, fact_name_bytes(&facts->server_name));
        store_put_i64(row, facts->server_name.cut);
    } else {
        store_put_null(row);
        store_put_null(row);
    }
    if (facts->has_tls_client) {
        if (facts->has_ja3)
            store_put_blob(row, facts->ja3, sizeof facts->ja3);
        else
            store_put_null(row);
        size_t len = strnlen(facts->ja4, sizeof facts->ja4);
        store_put_text(row, (struct bytes){ (const uint8_t *)facts->ja4, len });
        store_put_i64(row, facts->quic_version);
    } else {
        store_put_null(row);
        store_put_null(row);
        store_put_null(row);
    }
    store_put_i64(row, facts->has_tls_server);
    store_put_i64(row, facts->tls_version);
    store_put_i64(row, facts->tls_group);
    if (facts->has_certificate)
        store_put_blob(row, facts->certificate_sha256, sizeof facts->certificate_sha256);
    else
        store_put_null(row);
    if (facts->has_ssh)
        store_put_text(
            row, (struct bytes){ (const uint8_t *)facts->ssh_banner, facts->ssh_banner_len });
    else
        store_put_null(row);
    if (facts->has_hassh)
        store_put_blob(row, facts->hassh, sizeof facts->hassh);
    else
        store_put_null(row);
    if (facts->has_dns)
        store_put_i64(row, facts->dns_type);
    else
        store_put_null(row);
    if (facts->has_dns_code)
        store_put_i64(row, facts->dns_code);
    else
        store_put_null(row);
    store_put_i64(row, facts->dns_count);
}

static void put_columns(struct store_row *row, const struct minimised_flow *flow)
{
    store_put_party(row, &flow->initiator);
    store_put_party(row, &flow->responder);
    store_put_i64(row, flow->line_is_initiator);
    store_put_word(row, direction_name(flow->direction));
    store_put_word(row, basis_name(flow->basis));
    store_put_i64(row, flow->initiator_port);
    store_put_i64(row, flow->responder_port);
    store_put_i64(row, flow->encapsulation);
    store_put_i64(row, flow->protocol);
    store_put_word(row, flow_tcp_name((enum flow_tcp)flow->tcp));
    store_put_word(row, flow_end_name((enum flow_end)flow->end));
    store_put_i64(row, flow->slice);
    store_put_i64(row, flow->start_ns);
    store_put_i64(row, flow->end_ns);
    store_put_u64(row, flow->packets_forward);
    store_put_u64(row, flow->packets_reverse);
    store_put_u64(row, flow->octets_forward);
    store_put_u64(row, flow->octets_reverse);
    put_behaviours(row, &flow->why);
    store_put_i64(row, flow->retention_until_ns);
    put_facts(row, &flow->facts);
    store_put_i64(row, flow->sampling_rate);
    store_put_word(row, sampling_origin_name((enum sampling_origin)flow->sampling));
    store_put_word(row, time_quality_name((enum time_quality)flow->time_quality));
    store_put_i64(row, flow->observers);
    store_put_mandate(row, &flow->why.mandate, flow->basis);
}

void store_put_hit(struct store_row *row, const struct indicator_hit *hit)
{
    store_put_word(row, indicator_kind_name(hit->kind));
    store_put_i64(row, hit->on_initiator);
    store_put_i64(row, hit->expires_ns);
    store_put_word(row, hit->value);
    store_put_word(row, hit->list);
    store_put_i64(row, hit->in_dns);
}

static bool write_answers(struct store *store, int64_t id, const struct record_facts *facts,
                          struct error *err)
{
    MUST(facts->dns_answer_count <= RECORD_ANSWERS_MAX);
    for (size_t i = 0; i < facts->dns_answer_count; i++) {
        struct store_row row;
        if (!store_row_start(store, STORE_PUT_FLOW_ANSWER, &row, err))
            return false;
        store_put_i64(&row, id);
        store_put_i64(&row, (int64_t)i);
        store_put_address(&row, &facts->dns_answers[i]);
        if (!store_row_run(store, &row, err))
            return false;
    }
    return true;
}

static bool write_alerts(struct store *store, int64_t id, const struct record_facts *facts,
                         struct error *err)
{
    MUST(facts->alert_count <= RECORD_ALERTS_MAX);
    for (size_t i = 0; i < facts->alert_count; i++) {
        const struct alert_fact *alert = &facts->alerts[i];
        struct store_row row;
        if (!store_row_start(store, STORE_PUT_FLOW_ALERT, &row, err))
            return false;
        store_put_i64(&row, id);
        store_put_i64(&row, (int64_t)i);
        store_put_i64(&row, alert->generator);
        store_put_i64(&row, alert->signature);
        store_put_i64(&row, alert->revision);
        store_put_i64(&row, alert->severity);
        store_put_i64(&row, alert->is_blocked);
        if (!store_row_run(store, &row, err))
            return false;
    }
    return true;
}

bool store_write_flow(struct store *store, const struct minimised_flow *flow, struct error *err)
{
    struct store_row row;
    if (!store_row_start(store, STORE_PUT_FLOW, &row, err))
        return false;
    store_put_i64(&row, store->run);
    put_columns(&row, flow);
    if (!store_row_run(store, &row, err))
        return false;
    int64_t id = sqlite3_last_insert_rowid(store->database);
    MUST(flow->why.hit_count <= SELECTION_HITS_MAX);
    for (size_t i = 0; i < flow->why.hit_count; i++) {
        if (!store_row_start(store, STORE_PUT_FLOW_HIT, &row, err))
            return false;
        store_put_i64(&row, id);
        store_put_i64(&row, (int64_t)i);
        store_put_hit(&row, &flow->why.hits[i]);
        if (!store_row_run(store, &row, err))
            return false;
    }
    return write_answers(store, id, &flow->facts, err) &&
           write_alerts(store, id, &flow->facts, err);
}

static void take_facts(struct store_row *row, struct record_facts *out)
{
    out->has_server_name = !store_is_null(row);
    char name[FACT_NAME_MAX + 1];
    out->server_name.len = (uint8_t)store_take_text(row, name, sizeof name);
    memcpy(out->server_name.at, name, out->server_name.len);
    out->server_name.cut = store_take_u64(row, 1) != 0;
    out->has_ja3 = !store_is_null(row);
    if (out->has_ja3)
        store_take_blob(row, out->ja3, sizeof out->ja3);
    else
        row->at++;
    out->has_tls_client = !store_is_null(row);
    char ja4[FACT_JA4_LEN + 1];
    size_t ja4_len = store_take_text(row, ja4, sizeof ja4);
    memcpy(out->ja4, ja4, ja4_len);
    out->quic_version = (uint32_t)store_take_u64(row, UINT32_MAX);
    out->has_tls_server = store_take_u64(row, 1) != 0;
    out->tls_version = (uint16_t)store_take_u64(row, UINT16_MAX);
    out->tls_group = (uint16_t)store_take_u64(row, UINT16_MAX);
    out->has_certificate = !store_is_null(row);
    if (out->has_certificate)
        store_take_blob(row, out->certificate_sha256, sizeof out->certificate_sha256);
    else
        row->at++;
    out->has_ssh = !store_is_null(row);
    char banner[FACT_BANNER_MAX + 1];
    out->ssh_banner_len = (uint8_t)store_take_text(row, banner, sizeof banner);
    memcpy(out->ssh_banner, banner, out->ssh_banner_len);
    out->has_hassh = !store_is_null(row);
    if (out->has_hassh)
        store_take_blob(row, out->hassh, sizeof out->hassh);
    else
        row->at++;
    out->has_dns = !store_is_null(row);
    out->dns_type = (uint16_t)store_take_u64(row, UINT16_MAX);
    out->has_dns_code = !store_is_null(row);
    out->dns_code = (uint8_t)store_take_u64(row, UINT8_MAX);
    out->dns_count = (uint16_t)store_take_u64(row, UINT16_MAX);
}

static void take_columns(struct store_row *row, struct minimised_flow *out)
{
    store_take_party(row, &out->initiator);
    store_take_party(row, &out->responder);
    out->line_is_initiator = store_take_u64(row, 1) != 0;
    out->direction = (enum direction)store_take_word(row, store_word_direction, 0, DIRECTIONS);
    out->basis = (enum basis)store_take_word(row, store_word_basis, 0, BASES);
    out->initiator_port = (uint16_t)store_take_u64(row, UINT16_MAX);
    out->responder_port = (uint16_t)store_take_u64(row, UINT16_MAX);
    out->encapsulation = (uint16_t)store_take_u64(row, UINT16_MAX);
    out->protocol = (uint8_t)store_take_u64(row, UINT8_MAX);
    out->tcp = (uint8_t)store_take_word(row, store_word_tcp, 0, FLOW_TCP_STATES);
    out->end = (uint8_t)store_take_word(row, store_word_end, FLOW_END_IDLE,
                                        FLOW_END_RESOURCES - FLOW_END_IDLE + 1);
    out->slice = (uint32_t)store_take_u64(row, UINT32_MAX);
    out->start_ns = store_take_i64(row);
    out->end_ns = store_take_i64(row);
    out->packets_forward = store_take_u64(row, UINT64_MAX);
    out->packets_reverse = store_take_u64(row, UINT64_MAX);
    out->octets_forward = store_take_u64(row, UINT64_MAX);
    out->octets_reverse = store_take_u64(row, UINT64_MAX);
    take_behaviours(row, &out->why);
    out->retention_until_ns = store_take_i64(row);
    take_facts(row, &out->facts);
    out->sampling_rate = (uint32_t)store_take_u64(row, UINT32_MAX);
    out->sampling = (uint8_t)store_take_word(row, store_word_sampling, 0, SAMPLING_ORIGINS);
    out->time_quality = (uint8_t)store_take_word(row, store_word_time, 0, TIME_QUALITIES);
    out->observers = (uint8_t)store_take_u64(row, UINT8_MAX);
    store_take_mandate(row, out->basis, &out->why.mandate);
}

void store_take_hit(struct store_row *row, struct indicator_hit *out)
{
    out->kind =
        (enum indicator_kind)store_take_word(row, store_word_indicator, 0, INDICATOR_KINDS);
    out->on_initiator = store_take_u64(row, 1) != 0;
    out->expires_ns = store_take_i64(row);
    (void)store_take_text(row, out->value, sizeof out->value);
    (void)store_take_text(row, out->list, sizeof out->list);
    out->in_dns = store_take_u64(row, 1) != 0;
}

static bool read_hits(struct store *store, int64_t id, struct selection *out, struct error *err)
{
    struct store_row row;
    if (!store_row_start(store, STORE_GET_FLOW_HITS, &row, err))
        return false;
    store_put_i64(&row, id);
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        if (out->hit_count == SELECTION_HITS_MAX)
            row.broken = true;
        else
            store_take_hit(&row, &out->hits[out->hit_count++]);
        if (!store_row_check(store, &row, err))
            return false;
    }
    return more == 0;
}

static bool read_answers(struct store *store, int64_t id, struct record_facts *out,
                         struct error *err)
{
    struct store_row row;
    if (!store_row_start(store, STORE_GET_FLOW_ANSWERS, &row, err))
        return false;
    store_put_i64(&row, id);
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        if (out->dns_answer_count == RECORD_ANSWERS_MAX)
            row.broken = true;
        else
            store_take_address(&row, &out->dns_answers[out->dns_answer_count++]);
        if (!store_row_check(store, &row, err))
            return false;
    }
    return more == 0;
}

static void take_alert(struct store_row *row, struct alert_fact *out)
{
    out->generator = (uint32_t)store_take_u64(row, UINT32_MAX);
    out->signature = (uint32_t)store_take_u64(row, UINT32_MAX);
    out->revision = (uint32_t)store_take_u64(row, UINT32_MAX);
    out->severity = (uint8_t)store_take_u64(row, UINT8_MAX);
    out->is_blocked = store_take_u64(row, 1) != 0;
}

static bool read_alerts(struct store *store, int64_t id, struct record_facts *out,
                        struct error *err)
{
    struct store_row row;
    if (!store_row_start(store, STORE_GET_FLOW_ALERTS, &row, err))
        return false;
    store_put_i64(&row, id);
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        if (out->alert_count == RECORD_ALERTS_MAX)
            row.broken = true;
        else
            take_alert(&row, &out->alerts[out->alert_count++]);
        if (!store_row_check(store, &row, err))
            return false;
    }
    return more == 0;
}

/* The addresses DNS gave may be lines' (minimise/minimise.c), so they go with these. */
static void mask(const struct store *store, struct minimised_flow *flow)
{
    if (store->grant.lines_in_clear)
        return;
    for (size_t i = 0; i < flow->why.hit_count; i++) {
        struct indicator_hit *hit = &flow->why.hits[i];
        store_mask_hit(
            hit, store_is_clear_line(hit->on_initiator ? &flow->initiator : &flow->responder));
    }
    store_mask_party(store, &flow->initiator);
    store_mask_party(store, &flow->responder);
    memset(flow->facts.dns_answers, 0, sizeof flow->facts.dns_answers);
    flow->facts.dns_answer_count = 0;
}

static bool read_flow(struct store *store, struct store_row *row, int64_t *id,
                      struct minimised_flow *flow, struct error *err)
{
    memset(flow, 0, sizeof *flow);
    *id = store_take_i64(row);
    take_columns(row, flow);
    if (!store_row_check(store, row, err) || !read_hits(store, *id, &flow->why, err) ||
        !read_answers(store, *id, &flow->facts, err) ||
        !read_alerts(store, *id, &flow->facts, err))
        return false;
    mask(store, flow);
    return true;
}

static bool take_flows(struct store *store, struct store_row *row, store_take_flow_fn *take,
                       void *context, struct error *err)
{
    int more;
    while ((more = store_row_next(store, row, err)) == 1) {
        struct minimised_flow flow;
        int64_t id;
        if (!read_flow(store, row, &id, &flow, err))
            return false;
        take(context, id, &flow);
    }
    return more == 0;
}

bool store_each_flow(struct store *store, const struct store_filter *filter,
                     store_take_flow_fn *take, void *context, struct error *err)
{
    struct store_row row;
    if (!store_read_start(store, STORE_EACH_FLOW, &row, err))
        return false;
    store_put_filter(store, &row, filter);
    store_put_u64(&row, filter->limit);
    store_put_u64(&row, filter->skip);
    return take_flows(store, &row, take, context, err);
}

bool store_each_flow_after(struct store *store, const struct store_stretch *stretch,
                           store_take_flow_fn *take, void *context, struct error *err)
{
    struct store_row row;
    if (!store_read_start(store, STORE_FLOWS_AFTER, &row, err))
        return false;
    store_put_stretch(&row, stretch);
    return take_flows(store, &row, take, context, err);
}
