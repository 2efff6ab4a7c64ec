// SPDX-License-Identifier: Apache-2.0
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "decode/parsers.h"
#include "decode/tls_private.h"

#include "der.h"

static void put_hello(struct octets *w, uint16_t version)
{
    put_number(w, TLS_SERVER_HELLO, 1);
    size_t message = open_length(w, 3);
    put16(w, 0x0303);
    put_zeros(w, TLS_RANDOM_BYTES + 1);
    put16(w, 0xc02f);
    put_zeros(w, 1);
    if (version > 0x0303) {
        put(w, BYTES("\0\006\0\053\0\002"));
        put16(w, version);
    }
    close_length(w, message, 3);
}

static void put_certificates(struct octets *w, struct bytes leaf, size_t count)
{
    put_number(w, TLS_CERTIFICATE, 1);
    size_t message = open_length(w, 3);
    size_t list = open_length(w, 3);
    for (size_t i = 0; i < count; i++) {
        put_number(w, i == 0 ? leaf.len : 5, 3);
        put(w, i == 0 ? leaf : BYTES("other"));
    }
    close_length(w, list, 3);
    close_length(w, message, 3);
}

static struct octets flight_of(struct bytes leaf, size_t count, size_t record_len)
{
    struct octets handshake = { 0 }, stream = { 0 };
    put_hello(&handshake, 0x0303);
    put_certificates(&handshake, leaf, count);
    put_records(&stream, octets_bytes(&handshake), record_len);
    return stream;
}

static struct octets good_flight(size_t record_len)
{
    struct der_parts parts = der_good();
    struct octets der = der_certificate(&parts);
    return flight_of(octets_bytes(&der), 3, record_len);
}

static enum fault read_stream(const struct octets *stream, struct fact *out)
{
    size_t taken = 0;
    enum fault fault = tls_certificate_read(octets_bytes(stream), &taken, out);
    check_equal(taken, fault == FAULT_NONE ? stream->len : 0);
    return fault;
}

static void a_certificate_is_known_by_its_hashes(void **state)
{
    (void)state;
    static const size_t record_lens[] = { TLS_HELLO_BYTES_MAX, 100, 7 };
    struct der_parts parts = der_good();
    struct octets der = der_certificate(&parts);
    uint8_t digest[32];
    for (size_t i = 0; i < COUNT(record_lens); i++) {
        struct fact fact;
        struct octets stream = good_flight(record_lens[i]);
        check_equal(read_stream(&stream, &fact), FAULT_NONE);
        check_equal(fact.kind, FACT_TLS_CERTIFICATE);
        check_equal(fact.certificate.chain_length, 3);
        check_equal(fact.certificate.key_type, KEY_RSA);
        struct sha256_ctx sha256;
        sha256_init(&sha256);
        sha256_update(&sha256, der.len, der.at);
        sha256_digest(&sha256, sizeof digest, digest);
        check(memcmp(fact.certificate.sha256, digest, 32) == 0);
        struct sha1_ctx sha1;
        sha1_init(&sha1);
        sha1_update(&sha1, der.len, der.at);
        sha1_digest(&sha1, 20, digest);
        check(memcmp(fact.certificate.sha1, digest, 20) == 0);
    }
}

static void every_shorter_stream_waits_for_more(void **state)
{
    (void)state;
    struct octets stream = good_flight(64);
    for (size_t len = 0; len < stream.len; len++) {
        struct fact fact;
        size_t taken;
        struct bytes part = { stream.at, len };
        check_equal(tls_certificate_read(part, &taken, &fact), FAULT_TRUNCATED);
    }
}

static void what_is_no_certificate_still_has_a_hash(void **state)
{
    (void)state;
    struct fact fact;
    struct octets stream = flight_of(BYTES("garbage"), 1, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_NONE);
    check_equal(fact.certificate.key_type, KEY_UNKNOWN);
    check_equal(fact.certificate.chain_length, 1);
    check(fact.certificate.sha256[0] != 0);
}

