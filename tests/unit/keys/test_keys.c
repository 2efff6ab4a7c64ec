// SPDX-License-Identifier: Apache-2.0
#include "keys/keys.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char folder[64], plain[96], sealed[96], spoiled[96];
static struct error err;
static unsigned asked;

static int give(void *context, const char *what, char *room, size_t max)
{
    const char *phrase = context;
    check(strlen(phrase) < max);
    check(strstr(what, "key") != NULL);
    memcpy(room, phrase, strlen(phrase));
    asked++;
    return (int)strlen(phrase);
}

static char right[] = "a right passphrase", other[] = "another";

static struct bytes read_whole(const char *path, uint8_t *room, size_t max)
{
    FILE *file = fopen(path, "rbe");
    check(file != NULL);
    size_t len = fread(room, 1, max, file);
    (void)fclose(file);
    return (struct bytes){ room, len };
}

static void write_spoiled(struct bytes octets, mode_t mode)
{
    (void)unlink(spoiled);
    int fd = open(spoiled, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    check(fd >= 0);
    check(write(fd, octets.at, octets.len) == (ssize_t)octets.len);
    (void)close(fd);
    check(chmod(spoiled, mode) == 0);
}

static int make_keys(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/sekisho-keys-XXXXXX");
    check(mkdtemp(folder) != NULL);
    (void)snprintf(plain, sizeof plain, "%s/plain.key", folder);
    (void)snprintf(sealed, sizeof sealed, "%s/sealed.key", folder);
    (void)snprintf(spoiled, sizeof spoiled, "%s/spoiled.key", folder);
    check(key_generate(plain, BYTES("example.org/machine"), NULL, &err));
    check(key_generate(sealed, BYTES("example.org/commission-1"), right, &err));
    return 0;
}

static int remove_keys(void **state)
{
    (void)state;
    (void)unlink(plain), (void)unlink(sealed), (void)unlink(spoiled);
    return rmdir(folder);
}

static void check_signs(struct key *key, const char *name)
{
    uint8_t signature[64];
    struct bytes message = BYTES("what is signed");
    check(key != NULL);
    assert_string_equal(key_public(key)->name, name);
    check(key_sign(key, message, signature, &err));
    check(crypto_sign_verify_detached(signature, message.at, message.len,
                                      key_public(key)->octets) == 0);
    key_close(key);
}

static void a_key_without_passphrase_opens_alone_and_signs(void **state)
{
    (void)state;
    check_signs(key_open(plain, NULL, NULL, &err), "example.org/machine");
}

static void an_encrypted_key_opens_with_its_passphrase_and_signs(void **state)
{
    (void)state;
    asked = 0;
    check_signs(key_open(sealed, give, right, &err), "example.org/commission-1");
    check_equal(asked, 1);
}

static void a_wrong_passphrase_is_told_from_a_damaged_file(void **state)
{
    (void)state;
    uint8_t room[2048];
    check(key_open(sealed, give, other, &err) == NULL);
    check(strstr(err.text, "the passphrase is wrong") != NULL);
    struct bytes octets = read_whole(sealed, room, sizeof room);
    room[octets.len / 2] ^= 1;
    write_spoiled(octets, 0600);
    asked = 0;
    check(key_open(spoiled, give, right, &err) == NULL);
    check(strstr(err.text, "is damaged") != NULL);
    check_equal(asked, 0);
}

static void without_a_passphrase_an_encrypted_key_stays_shut(void **state)
{
    (void)state;
    check(key_open(sealed, NULL, NULL, &err) == NULL);
    check(strstr(err.text, "there is no passphrase") != NULL);
}

static void every_flipped_bit_and_every_shorter_file_is_refused(void **state)
{
    (void)state;
    uint8_t room[2048];
    struct bytes octets = read_whole(sealed, room, sizeof room);
    for (size_t i = 0; i < octets.len; i++) {
        room[i] ^= (uint8_t)(1 << i % 8);
        write_spoiled(octets, 0600);
        check(key_open(spoiled, NULL, NULL, &err) == NULL);
        check(strstr(err.text, "there is no passphrase") == NULL);
        room[i] ^= (uint8_t)(1 << i % 8);
        write_spoiled((struct bytes){ room, i }, 0600);
        check(key_open(spoiled, NULL, NULL, &err) == NULL);
        check(strstr(err.text, "there is no passphrase") == NULL);
    }
}

/* The file with one text for another in it, and a checksum that is right again. */
static void write_changed(const char *from, const char *to)
{
    uint8_t room[2048], sum[crypto_hash_sha256_BYTES];
    char changed[4096], base64[64];
    struct bytes octets = read_whole(sealed, room, sizeof room - 1);
    room[octets.len] = '\0';
    char *at = strstr((char *)room, from), *end = strstr((char *)room, "checksum ");
    check(at != NULL && end != NULL && at < end);
    *end = *at = '\0';
    struct text text = text_over(changed, sizeof changed);
    text_format(&text, "%s%s%s", (const char *)room, to, at + strlen(from));
    (void)crypto_hash_sha256(sum, (const uint8_t *)changed, text.len);
    text_format(&text, "checksum %s\n",
                sodium_bin2base64(base64, sizeof base64, sum, sizeof sum,
                                  sodium_base64_VARIANT_ORIGINAL));
    write_spoiled(text_bytes(&text), 0600);
}

static void a_file_that_asks_for_all_memory_is_refused_before_it_gets_any(void **state)
{
    (void)state;
    static const char *const wants[] = { "argon2id 3 4194304 ", "argon2id 3 4294967295 ",
                                         "argon2id 3 64 ", "argon2id 0 262144 ",
                                         "argon2id 4000000000 262144 " };
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        write_changed("argon2id 3 262144 ", wants[i]);
        check(key_open(spoiled, give, right, &err) == NULL);
        check(strstr(err.text, "than is sensible") != NULL);
    }
}

