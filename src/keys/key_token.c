// SPDX-License-Identifier: Apache-2.0
/* Keys in hardware: PKCS#11 through GnuTLS, which finds modules by p11-kit's configuration.
 * The label of the public key in the token is the key's name. */
#include <gnutls/abstract.h>
#include <gnutls/pkcs11.h>
#include <sodium.h>
#include <stdlib.h>

#include "keys/keys_private.h"

struct key_token {
    gnutls_privkey_t private;
    struct key_ask ask;
    unsigned asked;
};

enum { URI_MAX = 1024 };

static bool refuse(struct error *err, const char *what, int code)
{
    return error_set(err, 0, "the key in the token: %s: %s", what, gnutls_strerror(code));
}

/* A PIN that was wrong is not tried a second time: tokens lock themselves after three. */
// NOLINTNEXTLINE(readability-function-size): the parameters are those of GnuTLS
static int give_pin(void *context, int attempt, const char *uri, const char *label,
                    unsigned flags, char *room, size_t max)
{
    struct key_token *token = context;
    char what[256];
    struct text text = text_over(what, sizeof what);
    (void)uri, (void)flags;
    if (attempt > 0 || token->asked++ > 0 || !token->ask.fn)
        return GNUTLS_E_PKCS11_PIN_ERROR;
    text_format(&text, "PIN of the token %s", label);
    int len = token->ask.fn(token->ask.context, what, room, max - 1);
    if (len < 0 || (size_t)len >= max)
        return GNUTLS_E_PKCS11_PIN_ERROR;
    room[len] = '\0';
    return 0;
}

static bool read_octets(gnutls_pkcs11_obj_t object, uint8_t out[NOTE_PUBLIC_OCTETS],
                        struct error *err)
{
    gnutls_pubkey_t public = NULL;
    gnutls_datum_t x = { NULL, 0 };
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    int code = gnutls_pubkey_init(&public);
    if (code == 0)
        code = gnutls_pubkey_import_pkcs11(public, object, 0);
    if (code == 0)
        code = gnutls_pubkey_export_ecc_raw2(public, &curve, &x, NULL, 0);
    bool is_good = code == 0 && curve == GNUTLS_ECC_CURVE_ED25519 && x.size == 32;
    if (is_good)
        memcpy(out, x.data, NOTE_PUBLIC_OCTETS);
    gnutls_free(x.data);
    gnutls_pubkey_deinit(public);
    if (code != 0)
        return refuse(err, "its public key cannot be read", code);
    return is_good || error_set(err, 0, "the key in the token is not of Ed25519");
}

static bool read_label(gnutls_pkcs11_obj_t object, char *room, size_t max, struct error *err)
{
    size_t len = max;
    int code = gnutls_pkcs11_obj_get_info(object, GNUTLS_PKCS11_OBJ_LABEL, room, &len);
    if (code != 0)
        return refuse(err, "its label cannot be read", code);
    room[len < max ? len : max - 1] = '\0';
    return true;
}

/* RFC 7512 2.3 and 7.3: a PIN in a URI is one that others can read.  The type is ours to say.
 */
static bool check_uri(const char *uri, struct error *err)
{
    if (strstr(uri, "pin-value="))
        return error_set(err, 0,
                         "a PIN does not belong into the URI of a token: leave "
                         "pin-value out");
    return !strstr(uri, "type=") || error_set(err, 0, "leave type= out of the URI of a token");
}

bool key_token_public(const char *uri, struct note_key *out, struct error *err)
{
    char room[URI_MAX], label[NOTE_NAME_MAX];
    struct text text = text_over(room, sizeof room);
    uint8_t octets[NOTE_PUBLIC_OCTETS];
    gnutls_pkcs11_obj_t object = NULL;
    if (!check_uri(uri, err))
        return false;
    text_format(&text, "%s;type=public", uri);
    if (text.cut)
        return error_set(err, 0, "the URI of the token is too long");
    int code = gnutls_pkcs11_obj_init(&object);
    if (code == 0)
        code = gnutls_pkcs11_obj_import_url(object, room, 0);
    bool is_read = code == 0 || refuse(err, "there is no public key of that URI", code);
    is_read = is_read && read_label(object, label, sizeof label, err) &&
              read_octets(object, octets, err);
    gnutls_pkcs11_obj_deinit(object);
    if (is_read && note_key_init(bytes_of_string(label), octets, out) != FAULT_NONE)
        return error_set(err, 0,
                         "the label of a key in a token is its name: UTF-8 without "
                         "blanks and plus signs");
    return is_read;
}

struct key_token *key_token_open(const char *uri, const struct key_ask *ask,
                                 struct note_key *public, struct error *err)
{
    struct key_token *token = calloc(1, sizeof *token);
    if (!token) {
        (void)error_set(err, 0, "no memory for a token");
        return NULL;
    }
    token->ask = *ask;
    bool is_open = key_token_public(uri, public, err);
    int code = is_open ? gnutls_privkey_init(&token->private) : 0;
    if (is_open && code == 0) {
        gnutls_privkey_set_pin_function(token->private, give_pin, token);
        code = gnutls_privkey_import_url(token->private, uri, 0);
    }
    if (is_open && code == 0)
        return token;
    if (code != 0)
        (void)refuse(err, "it cannot be opened", code);
    key_token_close(token);
    return NULL;
}

void key_token_close(struct key_token *token)
{
    gnutls_privkey_deinit(token->private);
    free(token);
}

bool key_token_sign(struct key_token *token, struct bytes message, uint8_t out[64],
                    struct error *err)
{
    uint8_t *copy = malloc(message.len + 1); /* a datum is not const */
    gnutls_datum_t signature = { NULL, 0 };
    if (!copy || message.len > UINT32_MAX) {
        free(copy);
        return error_set(err, 0, "no memory to sign");
    }
    memcpy(copy, message.at, message.len);
    gnutls_datum_t data = { copy, (unsigned)message.len };
    int code = gnutls_privkey_sign_data2(token->private, GNUTLS_SIGN_EDDSA_ED25519, 0, &data,
                                         &signature);
    bool is_signed = code == 0 && signature.size == crypto_sign_BYTES;
    if (is_signed)
        memcpy(out, signature.data, crypto_sign_BYTES);
    gnutls_free(signature.data);
    free(copy);
    return is_signed || refuse(err, "it does not sign", code);
}
