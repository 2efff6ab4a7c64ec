// SPDX-License-Identifier: Apache-2.0
/* Fills a store for tests of reading, retention and erasure:
 *   store_make run STORE LAW_FOLDER BASIS WARRANT FINDING SELECTION_ENDED
 *     a run with one finding and two records until the date of the law
 *   store_make give STORE BASIS FINDING RECIPIENT STATE
 *   store_make mark STORE BASIS NUMBER STATE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law/law.h"
#include "store/store.h"
#include "system/clock.h"

static struct error error;

static int fail(const char *words)
{
    fprintf(stderr, "store_make: %s %s\n", words, error.text);
    return 1;
}

static void put(char *room, size_t max, const char *words)
{
    struct text text = text_over(room, max);
    text_put_string(&text, words);
}

static struct mandate mandate_of(const struct law_basis *basis, const char *warrant)
{
    struct mandate mandate = { .basis = basis->kind };
    put(mandate.basis_name, sizeof mandate.basis_name, basis->id);
    put(mandate.warrant, sizeof mandate.warrant, warrant);
    put(mandate.selector, sizeof mandate.selector, "beacons");
    return mandate;
}

static struct party party_at(const char *address, enum place place)
{
    struct party party = { .place = place };
    if (!ip_read(bytes_of_string(address), &party.address))
        abort();
    return party;
}

static struct minimised_flow flow_of(const struct mandate *mandate, int64_t end_ns,
                                     int64_t until_ns)
{
    struct minimised_flow flow = { .initiator = party_at("192.0.2.7", PLACE_OWN),
                                   .responder = party_at("203.0.113.9", PLACE_FOREIGN),
                                   .line_is_initiator = true,
                                   .direction = DIRECTION_DF,
                                   .basis = mandate->basis,
                                   .initiator_port = 40000,
                                   .responder_port = 443,
                                   .protocol = PROTOCOL_TCP,
                                   .tcp = FLOW_TCP_CLOSED,
                                   .end = FLOW_END_DETECTED,
                                   .start_ns = end_ns - TIME_SECOND_NS,
                                   .end_ns = end_ns,
                                   .retention_until_ns = until_ns };
    const char *name = "marker-to-erase.example";
    flow.facts.has_server_name = true;
    flow.facts.server_name.len = (uint8_t)strlen(name);
    memcpy(flow.facts.server_name.at, name, strlen(name));
    flow.why.mandate = *mandate;
    return flow;
}

static struct finding finding_of(const struct minimised_flow *flow, const char *id)
{
    struct finding finding = { .kind = FINDING_COMMAND_SERVER,
                               .subject = flow->responder,
                               .port = 443,
                               .protocol = PROTOCOL_TCP,
                               .direction = flow->direction,
                               .basis = flow->basis,
                               .mandate = flow->why.mandate,
                               .score = 90,
                               .first_ns = flow->start_ns,
                               .last_ns = flow->end_ns,
                               .connections = 2,
                               .line_total = 1,
                               .line_count = 1,
                               .retention_until_ns = flow->retention_until_ns };
    put(finding.id, sizeof finding.id, id);
    put(finding.rule, sizeof finding.rule, "beacon 1");
    finding.lines[0].party = flow->initiator;
    return finding;
}

static bool keep(struct store *store, const struct minimised_flow *flow,
                 const struct finding *finding)
{
    struct summary summary = { .version = "test", .basis = flow->basis };
    bool good = store_begin_run(store, flow->end_ns, "made", &error);
    for (int i = 0; good && i < 2; i++)
        good = store_put_flow(store, flow, &error);
    return good && store_end_run(store, finding, 1, &summary, &error);
}

static int make_run(char **words)
{
    static alignas(max_align_t) uint8_t room[LAW_MEMORY];
    struct arena memory = arena_over(room, sizeof room);
    struct law law;
    int64_t end_ns;
    if (!law_load(words[1], &memory, &law, &error))
        return fail("law");
    const struct law_basis *basis = law_find_basis(&law, bytes_of_string(words[2]));
    if (!basis || !time_read(bytes_of_string(words[5]), &end_ns))
        return fail("basis or time");
    struct mandate mandate = mandate_of(basis, words[3]);
    struct minimised_flow flow =
        flow_of(&mandate, end_ns, law_retention_end(&law, basis, end_ns));
    struct finding finding = finding_of(&flow, words[4]);
    struct store *store = store_open(words[0], &error);
    if (!store || !keep(store, &flow, &finding))
        return fail("store");
    store_close(store);
    return 0;
}

static struct store *open_for(const char *path, const char *basis)
{
    struct access_grant grant = { .actor = "test", .role = "test", .purpose = "test" };
    put(grant.basis, sizeof grant.basis, basis);
    return store_open_handling(path, &grant, &error);
}

static enum store_provision_state state_of(const char *word)
{
    enum store_provision_state state = STORE_PROVISION_WAITING;
    while (state < STORE_PROVISION_STATES &&
           strcmp(store_provision_state_name(state), word) != 0)
        state++;
    return state;
}

static int give(char **words)
{
    struct store *store = open_for(words[0], words[1]);
    struct store_parcel parcel = { words[2], words[3], "selected", "28" };
    int64_t id;
    if (!store || !store_provide(store, &parcel, 1, &id, &error) ||
        !store_mark_provision(store, id, state_of(words[4]), clock_now_ns(), &error))
        return fail("give");
    printf("%lld\n", (long long)id);
    store_close(store);
    return 0;
}

static int mark(char **words)
{
    struct store *store = open_for(words[0], words[1]);
    if (!store || !store_mark_provision(store, strtoll(words[2], NULL, 10), state_of(words[3]),
                                        clock_now_ns(), &error))
        return fail("mark");
    store_close(store);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 8 && strcmp(argv[1], "run") == 0)
        return make_run(argv + 2);
    if (argc == 7 && strcmp(argv[1], "give") == 0)
        return give(argv + 2);
    if (argc == 6 && strcmp(argv[1], "mark") == 0)
        return mark(argv + 2);
    return fail("wrong call");
}
