// SPDX-License-Identifier: Apache-2.0
/* TLS by GnuTLS: 1.2 and 1.3 with forward secrecy and authenticated ciphers only, no session
 * tickets (each connection shows its certificate), no renegotiation. */
#include <stdlib.h>

#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include "http/server_private.h"

static const char priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:"
    "-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD:-SIGN-RSA-SHA1:"
    "-SIGN-ECDSA-SHA1:%SERVER_PRECEDENCE:%NO_TICKETS";

struct http_tls {
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priorities;
    bool asks_clients;
    atomic_uint holders;
};

static bool load(struct http_tls *tls, const struct http_settings *settings, struct error *err)
{
    int code = gnutls_certificate_allocate_credentials(&tls->credentials);
    if (code == GNUTLS_E_SUCCESS)
        code = gnutls_priority_init(&tls->priorities, priorities, NULL);
    if (code == GNUTLS_E_SUCCESS)
        code = gnutls_certificate_set_x509_key_file(tls->credentials, settings->certificate,
                                                    settings->key, GNUTLS_X509_FMT_PEM);
    if (code != GNUTLS_E_SUCCESS)
        return error_set(err, 0, "%s, %s: %s", settings->certificate, settings->key,
                         gnutls_strerror(code));
    if (settings->authority == NULL)
        return true;
    tls->asks_clients = true;
    code = gnutls_certificate_set_x509_trust_file(tls->credentials, settings->authority,
                                                  GNUTLS_X509_FMT_PEM);
    if (code > 0)
        return true;
    return error_set(err, 0, "%s: %s", settings->authority,
                     code < 0 ? gnutls_strerror(code) : "holds no certificate");
}

struct http_tls *http_tls_open(const struct http_settings *settings, struct error *err)
{
    struct http_tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL) {
        (void)error_set(err, 0, "no memory for TLS");
        return NULL;
    }
    atomic_init(&tls->holders, 1);
    if (load(tls, settings, err))
        return tls;
    http_tls_release(tls);
    return NULL;
}

void http_tls_hold(struct http_tls *tls)
{
    atomic_fetch_add(&tls->holders, 1);
}

void http_tls_release(struct http_tls *tls)
{
    if (tls == NULL || atomic_fetch_sub(&tls->holders, 1) != 1)
        return;
    if (tls->credentials != NULL)
        gnutls_certificate_free_credentials(tls->credentials);
    if (tls->priorities != NULL)
        gnutls_priority_deinit(tls->priorities);
    free(tls);
}

/* 0: the authority stands behind the client's certificate, today and for this use (RFC 5280
 * 4.2.1.12, id-kp-clientAuth). */
static int verify_client(gnutls_session_t session)
{
    struct http_connection *connection = gnutls_session_get_ptr(session);
    char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_typed_vdata_st use = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                  .data = (unsigned char *)purpose };
    unsigned status = 0, count = 0;
    int code = gnutls_certificate_verify_peers(session, &use, 1, &status);
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    if (code != GNUTLS_E_SUCCESS || status != 0 || chain == NULL || count == 0)
        return GNUTLS_E_CERTIFICATE_ERROR;
    connection->has_certificate = true;
    return gnutls_hash_fast(GNUTLS_DIG_SHA256, chain[0].data, chain[0].size,
                            connection->certificate);
}

bool http_tls_begin(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    pthread_mutex_lock(&server->lock);
    struct http_tls *tls = server->tls;
    http_tls_hold(tls);
    pthread_mutex_unlock(&server->lock);
    connection->tls = tls;
    if (gnutls_init(&connection->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) !=
        GNUTLS_E_SUCCESS) {
        connection->session = NULL;
        return false;
    }
    gnutls_session_t session = connection->session;
    unsigned char name[] = "http/1.1";
    const gnutls_datum_t protocol = { name, sizeof name - 1 };
    gnutls_session_set_ptr(session, connection);
    gnutls_transport_set_int(session, connection->fd);
    gnutls_handshake_set_timeout(session, GNUTLS_INDEFINITE_TIMEOUT);
    if (tls->asks_clients) {
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
        gnutls_session_set_verify_function(session, verify_client);
    }
    return gnutls_priority_set(session, tls->priorities) == GNUTLS_E_SUCCESS &&
           gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, tls->credentials) ==
               GNUTLS_E_SUCCESS &&
           gnutls_alpn_set_protocols(session, &protocol, 1, 0) == GNUTLS_E_SUCCESS;
}

int http_tls_handshake(struct http_connection *connection)
{
    int code = gnutls_handshake(connection->session);
    if (code == GNUTLS_E_SUCCESS)
        return 1;
    if (gnutls_error_is_fatal(code) == 0)
        return HTTP_IO_LATER;
    (void)gnutls_alert_send_appropriate(connection->session, code);
    return HTTP_IO_BROKEN;
}

/* Says goodbye where the answer was whole: without it the client knows that it was cut. */
void http_tls_end(struct http_connection *connection)
{
    if (connection->session == NULL)
        return;
    if (!connection->is_gone && connection->state != HTTP_HANDSHAKE)
        (void)gnutls_bye(connection->session, GNUTLS_SHUT_WR);
    gnutls_deinit(connection->session);
    connection->session = NULL;
    http_tls_release(connection->tls);
    connection->tls = NULL;
}
