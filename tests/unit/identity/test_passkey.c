// SPDX-License-Identifier: Apache-2.0
#include "authenticator.h"

#include <errno.h>

static const struct passkey_place place = { "localhost", "https://localhost:8443", true };

static struct said said_by(int algorithm, const char *type)
{
    struct said said = {
        .type = type,
        .origin = place.origin,
        .rp_id = place.rp_id,
        .format = "none",
        .client_more = ",\"crossOrigin\":false",
        .challenge = { 1, 2, 3 },
        .flags = SAID_PRESENT | SAID_VERIFIED,
        .id = { 9, 8, 7 },
        .key = make_key(algorithm),
        .algorithm = algorithm,
    };

    if (strcmp(type, "webauthn.create") == 0)
        said.flags |= SAID_KEY;
    return said;
}

static const uint8_t challenge[PASSKEY_CHALLENGE_OCTETS] = { 1, 2, 3 };
static struct error err;

static bool registers(const struct said *said, struct passkey *out)
{
    json_t *json = created(said);
    bool is = passkey_register(json, &place, challenge, out, &err);

    json_decref(json);
    return is;
}

static bool verifies(const struct said *said, struct passkey *passkey)
{
    json_t *json = got(said);
    bool is = passkey_verify(json, &place, challenge, passkey, &err);

    json_decref(json);
    return is;
}

/* A passkey, and a good answer of its authenticator. */
static struct said start(int algorithm, struct passkey *out)
{
    struct said said = said_by(algorithm, "webauthn.create");

    check(registers(&said, out));
    said.type = "webauthn.get";
    said.flags = SAID_PRESENT | SAID_VERIFIED;
    return said;
}

static void passkeys_of_both_algorithms_register_and_verify(void **state)
{
    static const struct {
        int algorithm;
        size_t key_len;
    } rows[] = { { -7, 64 }, { -8, 32 } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct passkey passkey;
        struct said said = start(rows[i].algorithm, &passkey);
        check_equal(passkey.algorithm, rows[i].algorithm);
        check_equal(passkey.key_len, rows[i].key_len);
        check(verifies(&said, &passkey));
        EVP_PKEY_free(said.key);
    }
}

/* What differs from a good answer, and the words it is refused with. */
struct change {
    const char *name;
    void (*apply)(struct said *said);
    const char *words;
};

static void of_other_type(struct said *said)
{
    said->type = "webauthn.other";
}

static void for_other_challenge(struct said *said)
{
    said->challenge[31] ^= 1;
}

static void from_other_origin(struct said *said)
{
    said->origin = "https://localhost:8444";
}

static void from_longer_origin(struct said *said)
{
    said->origin = "https://localhost:8443.example";
}

static void crossed(struct said *said)
{
    said->client_more = ",\"crossOrigin\":true";
}

static void crossed_by_word(struct said *said)
{
    said->client_more = ",\"crossOrigin\":\"false\"";
}

static void below_another(struct said *said)
{
    said->client_more = ",\"topOrigin\":\"https://example.com\"";
}

static void bound(struct said *said)
{
    said->client_more = ",\"tokenBinding\":{\"status\":\"present\",\"id\":\"AA\"}";
}

static void said_twice(struct said *said)
{
    said->client_more = ",\"origin\":\"https://localhost:8443\"";
}

static void of_other_party(struct said *said)
{
    said->rp_id = "localhost.example";
}

static void absent(struct said *said)
{
    said->flags &= (uint8_t)~SAID_PRESENT;
}

static void unverified(struct said *said)
{
    said->flags &= (uint8_t)~SAID_VERIFIED;
}

static void with_more(struct said *said)
{
    said->data_more = 1;
}

static void with_missing_extensions(struct said *said)
{
    said->flags |= SAID_EXTENSIONS;
    said->data_cut = 1;
}

