// SPDX-License-Identifier: Apache-2.0
#include "simulate/plan.h"

#include "simulate/message.h"
#include "simulate/profile.h"

enum { SERVER_THINKS_US = 8000 };

static void say(struct talk *talk, enum side side, enum message message, uint32_t argument)
{
    talk_say(talk, side, message, (struct step){ .argument = (uint16_t)argument });
}

static uint32_t about(struct random *random, uint32_t value)
{
    return value < 10 ? value : random_between(random, value - value / 10, value + value / 10);
}

/* A request of the client and what it is answered, volume.rounds times. */
static void say_rounds(struct talk *talk, enum message message, struct random *random,
                       struct volume volume)
{
    for (uint32_t i = 0; i < volume.rounds; i++) {
        uint32_t pause = i == 0 ? 500 : (uint32_t)random_exponential(random, volume.pause_us);
        talk_say(
            talk, SIDE_CLIENT, message,
            (struct step){ .delay_us = pause, .octets = about(random, volume.octets_out) });
        talk_say(talk, SIDE_SERVER, message,
                 (struct step){ .delay_us = SERVER_THINKS_US,
                                .octets = about(random, volume.octets_in) });
    }
}

void plan_tls(struct talk *talk, struct random *random, struct volume volume)
{
    say(talk, SIDE_CLIENT, MESSAGE_TLS_CLIENT_HELLO, 0);
    say(talk, SIDE_SERVER, MESSAGE_TLS_SERVER_HELLO, 0);
    say(talk, SIDE_CLIENT, MESSAGE_TLS_CLIENT_KEYS, 0);
    if (talk->site->is_tls12 || !profile_get(talk->profile)->has_tls13)
        say(talk, SIDE_SERVER, MESSAGE_TLS_SERVER_FINISHED, 0);
    say_rounds(talk, MESSAGE_SEALED, random, volume);
}

void plan_quic(struct talk *talk, struct random *random, struct volume volume)
{
    talk->transport = PROTOCOL_UDP;
    talk->profile = PROFILE_QUIC;
    say(talk, SIDE_CLIENT, MESSAGE_QUIC_INITIAL, 0);
    if (talk->is_post_quantum)
        say(talk, SIDE_CLIENT, MESSAGE_QUIC_INITIAL, 1);
    say(talk, SIDE_SERVER, MESSAGE_QUIC_REPLY, 0);
    say(talk, SIDE_SERVER, MESSAGE_QUIC_REPLY, 1);
    say(talk, SIDE_CLIENT, MESSAGE_QUIC_FINISHED, 0);
    say_rounds(talk, MESSAGE_QUIC_DATA, random, volume);
}

void plan_http(struct talk *talk, struct random *random, struct volume volume)
{
    for (uint32_t i = 0; i < volume.rounds; i++) {
        bool is_posted = i % 3 == 2 || volume.rounds == 1; /* a lone request reports */
        uint32_t form = is_posted ? about(random, volume.octets_out) : 0;
        uint32_t pause = i == 0 ? 500 : (uint32_t)random_exponential(random, volume.pause_us);
        talk_say(talk, SIDE_CLIENT, MESSAGE_HTTP_REQUEST,
                 (struct step){ .delay_us = pause, .octets = form, .argument = (uint16_t)i });
        if (form > 0)
            talk_say(talk, SIDE_CLIENT, MESSAGE_PROSE,
                     (struct step){ .octets = form, .argument = CANARY_WEB_FORM });
        uint32_t body = about(random, volume.octets_in) + 8; /* never cut short by a step */
        talk_say(talk, SIDE_SERVER, MESSAGE_HTTP_RESPONSE,
                 (struct step){ .delay_us = SERVER_THINKS_US, .octets = body });
        talk_say(talk, SIDE_SERVER, MESSAGE_PROSE,
                 (struct step){ .octets = body, .argument = CANARY_WEB_BODY });
    }
}

void plan_raw(struct talk *talk, struct random *random, struct volume volume)
{
    say_rounds(talk, MESSAGE_NOISE, random, volume);
}

