// SPDX-License-Identifier: Apache-2.0
#include "warrant/webauthn.h"

#include <sodium.h>

#include "check.h"
#include "passkeys.h"

static struct error err;

/* Of W3C WebAuthn level 3, section 16, where the relying party is example.org; made there with
 * keys of theirs.  Those without user verification are refused, and tell so. */
static const struct vector {
    const char *name, *key, *challenge, *authenticator, *client, *signature;
    const char *refused; /* "": good */
} vectors[] = {
    { "packed-es256",
      "1cf27f25da591208a4239c2e324f104f585525479a29edeedd830f48e77aeae559e4b7da6c01"
      "06e206ce390c93ab98a15a5ec3887e57f0cc2bece803b920c423",
      "b1106fa46a57bef1781511c0557dc898a03413d5f0f17d244630c194c7e1adb5",
      "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50d00000000",
      "{\"type\":\"webauthn.get\",\"challenge\":\"sRBvpGpXvvF4FRHAVX3ImKA0E9Xw8X0kR"
      "jDBlMfhrbU\",\"origin\":\"https://example.org\",\"crossOrigin\":false,\"extr"
      "aData\":\"clientDataJSON may be extended with additional fields in the futur"
      "e, such as this: AZMwyMxIbD8-uguFNp6r8Q\"}",
      "30450220694969d3ee928de6f02ef23a9c644d7d779916451734a94b432542f498a1ebe90221"
      "008b0819c824218a97152cd099c55bfb1477b29d900a49a64018314f9bfccda163",
      "" },
    { "none-es256-long-credential-id",
      "3b8176b7504489cc593046d7988abb7905a742de6ac2cdc748a873c663e90cb11436d5edc9a7"
      "5f23999eef9d5950a5c2455514ee1014084720f841a06b828a11",
      "ef1deba56dce48f674a447ccf63b9599258ce87648e5c396f2ef0ca1da460e3b",
      "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50d00000000",
      "{\"type\":\"webauthn.get\",\"challenge\":\"7x3rpW3OSPZ0pEfM9juVmSWM6HZI5cOW8"
      "u8ModpGDjs\",\"origin\":\"https://example.org\",\"crossOrigin\":false}",
      "304502203ecef83fb12a0cae7841055f9f87103a99fd14b424194bbf06c4623d3ee6e3fd0221"
      "00d2ace346db262b1374a6b70faa51f518a42ddca13a4125ce6f5052a75bac9fb6",
      "" },
    { "none-es256",
      "afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61930a56b87a2f"
      "ca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
      "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
      "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
      "{\"type\":\"webauthn.get\",\"challenge\":\"OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZ"
      "chXyav01Ag\",\"origin\":\"https://example.org\",\"crossOrigin\":false}",
      "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd3802"
      "21008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
      "flags" },
    { "android-key-es256",
      "99169657036d089a2a9821a7d0063d341f1a4613389359636efab5f3cbf1accfdd91c5554317"
      "6ea99b644406dd1dd63774b6af65ac759e06ff40b1c8ab02df6b",
      "e4ee05ca9dbced74116540f24ed9adc62aae8507560522844ffa7eea14f7af86",
      "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
      "{\"type\":\"webauthn.get\",\"challenge\":\"5O4Fyp287XQRZUDyTtmtxiquhQdWBSKET"
      "_p-6hT3r4Y\",\"origin\":\"https://example.org\",\"crossOrigin\":false,\"extr"
      "aData\":\"clientDataJSON may be extended with additional fields in the futur"
      "e, such as this: qxJxB-_xgrwyML618drSnA\"}",
      "3045022100a2b5e37da43ceb63566f6e2817c6cbef261073d0cadfd213ff6229bd33ddea6c02"
      "203d77eb3202fc92b9b5bb843ef082c7766f8c7f23194c92708ff2f3d1de765a8f",
      "flags" },
    { "none-es256-crossOrigin",
      "22200a473f90b11078851550d03b4e44a2279f8c4eca27b3153dedfe03e4e97dcbd0be95e746"
      "ad6f5a8191be11756e4c0420e72f65b466d39bc56b8b123a9c6e",
      "876aa517ba83fdee65fcffdbca4c84eeae5d54f8041a1fc85c991e5bbb273137",
      "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50500000000",
      "{\"type\":\"webauthn.get\",\"challenge\":\"h2qlF7qD_e5l_P_bykyE7q5dVPgEGh_IX"
      "JkeW7snMTc\",\"origin\":\"https://example.org\",\"crossOrigin\":true,\"extra"
      "Data\":\"clientDataJSON may be extended with additional fields in the future"
      ", such as this: 92pcTVD0Aby-q4dtmj6efg\"}",
      "3046022100eb12fcf23b12764c0f122e22371fab92e283879fd798f38ee1841c951b6e40e702"
      "2100c76237ff9db77b3c56f30837cda6a09acfa2e915544e609c0733b1184036d1cf",
      "crossOrigin" },
    { "none-es256-topOrigin",
      "a1c47c1d82da4ebe82cd72207102b380670701993bc35398ae2e5726427fe01d86c1080d8298"
      "7028c7f54ecb1b01185de243b359294a0ed210cd47480f0adc88",
      "d54a5c8ca4b62a8e3bb321e3b2bc73856f85a10150db2939ac195739eb1ea066",
      "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50500000000",
      "{\"type\":\"webauthn.get\",\"challenge\":\"1UpcjKS2Ko47syHjsrxzhW-FoQFQ2yk5r"
      "BlXOeseoGY\",\"origin\":\"https://example.org\",\"crossOrigin\":true,\"topOr"
      "igin\":\"https://example.com\",\"extraData\":\"clientDataJSON may be extende"
      "d with additional fields in the future, such as this: UiFoJMVRQHDAFWFi4vxUpQ"
      "\"}",
      "3045022100b5a70c81780d5fcc9a4f2ae9caae99058f8accaf58b91fb59329646c28ac6ffc02"
      "2012e101c165db3c8e9957f0c54dd6ca9b56bc3bd2f280bd2faa6c1d02c6e5c171",
      "crossOrigin" },
};