static const struct change changes[] = {
    { "another ceremony", of_other_type, "of another ceremony" },
    { "another challenge", for_other_challenge, "another challenge" },
    { "another origin", from_other_origin, "another origin" },
    { "a longer origin", from_longer_origin, "another origin" },
    { "crossOrigin", crossed, "from a frame" },
    { "crossOrigin as a word", crossed_by_word, "from a frame" },
    { "topOrigin", below_another, "from a frame" },
    { "token binding", bound, "another connection" },
    { "a member twice", said_twice, "not an object" },
    { "another relying party", of_other_party, "relying party" },
    { "nobody present", absent, "nobody was present" },
    { "nobody verified", unverified, "not verified" },
    { "an octet too many", with_more, "cut, or too long" },
    { "no extensions", with_missing_extensions, "cut, or too long" },
};

static void each_change_of_an_assertion_is_refused(void **state)
{
    struct passkey passkey;
    struct said good = start(-7, &passkey);

    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct said said = good;
        changes[i].apply(&said);
        check(!verifies(&said, &passkey));
        if (!strstr(err.text, changes[i].words))
            fail_msg("%s: %s", changes[i].name, err.text);
    }
    check(verifies(&good, &passkey));
    EVP_PKEY_free(good.key);
}

static void each_change_of_a_registration_is_refused(void **state)
{
    struct said good = said_by(-7, "webauthn.create");
    struct passkey passkey;

    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct said said = good;
        changes[i].apply(&said);
        check(!registers(&said, &passkey));
        if (!strstr(err.text, changes[i].words))
            fail_msg("%s: %s", changes[i].name, err.text);
    }
    check(registers(&good, &passkey));
    EVP_PKEY_free(good.key);
}

static void verification_of_the_user_is_asked_only_where_it_is_needed(void **state)
{
    const struct passkey_place lax = { place.rp_id, place.origin, false };
    struct passkey passkey;
    struct said said = start(-7, &passkey);

    (void)state;
    said.flags = SAID_PRESENT;
    json_t *json = got(&said);
    check(passkey_verify(json, &lax, challenge, &passkey, &err));
    check(!passkey_verify(json, &place, challenge, &passkey, &err));
    json_decref(json);
    EVP_PKEY_free(said.key);
}

static void counts_of_signatures_go_forward_or_stay_nought(void **state)
{
    struct passkey passkey;
    struct said said = start(-7, &passkey);

    (void)state;
    check(verifies(&said, &passkey));
    said.count = 7;
    check(verifies(&said, &passkey));
    check_equal(passkey.sign_count, 7);
    check(!verifies(&said, &passkey)); /* replayed */
    check_equal(err.code, EACCES);
    said.count = 6;
    check(!verifies(&said, &passkey));
    said.count = 0;
    check(!verifies(&said, &passkey));
    check_equal(passkey.sign_count, 7);
    said.count = 8;
    check(verifies(&said, &passkey));
    EVP_PKEY_free(said.key);
}

static size_t octets_of(json_t *json, const char *name, uint8_t out[2048])
{
    const json_t *member = json_object_get(json_object_get(json, "response"), name);
    size_t len = 0;

    check(base64url_get(bytes_of_string(json_string_value(member)), out, 2048, &len));
    return len;
}

static void replace(json_t *json, const char *name, const uint8_t *at, size_t len)
{
    struct octets octets = { .len = 0 };

    put(&octets, at, len);
    json_object_set_new(json_object_get(json, "response"), name, text_of(&octets));
}

/* Every octet of what is signed, and of the signature: one bit of it changes. */
static void no_octet_of_an_assertion_changes_unseen(void **state)
{
    static const char *const names[] = { "clientDataJSON", "authenticatorData", "signature" };

    (void)state;
    for (int algorithm = -7; algorithm >= -8; algorithm--) {
        struct passkey passkey;
        struct said said = start(algorithm, &passkey);
        for (size_t n = 0; n < 3; n++) {
            json_t *json = got(&said);
            uint8_t room[2048];
            size_t len = octets_of(json, names[n], room);
            for (size_t i = 0; i < len; i++) {
                room[i] ^= 1;
                replace(json, names[n], room, len);
                check(!passkey_verify(json, &place, challenge, &passkey, &err));
                room[i] ^= 1;
            }
            replace(json, names[n], room, len);
            check(passkey_verify(json, &place, challenge, &passkey, &err));
            json_decref(json);
        }
        EVP_PKEY_free(said.key);
    }
}

