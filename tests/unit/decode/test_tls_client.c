// SPDX-License-Identifier: Apache-2.0
#include "decode/parsers.h"
#include "decode/tls_private.h"

#include "octets.h"

static const uint16_t ciphers[] = { 0x2a2a, 0x1301, 0x1302, 0xc02b, 0x00ff };
static const uint16_t groups[] = { 0x8a8a, 0x11ec, 0x001d, 0x0017 };
static const uint16_t signatures[] = { 0x0403, 0x0804, 0x0905 };
static const uint16_t versions[] = { 0x6a6a, 0x0304, 0x0303 };

static void put_server_name(struct octets *w, const char *name)
{
    put16(w, TLS_EXTENSION_SERVER_NAME);
    size_t body = open_length(w, 2);
    size_t list = open_length(w, 2);
    put_number(w, 0, 1);
    put_text16(w, name);
    close_length(w, list, 2);
    close_length(w, body, 2);
}

/* As browsers have sent it since 2024: GREASE, X25519MLKEM768 with its 1216 octets, then
 * X25519. */
static void put_shares(struct octets *w)
{
    static const struct {
        uint16_t group, len;
    } shares[] = { { 0x8a8a, 1 }, { 0x11ec, 1216 }, { 0x001d, 32 } };
    put16(w, TLS_EXTENSION_KEY_SHARE);
    size_t body = open_length(w, 2);
    size_t list = open_length(w, 2);
    for (size_t i = 0; i < COUNT(shares); i++) {
        put16(w, shares[i].group);
        put16(w, shares[i].len);
        put_zeros(w, shares[i].len);
    }
    close_length(w, list, 2);
    close_length(w, body, 2);
}

static void put_protocols(struct octets *w)
{
    put16(w, TLS_EXTENSION_ALPN);
    put16(w, 14);
    put16(w, 12);
    put(w, BYTES("\002h2\010http/1.1"));
}

static void put_extensions(struct octets *w)
{
    put_number(w, 0x1a1a0000, 4);
    put_server_name(w, "WWW.Example.org");
    put_number_extension(w, TLS_EXTENSION_GROUPS, 2, groups, COUNT(groups));
    put(w, BYTES("\0\013\0\002\001\0")); /* uncompressed points */
    put_protocols(w);
    put_number_extension(w, TLS_EXTENSION_SIGNATURES, 2, signatures, COUNT(signatures));
    put_number_extension(w, TLS_EXTENSION_VERSIONS, 1, versions, COUNT(versions));
    put_shares(w);
    put_number(w, 0xfe0d0001, 4);
    put_number(w, 0, 1);
}

typedef void put_part(struct octets *w);

static struct octets message_with(put_part *extensions)
{
    struct octets w = { 0 };
    put_number(&w, TLS_CLIENT_HELLO, 1);
    size_t message = open_length(&w, 3);
    put16(&w, 0x0303);
    put_zeros(&w, TLS_RANDOM_BYTES);
    put_number(&w, 4, 1);
    put_zeros(&w, 4);
    put16(&w, sizeof ciphers);
    for (size_t i = 0; i < COUNT(ciphers); i++)
        put16(&w, ciphers[i]);
    put_number(&w, 0x0100, 2);
    if (extensions) {
        size_t list = open_length(&w, 2);
        extensions(&w);
        close_length(&w, list, 2);
    }
    close_length(&w, message, 3);
    return w;
}

static struct octets stream_with(put_part *extensions, size_t record_len)
{
    struct octets message = message_with(extensions);
    struct octets stream = { 0 };
    put_records(&stream, octets_bytes(&message), record_len);
    return stream;
}

static enum fault read_stream(const struct octets *stream, struct fact *out)
{
    size_t taken = 0;
    enum fault fault = tls_client_read(octets_bytes(stream), &taken, out);
    check_equal(taken, fault == FAULT_NONE ? stream->len : 0);
    return fault;
}

static enum fault read_with(put_part *extensions)
{
    struct fact fact;
    struct octets stream = stream_with(extensions, TLS_HELLO_BYTES_MAX);
    return read_stream(&stream, &fact);
}

