// SPDX-License-Identifier: Apache-2.0
#include "system/sender_tls_private.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct sender_credentials {
    gnutls_certificate_credentials_t certificates;
};

struct sender_tls {
    gnutls_session_t session;
};

enum { SHAKE_MS = 10000 };

static bool load(struct sender_credentials *credentials, const struct sender_options *options,
                 struct error *err)
{
    int code = gnutls_certificate_allocate_credentials(&credentials->certificates);
    if (code < 0)
        return error_set(err, 0, "TLS cannot be prepared: %s", gnutls_strerror(code));
    code = gnutls_certificate_set_x509_trust_file(credentials->certificates, options->authority,
                                                  GNUTLS_X509_FMT_PEM);
    if (code <= 0)
        return error_set(err, 0, "%s holds no certificate that could vouch for the collector",
                         options->authority);
    if (!options->certificate)
        return true;
    code = gnutls_certificate_set_x509_key_file(credentials->certificates, options->certificate,
                                                options->key, GNUTLS_X509_FMT_PEM);
    return code >= 0 || error_set(err, 0, "certificate %s and key %s cannot be used: %s",
                                  options->certificate, options->key, gnutls_strerror(code));
}

struct sender_credentials *sender_credentials_open(const struct sender_options *options,
                                                   struct error *err)
{
    if (!options->authority || !options->certificate != !options->key) {
        (void)error_set(err, 0,
                        "sending over TLS needs the authority that signed the collector's "
                        "certificate, and a certificate with its key");
        return NULL;
    }
    struct sender_credentials *credentials = calloc(1, sizeof *credentials);
    if (!credentials)
        (void)error_set(err, ENOMEM, "TLS cannot be prepared");
    else if (load(credentials, options, err))
        return credentials;
    sender_credentials_close(credentials);
    return NULL;
}

void sender_credentials_close(struct sender_credentials *credentials)
{
    if (!credentials)
        return;
    if (credentials->certificates)
        gnutls_certificate_free_credentials(credentials->certificates);
    free(credentials);
}

static int shake(struct sender_tls *tls, const struct sender_credentials *credentials,
                 const char *host, int fd)
{
    int code = gnutls_init(&tls->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
    if (code == 0)
        code = gnutls_set_default_priority(tls->session);
    if (code == 0)
        code = gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE,
                                      credentials->certificates);
    if (code != 0)
        return code;
    gnutls_session_set_verify_cert(tls->session, host, 0);
    struct ip_address ip; /* RFC 6066 3: an address is no server name */
    if (host && !ip_read(bytes_of_string(host), &ip))
        code = gnutls_server_name_set(tls->session, GNUTLS_NAME_DNS, host, strlen(host));
    if (code != 0)
        return code;
    gnutls_transport_set_int(tls->session, fd);
    gnutls_handshake_set_timeout(tls->session, SHAKE_MS);
    do
        code = gnutls_handshake(tls->session);
    while (code < 0 && gnutls_error_is_fatal(code) == 0);
    return code;
}

struct sender_tls *sender_tls_open(const struct sender_credentials *credentials,
                                   const char *host, int fd, struct error *err)
{
    struct sender_tls *tls = calloc(1, sizeof *tls);
    if (!tls) {
        (void)error_set(err, ENOMEM, "TLS cannot be prepared");
        return NULL;
    }
    int code = shake(tls, credentials, host, fd);
    if (code == 0)
        return tls;
    (void)error_set(err, 0, "TLS with the collector failed: %s", gnutls_strerror(code));
    if (tls->session)
        gnutls_deinit(tls->session);
    free(tls);
    return NULL;
}

/* What the collector sent and nobody read, such as the tickets of TLS 1.3, would make the
 * system reset the connection when it is closed, and with it what the collector has yet to
 * read.  So we read on until it closes, too, within bounds. */
static void read_to_end(int fd)
{
    enum { READS_MAX = 64, WAIT_MS = 1000 };
    char room[4096];
    struct pollfd waiting = { .fd = fd, .events = POLLIN };
    if (shutdown(fd, SHUT_WR) != 0)
        return;
    for (int i = 0; i < READS_MAX && poll(&waiting, 1, WAIT_MS) > 0; i++) {
        if (read(fd, room, sizeof room) <= 0)
            break;
    }
}

void sender_tls_close(struct sender_tls *tls)
{
    if (!tls)
        return;
    (void)gnutls_bye(tls->session, GNUTLS_SHUT_WR);
    read_to_end(gnutls_transport_get_int(tls->session));
    gnutls_deinit(tls->session);
    free(tls);
}

ssize_t sender_tls_write(struct sender_tls *tls, struct bytes octets)
{
    ssize_t len = gnutls_record_send(tls->session, octets.at, octets.len);
    if (len >= 0)
        return len;
    errno = gnutls_error_is_fatal((int)len) == 0 ? EINTR : EPIPE;
    return -1;
}