static void every_shorter_part_is_refused(void **state)
{
    static const char *const names[] = { "clientDataJSON", "authenticatorData", "signature",
                                         "attestationObject" };
    struct passkey passkey;
    struct said said = start(-7, &passkey), making = said;

    (void)state;
    making.type = "webauthn.create";
    making.flags |= SAID_KEY;
    for (size_t n = 0; n < 4; n++) {
        json_t *json = n < 3 ? got(&said) : created(&making);
        uint8_t room[2048];
        size_t whole = octets_of(json, names[n], room);
        for (size_t len = 0; len < whole; len++) {
            replace(json, names[n], room, len);
            check(n < 3 ? !passkey_verify(json, &place, challenge, &passkey, &err)
                        : !passkey_register(json, &place, challenge, &passkey, &err));
        }
        json_decref(json);
    }
    EVP_PKEY_free(said.key);
}

static void another_keys_signature_is_refused(void **state)
{
    struct passkey passkey;
    struct said said = start(-7, &passkey);
    EVP_PKEY *own = said.key;

    (void)state;
    said.key = make_key(-7);
    check(!verifies(&said, &passkey));
    check_equal(err.code, EACCES);
    EVP_PKEY_free(said.key);
    EVP_PKEY_free(own);
}

static void another_passkeys_id_is_refused(void **state)
{
    struct passkey passkey;
    struct said said = start(-7, &passkey);

    (void)state;
    said.id[0] ^= 1;
    check(!verifies(&said, &passkey));
    check(strstr(err.text, "another's id"));
    EVP_PKEY_free(said.key);
}

static void a_registration_is_for_the_id_of_its_authenticator(void **state)
{
    struct said said = said_by(-7, "webauthn.create");
    json_t *json = created(&said);
    struct passkey passkey;

    (void)state;
    json_object_set_new(json, "id", json_string("AQ"));
    json_object_set_new(json, "rawId", json_string("AQ"));
    check(!passkey_register(json, &place, challenge, &passkey, &err));
    check(strstr(err.text, "named otherwise"));
    json_decref(json);
    EVP_PKEY_free(said.key);
}

static void only_two_algorithms_are_taken(void **state)
{
    struct said said = said_by(-7, "webauthn.create");
    struct passkey passkey;

    (void)state;
    said.algorithm = -9; /* with a key of P-256 */
    check(!registers(&said, &passkey));
    check(strstr(err.text, "neither"));
    said.algorithm = -8;
    check(!registers(&said, &passkey));
    EVP_PKEY_free(said.key);
}

static void a_point_off_its_curve_is_refused(void **state)
{
    struct said said = said_by(-7, "webauthn.create");
    json_t *json = created(&said);
    struct passkey passkey;
    uint8_t room[2048];
    size_t len = octets_of(json, "attestationObject", room);

    (void)state;
    room[len - 1] ^= 1; /* the key's y ends the object */
    replace(json, "attestationObject", room, len);
    check(!passkey_register(json, &place, challenge, &passkey, &err));
    check(strstr(err.text, "neither"));
    json_decref(json);
    EVP_PKEY_free(said.key);
}

static void a_self_attestation_has_to_verify(void **state)
{
    (void)state;
    for (int algorithm = -7; algorithm >= -8; algorithm--) {
        struct said said = said_by(algorithm, "webauthn.create");
        struct passkey passkey;
        uint8_t room[2048];
        said.format = "packed";
        said.has_own_signature = true;
        check(registers(&said, &passkey));
        json_t *json = created(&said);
        size_t len = octets_of(json, "clientDataJSON", room);
        room[len - 1] = ' ';
        room[len++] = '}'; /* the same said in other octets */
        replace(json, "clientDataJSON", room, len);
        check(!passkey_register(json, &place, challenge, &passkey, &err));
        check(strstr(err.text, "attestation"));
        json_decref(json);
        EVP_PKEY_free(said.key);
    }
}