static void a_hello_is_read_with_its_lists(void **state)
{
    (void)state;
    struct fact fact;
    struct octets stream = stream_with(put_extensions, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_NONE);
    check_equal(fact.kind, FACT_TLS_CLIENT);
    const struct tls_client_fact *hello = &fact.tls_client;
    check_text(fact_name_bytes(&hello->server_name), "www.example.org");
    check_text(((struct bytes){ (const uint8_t *)hello->alpn, hello->alpn_len }),
               "h2,http/1.1");
    check_equal(hello->record_version, 0x0301);
    check_equal(hello->hello_version, 0x0303);
    check_equal(hello->highest_version, 0x0304);
    check_equal(hello->quic_version, 0);
    check_equal(hello->cipher_count, 4);
    check_equal(hello->extension_count, 8);
    check_equal(hello->group_count, 3);
    check_equal(hello->groups[0], 0x11ec);
    check_equal(hello->share_count, 2);
    check_equal(hello->shares[0], 0x11ec);
    check_equal(hello->shares[1], 0x001d);
    check_equal(hello->signature_count, 3);
    check_equal(hello->signatures[2], 0x0905);
    check(hello->has_encrypted_hello);
}

/* A hello of 1.4 kB comes in two segments; every cut of it must wait for the rest. */
static void every_shorter_stream_waits_for_more(void **state)
{
    (void)state;
    static const size_t record_lens[] = { TLS_HELLO_BYTES_MAX, 100, 1 };
    for (size_t i = 0; i < COUNT(record_lens); i++) {
        struct octets stream = stream_with(put_extensions, record_lens[i]);
        for (size_t len = 0; len < stream.len; len++) {
            struct fact fact;
            size_t taken = 0;
            struct bytes part = { stream.at, len };
            check_equal(tls_client_read(part, &taken, &fact), FAULT_TRUNCATED);
        }
    }
}

static void records_may_cut_a_hello_anywhere(void **state)
{
    (void)state;
    struct fact whole, cut;
    struct octets stream = stream_with(put_extensions, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &whole), FAULT_NONE);
    for (size_t len = 1; len < 300; len += 7) {
        stream = stream_with(put_extensions, len);
        check_equal(read_stream(&stream, &cut), FAULT_NONE);
        check(memcmp(whole.tls_client.ja3, cut.tls_client.ja3, 16) == 0);
        check(memcmp(whole.tls_client.ja4, cut.tls_client.ja4, FACT_JA4_LEN) == 0);
    }
}

static void what_follows_the_hello_is_not_taken(void **state)
{
    (void)state;
    struct fact fact;
    struct octets stream = stream_with(put_extensions, TLS_HELLO_BYTES_MAX);
    size_t len = stream.len, taken = 0;
    put(&stream, BYTES("\024\003\003\0\001\001"));
    check_equal(tls_client_read(octets_bytes(&stream), &taken, &fact), FAULT_NONE);
    check_equal(taken, len);
}

static void a_hello_without_extensions_is_read(void **state)
{
    (void)state;
    struct fact fact;
    struct octets stream = stream_with(NULL, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_NONE);
    check_equal(fact.tls_client.highest_version, 0x0303);
    check_equal(fact.tls_client.server_name.len, 0);
    check_text(((struct bytes){ (const uint8_t *)fact.tls_client.ja4, 10 }), "t12i040000");
}

static void a_hello_of_quic_is_read_without_records(void **state)
{
    (void)state;
    struct fact fact;
    struct octets message = message_with(put_extensions);
    check_equal(tls_client_hello_read(octets_bytes(&message), 0, 1, &fact), FAULT_NONE);
    check_equal(fact.tls_client.quic_version, 1);
    check_equal(fact.tls_client.ja4[0], 'q');
    for (size_t len = 0; len < message.len; len++) {
        struct bytes part = { message.at, len };
        check_equal(tls_client_hello_read(part, 0, 1, &fact), FAULT_TRUNCATED);
    }
    put_zeros(&message, 1);
    check_equal(tls_client_hello_read(octets_bytes(&message), 0, 1, &fact), FAULT_LENGTH);
}

