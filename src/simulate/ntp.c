// SPDX-License-Identifier: Apache-2.0
#include "simulate/message.h"

/* RFC 5905 7.3, version 4. */
static void say_time(const struct telling *telling, struct octets *out)
{
    bool is_client = telling->step->side == SIDE_CLIENT;
    struct random random = random_from(random_mix(telling->talk->seed) + 61);
    octets_u8(out, is_client ? 0x23 : 0x24);
    octets_u8(out, is_client ? 0 : 2);
    octets_u8(out, 6);
    octets_u8(out, 0xec);
    octets_be32(out, 0x00000a00);
    octets_be32(out, 0x00000b00);
    octets_be32(out, is_client ? 0 : 0xc0000201); /* its own source: 192.0.2.1 */
    int64_t seconds = telling->context->start_ns / 1000000000 + INT64_C(2208988800);
    for (unsigned i = 0; i < 4; i++) {
        bool is_known = !is_client || i == 3;
        octets_be32(out, is_known ? (uint32_t)seconds : 0);
        octets_be32(out, is_known ? random_u32(&random) : 0);
    }
}

/* What servers of old told anybody who asked whom they had served: six items of 72 octets
 * (mode 7 of ntpd).  The addresses in them are left out. */
static void say_list(const struct telling *telling, struct octets *out)
{
    struct random random = random_from(random_mix(telling->talk->seed) + 62);
    octets_put(out, BYTES("\x97\x00\x03\x2a\x00\x06\x00\x48"));
    for (unsigned i = 0; i < 6; i++) {
        octets_random(out, &random, 16); /* intervals and counts */
        octets_zero(out, 56);
    }
}

void ntp_say(const struct telling *telling, struct octets *out)
{
    if (telling->step->argument == 0)
        say_time(telling, out);
    else
        say_list(telling, out);
}
