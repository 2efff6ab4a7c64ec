// SPDX-License-Identifier: Apache-2.0
#include "decode/parsers.h"
#include "decode/tls_private.h"

#include "octets.h"

typedef void put_part(struct octets *w);

static void put_extensions_1_3(struct octets *w)
{
    put(w, BYTES("\0\053\0\002\003\004"));
    put(w, BYTES("\0\063\0\044\0\035\0\040"));
    put_zeros(w, 32);
}

static void put_extensions_1_2(struct octets *w)
{
    put(w, BYTES("\377\001\0\001\0"));
    put(w, BYTES("\0\020\0\005\0\003\002h2"));
}

/* The group alone: RFC 8446 4.2.8. */
static void put_extensions_retry(struct octets *w)
{
    put(w, BYTES("\0\053\0\002\003\004"));
    put(w, BYTES("\0\063\0\002\0\030"));
}

static struct octets hello_with(put_part *extensions)
{
    struct octets w = { 0 };
    put_number(&w, TLS_SERVER_HELLO, 1);
    size_t message = open_length(&w, 3);
    put16(&w, 0x0303);
    put_zeros(&w, TLS_RANDOM_BYTES);
    put_number(&w, 2, 1);
    put_zeros(&w, 2);
    put16(&w, 0xc02f);
    put_zeros(&w, 1);
    if (extensions) {
        size_t list = open_length(&w, 2);
        extensions(&w);
        close_length(&w, list, 2);
    }
    close_length(&w, message, 3);
    return w;
}

static enum fault read_hello(const struct octets *hello, size_t record_len, struct fact *out)
{
    struct octets stream = { 0 };
    put_records(&stream, octets_bytes(hello), record_len);
    size_t taken = 0;
    enum fault fault = tls_server_read(octets_bytes(&stream), &taken, out);
    check_equal(taken, fault == FAULT_NONE ? stream.len : 0);
    return fault;
}

static void a_hello_of_tls_1_3_is_read(void **state)
{
    (void)state;
    struct fact fact;
    struct octets hello = hello_with(put_extensions_1_3);
    check_equal(read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact), FAULT_NONE);
    check_equal(fact.kind, FACT_TLS_SERVER);
    check_equal(fact.tls_server.record_version, 0x0301);
    check_equal(fact.tls_server.hello_version, 0x0303);
    check_equal(fact.tls_server.chosen_version, 0x0304);
    check_equal(fact.tls_server.cipher, 0xc02f);
    check_equal(fact.tls_server.group, 0x001d);
    check_equal(fact.tls_server.extension_count, 2);
    check(!fact.tls_server.is_retry);
}

static void a_hello_of_tls_1_2_is_read(void **state)
{
    (void)state;
    struct fact fact;
    struct octets hello = hello_with(put_extensions_1_2);
    check_equal(read_hello(&hello, 10, &fact), FAULT_NONE);
    check_equal(fact.tls_server.chosen_version, 0x0303);
    check_equal(fact.tls_server.group, 0);
    struct bytes alpn = { (const uint8_t *)fact.tls_server.alpn, fact.tls_server.alpn_len };
    check_text(alpn, "h2");
}

static void a_retry_is_known_by_its_random(void **state)
{
    (void)state;
    static const uint8_t random[] = {
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
        0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
        0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    };
    struct fact fact;
    struct octets hello = hello_with(put_extensions_retry);
    memcpy(hello.at + 6, random, sizeof random);
    check_equal(read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact), FAULT_NONE);
    check(fact.tls_server.is_retry);
    check_equal(fact.tls_server.group, 24);
    check_equal(fact.tls_server.chosen_version, 0x0304);
}

static void a_hello_without_extensions_is_read(void **state)
{
    (void)state;
    struct fact fact;
    struct octets hello = hello_with(NULL);
    check_equal(read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact), FAULT_NONE);
    check_equal(fact.tls_server.extension_count, 0);
}

static void an_early_draft_of_1_3_has_no_session(void **state)
{
    (void)state;
    struct fact fact;
    struct octets hello = { 0 };
    put_number(&hello, TLS_SERVER_HELLO, 1);
    size_t message = open_length(&hello, 3);
    put16(&hello, 0x7f12);
    put_zeros(&hello, TLS_RANDOM_BYTES);
    put16(&hello, 0x1301);
    put(&hello, BYTES("\0\010\0\063\0\004\0\035\0\0"));
    close_length(&hello, message, 3);
    check_equal(read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact), FAULT_NONE);
    check_equal(fact.tls_server.chosen_version, 0x7f12);
    check_equal(fact.tls_server.cipher, 0x1301);
    check_equal(fact.tls_server.group, 0x001d);
}

static void every_shorter_stream_waits_for_more(void **state)
{
    (void)state;
    struct octets hello = hello_with(put_extensions_1_3);
    struct octets stream = { 0 };
    put_records(&stream, octets_bytes(&hello), 50);
    for (size_t len = 0; len < stream.len; len++) {
        struct fact fact;
        size_t taken;
        struct bytes part = { stream.at, len };
        check_equal(tls_server_read(part, &taken, &fact), FAULT_TRUNCATED);
    }
}

