// SPDX-License-Identifier: Apache-2.0
/* Made-up minimised records for the tests of what is exchanged. */
#pragma once

#include "base/time.h"
#include "exchange/records.h"

#include "check.h"

enum { NOW_S = 1795212000 };

static inline struct party party_at(const char *address, enum place place)
{
    struct party party;
    memset(&party, 0, sizeof party);
    party.place = place;
    check(ip_read(bytes_of_string(address), &party.address));
    return party;
}

static inline struct party party_hidden(uint8_t fill)
{
    struct party party;
    memset(&party, 0, sizeof party);
    party.is_pseudonym = true;
    party.place = PLACE_DOMESTIC;
    memset(party.pseudonym, fill, sizeof party.pseudonym);
    return party;
}

/* Each i has other ends: IPv4, IPv6 and pseudonyms in turn, and a rate in every other. */
static inline void make_record(size_t i, struct minimised_flow *out)
{
    memset(out, 0, sizeof *out);
    out->initiator = i % 3 == 0   ? party_at("192.0.2.7", PLACE_OWN)
                     : i % 3 == 1 ? party_at("2001:db8::7", PLACE_OWN)
                                  : party_hidden((uint8_t)i);
    out->responder = i % 3 == 1 ? party_at("2001:db8:ffff::1", PLACE_FOREIGN)
                                : party_at("198.51.100.3", PLACE_FOREIGN);
    out->line_is_initiator = true;
    out->direction = DIRECTION_DF;
    out->initiator_port = (uint16_t)(40000 + i % 1000);
    out->responder_port = 443;
    out->protocol = PROTOCOL_TCP;
    out->tcp = FLOW_TCP_CLOSED;
    out->end = FLOW_END_DETECTED;
    out->start_ns = NOW_S * TIME_SECOND_NS + (int64_t)i * TIME_SECOND_NS;
    out->end_ns = out->start_ns + 2500 * TIME_MILLISECOND_NS;
    out->packets_forward = 3 + i;
    out->packets_reverse = i % 5;
    out->octets_forward = 1000 + 7 * i;
    out->octets_reverse = i % 5 == 0 ? 0 : 5000 + i;
    out->sampling_rate = i % 2 == 0 ? 1 : 100;
    out->retention_until_ns = (NOW_S + 86400) * TIME_SECOND_NS;
    out->why.mandate = (struct mandate){ .basis_name = "own",
                                         .warrant = "OWN-2026-1",
                                         .selector = "everything" };
}