static enum fault read_octets(struct bytes octets)
{
    struct fact fact;
    size_t taken;
    return tls_client_read(octets, &taken, &fact);
}

static void other_streams_are_refused_by_reason(void **state)
{
    (void)state;
    check_equal(read_octets(BYTES("GET / HTTP/1.1\r\n")), FAULT_VALUE);
    check_equal(read_octets(BYTES("\026\004\001\0\004\001\0\0\0")), FAULT_VERSION);
    check_equal(read_octets(BYTES("\025\003\001\0\002\002\050")),
                FAULT_UNSUPPORTED); /* alert */
    check_equal(read_octets(BYTES("\026\003\001\0\004\002\0\0\0")), FAULT_UNSUPPORTED);
    check_equal(read_octets(BYTES("\026\003\001\0\0")), FAULT_LENGTH);
    check_equal(read_octets(BYTES("\026\003\001\100\001\001")), FAULT_LENGTH);
    check_equal(read_octets(BYTES("\026\003\001\0\004\001\0\100\0")), FAULT_LIMIT);
    /* SSL 2.0 compatible */
    check_equal(read_octets(BYTES("\200\056\001\003\001\0\025")), FAULT_UNSUPPORTED);
    check_equal(read_octets(BYTES("\200\056\001\0\002\0\025")), FAULT_UNSUPPORTED);
    check_equal(read_octets(BYTES("\200\056\004\0\002\0\025")), FAULT_VALUE);
    check_equal(read_octets(BYTES("\200\056\001\0\003\0\025")), FAULT_VALUE);
    check_equal(read_octets(BYTES("\200\056\001\001\003\0\025")), FAULT_VALUE);
    check_equal(read_octets(BYTES("\001\003\001\0\003\0\025")), FAULT_VALUE);
}

static void an_alert_between_the_records_of_a_hello_is_refused(void **state)
{
    (void)state;
    struct fact fact;
    struct octets stream = stream_with(put_extensions, 100);
    stream.at[105] = 21;
    check_equal(read_stream(&stream, &fact), FAULT_UNSUPPORTED);
}

/* Each way a length inside the message can contradict what is around it. */
static void lengths_that_contradict_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } cases[] = {
        { 38, 200 },  /* session identifier over the message's end or too long */
        { 38, 33 },   /* longer than any */
        { 44, 9 },    /* an odd length of cipher suites */
        { 43, 0xff }, /* cipher suites over the end */
        { 55, 0xff }, /* compression methods over the end */
        { 58, 0 },    /* extensions end before the message does */
        { 57, 0xff }, /* extensions over the end */
        { 61, 0xff }, /* one extension over the end */
    };
    struct octets good = message_with(put_extensions);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fact fact;
        struct octets message = good;
        check(message.at[cases[i].at] != cases[i].value);
        message.at[cases[i].at] = cases[i].value;
        check_equal(tls_client_hello_read(octets_bytes(&message), 0, 1, &fact), FAULT_LENGTH);
    }
}

static void put_long_name_list(struct octets *w)
{
    put(w, BYTES("\0\0\0\007\0\005\0\0\003abc"));
}

static void put_two_names(struct octets *w)
{
    put(w, BYTES("\0\0\0\016\0\014\001\0\001x\0\0\001a\0\0\001b"));
}

static void put_odd_groups(struct octets *w)
{
    put(w, BYTES("\0\012\0\005\0\003\0\035\0"));
}

static void put_short_points(struct octets *w)
{
    put(w, BYTES("\0\013\0\002\002\0"));
}

static void put_long_protocol(struct octets *w)
{
    put(w, BYTES("\0\020\0\005\0\003\003h2"));
}

static void put_odd_versions(struct octets *w)
{
    put(w, BYTES("\0\053\0\004\003\003\004\003"));
}