static void attestations_we_cannot_check_are_refused(void **state)
{
    static const char *const formats[] = { "apple", "android-key", "packed", "fido-u2f",
                                           "nones" };
    struct said said = said_by(-7, "webauthn.create");
    struct passkey passkey;

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        said.format = formats[i];
        check(!registers(&said, &passkey));
        check(strstr(err.text, "attestation"));
    }
    said.format = "none";
    said.has_own_signature = true; /* "none" states nothing */
    check(!registers(&said, &passkey));
    EVP_PKEY_free(said.key);
}

static void malformed_credentials_are_refused(void **state)
{
    static const char *const rows[] = {
        "null",
        "[]",
        "{}",
        "{\"id\":\"AA\"}",
        "{\"id\":\"AA\",\"rawId\":\"AQ\",\"type\":\"public-key\",\"response\":{}}",
        "{\"id\":\"AA==\",\"rawId\":\"AA==\",\"type\":\"public-key\",\"response\":{}}",
        "{\"id\":\"AA\",\"rawId\":\"AA\",\"type\":\"password\",\"response\":{}}",
        "{\"id\":\"AA\",\"rawId\":\"AA\",\"type\":\"public-key\",\"response\":[]}",
        "{\"id\":\"AA\",\"rawId\":\"AA\",\"type\":\"public-key\","
        "\"response\":{\"clientDataJSON\":1}}",
        "{\"id\":\"AA\",\"rawId\":\"AA\",\"type\":\"public-key\","
        "\"response\":{\"clientDataJSON\":\"bnVsbA\"}}",
    };
    struct passkey passkey = { .id_len = 1 };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *json = json_loads(rows[i], JSON_DECODE_ANY, NULL);
        check(!passkey_register(json, &place, challenge, &passkey, &err));
        check_equal(err.code, 0);
        check(!passkey_verify(json, &place, challenge, &passkey, &err));
        check_equal(err.code, 0);
        json_decref(json);
    }
}

static void a_claim_names_passkey_and_person(void **state)
{
    struct said said = said_by(-8, "webauthn.get");
    json_t *json = got(&said);
    struct passkey_claim claim;

    (void)state;
    check(passkey_claim_read(json, &claim, &err));
    check_equal(claim.id_len, sizeof(said.id));
    assert_memory_equal(claim.id, said.id, sizeof(said.id));
    check_text(((struct bytes){ claim.user, claim.user_len }), "user-7");
    json_object_del(json_object_get(json, "response"), "userHandle");
    check(passkey_claim_read(json, &claim, &err));
    check_equal(claim.user_len, 0);
    json_decref(json);
    EVP_PKEY_free(said.key);
}

/* DSSE's own test vector: "DSSEv1 29 http://example.com/HelloWorld 11 hello world". */
static void a_challenge_is_of_the_encoding_that_envelopes_sign(void **state)
{
    static const char encoding[] = "DSSEv1 29 http://example.com/HelloWorld 11 hello world";
    uint8_t out[PASSKEY_CHALLENGE_OCTETS], expected[PASSKEY_CHALLENGE_OCTETS];

    (void)state;
    crypto_hash_sha256(expected, (const uint8_t *)encoding, sizeof(encoding) - 1);
    passkey_challenge_of("http://example.com/HelloWorld", BYTES("hello world"), out);
    assert_memory_equal(out, expected, sizeof(out));
}

TESTS(TEST(passkeys_of_both_algorithms_register_and_verify),
      TEST(each_change_of_an_assertion_is_refused),
      TEST(each_change_of_a_registration_is_refused),
      TEST(verification_of_the_user_is_asked_only_where_it_is_needed),
      TEST(counts_of_signatures_go_forward_or_stay_nought),
      TEST(no_octet_of_an_assertion_changes_unseen), TEST(every_shorter_part_is_refused),
      TEST(another_keys_signature_is_refused), TEST(another_passkeys_id_is_refused),
      TEST(a_registration_is_for_the_id_of_its_authenticator),
      TEST(only_two_algorithms_are_taken), TEST(a_point_off_its_curve_is_refused),
      TEST(a_self_attestation_has_to_verify), TEST(attestations_we_cannot_check_are_refused),
      TEST(malformed_credentials_are_refused), TEST(a_claim_names_passkey_and_person),
      TEST(a_challenge_is_of_the_encoding_that_envelopes_sign))
