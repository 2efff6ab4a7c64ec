// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "hub/intake_private.h"

enum {
    COLUMNS = 15,
    WORDS_OCTETS = 2 * PARTY_TEXT_MAX /* of a row: its ends, where they are addresses */
};

static struct bytes put_party(const struct received_party *party, char room[PARTY_TEXT_MAX])
{
    struct text words = text_over(room, PARTY_TEXT_MAX);
    if (party->is_pseudonym)
        return party->pseudonym;
    ip_write(&party->address, &words);
    return text_bytes(&words);
}

static struct database_value sum(uint64_t a, uint64_t b)
{
    uint64_t sum = a > UINT64_MAX - b ? UINT64_MAX : a + b;
    return database_number(sum > INT64_MAX ? INT64_MAX : (int64_t)sum);
}

/* In the order of the statement below; id, compartment and sensor are known later or the same
 * for all. */
static void put_row(struct intake_flows *flows, const struct received_flow *flow)
{
    struct database_value *row = flows->values + flows->count * COLUMNS;
    char *words = flows->words + flows->count * WORDS_OCTETS;
    struct bytes initiator = put_party(&flow->initiator, words);
    struct bytes responder = put_party(&flow->responder, words + PARTY_TEXT_MAX);
    bool is_out = flow->line_is_initiator;
    row[1] = database_number(flows->from.sensor);
    row[2] = database_number(flow->start_ns);
    row[3] = database_number(flow->end_ns);
    row[4] = database_text(is_out ? responder : initiator);
    row[5] = database_number(flow->responder_port);
    row[6] = database_number(flow->protocol);
    row[7] = database_text(is_out ? initiator : responder);
    row[8] = database_string(direction_name(flow->direction));
    row[9] = sum(flow->octets_forward, flow->octets_reverse);
    row[10] = sum(flow->packets_forward, flow->packets_reverse);
    row[11] = flow->server_name.len > 0 ? database_text(flow->server_name) : database_null();
    row[12] = database_text(flow->warrant);
    row[13] = database_number(flow->retention_until_ns);
    flows->count++;
}

/* Art. 25(1): what has no date, or is past it, is not kept. */
static bool take(void *context, const struct received_flow *flow)
{
    struct intake_flows *flows = context;
    const struct intake_from *from = &flows->from;
    if (!flow->has_mandate || flow->retention_until_ns <= from->now_ns) {
        flows->refused++;
        return true;
    }
    flows->is_foreign =
        flows->is_foreign || !bytes_equal(flow->basis, bytes_of_string(from->basis->id));
    if (flows->is_foreign || flows->count == flows->max)
        return false;
    put_row(flows, flow);
    return true;
}

enum fault intake_read_flows(struct bytes batch, const struct intake_from *from,
                             struct intake_flows *out)
{
    struct received_account account;
    struct received_taker taker = { take, out };
    size_t max = batch.len / INTAKE_RECORD_OCTETS_MIN + 1;
    *out = (struct intake_flows){ .max = max, .from = *from };
    out->values = calloc(max, COLUMNS * sizeof *out->values);
    out->words = malloc(max * WORDS_OCTETS);
    if (!out->values || !out->words)
        return FAULT_LIMIT;
    return ipfix_read_batch(batch, &taker, &account);
}

void intake_flows_free(struct intake_flows *flows)
{
    free(flows->values);
    free(flows->words);
    *flows = (struct intake_flows){ .count = 0 };
}

bool intake_write_flows(struct change *change, struct intake_flows *flows, struct error *err)
{
    int64_t id, compartment;
    if (flows->count == 0)
        return true;
    const struct compartment own = intake_compartment(&flows->from, "flow", false);
    if (!compartment_intern(change, &own, &compartment, err) ||
        !sql_number(change->db, SQL0("SELECT MAX(id) FROM flow"), 0, &id, err))
        return false;
    for (size_t i = 0; i < flows->count; i++) {
        flows->values[i * COLUMNS] = database_number(++id);
        flows->values[i * COLUMNS + COLUMNS - 1] = database_number(compartment);
    }
    return database_run_many(
        change->db,
        &(const struct database_statement){
            "INSERT INTO flow (id, sensor, at, ends, server, port, protocol, line, direction,"
            " octets, packets, name, warrant, until, compartment) VALUES"
            " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            flows->values, COLUMNS },
        flows->count, err);
}