static void a_header_changed_with_its_checksum_opens_with_no_passphrase(void **state)
{
    (void)state;
    write_changed("argon2id 3 262144 ", "argon2id 2 262144 ");
    check(key_open(spoiled, give, right, &err) == NULL);
    check(strstr(err.text, "the passphrase is wrong") != NULL);
}

static void versions_and_other_files_are_told_apart(void **state)
{
    (void)state;
    write_changed("sekisho-key 1", "sekisho-key 2");
    check(key_open(spoiled, give, right, &err) == NULL);
    check(strstr(err.text, "version") != NULL);
    write_spoiled(BYTES("root:x:0:0\n"), 0600);
    check(key_open(spoiled, give, right, &err) == NULL);
    check(strstr(err.text, "is no key file") != NULL);
    check(key_open(folder, give, right, &err) == NULL);
    check(strstr(err.text, "is no file") != NULL);
}

static void a_key_that_others_may_read_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = { 0640, 0604, 0620, 0610, 0660, 0644 };
    uint8_t room[2048];
    struct bytes octets = read_whole(plain, room, sizeof room);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_spoiled(octets, modes[i]);
        check(key_open(spoiled, NULL, NULL, &err) == NULL);
        check(strstr(err.text, "chmod 600") != NULL);
    }
}

static void a_new_key_is_private_and_never_takes_the_place_of_another(void **state)
{
    (void)state;
    uint8_t before[2048], after[2048];
    struct stat status;
    (void)umask(0);
    struct bytes old = read_whole(plain, before, sizeof before);
    check(!key_generate(plain, BYTES("example.org/machine"), NULL, &err));
    check(bytes_equal(read_whole(plain, after, sizeof after), old));
    check(stat(plain, &status) == 0);
    check_equal(status.st_mode & 07777, 0600);
}

static void a_key_needs_a_name_that_a_note_can_carry(void **state)
{
    (void)state;
    (void)unlink(spoiled);
    check(!key_generate(spoiled, BYTES("two words"), NULL, &err));
    check(!key_generate(spoiled, BYTES(""), NULL, &err));
    check(access(spoiled, F_OK) != 0);
}

static void what_can_be_told_of_a_key_needs_no_passphrase(void **state)
{
    (void)state;
    struct key_facts facts;
    check(key_describe(sealed, &facts, &err));
    assert_string_equal(facts.public.name, "example.org/commission-1");
    check(facts.is_encrypted && !facts.is_token);
    check_equal(facts.operations, 3);
    check_equal(facts.kibibytes, 262144);
    check(key_describe(plain, &facts, &err));
    check(!facts.is_encrypted);
}

static void a_uri_with_a_pin_in_it_is_refused(void **state)
{
    (void)state;
    check(key_open("pkcs11:token=t;object=o?pin-value=1234", give, right, &err) == NULL);
    check(strstr(err.text, "pin-value") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_without_passphrase_opens_alone_and_signs),
        TEST(an_encrypted_key_opens_with_its_passphrase_and_signs),
        TEST(a_wrong_passphrase_is_told_from_a_damaged_file),
        TEST(without_a_passphrase_an_encrypted_key_stays_shut),
        TEST(every_flipped_bit_and_every_shorter_file_is_refused),
        TEST(a_file_that_asks_for_all_memory_is_refused_before_it_gets_any),
        TEST(a_header_changed_with_its_checksum_opens_with_no_passphrase),
        TEST(versions_and_other_files_are_told_apart),
        TEST(a_key_that_others_may_read_is_refused),
        TEST(a_new_key_is_private_and_never_takes_the_place_of_another),
        TEST(a_key_needs_a_name_that_a_note_can_carry),
        TEST(what_can_be_told_of_a_key_needs_no_passphrase),
        TEST(a_uri_with_a_pin_in_it_is_refused),
    };
    return cmocka_run_group_tests(tests, make_keys, remove_keys);
}
