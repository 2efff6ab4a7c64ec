// SPDX-License-Identifier: Apache-2.0
#include "source/tls_private.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <sys/socket.h>

struct tls_door {
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priorities;
};

struct tls_link {
    gnutls_session_t session;
};

static bool refuse(struct error *err, const char *what, int code)
{
    return error_set(err, 0, "%s: %s", what, gnutls_strerror(code));
}

static bool load(struct tls_door *door, const struct exports_options *options,
                 struct error *err)
{
    int code = gnutls_certificate_allocate_credentials(&door->credentials);
    if (code < 0)
        return refuse(err, "TLS cannot be prepared", code);
    code = gnutls_certificate_set_x509_key_file(door->credentials, options->certificate,
                                                options->key, GNUTLS_X509_FMT_PEM);
    if (code < 0)
        return error_set(err, 0, "certificate %s and key %s cannot be used: %s",
                         options->certificate, options->key, gnutls_strerror(code));
    code = gnutls_certificate_set_x509_trust_file(door->credentials, options->authority,
                                                  GNUTLS_X509_FMT_PEM);
    if (code <= 0)
        return error_set(err, 0, "%s holds no certificate that could vouch for exporters: %s",
                         options->authority,
                         code < 0 ? gnutls_strerror(code) : "nothing in it");
    /* RFC 7011 11.2 asks for TLS 1.1 at least; RFC 9325 3.1.1 forbids it by now. */
    code = gnutls_priority_init(&door->priorities, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
                                NULL);
    return code == 0 || refuse(err, "TLS cannot be prepared", code);
}

struct tls_door *tls_door_open(const struct exports_options *options, struct error *err)
{
    if (!options->certificate || !options->key || !options->authority) {
        (void)error_set(err, 0,
                        "listening for exports over TLS needs a certificate, its key, and the "
                        "authority that signs exporters' certificates");
        return NULL;
    }
    struct tls_door *door = calloc(1, sizeof *door);
    if (!door)
        (void)error_set(err, 0, "not enough memory for TLS");
    else if (load(door, options, err))
        return door;
    tls_door_close(door);
    return NULL;
}

void tls_door_close(struct tls_door *door)
{
    if (!door)
        return;
    if (door->priorities)
        gnutls_priority_deinit(door->priorities);
    if (door->credentials)
        gnutls_certificate_free_credentials(door->credentials);
    free(door);
}

/* By send, which is the one call a confined process may answer with (system/confine.c). */
static ssize_t push(gnutls_transport_ptr_t to, const void *octets, size_t len)
{
    return send((int)(intptr_t)to, octets, len, MSG_NOSIGNAL);
}

/* The exporter's certificate must be signed by our authority. */
static bool prepare(struct tls_link *link, const struct tls_door *door, int fd)
{
    if (gnutls_priority_set(link->session, door->priorities) < 0 ||
        gnutls_credentials_set(link->session, GNUTLS_CRD_CERTIFICATE, door->credentials) < 0)
        return false;
    gnutls_certificate_server_set_request(link->session, GNUTLS_CERT_REQUIRE);
    gnutls_session_set_verify_cert(link->session, NULL, 0);
    gnutls_transport_set_int(link->session, fd);
    gnutls_transport_set_push_function(link->session, push);
    gnutls_handshake_set_timeout(link->session, GNUTLS_INDEFINITE_TIMEOUT);
    return true;
}

struct tls_link *tls_link_open(const struct tls_door *door, int fd)
{
    struct tls_link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    if (gnutls_init(&link->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) == 0 &&
        prepare(link, door, fd))
        return link;
    tls_link_close(link);
    return NULL;
}

void tls_link_close(struct tls_link *link)
{
    if (!link)
        return;
    if (link->session)
        gnutls_deinit(link->session);
    free(link);
}

static bool is_later(int code)
{
    return code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED;
}

static void tell_status(const struct tls_link *link, int code, struct error *why)
{
    gnutls_datum_t words = { 0 };
    unsigned status = gnutls_session_get_verify_cert_status(link->session);
    if (code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR &&
        gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &words, 0) == 0)
        (void)error_set(why, 0, "%s", (const char *)words.data);
    else
        (void)error_set(why, 0, "%s", gnutls_strerror(code));
    gnutls_free(words.data);
}

enum tls_step tls_link_shake(struct tls_link *link, struct error *why)
{
    int code = gnutls_handshake(link->session);
    if (code == 0)
        return TLS_DONE;
    if (is_later(code))
        return gnutls_record_get_direction(link->session) == 1 ? TLS_WRITE : TLS_READ;
    if (!gnutls_error_is_fatal(code))
        return TLS_READ;
    tell_status(link, code, why);
    (void)gnutls_alert_send_appropriate(link->session, code);
    bool is_certificate = code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR ||
                          code == GNUTLS_E_NO_CERTIFICATE_FOUND ||
                          code == GNUTLS_E_CERTIFICATE_REQUIRED ||
                          code == GNUTLS_E_CERTIFICATE_ERROR;
    return is_certificate ? TLS_REFUSED : TLS_FAILED;
}

ssize_t tls_link_read(struct tls_link *link, uint8_t *room, size_t max)
{
    ssize_t len = gnutls_record_recv(link->session, room, max);
    if (len >= 0)
        return len;
    /* No exporter has a reason to negotiate again (RFC 9325 3.5). */
    return is_later((int)len) ? TLS_LATER : TLS_BROKEN;
}

bool tls_link_holds_more(const struct tls_link *link)
{
    return gnutls_record_check_pending(link->session) > 0;
}
