// SPDX-License-Identifier: Apache-2.0
#include "minimise/mail.h"

#include "check.h"

static const uint8_t key[MAIL_KEY_BYTES] = { 1, 2, 3 }, other_key[MAIL_KEY_BYTES] = { 1, 2, 4 };

struct written {
    char at[512];
    size_t len;
};

static struct written write(const uint8_t *with, const char *words)
{
    struct written written = { .len = 0 };
    struct text text = text_over(written.at, sizeof written.at);
    mail_write(with, bytes_of_string(words), &text);
    check(!text.cut);
    written.len = text.len;
    return written;
}

static void the_local_part_becomes_a_token_and_the_domain_stays(void **state)
{
    (void)state;
    struct written written = write(key, "alice.b+c@mail.example");
    check_equal(written.len, MAIL_TOKEN_LEN + strlen("@mail.example"));
    check(memcmp(written.at, "mail-", 5) == 0);
    check(memcmp(written.at + MAIL_TOKEN_LEN, "@mail.example", 13) == 0);
    check(!memmem(written.at, written.len, "alice", 5));
}

static void words_around_it_stay(void **state)
{
    (void)state;
    struct written written = write(key, "SSH-2.0-x <bob@a.example>, carol@b.example; end");
    check(!memmem(written.at, written.len, "bob", 3));
    check(!memmem(written.at, written.len, "carol", 5));
    check(memcmp(written.at, "SSH-2.0-x <mail-", 16) == 0);
    check(memmem(written.at, written.len, "@b.example; end", 15) != NULL);
    check_text(((struct bytes){ (const uint8_t *)write(key, "www.example").at, 11 }),
               "www.example");
    check_equal(write(key, "@ x").len, 3);
    check_equal(write(key, "").len, 0);
}

static void one_key_gives_one_token_and_another_key_another(void **state)
{
    (void)state;
    struct written one = write(key, "Alice@x.example"), same = write(key, "alice@x.example"),
                   foreign = write(other_key, "alice@x.example");
    check(memcmp(one.at, same.at, one.len) == 0);
    check(memcmp(one.at, foreign.at, MAIL_TOKEN_LEN) != 0);
}

static void no_local_part_is_left_wherever_it_is_cut(void **state)
{
    (void)state;
    static const char words[] = "x dave@one.example@two";
    for (size_t max = 1; max < 80; max++) {
        char room[80];
        struct text text = text_over(room, max);
        mail_write(key, BYTES(words), &text);
        check(!memmem(room, text.len, "dave", 4));
    }
}

TESTS(TEST(the_local_part_becomes_a_token_and_the_domain_stays), TEST(words_around_it_stay),
      TEST(one_key_gives_one_token_and_another_key_another),
      TEST(no_local_part_is_left_wherever_it_is_cut))
