// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "decode/parsers.h"

#include "check.h"

struct stream {
    size_t len;
    uint8_t at[65536];
};

static struct stream stream; /* each test writes it anew */

static struct bytes stream_bytes(void)
{
    return (struct bytes){ stream.at, stream.len };
}

static void put(const void *at, size_t len)
{
    memcpy(stream.at + stream.len, at, len);
    stream.len += len;
}

#define PUT(literal) put(literal, sizeof(literal) - 1)

static void put_be32(size_t value)
{
    put((const uint8_t[]){ (uint8_t)(value >> 24), (uint8_t)(value >> 16),
                           (uint8_t)(value >> 8), (uint8_t)value },
        4);
}

static void put_list(const char *names)
{
    put_be32(strlen(names));
    put(names, strlen(names));
}

/* A packet begins; packet_end writes its length. */
static size_t packet_begin(uint8_t message)
{
    size_t at = stream.len;
    put_be32(0);
    put((const uint8_t[]){ 4, message }, 2);
    return at;
}

static void packet_end(size_t at)
{
    PUT("\0\0\0\0");
    size_t end = stream.len;
    stream.len = at;
    put_be32(end - at - 4);
    stream.len = end;
}

#define KEX "mlkem768x25519-sha256,sntrup761x25519-sha512@openssh.com,curve25519-sha256"

static void put_kexinit(const char *kex)
{
    static const char *const lists[] = { "ssh-ed25519,rsa-sha2-512",
                                         "chacha20-poly1305@openssh.com,aes128-ctr",
                                         "aes256-gcm@openssh.com,aes128-ctr",
                                         "umac-64-etm@openssh.com",
                                         "hmac-sha2-256",
                                         "none,zlib@openssh.com",
                                         "none",
                                         "",
                                         "" };
    size_t packet = packet_begin(20);
    PUT("0123456789abcdef");
    put_list(kex);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        put_list(lists[i]);
    PUT("\0\0\0\0\0");
    packet_end(packet);
}

#define BANNER "SSH-2.0-OpenSSH_9.9 Debian-1\r\n"

static void put_good(void)
{
    stream.len = 0;
    PUT(BANNER);
    put_kexinit(KEX);
}

static enum fault read_side(bool is_server, struct ssh_fact *out, size_t *taken)
{
    struct fact fact;
    enum fault fault = ssh_read(stream_bytes(), is_server, taken, &fact);
    if (!fault) {
        check_equal(fact.kind, FACT_SSH);
        *out = fact.ssh;
    }
    return fault;
}

static enum fault fault_of_side(bool is_server)
{
    struct ssh_fact ssh;
    size_t taken;
    return read_side(is_server, &ssh, &taken);
}