static void a_large_chain_is_read_and_a_larger_refused(void **state)
{
    (void)state;
    static uint8_t octets[TLS_CERTIFICATE_BYTES_MAX];
    struct fact fact;
    struct bytes leaf = { octets, sizeof octets - TLS_MESSAGE_HEADER_BYTES - 6 };
    struct octets stream = flight_of(leaf, 1, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_NONE);
    leaf.len++;
    stream = flight_of(leaf, 1, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_LIMIT);
}

static void tls_1_3_shows_no_certificate(void **state)
{
    (void)state;
    static const uint16_t versions[] = { 0x0304, 0x7f1c };
    for (size_t i = 0; i < COUNT(versions); i++) {
        struct fact fact;
        struct octets hello = { 0 }, stream = { 0 };
        put_hello(&hello, versions[i]);
        put_records(&stream, octets_bytes(&hello), 20);
        check_equal(read_stream(&stream, &fact), FAULT_UNSUPPORTED);
    }
}

static void a_resumed_session_shows_no_certificate(void **state)
{
    (void)state;
    struct fact fact;
    struct octets hello = { 0 }, stream = { 0 };
    put_hello(&hello, 0x0303);
    put_records(&stream, octets_bytes(&hello), TLS_HELLO_BYTES_MAX);
    struct octets with_ticket = stream;
    put(&stream, BYTES("\024\003\003\0\001\001"));
    check_equal(read_stream(&stream, &fact), FAULT_UNSUPPORTED);
    put(&with_ticket, BYTES("\026\003\003\0\004\004\0\0\0"));
    check_equal(read_stream(&with_ticket, &fact), FAULT_UNSUPPORTED);
}

static void a_stream_without_a_hello_is_refused(void **state)
{
    (void)state;
    struct fact fact;
    struct octets handshake = { 0 }, stream = { 0 };
    put_certificates(&handshake, BYTES("leaf"), 1);
    put_records(&stream, octets_bytes(&handshake), TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_UNSUPPORTED);
}

static void a_broken_hello_ends_the_search(void **state)
{
    (void)state;
    struct fact fact;
    struct octets hello = { 0 }, stream = { 0 };
    put_hello(&hello, 0x0303);
    hello.at[38] = 200; /* session identifier */
    put_records(&stream, octets_bytes(&hello), TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_LENGTH);
}

static void a_long_chain_counts_to_255(void **state)
{
    (void)state;
    struct fact fact;
    struct octets stream = flight_of(BYTES("leaf"), 300, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_NONE);
    check_equal(fact.certificate.chain_length, 255);
}

static enum fault read_message(struct bytes message)
{
    struct fact fact;
    struct octets handshake = { 0 }, stream = { 0 };
    put_hello(&handshake, 0x0303);
    put(&handshake, message);
    put_records(&stream, octets_bytes(&handshake), TLS_HELLO_BYTES_MAX);
    return read_stream(&stream, &fact);
}

static void lists_that_contradict_are_refused(void **state)
{
    (void)state;
    check_equal(read_message(BYTES("\013\0\0\003\0\0\0")), FAULT_VALUE); /* of none */
    check_equal(read_message(BYTES("\013\0\0\003\0\0\001")), FAULT_LENGTH);
    check_equal(read_message(BYTES("\013\0\0\004\0\0\0x")), FAULT_LENGTH);
    check_equal(read_message(BYTES("\013\0\0\007\0\0\004\0\0\002x")), FAULT_LENGTH);
}

TESTS(TEST(a_certificate_is_known_by_its_hashes), TEST(every_shorter_stream_waits_for_more),
      TEST(what_is_no_certificate_still_has_a_hash),
      TEST(a_large_chain_is_read_and_a_larger_refused), TEST(tls_1_3_shows_no_certificate),
      TEST(a_resumed_session_shows_no_certificate), TEST(a_stream_without_a_hello_is_refused),
      TEST(a_broken_hello_ends_the_search), TEST(a_long_chain_counts_to_255),
      TEST(lists_that_contradict_are_refused))
