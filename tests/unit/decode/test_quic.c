// SPDX-License-Identifier: Apache-2.0
#include "decode/quic_private.h"

#include "quic_initial.h"
#include "quic_samples.h"

static struct quic_collector collector;
static struct fact fact;

static void start(void)
{
    memset(&collector, 0, sizeof collector);
    memset(&fact, 0, sizeof fact);
}

/* A ClientHello without extensions but for one that fills it to len octets. */
static struct octets hello_of(size_t len)
{
    struct octets w = { 0 };
    put_number(&w, 1, 1);
    size_t message = open_length(&w, 3);
    put16(&w, 0x0303);
    put_zeros(&w, 33);
    put(&w, BYTES("\0\002\023\001\001\0"));
    size_t list = open_length(&w, 2);
    put16(&w, 21); /* padding */
    size_t body = open_length(&w, 2);
    put_zeros(&w, len - w.len);
    close_length(&w, body, 2);
    close_length(&w, list, 2);
    close_length(&w, message, 3);
    return w;
}

static enum fault read_initial(uint8_t number, const struct octets *frames)
{
    struct octets datagram = { 0 };
    struct initial initial = initial_good(number);
    put_initial(&datagram, &initial, octets_bytes(frames));
    return quic_read(&collector, octets_bytes(&datagram), &fact);
}

static void the_samples_of_the_standards_are_read(void **state)
{
    (void)state;
    const struct {
        struct bytes datagram;
        uint32_t version;
    } samples[] = {
        { { rfc9001_initial, sizeof rfc9001_initial }, 1 },
        { { rfc9369_initial, sizeof rfc9369_initial }, 0x6b3343cf },
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        start();
        check_equal(quic_read(&collector, samples[i].datagram, &fact), FAULT_NONE);
        check_equal(fact.kind, FACT_TLS_CLIENT);
        check_equal(fact.tls_client.quic_version, samples[i].version);
        check_text(fact_name_bytes(&fact.tls_client.server_name), "example.com");
        check_text(((struct bytes){ (const uint8_t *)fact.tls_client.ja4, 10 }), "q13d0211an");
    }
}

/* RFC 9001 A.1 and RFC 9369 A.1 */
static void keys_are_those_of_the_standards(void **state)
{
    (void)state;
    const struct {
        uint32_t version;
        struct bytes key, iv, header;
    } samples[] = {
        { 1, BYTES("\x1f\x36\x96\x13\xdd\x76\xd5\x46\x77\x30\xef\xcb\xe3\xb1\xa2\x2d"),
          BYTES("\xfa\x04\x4b\x2f\x42\xa3\xfd\x3b\x46\xfb\x25\x5c"),
          BYTES("\x9f\x50\x44\x9e\x04\xa0\xe8\x10\x28\x3a\x1e\x99\x33\xad\xed\xd2") },
        { 0x6b3343cf, BYTES("\x8b\x1a\x0b\xc1\x21\x28\x42\x90\xa2\x9e\x09\x71\xb5\xcd\x04\x5d"),
          BYTES("\x91\xf7\x3e\x23\x51\xd8\xfa\x91\x66\x0e\x90\x9f"),
          BYTES("\x45\xb9\x5e\x15\x23\x5d\x6f\x45\xa6\xb1\x9c\xbc\xb0\x29\x4b\xa9") },
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct quic_keys keys;
        quic_client_keys(quic_scheme_find(samples[i].version), sample_connection(), &keys);
        check(memcmp(keys.key, samples[i].key.at, sizeof keys.key) == 0);
        check(memcmp(keys.iv, samples[i].iv.at, sizeof keys.iv) == 0);
        check(memcmp(keys.header, samples[i].header.at, sizeof keys.header) == 0);
    }
}

static void every_shorter_datagram_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof rfc9001_initial; len++) {
        start();
        struct bytes part = { rfc9001_initial, len };
        check_equal(quic_read(&collector, part, &fact),
                    len < 5 && len > 0 ? FAULT_VERSION : FAULT_LENGTH);
        check_equal(collector.version, 0);
    }
}

static void a_changed_octet_does_not_authenticate(void **state)
{
    (void)state;
    uint8_t changed[sizeof rfc9001_initial];
    memcpy(changed, rfc9001_initial, sizeof changed);
    changed[600] ^= 1;
    start();
    struct bytes datagram = { changed, sizeof changed };
    check_equal(quic_read(&collector, datagram, &fact), FAULT_CRYPTO);
    check_equal(collector.version, 0);
}