#define TEXT(fact, member) \
    ((struct bytes){ (const uint8_t *)(fact).member, (fact).member##_len })

static void check_hassh(const struct ssh_fact *ssh, const char *expected)
{
    char room[33];
    struct text text = text_over(room, sizeof room);
    text_put_hex(&text, (struct bytes){ ssh->hassh, sizeof ssh->hassh });
    check_text(text_bytes(&text), expected);
}

static void a_client_is_read(void **state)
{
    (void)state;
    put_good();
    size_t end = stream.len, taken = 0;
    PUT("more");
    struct ssh_fact ssh;
    check_equal(read_side(false, &ssh, &taken), FAULT_NONE);
    check_equal(taken, end);
    check(!ssh.is_server && ssh.has_kexinit);
    check_text(TEXT(ssh, banner), "SSH-2.0-OpenSSH_9.9 Debian-1");
    check_text(TEXT(ssh, kex), "mlkem768x25519-sha256");
    check_text(TEXT(ssh, host_key), "ssh-ed25519");
    check_text(TEXT(ssh, cipher), "chacha20-poly1305@openssh.com");
    check_text(TEXT(ssh, kex_list), KEX);
    check_hassh(&ssh, "62aa77f2792e1c2ad23a3facb3a6bd50");
}

static void a_server_is_read_after_its_greetings(void **state)
{
    (void)state;
    stream.len = 0;
    PUT("Welcome.\r\n\nSSH is spoken here\n" BANNER);
    put_kexinit(KEX);
    struct ssh_fact ssh;
    size_t taken = 0;
    check_equal(read_side(true, &ssh, &taken), FAULT_NONE);
    check_equal(taken, stream.len);
    check(ssh.is_server);
    check_text(TEXT(ssh, banner), "SSH-2.0-OpenSSH_9.9 Debian-1");
    check_hassh(&ssh, "e64580072c538e571b982242457849cf");
    check_equal(fault_of_side(false), FAULT_VALUE); /* a client may not greet */
}

static void every_shorter_stream_is_truncated(void **state)
{
    (void)state;
    put_good();
    struct fact fact, before;
    memset(&fact, 0x5a, sizeof fact);
    before = fact;
    size_t taken = 7;
    for (size_t len = 0; len < stream.len; len++)
        for (int is_server = 0; is_server <= 1; is_server++)
            check_equal(ssh_read(bytes_slice(stream_bytes(), 0, len), is_server, &taken, &fact),
                        FAULT_TRUNCATED);
    check_equal(memcmp(&fact, &before, sizeof fact), 0);
    check_equal(taken, 7);
}

static void a_banner_alone_can_be_had(void **state)
{
    (void)state;
    put_good();
    size_t banner_len = sizeof BANNER - 1;
    for (size_t len = 0; len <= stream.len; len++) {
        struct fact fact;
        enum fault fault = ssh_banner_read(bytes_slice(stream_bytes(), 0, len), false, &fact);
        check_equal(fault, len < banner_len ? FAULT_TRUNCATED : FAULT_NONE);
        if (fault)
            continue;
        check_text(TEXT(fact.ssh, banner), "SSH-2.0-OpenSSH_9.9 Debian-1");
        check(!fact.ssh.has_kexinit);
        check_equal(fact.ssh.kex_len + fact.ssh.host_key_len + fact.ssh.kex_list_len, 0);
    }
}

static void ssh_1_is_whole_with_its_banner(void **state)
{
    (void)state;
    stream.len = 0;
    PUT("SSH-1.5-OpenSSH_1.2\n");
    size_t end = stream.len, taken = 0;
    PUT("\0\0\1\x0b");
    struct ssh_fact ssh;
    check_equal(read_side(true, &ssh, &taken), FAULT_NONE);
    check_equal(taken, end);
    check_text(TEXT(ssh, banner), "SSH-1.5-OpenSSH_1.2");
    check(!ssh.has_kexinit);
}

static void a_server_of_both_versions_goes_on_to_kexinit(void **state)
{
    (void)state;
    stream.len = 0;
    PUT("SSH-1.99-Cisco-1.25\n");
    check_equal(fault_of_side(true), FAULT_TRUNCATED);
    put_kexinit("diffie-hellman-group1-sha1");
    struct ssh_fact ssh;
    size_t taken = 0;
    check_equal(read_side(true, &ssh, &taken), FAULT_NONE);
    check_text(TEXT(ssh, kex), "diffie-hellman-group1-sha1");
}

static enum fault fault_of_line(const char *line)
{
    stream.len = 0;
    put(line, strlen(line));
    return fault_of_side(false);
}

static void lines_that_are_no_identification_are_refused(void **state)
{
    (void)state;
    check_equal(fault_of_line("GET / HTTP/1.1\r\n"), FAULT_VALUE);
    check_equal(fault_of_line("SSH 2.0-x\r\n"), FAULT_VALUE);
    check_equal(fault_of_line("SSH-2.0\r\n"), FAULT_VALUE);
    check_equal(fault_of_line("SSH--x\r\n"), FAULT_VALUE);
    check_equal(fault_of_line("SSH-a.b-x\r\n"), FAULT_VALUE);
    check_equal(fault_of_line("SSH-3.0-x\r\n"), FAULT_VERSION);
    check_equal(fault_of_line("SSH-\n"), FAULT_VALUE);
}

static void lines_are_limited(void **state)
{
    (void)state;
    put_good();
    memset(stream.at, 'x', 4100);
    memcpy(stream.at, "SSH-2.0-", 8);
    stream.len = 254;
    check_equal(fault_of_side(false), FAULT_TRUNCATED);
    stream.len = 255;
    check_equal(fault_of_side(false), FAULT_LIMIT);
    stream.at[254] = '\n';
    check_equal(fault_of_side(false), FAULT_TRUNCATED); /* of the KEXINIT */
    stream.at[0] = 'x';
    stream.len = 4095;
    check_equal(fault_of_side(true), FAULT_TRUNCATED);
    stream.len = 4096;
    check_equal(fault_of_side(true), FAULT_LIMIT);
    stream.at[0] = 0x16;
    check_equal(fault_of_side(true), FAULT_VALUE);
}

static void a_long_banner_is_cut_and_masked(void **state)
{
    (void)state;
    stream.len = 0;
    PUT("SSH-2.0-\xff\x1b");
    while (stream.len < 200)
        PUT("x");
    PUT("\n");
    struct fact fact;
    check_equal(ssh_banner_read(stream_bytes(), false, &fact), FAULT_NONE);
    check_equal(fact.ssh.banner_len, FACT_BANNER_MAX);
    check(memcmp(fact.ssh.banner, "SSH-2.0-??xx", 12) == 0);
}

static void packets_must_keep_their_bounds(void **state)
{
    (void)state;
    size_t length_at = sizeof BANNER - 1;
    put_good();
    stream.at[length_at + 2] = 0x88; /* 35001 */
    stream.at[length_at + 3] = 0xb9;
    check_equal(fault_of_side(false), FAULT_LIMIT);
    stream.at[length_at + 3] = 0xb8;
    check_equal(fault_of_side(false), FAULT_TRUNCATED);
    put_good();
    stream.at[length_at + 4] = 0xff; /* padding eats the lists */
    check_equal(fault_of_side(false), FAULT_LENGTH);
    put_good();
    stream.at[length_at + 4] = 5; /* one octet less of the message */
    check_equal(fault_of_side(false), FAULT_LENGTH);
    put_good();
    stream.at[length_at + 4] = 3; /* and one more */
    check_equal(fault_of_side(false), FAULT_LENGTH);
    put_good();
    stream.at[length_at + 2] = 0;
    stream.at[length_at + 3] = 5; /* nothing but padding */
    check_equal(fault_of_side(false), FAULT_LENGTH);
}

static void lists_must_keep_within_the_message(void **state)
{
    (void)state;
    put_good();
    stream.at[sizeof BANNER - 1 + 6 + 16] = 0xff; /* length of the first list */
    check_equal(fault_of_side(false), FAULT_LENGTH);
}

static void other_messages_are_not_waited_behind_for_long(void **state)
{
    (void)state;
    stream.len = 0;
    PUT(BANNER);
    for (int i = 0; i < 4; i++)
        packet_end(packet_begin(2));
    size_t before = stream.len;
    put_kexinit(KEX);
    check_equal(fault_of_side(false), FAULT_NONE);
    stream.len = before;
    packet_end(packet_begin(4));
    put_kexinit(KEX);
    check_equal(fault_of_side(false), FAULT_LIMIT);
    stream.len = sizeof BANNER - 1;
    packet_end(packet_begin(1)); /* disconnect */
    check_equal(fault_of_side(false), FAULT_UNSUPPORTED);
}

static void a_long_list_keeps_whole_names(void **state)
{
    (void)state;
    char names[400];
    struct text text = text_over(names, sizeof names);
    for (size_t i = 0; i < 39; i++)
        text_put_string(&text, "abcdefghi,");
    text_put_string(&text, "z");
    stream.len = 0;
    PUT(BANNER);
    put_kexinit(names);
    struct ssh_fact ssh;
    size_t taken;
    check_equal(read_side(false, &ssh, &taken), FAULT_NONE);
    check_equal(ssh.kex_list_len, 319);
    memset(names, 'x', 399);
    stream.len = 0;
    PUT(BANNER);
    put_kexinit(names);
    check_equal(read_side(false, &ssh, &taken), FAULT_NONE);
    check_equal(ssh.kex_list_len, 0);
    check_equal(ssh.kex_len, FACT_ALGORITHM_MAX);
}

TESTS(TEST(a_client_is_read), TEST(a_server_is_read_after_its_greetings),
      TEST(every_shorter_stream_is_truncated), TEST(a_banner_alone_can_be_had),
      TEST(ssh_1_is_whole_with_its_banner), TEST(a_server_of_both_versions_goes_on_to_kexinit),
      TEST(lines_that_are_no_identification_are_refused), TEST(lines_are_limited),
      TEST(a_long_banner_is_cut_and_masked), TEST(packets_must_keep_their_bounds),
      TEST(lists_must_keep_within_the_message),
      TEST(other_messages_are_not_waited_behind_for_long), TEST(a_long_list_keeps_whole_names))