/* As servers do that do not know the name asked for. */
static void warnings_before_the_hello_are_passed_over(void **state)
{
    (void)state;
    struct fact fact;
    struct octets hello = hello_with(put_extensions_1_2), stream = { 0 };
    put(&stream, BYTES("\025\003\003\0\002\001\160\025\003\003\0\002\001\160"));
    size_t warnings = stream.len, taken = 0;
    put_records(&stream, octets_bytes(&hello), TLS_HELLO_BYTES_MAX);
    check_equal(tls_server_read(octets_bytes(&stream), &taken, &fact), FAULT_NONE);
    check_equal(taken, stream.len);
    for (size_t len = 0; len <= warnings; len++) {
        struct bytes part = { stream.at, len };
        check_equal(tls_server_read(part, &taken, &fact), FAULT_TRUNCATED);
    }
}

static void other_messages_are_refused(void **state)
{
    (void)state;
    struct fact fact;
    size_t taken;
    struct octets hello = hello_with(put_extensions_1_3);
    hello.at[0] = TLS_CLIENT_HELLO;
    check_equal(read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact), FAULT_UNSUPPORTED);
    struct bytes alert = BYTES("\025\003\001\0\002\002\050");
    check_equal(tls_server_read(alert, &taken, &fact), FAULT_UNSUPPORTED);
    struct bytes long_alert = BYTES("\025\003\001\0\003\001\050\0");
    check_equal(tls_server_read(long_alert, &taken, &fact), FAULT_UNSUPPORTED);
    struct bytes longer_alert = BYTES("\025\003\001\001\002\001\050\0");
    check_equal(tls_server_read(longer_alert, &taken, &fact), FAULT_UNSUPPORTED);
    struct bytes http = BYTES("HTTP/1.1 400 Bad Request\r\n");
    check_equal(tls_server_read(http, &taken, &fact), FAULT_VALUE);
}

static void put_half_a_version(struct octets *w)
{
    put(w, BYTES("\0\053\0\001\003"));
}

static void put_half_a_share(struct octets *w)
{
    put(w, BYTES("\0\063\0\001\0"));
}

static void put_long_protocol(struct octets *w)
{
    put(w, BYTES("\0\020\0\005\0\003\004h2"));
}

static void put_long_extension(struct octets *w)
{
    put(w, BYTES("\0\027\0\001"));
}

static void put_many_extensions(struct octets *w)
{
    for (uint16_t i = 0; i <= TLS_EXTENSIONS_MAX; i++)
        put_number(w, (uint64_t)(0x4000 + i) << 16, 4);
}

static void put_most_extensions(struct octets *w)
{
    for (uint16_t i = 0; i < TLS_EXTENSIONS_MAX; i++)
        put_number(w, (uint64_t)(0x4000 + i) << 16, 4);
}

static void the_count_of_extensions_stops_at_255(void **state)
{
    (void)state;
    struct fact fact;
    struct octets hello = hello_with(put_most_extensions);
    check_equal(read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact), FAULT_NONE);
    check_equal(fact.tls_server.extension_count, 255);
}

static enum fault read_with(put_part *extensions)
{
    struct fact fact;
    struct octets hello = hello_with(extensions);
    return read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact);
}

static void broken_extensions_are_refused(void **state)
{
    (void)state;
    check_equal(read_with(put_half_a_version), FAULT_LENGTH);
    check_equal(read_with(put_half_a_share), FAULT_LENGTH);
    check_equal(read_with(put_long_protocol), FAULT_LENGTH);
    check_equal(read_with(put_long_extension), FAULT_LENGTH);
    check_equal(read_with(put_many_extensions), FAULT_LIMIT);
}

static void a_broken_hello_is_refused(void **state)
{
    (void)state;
    struct fact fact;
    struct octets hello = hello_with(put_extensions_1_3);
    hello.at[38] = 33; /* session identifier */
    check_equal(read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact), FAULT_LENGTH);
    hello = hello_with(put_extensions_1_3);
    hello.at[45]++; /* extensions over the end */
    check_equal(read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact), FAULT_LENGTH);
    hello = hello_with(put_extensions_1_3);
    hello.at[45]--; /* the message goes on behind them */
    check_equal(read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact), FAULT_LENGTH);
    struct octets cut = { 0 };
    put(&cut, BYTES("\002\0\0\002\003\003"));
    check_equal(read_hello(&cut, TLS_HELLO_BYTES_MAX, &fact), FAULT_LENGTH);
    hello = hello_with(put_extensions_1_3);
    hello.at[4] = 2;
    check_equal(read_hello(&hello, TLS_HELLO_BYTES_MAX, &fact), FAULT_VERSION);
}

TESTS(TEST(a_hello_of_tls_1_3_is_read), TEST(a_hello_of_tls_1_2_is_read),
      TEST(a_retry_is_known_by_its_random), TEST(a_hello_without_extensions_is_read),
      TEST(an_early_draft_of_1_3_has_no_session), TEST(every_shorter_stream_waits_for_more),
      TEST(warnings_before_the_hello_are_passed_over), TEST(other_messages_are_refused),
      TEST(the_count_of_extensions_stops_at_255), TEST(broken_extensions_are_refused),
      TEST(a_broken_hello_is_refused))
