// SPDX-License-Identifier: Apache-2.0
/* What is said in a talk of each protocol. */
#pragma once

#include "simulate/random.h"
#include "simulate/talk.h"

struct volume {
    uint32_t octets_out; /* from the client */
    uint32_t octets_in;
    uint32_t rounds;   /* requests, each with these octets and its answer */
    uint32_t pause_us; /* between rounds, on the mean */
};

void plan_tls(struct talk *talk, struct random *random, struct volume volume);
void plan_quic(struct talk *talk, struct random *random, struct volume volume);
void plan_http(struct talk *talk, struct random *random, struct volume volume);
void plan_raw(struct talk *talk, struct random *random, struct volume volume);
void plan_ssh(struct talk *talk, struct random *random, struct volume volume);
void plan_mail(struct talk *talk, struct random *random, struct volume volume);
/* Rounds of question and answer; volume.octets_* are not used. */
void plan_dns(struct talk *talk, struct random *random, struct volume volume);
void plan_ntp(struct talk *talk);
void plan_ping(struct talk *talk, uint32_t count);