static size_t take_hex(const char *hex, uint8_t *out, size_t max)
{
    size_t len = strlen(hex) / 2;
    check(len <= max && text_read_hex(bytes_of_string(hex), out, len));
    return len;
}

static void the_vectors_of_the_standard_are_judged_as_they_should(void **state)
{
    (void)state;
    static const struct webauthn_place place = { "example.org", 1, { "https://example.org" } };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *vector = &vectors[i];
        struct webauthn_key key = { .algorithm = WEBAUTHN_ES256 };
        struct webauthn_assertion assertion = { .client_len = strlen(vector->client) };
        uint8_t challenge[WEBAUTHN_DIGEST_OCTETS];
        check_equal(take_hex(vector->key, key.octets, 64), 64);
        check_equal(take_hex(vector->challenge, challenge, 32), 32);
        memcpy(assertion.client, vector->client, assertion.client_len);
        assertion.authenticator_len =
            take_hex(vector->authenticator, assertion.authenticator, 256);
        assertion.signature_len = take_hex(vector->signature, assertion.signature, 72);
        bool is_good = webauthn_verify(&key, &place, &assertion, challenge, &err);
        check_equal(is_good, !*vector->refused);
        check(is_good || strstr(err.text, vector->refused) != NULL);
    }
}

static const struct webauthn_place here = {
    PASSKEY_RP_ID, 2, { "https://other.hub.example.org", PASSKEY_ORIGIN }
};
static const uint8_t asked[WEBAUTHN_DIGEST_OCTETS] = { 1, 2, 3 };

static bool is_good(const struct passkey_making *making)
{
    struct webauthn_key key;
    struct webauthn_assertion assertion;
    passkey_public(1, making->algorithm, &key);
    passkey_sign(1, making, asked, &assertion);
    return webauthn_verify(&key, &here, &assertion, asked, &err);
}