static void a_hello_over_two_datagrams_is_read(void **state)
{
    (void)state;
    struct octets hello = hello_of(1800), frames = { 0 };
    start();
    put_crypto(&frames, octets_bytes(&hello), 0, 1000);
    check_equal(read_initial(0, &frames), FAULT_TRUNCATED);
    frames.len = 0;
    put_crypto(&frames, octets_bytes(&hello), 1000, 800);
    check_equal(read_initial(1, &frames), FAULT_NONE);
    check_equal(fact.tls_client.cipher_count, 1);
}

static void two_packets_in_one_datagram_are_read(void **state)
{
    (void)state;
    struct octets hello = hello_of(300), frames = { 0 }, datagram = { 0 };
    struct initial first = initial_good(0), second = initial_good(1);
    start();
    put_crypto(&frames, octets_bytes(&hello), 100, 200);
    put_initial(&datagram, &first, octets_bytes(&frames));
    frames.len = 0;
    put_crypto(&frames, octets_bytes(&hello), 0, 100);
    put_initial(&datagram, &second, octets_bytes(&frames));
    put_zeros(&datagram, 40);
    check_equal(quic_read(&collector, octets_bytes(&datagram), &fact), FAULT_NONE);
}

/* In any order, overlapping, among frames of other kinds, as browsers shuffle them. */
static void frames_may_come_in_any_order(void **state)
{
    (void)state;
    struct octets hello = hello_of(1000), frames = { 0 };
    start();
    put(&frames, BYTES("\001\0\0"));
    put_crypto(&frames, octets_bytes(&hello), 700, 300);
    put_crypto(&frames, octets_bytes(&hello), 100, 50);
    put(&frames, BYTES("\002\005\0\001\0\002\003"));
    put_crypto(&frames, octets_bytes(&hello), 300, 300);
    put_crypto(&frames, octets_bytes(&hello), 0, 80);
    put_crypto(&frames, octets_bytes(&hello), 60, 300);
    put(&frames, BYTES("\003\005\0\0\0\001\001\001"));
    check_equal(quic_frames_read(&collector, octets_bytes(&frames)), FAULT_NONE);
    check_equal(collector.assembly.count, 2);
    check_equal(collector.assembly.ranges[0].to, 600);
    check_equal(quic_hello_read(&collector, &fact), FAULT_TRUNCATED);
    frames.len = 0;
    put_crypto(&frames, octets_bytes(&hello), 550, 200);
    check_equal(quic_frames_read(&collector, octets_bytes(&frames)), FAULT_NONE);
    check_equal(collector.assembly.count, 1);
    check_equal(quic_hello_read(&collector, &fact), FAULT_NONE);
    check(memcmp(collector.crypto, hello.at, hello.len) == 0);
}

static void the_first_identifier_keeps_the_keys(void **state)
{
    (void)state;
    struct octets hello = hello_of(400), frames = { 0 }, datagram = { 0 };
    start();
    put_crypto(&frames, octets_bytes(&hello), 0, 200);
    check_equal(read_initial(0, &frames), FAULT_TRUNCATED);
    frames.len = 0;
    put_crypto(&frames, octets_bytes(&hello), 200, 200);
    struct initial later = initial_good(1);
    later.connection = BYTES("server's");
    put_initial(&datagram, &later, octets_bytes(&frames));
    check_equal(quic_read(&collector, octets_bytes(&datagram), &fact), FAULT_NONE);
}

static void a_retry_changes_the_keys(void **state)
{
    (void)state;
    struct octets hello = hello_of(400), frames = { 0 };
    start();
    put_crypto(&frames, octets_bytes(&hello), 0, 200);
    check_equal(read_initial(0, &frames), FAULT_TRUNCATED);
    struct initial later = initial_good(1);
    later.connection = later.secret_of = BYTES("of a retry");
    struct octets datagram = { 0 };
    put_initial(&datagram, &later, octets_bytes(&frames));
    check_equal(quic_read(&collector, octets_bytes(&datagram), &fact), FAULT_TRUNCATED);
    check_equal(collector.connection_len, 10);
    frames.len = datagram.len = 0;
    put_crypto(&frames, octets_bytes(&hello), 200, 200);
    later.connection = BYTES("other");
    put_initial(&datagram, &later, octets_bytes(&frames));
    check_equal(quic_read(&collector, octets_bytes(&datagram), &fact), FAULT_NONE);
}

