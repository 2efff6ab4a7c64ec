// SPDX-License-Identifier: Apache-2.0
#include "simulate/message.h"

#include "base/cursor.h"
#include "base/time.h"
#include "check.h"
#include "simulate/profile.h"

static const struct site site = { .name = { (const uint8_t *)"host-1.shop.example", 19 },
                                  .seed = 5 };
static const struct talk_context context = { .start_ns = 20000 * TIME_DAY_NS };

static struct talk talk_with(uint8_t profile, bool is_post_quantum)
{
    return (struct talk){ .site = &site,
                          .seed = 1,
                          .transport = PROTOCOL_TCP,
                          .profile = profile,
                          .is_post_quantum = is_post_quantum };
}

static struct bytes hello_of(const struct talk *talk, uint8_t room[TALK_MESSAGE_MAX])
{
    struct step step = { 0 };
    struct telling telling = { &context, talk, &step };
    struct octets out = octets_over(room, TALK_MESSAGE_MAX);
    tls_say_client_hello(&telling, &out);
    return octets_bytes(&out);
}

/* The extension of this type, broken when the hello has none. */
static struct cursor extension_of(struct bytes hello, unsigned type)
{
    struct cursor record = cursor_over(hello);
    check_equal(cursor_u8(&record), 22);
    check_equal(cursor_be16(&record), 0x0301);
    struct cursor message = cursor_take16(&record);
    check_equal(record.left, 0);
    check_equal(cursor_u8(&message), 1);
    struct cursor body = cursor_take24(&message);
    check_equal(message.left, 0);
    cursor_skip(&body, 34);
    (void)cursor_take8(&body);
    (void)cursor_take16(&body);
    (void)cursor_take8(&body);
    struct cursor extensions = cursor_take16(&body);
    check_equal(body.left, 0);
    while (extensions.left > 0) {
        unsigned found = cursor_be16(&extensions);
        struct cursor extension = cursor_take16(&extensions);
        check(!extensions.broken);
        if (found == type)
            return extension;
    }
    return (struct cursor){ .broken = true };
}

static void every_client_says_the_name_it_wants(void **state)
{
    (void)state;
    for (uint8_t profile = 0; profile < PROFILES; profile++) {
        uint8_t room[TALK_MESSAGE_MAX];
        struct talk talk = talk_with(profile, false);
        struct cursor name = extension_of(hello_of(&talk, room), 0);
        struct cursor list = cursor_take16(&name);
        check_equal(cursor_u8(&list), 0);
        struct cursor host = cursor_take16(&list);
        check(!host.broken);
        check_text(cursor_rest(&host), "host-1.shop.example");
    }
}

static void a_post_quantum_hello_does_not_fit_one_segment(void **state)
{
    (void)state;
    uint8_t room[TALK_MESSAGE_MAX];
    struct talk talk = talk_with(PROFILE_BROWSER_A, true);
    struct bytes hello = hello_of(&talk, room);
    check(hello.len > WIRE_MSS_V4 && hello.len < 2 * WIRE_MSS_V6);
    struct cursor extension = extension_of(hello, 51);
    struct cursor shares = cursor_take16(&extension);
    cursor_skip(&shares, 5); /* GREASE */
    check_equal(cursor_be16(&shares), 4588);
    check_equal(cursor_be16(&shares), 1216);
}

static void the_same_talk_says_the_same_again(void **state)
{
    (void)state;
    uint8_t a[TALK_MESSAGE_MAX];
    uint8_t b[TALK_MESSAGE_MAX];
    struct talk talk = talk_with(PROFILE_BROWSER_B, true);
    check(bytes_equal(hello_of(&talk, a), hello_of(&talk, b)));
    struct talk other = talk;
    other.seed = 2;
    check(!bytes_equal(hello_of(&talk, a), hello_of(&other, b)));
}

static void a_certificate_is_one_sequence_in_shortest_form(void **state)
{
    (void)state;
    for (unsigned rsa = 0; rsa < 2; rsa++) {
        struct site subject = site;
        subject.has_rsa = rsa == 1;
        uint8_t room[TALK_MESSAGE_MAX];
        struct octets out = octets_over(room, sizeof room);
        certificate_write(&subject, context.start_ns, &out);
        check_equal(room[0], 0x30);
        check_equal(room[1], 0x82);
        check_equal((size_t)(room[2] << 8 | room[3]) + 4, out.len);
    }
}

static void quic_initials_are_full_datagrams_that_differ(void **state)
{
    (void)state;
    struct talk talk = talk_with(PROFILE_QUIC, true);
    talk.transport = PROTOCOL_UDP;
    uint8_t rooms[2][TALK_MESSAGE_MAX];
    for (uint16_t part = 0; part < 2; part++) {
        struct step step = { .argument = part };
        struct telling telling = { &context, &talk, &step };
        struct octets out = octets_over(rooms[part], TALK_MESSAGE_MAX);
        quic_say_initial(&telling, &out);
        check_equal(out.len, QUIC_DATAGRAM_OCTETS);
        check_equal(rooms[part][0] & 0xf0, 0xc0);
    }
    check(memcmp(rooms[0] + 1, rooms[1] + 1, 22) == 0); /* version and identifiers */
    check(memcmp(rooms[0] + 40, rooms[1] + 40, 100) != 0);
}

static void prose_is_one_text_wherever_it_is_cut(void **state)
{
    (void)state;
    uint8_t whole[1500];
    prose_write("CANARY-00c0ffee", 0, whole, sizeof whole);
    check(memcmp(whole, "CANARY-00c0ffee ", 16) == 0);
    for (size_t cut = 0; cut < sizeof whole; cut += 77) {
        uint8_t part[1500];
        prose_write("CANARY-00c0ffee", cut, part, sizeof whole - cut);
        check(memcmp(part, whole + cut, sizeof whole - cut) == 0);
    }
}

TESTS(TEST(every_client_says_the_name_it_wants),
      TEST(a_post_quantum_hello_does_not_fit_one_segment),
      TEST(the_same_talk_says_the_same_again),
      TEST(a_certificate_is_one_sequence_in_shortest_form),
      TEST(quic_initials_are_full_datagrams_that_differ),
      TEST(prose_is_one_text_wherever_it_is_cut))