static void check_refused(struct passkey_making making, const char *words)
{
    check(!is_good(&making));
    check(strstr(err.text, words) != NULL);
}

#define BUT(...)                    \
    (struct passkey_making)         \
    {                               \
        WEBAUTHN_ES256, __VA_ARGS__ \
    }
#define GET "webauthn.get"

static void either_algorithm_signs(void **state)
{
    (void)state;
    struct passkey_making making = passkey_good;
    check(is_good(&making));
    making.algorithm = WEBAUTHN_EDDSA;
    check(is_good(&making));
    making.extension_octets = 12;
    making.flags = 0x9d; /* synchronised, with extensions */
    check(is_good(&making));
    making.more = ",\"crossOrigin\":false,\"other_keys_can_be_added_here\":\"yes\"";
    check(is_good(&making));
}

static void each_step_of_the_standard_is_taken(void **state)
{
    (void)state;
    const char *at = PASSKEY_ORIGIN, *of = PASSKEY_RP_ID;
    check_refused(BUT("webauthn.create", at, of, "", 5, 0), "type");
    check_refused(BUT(GET, "https://hub.example.org:8443", of, "", 5, 0), "origin");
    check_refused(BUT(GET, "http://hub.example.org", of, "", 5, 0), "origin");
    check_refused(BUT(GET, "https://hub.example.org.evil.example", of, "", 5, 0), "origin");
    check_refused(BUT(GET, at, of, ",\"crossOrigin\":true", 5, 0), "crossOrigin");
    check_refused(BUT(GET, at, of, ",\"crossOrigin\":null", 5, 0), "crossOrigin");
    check_refused(BUT(GET, at, of, ",\"topOrigin\":\"https://hub.example.org\"", 5, 0),
                  "crossOrigin");
    check_refused(BUT(GET, at, of, ",\"origin\":\"https://hub.example.org\"", 5, 0),
                  "no JSON object");
    check_refused(BUT(GET, at, of, "}{", 5, 0), "no JSON object");
    check_refused(BUT(GET, at, "example.org", "", 5, 0), "rpIdHash");
    check_refused(BUT(GET, at, of, "", 1, 0), "flags");
    check_refused(BUT(GET, at, of, "", 4, 0), "flags");
    check_refused(BUT(GET, at, of, "", 0x45, 0), "what its flags say");
    check_refused(BUT(GET, at, of, "", 0x85, 0), "what its flags say");
    check_refused(BUT(GET, at, of, "", 5, 1), "what its flags say");
    check_refused(BUT(GET, at, of, "", 5, (size_t)-1), "is cut");
}

static void what_was_asked_by_another_is_refused(void **state)
{
    (void)state;
    struct webauthn_key key, other;
    struct webauthn_assertion assertion;
    uint8_t challenge[WEBAUTHN_DIGEST_OCTETS] = { 1, 2, 4 };
    passkey_public(1, WEBAUTHN_ES256, &key);
    passkey_public(2, WEBAUTHN_ES256, &other);
    passkey_sign(1, &passkey_good, asked, &assertion);
    check(!webauthn_verify(&key, &here, &assertion, challenge, &err));
    check(strstr(err.text, "challenge") != NULL);
    check(!webauthn_verify(&other, &here, &assertion, asked, &err));
    check(strstr(err.text, "signature") != NULL);
    assertion.authenticator_len = 36;
    check(!webauthn_verify(&key, &here, &assertion, asked, &err));
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct webauthn_key key;
    struct webauthn_assertion assertion;
    passkey_public(1, WEBAUTHN_ES256, &key);
    passkey_sign(1, &passkey_good, asked, &assertion);
    uint8_t *const at[] = { assertion.signature, assertion.authenticator, assertion.client };
    const size_t len[] = { assertion.signature_len, assertion.authenticator_len,
                           assertion.client_len };
    for (size_t part = 0; part < 3; part++) {
        for (size_t i = 0; i < 8 * len[part]; i++) {
            at[part][i / 8] ^= (uint8_t)(1 << i % 8);
            check(!webauthn_verify(&key, &here, &assertion, asked, &err));
            at[part][i / 8] ^= (uint8_t)(1 << i % 8);
        }
    }
    check(webauthn_verify(&key, &here, &assertion, asked, &err));
}