static void put_long_share(struct octets *w)
{
    put(w, BYTES("\0\063\0\006\0\004\0\035\0\040"));
}

static void put_half_an_extension(struct octets *w)
{
    put(w, BYTES("\0\027\0"));
}

/* Lists longer than their extensions, and extensions longer than their lists. */
static void lists_fill_their_extensions(void **state)
{
    (void)state;
    static const uint8_t types[] = { TLS_EXTENSION_SERVER_NAME,   TLS_EXTENSION_GROUPS,
                                     TLS_EXTENSION_POINT_FORMATS, TLS_EXTENSION_SIGNATURES,
                                     TLS_EXTENSION_ALPN,          TLS_EXTENSION_VERSIONS,
                                     TLS_EXTENSION_KEY_SHARE };
    static const char *const bodies[] = { "\0\377", "\0\0\0", "\377" };
    for (size_t i = 0; i < COUNT(types); i++) {
        for (size_t j = 0; j < COUNT(bodies); j++) {
            struct fact fact;
            struct octets hello = message_with(NULL);
            uint8_t len = j == 0 ? 2 : j == 1 ? 3 : 1;
            put16(&hello, (uint16_t)(4 + len));
            put16(&hello, types[i]);
            put16(&hello, len);
            put(&hello, (struct bytes){ (const uint8_t *)bodies[j], len });
            close_length(&hello, TLS_MESSAGE_HEADER_BYTES, 3);
            check_equal(tls_client_hello_read(octets_bytes(&hello), 0, 1, &fact), FAULT_LENGTH);
        }
    }
}

static void put_empty_name(struct octets *w)
{
    put_number(w, 0, 4);
}

static void an_empty_server_name_is_none(void **state)
{
    (void)state;
    struct fact fact;
    struct octets stream = stream_with(put_empty_name, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_NONE);
    check_equal(fact.tls_client.server_name.len, 0);
    check_equal(fact.tls_client.ja4[3], 'd'); /* the extension is there */
}

static void put_many_shares(struct octets *w)
{
    put16(w, TLS_EXTENSION_KEY_SHARE);
    put16(w, 2 + 4 * (FACT_TLS_SHARES_MAX + 2));
    put16(w, 4 * (FACT_TLS_SHARES_MAX + 2));
    for (uint16_t i = 0; i < FACT_TLS_SHARES_MAX + 2; i++)
        put_number(w, (uint64_t)(0x100 + i) << 16, 4);
}

static void the_first_shares_are_kept(void **state)
{
    (void)state;
    struct fact fact;
    struct octets stream = stream_with(put_many_shares, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_NONE);
    check_equal(fact.tls_client.share_count, FACT_TLS_SHARES_MAX);
}

static struct octets message_of_ciphers(size_t count, size_t extension_count)
{
    struct octets w = { 0 };
    put_number(&w, TLS_CLIENT_HELLO, 1);
    size_t message = open_length(&w, 3);
    put16(&w, 0x0303);
    put_zeros(&w, TLS_RANDOM_BYTES + 1);
    put16(&w, (uint16_t)(2 * count));
    put_zeros(&w, 2 * count);
    put_number(&w, 0x0100, 2);
    put16(&w, (uint16_t)(4 * extension_count));
    for (size_t i = 0; i < extension_count; i++)
        put_number(&w, 0x40000000, 4);
    close_length(&w, message, 3);
    return w;
}

static void counts_stop_at_255(void **state)
{
    (void)state;
    struct fact fact;
    struct octets message = message_of_ciphers(TLS_NUMBERS_MAX, TLS_EXTENSIONS_MAX);
    check_equal(tls_client_hello_read(octets_bytes(&message), 0, 1, &fact), FAULT_NONE);
    check_equal(fact.tls_client.cipher_count, 255);
    check_equal(fact.tls_client.extension_count, 255);
    message = message_of_ciphers(TLS_NUMBERS_MAX + 1, 0);
    check_equal(tls_client_hello_read(octets_bytes(&message), 0, 1, &fact), FAULT_LIMIT);
}