static void what_does_not_authenticate_later_changes_nothing(void **state)
{
    (void)state;
    struct octets hello = hello_of(400), frames = { 0 };
    start();
    put_crypto(&frames, octets_bytes(&hello), 0, 200);
    check_equal(read_initial(0, &frames), FAULT_TRUNCATED);
    struct quic_collector before = collector;
    struct bytes foreign = { rfc9369_initial, sizeof rfc9369_initial - 1 };
    check_equal(quic_read(&collector, foreign, &fact), FAULT_TRUNCATED);
    check_equal(quic_read(&collector, BYTES("\100short header"), &fact), FAULT_TRUNCATED);
    struct initial strange = initial_good(1);
    strange.secret_of = BYTES("unknown");
    struct octets datagram = { 0 };
    put_initial(&datagram, &strange, octets_bytes(&frames));
    check_equal(quic_read(&collector, octets_bytes(&datagram), &fact), FAULT_TRUNCATED);
    check(memcmp(&before, &collector, sizeof before) == 0);
}

static void drafts_are_read(void **state)
{
    (void)state;
    static const uint32_t versions[] = { 0xff000017, 0xff00001d, 0xff000020, 0xfaceb002 };
    for (size_t i = 0; i < COUNT(versions); i++) {
        struct octets hello = hello_of(300), frames = { 0 }, datagram = { 0 };
        struct initial initial = initial_good(0);
        initial.version = versions[i];
        start();
        put_crypto(&frames, octets_bytes(&hello), 0, 300);
        put_initial(&datagram, &initial, octets_bytes(&frames));
        check_equal(quic_read(&collector, octets_bytes(&datagram), &fact), FAULT_NONE);
        check_equal(fact.tls_client.quic_version, versions[i]);
    }
}

static enum fault read_octets(struct bytes datagram)
{
    start();
    return quic_read(&collector, datagram, &fact);
}

static void other_datagrams_are_refused_by_reason(void **state)
{
    (void)state;
    /* version negotiation; a version of nobody; a short header; Handshake; Retry of v2 */
    check_equal(read_octets(BYTES("\200\0\0\0\0\0\0\0\0\0\001")), FAULT_VERSION);
    check_equal(read_octets(BYTES("\300\032\052\072\112\0\0\0\0")), FAULT_VERSION);
    check_equal(read_octets(BYTES("\100\0\0\0\001\0\0\0\0")), FAULT_UNSUPPORTED);
    check_equal(read_octets(BYTES("\340\0\0\0\001\0\0\0\0")), FAULT_UNSUPPORTED);
    check_equal(read_octets(BYTES("\300\153\063\103\317\0\0\0\0")), FAULT_UNSUPPORTED);
    /* identifiers, token and length over their bounds; no room for a sample */
    check_equal(read_octets(BYTES("\300\0\0\0\001\025123456789012345678901\0\0\0")),
                FAULT_LENGTH);
    check_equal(read_octets(BYTES("\300\0\0\0\001\0\025123456789012345678901\0\0")),
                FAULT_LENGTH);
    check_equal(read_octets(BYTES("\300\0\0\0\001\0\0\002x")), FAULT_LENGTH);
    check_equal(read_octets(BYTES("\300\0\0\0\001\0\0\0\003xx")), FAULT_LENGTH);
    check_equal(read_octets(BYTES("\300\0\0\0\001\0\0\0\002xx")), FAULT_LENGTH);
}

static void a_packet_over_our_bound_is_refused(void **state)
{
    (void)state;
    struct octets frames = { 0 };
    start();
    put_zeros(&frames, QUIC_PACKET_MAX);
    check_equal(read_initial(0, &frames), FAULT_LIMIT);
}

static enum fault read_frames(struct bytes frames)
{
    start();
    return quic_frames_read(&collector, frames);
}