/* The same two numbers in ways that DER does not allow, and numbers that are none. */
static void a_signature_has_one_way_of_being_written(void **state)
{
    (void)state;
    static const char *const wrongs[] = {
        "",
        "30",
        "3000",
        "3006020101020101",
        "300702010102020001",   /* a zero too many */
        "3006020181020101",     /* below zero */
        "300602010002010100",   /* and more behind */
        "3007020101020101ff",   /* and more within */
        "308106020101020101",   /* a long length */
        "3006020101030101",     /* no number */
        "30800201010201010000", /* without a length */
    };
    struct webauthn_key key;
    struct webauthn_assertion assertion;
    passkey_public(1, WEBAUTHN_ES256, &key);
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        passkey_sign(1, &passkey_good, asked, &assertion);
        assertion.signature_len = take_hex(wrongs[i], assertion.signature, 72);
        check(!webauthn_verify(&key, &here, &assertion, asked, &err));
    }
    do /* one of the longest, a signature in four, has no room for an octet more */
        passkey_sign(1, &passkey_good, asked, &assertion);
    while (assertion.signature_len == WEBAUTHN_SIGNATURE_MAX);
    size_t len = assertion.signature_len;
    while (assertion.signature_len-- > 0)
        check(!webauthn_verify(&key, &here, &assertion, asked, &err));
    assertion.signature_len = len + 1;
    assertion.signature[len] = 0;
    check(!webauthn_verify(&key, &here, &assertion, asked, &err));
}

/* A good signature whose r has, or has not, a zero before it because of its sign. */
static void sign_until(bool has_zero, struct webauthn_assertion *out)
{
    do
        passkey_sign(1, &passkey_good, asked, out);
    while ((out->signature[3] == 33) != has_zero || out->signature_len > 71);
}

/* The same numbers, which verify, but not as DER has them. */
static void a_good_signature_in_another_form_is_refused(void **state)
{
    (void)state;
    struct webauthn_key key;
    struct webauthn_assertion assertion;
    uint8_t *at = assertion.signature;
    passkey_public(1, WEBAUTHN_ES256, &key);
    for (unsigned form = 0; form < 6; form++) {
        sign_until(form == 1, &assertion);
        size_t len = assertion.signature_len;
        check(webauthn_verify(&key, &here, &assertion, asked, &err));
        switch (form) {
        case 0: /* a zero too many */
            memmove(at + 5, at + 4, len - 4);
            at[4] = 0;
            at[1]++, at[3]++, len++;
            break;
        case 1: /* without the zero: below zero */
            memmove(at + 4, at + 5, len - 5);
            at[1]--, at[3]--, len--;
            break;
        case 2: /* more within */
            at[len++] = 0;
            at[1]++;
            break;
        case 3: /* a length in two octets */
            memmove(at + 2, at + 1, len - 1);
            at[1] = 0x81, len++;
            break;
        case 4: at[0] = 0x31; break; /* a set */
        case 5: at[2] = 0x03; break; /* a string of bits */
        }
        assertion.signature_len = len;
        check(!webauthn_verify(&key, &here, &assertion, asked, &err));
        check(strstr(err.text, "signature") != NULL);
    }
}

static enum fault read_key(const char *text, struct webauthn_key *out)
{
    return webauthn_key_read(bytes_of_string(text), out);
}

static void a_key_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct webauthn_key key, again;
    char room[WEBAUTHN_KEY_TEXT_MAX], id[WEBAUTHN_KEY_ID_MAX];
    for (unsigned i = WEBAUTHN_ES256; i <= WEBAUTHN_EDDSA; i++) {
        struct text text = text_over(room, sizeof room);
        passkey_public(3, (enum webauthn_algorithm)i, &key);
        webauthn_key_write(&key, &text);
        check(!text.cut);
        check_equal(read_key(room, &again), FAULT_NONE);
        check(webauthn_key_equal(&key, &again));
        webauthn_key_id(&key, id);
        check_equal(strlen(id), strlen("webauthn:") + 22);
    }
}