static void other_messages_of_quic_are_refused(void **state)
{
    (void)state;
    struct fact fact;
    check_equal(tls_client_hello_read(BYTES("\002\0\0\0"), 0, 1, &fact), FAULT_UNSUPPORTED);
    check_equal(tls_client_hello_read(BYTES("\001\001\0\0"), 0, 1, &fact), FAULT_LIMIT);
}

static void broken_extensions_are_refused(void **state)
{
    (void)state;
    check_equal(read_with(put_long_name_list), FAULT_LENGTH);
    check_equal(read_with(put_odd_groups), FAULT_LENGTH);
    check_equal(read_with(put_short_points), FAULT_LENGTH);
    check_equal(read_with(put_long_protocol), FAULT_LENGTH);
    check_equal(read_with(put_odd_versions), FAULT_LENGTH);
    check_equal(read_with(put_long_share), FAULT_LENGTH);
    check_equal(read_with(put_half_an_extension), FAULT_LENGTH);
}

static void the_first_host_name_counts(void **state)
{
    (void)state;
    struct fact fact;
    struct octets stream = stream_with(put_two_names, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_NONE);
    check_text(fact_name_bytes(&fact.tls_client.server_name), "a");
}

static void put_many_extensions(struct octets *w)
{
    for (uint16_t i = 0; i <= TLS_EXTENSIONS_MAX; i++)
        put_number(w, (uint64_t)(0x4000 + i) << 16, 4);
}

static void put_many_groups(struct octets *w)
{
    uint16_t many[TLS_NUMBERS_MAX + 1] = { 0 };
    put_number_extension(w, TLS_EXTENSION_GROUPS, 2, many, COUNT(many));
}

static void lists_over_the_bounds_are_refused(void **state)
{
    (void)state;
    check_equal(read_with(put_many_extensions), FAULT_LIMIT);
    check_equal(read_with(put_many_groups), FAULT_LIMIT);
}

static void put_more_groups_than_kept(struct octets *w)
{
    uint16_t many[FACT_TLS_GROUPS_MAX + 10];
    for (uint16_t i = 0; i < COUNT(many); i++)
        many[i] = i;
    put_number_extension(w, TLS_EXTENSION_GROUPS, 2, many, COUNT(many));
}

static void the_first_groups_are_kept(void **state)
{
    (void)state;
    struct fact fact;
    struct octets stream = stream_with(put_more_groups_than_kept, TLS_HELLO_BYTES_MAX);
    check_equal(read_stream(&stream, &fact), FAULT_NONE);
    check_equal(fact.tls_client.group_count, FACT_TLS_GROUPS_MAX);
    check_equal(fact.tls_client.groups[FACT_TLS_GROUPS_MAX - 1], FACT_TLS_GROUPS_MAX - 1);
}

static void an_unknown_version_is_refused(void **state)
{
    (void)state;
    struct fact fact;
    struct octets message = message_with(NULL);
    message.at[4] = 2;
    check_equal(tls_client_hello_read(octets_bytes(&message), 0, 1, &fact), FAULT_VERSION);
}

TESTS(TEST(a_hello_is_read_with_its_lists), TEST(every_shorter_stream_waits_for_more),
      TEST(records_may_cut_a_hello_anywhere), TEST(what_follows_the_hello_is_not_taken),
      TEST(a_hello_without_extensions_is_read), TEST(a_hello_of_quic_is_read_without_records),
      TEST(other_streams_are_refused_by_reason),
      TEST(an_alert_between_the_records_of_a_hello_is_refused),
      TEST(lengths_that_contradict_are_refused), TEST(lists_fill_their_extensions),
      TEST(an_empty_server_name_is_none), TEST(the_first_shares_are_kept),
      TEST(counts_stop_at_255), TEST(other_messages_of_quic_are_refused),
      TEST(broken_extensions_are_refused), TEST(the_first_host_name_counts),
      TEST(lists_over_the_bounds_are_refused), TEST(the_first_groups_are_kept),
      TEST(an_unknown_version_is_refused))