static void broken_frames_are_refused(void **state)
{
    (void)state;
    check_equal(read_frames(BYTES("\004\0\0\0")), FAULT_VALUE); /* RESET_STREAM */
    check_equal(read_frames(BYTES("\006\0\005abcd")), FAULT_LENGTH);
    check_equal(read_frames(BYTES("\006\0")), FAULT_LENGTH);
    check_equal(read_frames(BYTES("\006\120\0\001x\001")), FAULT_LIMIT);
    check_equal(read_frames(BYTES("\006\005\0")), FAULT_NONE); /* of nothing */
    check_equal(collector.assembly.count, 0);
    check_equal(read_frames(BYTES("\002\0\0\077\0\0\0")), FAULT_LENGTH);
    check_equal(read_frames(BYTES("\003\0\0\0\0\001\001")), FAULT_LENGTH);
    check_equal(read_frames(BYTES("\034\012\006\003why")), FAULT_NONE);
    check_equal(read_frames(BYTES("\034\012\006\004why")), FAULT_LENGTH);
    check_equal(read_frames(BYTES("\006\120\0\001x")), FAULT_LIMIT);
    check_equal(read_frames(BYTES("\006\117\377\001x")), FAULT_NONE);
    check_equal(read_frames(BYTES("\006\117\377\002xx")), FAULT_LIMIT);
    check_equal(read_frames(BYTES("\006\377\377\377\377\377\377\377\377\001x")), FAULT_LIMIT);
}

/* Nothing at all, a later piece only, a front too short to tell, and more than the hello. */
static void a_hello_waits_for_its_front(void **state)
{
    (void)state;
    struct octets hello = hello_of(300), frames = { 0 };
    start();
    put(&frames, BYTES("\001\0\0\0"));
    check_equal(read_initial(0, &frames), FAULT_TRUNCATED);
    put_crypto(&frames, octets_bytes(&hello), 100, 200);
    check_equal(read_initial(1, &frames), FAULT_TRUNCATED);
    frames.len = 0;
    put_crypto(&frames, octets_bytes(&hello), 0, 3);
    check_equal(read_initial(2, &frames), FAULT_TRUNCATED);
    frames.len = 0;
    put(&hello, BYTES("more"));
    put_crypto(&frames, octets_bytes(&hello), 3, 301);
    check_equal(read_initial(3, &frames), FAULT_NONE);
}

static void more_pieces_than_kept_are_refused(void **state)
{
    (void)state;
    struct octets hello = hello_of(1000), frames = { 0 };
    start();
    for (size_t i = 0; i < ASSEMBLY_RANGES_MAX; i++)
        put_crypto(&frames, octets_bytes(&hello), 10 * i, 5);
    check_equal(quic_frames_read(&collector, octets_bytes(&frames)), FAULT_NONE);
    frames.len = 0;
    put_crypto(&frames, octets_bytes(&hello), 900, 1);
    check_equal(quic_frames_read(&collector, octets_bytes(&frames)), FAULT_LIMIT);
    frames.len = 0;
    put_crypto(&frames, octets_bytes(&hello), 0, 500);
    check_equal(quic_frames_read(&collector, octets_bytes(&frames)), FAULT_NONE);
    check_equal(collector.assembly.count, 1);
}

static void what_is_no_hello_is_refused(void **state)
{
    (void)state;
    struct octets frames = { 0 };
    start();
    put_crypto(&frames, BYTES("\002\0\0\0"), 0, 4);
    check_equal(read_initial(0, &frames), FAULT_UNSUPPORTED);
    start();
    frames.len = 0;
    put_crypto(&frames, BYTES("\001\0\020\0"), 0, 4);
    check_equal(read_initial(0, &frames), FAULT_LIMIT);
}

TESTS(TEST(the_samples_of_the_standards_are_read), TEST(keys_are_those_of_the_standards),
      TEST(every_shorter_datagram_is_refused), TEST(a_changed_octet_does_not_authenticate),
      TEST(a_hello_over_two_datagrams_is_read), TEST(two_packets_in_one_datagram_are_read),
      TEST(frames_may_come_in_any_order), TEST(the_first_identifier_keeps_the_keys),
      TEST(a_retry_changes_the_keys), TEST(what_does_not_authenticate_later_changes_nothing),
      TEST(drafts_are_read), TEST(other_datagrams_are_refused_by_reason),
      TEST(a_packet_over_our_bound_is_refused), TEST(broken_frames_are_refused),
      TEST(a_hello_waits_for_its_front), TEST(more_pieces_than_kept_are_refused),
      TEST(what_is_no_hello_is_refused))