static void keys_that_are_none_are_refused(void **state)
{
    (void)state;
    struct webauthn_key key;
    check_equal(read_key("", &key), FAULT_UNSUPPORTED);
    check_equal(read_key("RS256+AAAA", &key), FAULT_UNSUPPORTED);
    check_equal(read_key("ES256", &key), FAULT_VALUE);
    check_equal(read_key("ES256+AAAA", &key), FAULT_VALUE);
    char zeros[120] = "ES256+";
    memset(zeros + 6, 'A', 86);
    memcpy(zeros + 92, "==", 3);
    check_equal(read_key(zeros, &key), FAULT_CRYPTO);
    char room[WEBAUTHN_KEY_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    char *last = NULL;
    for (unsigned i = 1; !last; i++) {
        text = text_over(room, sizeof room);
        passkey_public(i, WEBAUTHN_ES256, &key);
        webauthn_key_write(&key, &text);
        last = strchr(room, '/');
    }
    check_equal(read_key(room, &key), FAULT_NONE);
    *last = '\xc7'; /* which libsodium takes for the same */
    check_equal(read_key(room, &key), FAULT_VALUE);
}

static void der_of_others_is_the_same_key(void **state)
{
    (void)state;
    uint8_t der[128];
    struct webauthn_key key, wanted;
    struct text text;
    char room[WEBAUTHN_KEY_TEXT_MAX];
    static const char head[] = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    passkey_public(4, WEBAUTHN_ES256, &wanted);
    size_t len = take_hex(head, der, sizeof der);
    memcpy(der + len, wanted.octets, 64);
    check_equal(webauthn_key_read_der((struct bytes){ der, len + 64 }, &key), FAULT_NONE);
    check(webauthn_key_equal(&key, &wanted));
    for (size_t i = 0; i < len + 64; i++)
        check(webauthn_key_read_der((struct bytes){ der, i }, &key) != FAULT_NONE);
    der[len + 5] ^= 1;
    check_equal(webauthn_key_read_der((struct bytes){ der, len + 64 }, &key), FAULT_CRYPTO);
    text = text_over(room, sizeof room);
    webauthn_key_write(&wanted, &text);
    check_equal(read_key(room, &key), FAULT_NONE);
}

static void an_origin_is_of_its_relying_party(void **state)
{
    (void)state;
    check(webauthn_is_origin("https://example.org", "example.org"));
    check(webauthn_is_origin("https://hub.example.org:8443", "example.org"));
    check(webauthn_is_origin("http://localhost:8080", "localhost"));
    static const char *const wrongs[] = {
        "",
        "https://",
        "http://example.org",
        "https://example.org/",
        "https://example.com",
        "https://badexample.org",
        "https://example.org.evil.example",
        "https://example.org:",
        "https://example.org:0",
        "https://example.org:65536",
        "https://example.org:443/",
        "https://evil.example/.example.org",
        "http://localhost.evil.example",
    };
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++)
        check(!webauthn_is_origin(wrongs[i], "example.org"));
    check(!webauthn_is_origin("http://localhost.evil.example", "localhost"));
    check(!webauthn_is_origin("http://localhost", "example.org"));
}

TESTS(TEST(the_vectors_of_the_standard_are_judged_as_they_should), TEST(either_algorithm_signs),
      TEST(each_step_of_the_standard_is_taken), TEST(what_was_asked_by_another_is_refused),
      TEST(every_flipped_bit_is_refused), TEST(a_signature_has_one_way_of_being_written),
      TEST(a_good_signature_in_another_form_is_refused), TEST(a_key_is_read_as_it_was_written),
      TEST(keys_that_are_none_are_refused), TEST(der_of_others_is_the_same_key),
      TEST(an_origin_is_of_its_relying_party))
