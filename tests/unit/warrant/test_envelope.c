// SPDX-License-Identifier: Apache-2.0
#include "warrant/envelope.h"

#include <sodium.h>

#include "check.h"
#include "fixture.h"

static struct error err;
static struct envelope envelope;

static bool read(const char *json)
{
    bool is_read = envelope_read(bytes_of_string(json), &envelope, &err);
    if (!is_read)
        check(envelope.memory == NULL);
    return is_read;
}

static void check_refused(const char *json, const char *words)
{
    check(!read(json));
    check(strstr(err.text, words) != NULL);
}

#define SIG "\"sig\":\"" SIXTY_FOUR "\""
#define SIXTY_FOUR                                \
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" \
    "gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="

static void the_encoding_is_that_of_the_protocol(void **state)
{
    (void)state;
    /* The example of protocol.md of DSSE. */
    check(
        envelope_make("http://example.com/HelloWorld", BYTES("hello world"), &envelope, &err));
    check_text(envelope.message, "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    check_text(envelope.payload, "hello world");
    envelope_done(&envelope);
}

static void an_envelope_is_read_as_it_was_written(void **state)
{
    (void)state;
    char room[512];
    struct text out = text_over(room, sizeof room);
    const char json[] = "{\"payload\":\"aGVsbG8gd29ybGQ=\",\"payloadType\":\"text/plain\","
                        "\"signatures\":[{\"keyid\":\"a\"," SIG "}]}\n";
    check(read(json));
    check_text(envelope.payload, "hello world");
    check_equal(envelope.signature_count, 1);
    check_equal(envelope.signatures[0].octets[63], 63);
    check(envelope_write(&envelope, &out, &err));
    check_text(text_bytes(&out), json);
    envelope_done(&envelope);
}

static void either_alphabet_of_base64_is_read_but_no_mixture(void **state)
{
    (void)state;
    check(read("{\"payload\":\"++//\",\"payloadType\":\"t\",\"signatures\":[]}"));
    check_equal(envelope.payload.at[0], 0xfb);
    envelope_done(&envelope);
    check(read("{\"payload\":\"--__\",\"payloadType\":\"t\",\"signatures\":[]}"));
    check_equal(envelope.payload.at[0], 0xfb);
    envelope_done(&envelope);
    check_refused("{\"payload\":\"++__\",\"payloadType\":\"t\",\"signatures\":[]}",
                  "not base64");
}

static void base64_has_one_way_of_being_written(void **state)
{
    (void)state;
    static const char *const wrongs[] = { "aGk",   "aGl=", "aGk==", "aGk=\\n",
                                          "aG k=", "=",    "a",     "++é" };
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        char room[128];
        struct text json = text_over(room, sizeof room);
        text_format(&json, "{\"payload\":\"%s\",\"payloadType\":\"t\",\"signatures\":[]}",
                    wrongs[i]);
        check_refused(room, "payload: not base64");
    }
    check(read("{\"payload\":\"aGk=\",\"payloadType\":\"t\",\"signatures\":[]}"));
    envelope_done(&envelope);
}

static void members_unknown_missing_or_twice_are_refused_with_their_place(void **state)
{
    (void)state;
    check_refused("{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[],\"x\":1}",
                  "at octet 48: x: not a known member");
    check_refused("{\"payload\":\"\",\"signatures\":[]}", "payloadType: missing");
    check_refused("{\"payload\":\"\",\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}",
                  "duplicate");
    check_refused("{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{" SIG "}]}",
                  "keyid: missing");
    check_refused("{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"a\","
                  "\"cert\":\"\"," SIG "}]}",
                  "cert: not a known member");
}

static void what_is_no_envelope_is_refused(void **state)
{
    (void)state;
    check_refused("", "envelope, at octet 0");
    check_refused("[]", "no object");
    check_refused("{", "envelope, at octet 1");
    check_refused("{\"payload\":1,\"payloadType\":\"t\",\"signatures\":[]}", "not base64");
    check_refused("{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":{}}", "not a list");
    check_refused("{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[1]}", "no object");
    check_refused("{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]} x",
                  "end of file");
    check_refused("{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":["
                  "{\"keyid\":\"a\",\"sig\":\"aGk=\"}]}",
                  "not a signature of 64 octets");
    check_refused("{\"payload\":\"\",\"payloadType\":\"t\\u0007\",\"signatures\":[]}",
                  "a control character");
}

static void too_many_signatures_and_octets_are_refused(void **state)
{
    (void)state;
    static char room[(1 << 20) + 64];
    struct text json = text_over(room, sizeof room);
    text_put_string(&json, "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[");
    for (unsigned i = 0; i < 17; i++)
        text_format(&json, "%s{\"keyid\":\"%u\"," SIG "}", i ? "," : "", i);
    text_put_string(&json, "]}");
    check_refused(room, "too long");
    memset(room, ' ', sizeof room - 1);
    check_refused(room, "longer than");
}

static void a_second_signature_of_a_key_takes_the_place_of_its_first(void **state)
{
    (void)state;
    struct note_key key;
    uint8_t octets[64] = { 1 };
    fixture_key(1, &key);
    check(envelope_make("t", BYTES("x"), &envelope, &err));
    check(envelope_sign(&envelope, &key, octets, &err));
    octets[0] = 2;
    check(envelope_sign(&envelope, &key, octets, &err));
    check_equal(envelope.signature_count, 1);
    check_equal(envelope.signatures[0].octets[0], 2);
    check(!envelope_is_signed_by(&envelope, &key));
    for (unsigned i = 2; i <= ENVELOPE_SIGNATURES_MAX; i++) {
        fixture_key(i, &key);
        check(envelope_sign(&envelope, &key, octets, &err));
    }
    fixture_key(99, &key);
    check(!envelope_sign(&envelope, &key, octets, &err));
    envelope_done(&envelope);
}

TESTS(TEST(the_encoding_is_that_of_the_protocol), TEST(an_envelope_is_read_as_it_was_written),
      TEST(either_alphabet_of_base64_is_read_but_no_mixture),
      TEST(base64_has_one_way_of_being_written),
      TEST(members_unknown_missing_or_twice_are_refused_with_their_place),
      TEST(what_is_no_envelope_is_refused), TEST(too_many_signatures_and_octets_are_refused),
      TEST(a_second_signature_of_a_key_takes_the_place_of_its_first))
