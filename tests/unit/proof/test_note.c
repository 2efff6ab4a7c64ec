// SPDX-License-Identifier: Apache-2.0
#include "proof/note.h"

#include <sodium.h>

#include "check.h"
#include "proof/checkpoint.h"

static const char name[] = "example.org/log";
static struct note_key key;
static uint8_t secret[NOTE_SECRET_OCTETS];

/* Made once, of a seed of 32 octets 7; golang.org/x/mod/sumdb/note opens notes signed by it. */
static const char known_key[] =
    "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

static void make_key(void)
{
    uint8_t seed[32], octets[NOTE_PUBLIC_OCTETS];
    memset(seed, 7, sizeof seed);
    check_equal(crypto_sign_seed_keypair(octets, secret, seed), 0);
    check_equal(note_key_init(bytes_of_string(name), octets, &key), FAULT_NONE);
}

static struct bytes sign(char *room, size_t max)
{
    struct text text = text_over(room, max);
    make_key();
    note_sign(BYTES("example.org/log\n8\nXcnaeacGWampVctwGtnq2eKpgjqtL0lgz+Nw7/RgQyg=\n"), &key,
              secret, &text);
    check(!text.cut);
    return text_bytes(&text);
}

static void a_key_is_written_as_it_is_read(void **state)
{
    (void)state;
    char room[NOTE_KEY_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    struct note_key again;
    make_key();
    note_key_write(&key, &text);
    check_text(text_bytes(&text), known_key);
    check_equal(note_key_read(text_bytes(&text), &again), FAULT_NONE);
    check(memcmp(&key, &again, sizeof key) == 0);
}

static void a_key_with_any_octet_changed_or_missing_is_refused(void **state)
{
    (void)state;
    char room[sizeof known_key];
    struct note_key again;
    memcpy(room, known_key, sizeof room);
    for (size_t i = 0; i + 1 < sizeof room; i++) {
        check(note_key_read((struct bytes){ (const uint8_t *)room, i }, &again) != FAULT_NONE);
        room[i] = (char)(room[i] ^ 1);
        check(note_key_read(bytes_of_string(room), &again) != FAULT_NONE);
        room[i] = (char)(room[i] ^ 1);
    }
}

static void a_name_has_no_blank_control_or_plus(void **state)
{
    (void)state;
    uint8_t octets[NOTE_PUBLIC_OCTETS] = { 0 };
    struct note_key other;
    check_equal(note_key_init(BYTES(""), octets, &other), FAULT_VALUE);
    check_equal(note_key_init(BYTES("a b"), octets, &other), FAULT_VALUE);
    check_equal(note_key_init(BYTES("a+b"), octets, &other), FAULT_VALUE);
    check_equal(note_key_init(BYTES("a\nb"), octets, &other), FAULT_VALUE);
    check_equal(note_key_init(BYTES("a\xe3\x80\x80"
                                    "b"),
                              octets, &other),
                FAULT_VALUE);
    check_equal(note_key_init(BYTES("\xff"), octets, &other), FAULT_VALUE);
}

static void a_signed_note_is_good(void **state)
{
    (void)state;
    char room[1024];
    struct note note;
    struct checkpoint checkpoint;
    check_equal(note_read(sign(room, sizeof room), &note), FAULT_NONE);
    check_equal(note_check(&note, &key), FAULT_NONE);
    check_equal(checkpoint_read(note.text, &checkpoint), FAULT_NONE);
    check_text(checkpoint.origin, name);
    check_equal(checkpoint.head.size, 8);
}

static void every_shorter_note_is_refused(void **state)
{
    (void)state;
    char room[1024];
    struct bytes whole = sign(room, sizeof room);
    for (size_t len = 0; len < whole.len; len++) {
        struct note note;
        check(note_read(bytes_slice(whole, 0, len), &note) != FAULT_NONE);
    }
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    char room[1024];
    struct bytes whole = sign(room, sizeof room);
    for (size_t bit = 0; bit < whole.len * 8; bit++) {
        struct note note;
        room[bit / 8] = (char)(room[bit / 8] ^ 1 << bit % 8);
        check(note_read(whole, &note) != FAULT_NONE || note_check(&note, &key) != FAULT_NONE);
        room[bit / 8] = (char)(room[bit / 8] ^ 1 << bit % 8);
    }
}

static enum fault read_text(const char *text)
{
    struct checkpoint checkpoint;
    return checkpoint_read(bytes_of_string(text), &checkpoint);
}

static void a_checkpoint_is_written_in_one_way_only(void **state)
{
    (void)state;
#define ROOT "XcnaeacGWampVctwGtnq2eKpgjqtL0lgz+Nw7/RgQyg="
    check_equal(read_text("a\n8\n" ROOT "\n"), FAULT_NONE);
    check_equal(read_text("a\n8\n" ROOT "\nextension\n"), FAULT_NONE);
    check_equal(read_text("a\n8\n" ROOT), FAULT_TRUNCATED);
    check_equal(read_text("a\n8\n" ROOT "\nextension"), FAULT_VALUE);
    check_equal(read_text("a\n08\n" ROOT "\n"), FAULT_VALUE);
    check_equal(read_text("a\n-8\n" ROOT "\n"), FAULT_VALUE);
    check_equal(read_text("a\n18446744073709551616\n" ROOT "\n"), FAULT_VALUE);
    check_equal(read_text("a\n9223372036854775807\n" ROOT "\n"), FAULT_VALUE);
    check_equal(read_text("\n8\n" ROOT "\n"), FAULT_TRUNCATED);
    /* Stray bits behind the last octet, no padding, a blank within. */
    check_equal(read_text("a\n8\nXcnaeacGWampVctwGtnq2eKpgjqtL0lgz+Nw7/RgQyh=\n"), FAULT_VALUE);
    check_equal(read_text("a\n8\nXcnaeacGWampVctwGtnq2eKpgjqtL0lgz+Nw7/RgQyg\n"), FAULT_VALUE);
    check_equal(read_text("a\n8\nXcna acGWampVctwGtnq2eKpgjqtL0lgz+Nw7/RgQyg=\n"), FAULT_VALUE);
}

TESTS(TEST(a_key_is_written_as_it_is_read),
      TEST(a_key_with_any_octet_changed_or_missing_is_refused),
      TEST(a_name_has_no_blank_control_or_plus), TEST(a_signed_note_is_good),
      TEST(every_shorter_note_is_refused), TEST(every_flipped_bit_is_refused),
      TEST(a_checkpoint_is_written_in_one_way_only))