void plan_ssh(struct talk *talk, struct random *random, struct volume volume)
{
    say(talk, SIDE_CLIENT, MESSAGE_SSH_BANNER, 0);
    say(talk, SIDE_SERVER, MESSAGE_SSH_BANNER, 0);
    say(talk, SIDE_CLIENT, MESSAGE_SSH_KEXINIT, 0);
    say(talk, SIDE_SERVER, MESSAGE_SSH_KEXINIT, 0);
    say(talk, SIDE_CLIENT, MESSAGE_SSH_KEYS, 0);
    say(talk, SIDE_SERVER, MESSAGE_SSH_KEYS, 0);
    say(talk, SIDE_CLIENT, MESSAGE_SSH_KEYS, 1);
    say_rounds(talk, MESSAGE_NOISE, random, volume);
}

/* The mail's text is small; volume.octets_out is its attachment. */
void plan_mail(struct talk *talk, struct random *random, struct volume volume)
{
    say(talk, SIDE_SERVER, MESSAGE_SMTP_LINE, SMTP_GREETING);
    say(talk, SIDE_CLIENT, MESSAGE_SMTP_LINE, SMTP_EHLO);
    say(talk, SIDE_SERVER, MESSAGE_SMTP_LINE, SMTP_CAPABLE);
    say(talk, SIDE_CLIENT, MESSAGE_SMTP_LINE, SMTP_FROM);
    say(talk, SIDE_SERVER, MESSAGE_SMTP_LINE, SMTP_OK);
    say(talk, SIDE_CLIENT, MESSAGE_SMTP_LINE, SMTP_TO);
    say(talk, SIDE_SERVER, MESSAGE_SMTP_LINE, SMTP_OK);
    say(talk, SIDE_CLIENT, MESSAGE_SMTP_LINE, SMTP_DATA);
    say(talk, SIDE_SERVER, MESSAGE_SMTP_LINE, SMTP_GO_AHEAD);
    say(talk, SIDE_CLIENT, MESSAGE_SMTP_MAIL, 0);
    talk_say(talk, SIDE_CLIENT, MESSAGE_PROSE,
             (struct step){ .octets = about(random, volume.octets_out),
                            .argument = CANARY_MAIL_ATTACHMENT });
    say(talk, SIDE_CLIENT, MESSAGE_SMTP_LINE, SMTP_END);
    say(talk, SIDE_SERVER, MESSAGE_SMTP_LINE, SMTP_OK);
    say(talk, SIDE_CLIENT, MESSAGE_SMTP_LINE, SMTP_QUIT);
    say(talk, SIDE_SERVER, MESSAGE_SMTP_LINE, SMTP_BYE);
    talk->is_ended_by_server = true;
}

void plan_dns(struct talk *talk, struct random *random, struct volume volume)
{
    talk->transport = PROTOCOL_UDP;
    for (uint32_t i = 0; i < volume.rounds; i++) {
        uint32_t pause = i == 0 ? 0 : (uint32_t)random_exponential(random, volume.pause_us);
        talk_say(talk, SIDE_CLIENT, MESSAGE_DNS_QUERY,
                 (struct step){ .delay_us = pause, .argument = (uint16_t)i });
        talk_say(talk, SIDE_SERVER, MESSAGE_DNS_RESPONSE,
                 (struct step){ .delay_us = 300, .argument = (uint16_t)i });
    }
}

void plan_ntp(struct talk *talk)
{
    talk->transport = PROTOCOL_UDP;
    say(talk, SIDE_CLIENT, MESSAGE_NTP, 0);
    say(talk, SIDE_SERVER, MESSAGE_NTP, 0);
}

void plan_ping(struct talk *talk, uint32_t count)
{
    talk->transport = PROTOCOL_ICMP;
    for (uint32_t i = 0; i < count; i++) {
        talk_say(talk, SIDE_CLIENT, MESSAGE_PING,
                 (struct step){ .delay_us = i == 0 ? 0 : 1000000, .argument = (uint16_t)i });
        say(talk, SIDE_SERVER, MESSAGE_PING, i);
    }
}
