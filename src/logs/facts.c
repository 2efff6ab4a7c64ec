// SPDX-License-Identifier: Apache-2.0
#include "logs/makers_private.h"

static struct fact *add(struct log_facts *out, enum fact_kind kind, bool from_initiator)
{
    struct fact *fact = &out->at[out->count++];
    memset(fact, 0, fact_size(kind));
    fact->kind = (uint8_t)kind;
    fact->from_initiator = from_initiator;
    return fact;
}

static uint64_t number_of(const struct log_record *record, enum log_field field, uint64_t max)
{
    uint64_t number = 0;
    return log_read_number(log_text(record, field), max, &number) ? number : 0;
}

static bool keep_digest(const struct log_record *record, enum log_field field, uint8_t *out,
                        size_t len)
{
    return text_read_hex(log_text(record, field), out, len);
}

/* DNS */

/* An address of the answer, or the name that stands for the one asked for. */
static void keep_answer(struct dns_fact *dns, struct bytes text, struct bytes ttl)
{
    struct ip_address address;
    double seconds = 0;
    if (dns->answer_records < UINT16_MAX)
        dns->answer_records++;
    if (!log_read_address(text, &address)) {
        if (dns->query_type == 1 || dns->query_type == 28 || dns->query_type == 5)
            log_keep_name(text, &dns->canonical_name);
        return;
    }
    if (dns->answer_count == FACT_DNS_ANSWERS_MAX)
        return;
    struct dns_answer *answer = &dns->answers[dns->answer_count++];
    answer->address = address;
    if (text_read_fraction(ttl, &seconds) && seconds <= UINT32_MAX)
        answer->ttl_s = (uint32_t)seconds;
}

/* Zeek: two lists side by side. */
static void keep_answer_texts(const struct log_record *record, struct dns_fact *dns)
{
    struct log_list answers = log_list_of(record, LOG_ANSWERS);
    struct log_list ttls = log_list_of(record, LOG_TTLS);
    struct bytes answer, ttl = { NULL, 0 };
    while (log_list_next(&answers, &answer)) {
        if (!log_list_next(&ttls, &ttl))
            ttl.len = 0;
        keep_answer(dns, answer, ttl);
    }
}

/* Suricata: a list of objects. */
static void keep_answer_objects(const struct log_record *record, const struct log_names *names,
                                struct log_record *item, struct dns_fact *dns)
{
    struct log_list answers = log_list_of(record, LOG_ANSWERS);
    struct bytes object;
    while (log_list_next(&answers, &object)) {
        if (log_json_read(names, SCOPE_EVE_DNS_ITEM, object, item) == FAULT_NONE &&
            log_has(item, LOG_ANSWER))
            keep_answer(dns, log_text(item, LOG_ANSWER), log_text(item, LOG_TTLS));
    }
}

static void keep_question(const struct log_record *record, struct dns_fact *dns)
{
    log_keep_name(log_text(record, LOG_QUERY), &dns->query_name);
    dns->query_type = log_dns_type(log_text(record, LOG_QUERY_TYPE));
}

static void make_dns(const struct log_record *record, const struct log_names *names,
                     struct log_record *item, struct log_facts *out)
{
    struct bytes message = log_text(record, LOG_MESSAGE);
    bool is_eve = log_has(record, LOG_EVENT);
    bool is_response = is_eve ? log_same(message, "answer") || log_same(message, "response")
                              : log_has(record, LOG_RESPONSE_CODE);
    struct log_list questions = log_list_of(record, LOG_QUERIES);
    struct bytes question;
    struct dns_fact *dns = &add(out, FACT_DNS, !is_response)->dns;
    if (log_list_next(&questions, &question) &&
        log_json_read(names, SCOPE_EVE_DNS_ITEM, question, item) == FAULT_NONE)
        keep_question(item, dns);
    else
        keep_question(record, dns);
    dns->query_class = (uint16_t)number_of(record, LOG_QUERY_CLASS, UINT16_MAX);
    dns->transaction = (uint16_t)number_of(record, LOG_TRANSACTION, UINT16_MAX);
    dns->is_response = is_response;
    dns->response_code = log_dns_code(log_text(record, LOG_RESPONSE_CODE));
    dns->is_authoritative = log_is_true(record, LOG_AUTHORITATIVE);
    dns->is_truncated = log_is_true(record, LOG_TRUNCATED);
    if (is_eve && log_has(record, LOG_ANSWERS))
        keep_answer_objects(record, names, item, dns);
    else if (log_has(record, LOG_ANSWER))
        keep_answer(dns, log_text(record, LOG_ANSWER), log_text(record, LOG_TTLS));
    else
        keep_answer_texts(record, dns);
    if (dns->query_name.len == 0 && dns->answer_records == 0 && !is_response)
        out->count = 0;
}

/* TLS */

/* Names with a comma between them, as many as fit. */
static uint8_t keep_protocols(const struct log_record *record, enum log_field field, char *out)
{
    struct log_list names = log_list_of(record, field);
    struct bytes name;
    size_t len = 0;
    while (log_list_next(&names, &name)) {
        if (name.len + 1 > FACT_ALPN_MAX - len)
            break;
        if (len > 0)
            out[len++] = ',';
        len += log_keep_text(name, out + len, name.len);
    }
    return (uint8_t)len;
}

static void make_client(const struct log_record *record, struct log_facts *out)
{
    struct bytes ja4 = log_text(record, LOG_JA4);
    struct tls_client_fact *client = &add(out, FACT_TLS_CLIENT, true)->tls_client;
    log_keep_name(log_text(record, LOG_SERVER_NAME), &client->server_name);
    bool has_digest = keep_digest(record, LOG_JA3, client->ja3, sizeof client->ja3);
    if (ja4.len == FACT_JA4_LEN)
        (void)log_keep_text(ja4, client->ja4, FACT_JA4_LEN);
    client->alpn_len = keep_protocols(record, LOG_PROTOCOL_NAMES, client->alpn);
    if (!has_digest && client->ja4[0] == '\0' && client->server_name.len == 0)
        out->count--;
}

static void make_server(const struct log_record *record, struct log_facts *out)
{
    struct tls_server_fact *server = &add(out, FACT_TLS_SERVER, false)->tls_server;
    server->chosen_version = log_tls_version(log_text(record, LOG_VERSION));
    server->group = log_tls_group(log_text(record, LOG_GROUP));
    server->alpn_len = keep_protocols(record, LOG_PROTOCOL_NAME, server->alpn);
    bool has_digest = keep_digest(record, LOG_JA3S, server->ja3s, sizeof server->ja3s);
    if (server->chosen_version == 0 && !has_digest)
        out->count--;
}

/* "aa:bb:..." of Suricata */
static bool keep_coloned(struct bytes text, uint8_t *out, size_t len)
{
    if (text.len != len * 3 - 1)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!text_read_hex(bytes_slice(text, i * 3, 2), out + i, 1))
            return false;
    }
    return true;
}

static int64_t time_of(const struct log_record *record, enum log_field field)
{
    int64_t time_ns = 0;
    return log_read_time(log_text(record, field), &time_ns) ? time_ns : 0;
}

/* By its length; Zeek's names of files are no digests. */
static bool keep_either_digest(struct bytes text, struct tls_certificate_fact *out)
{
    return text_read_hex(text, out->sha256, sizeof out->sha256) ||
           text_read_hex(text, out->sha1, sizeof out->sha1);
}

static void keep_validity(const struct log_record *record, struct tls_certificate_fact *out)
{
    out->not_before_ns = time_of(record, LOG_NOT_BEFORE);
    out->not_after_ns = time_of(record, LOG_NOT_AFTER);
    struct bytes subject = log_text(record, LOG_SUBJECT);
    out->is_self_issued = subject.len > 0 && bytes_equal(subject, log_text(record, LOG_ISSUER));
}

/* Zeek names the certificates of the chain; Suricata tells of the first. */
static void make_certificate(const struct log_record *record, struct log_facts *out)
{
    enum log_field field = log_has(record, LOG_CHAIN) ? LOG_CHAIN : LOG_CHAIN_FILES;
    struct log_list chain = log_list_of(record, field);
    struct bytes next;
    struct tls_certificate_fact *fact = &add(out, FACT_TLS_CERTIFICATE, false)->certificate;
    if (keep_coloned(log_text(record, LOG_CERTIFICATE), fact->sha1, sizeof fact->sha1)) {
        keep_validity(record, fact);
        fact->chain_length = 1;
        return;
    }
    if (!log_list_next(&chain, &out->certificate)) {
        out->count--;
        return;
    }
    (void)keep_either_digest(out->certificate, fact);
    do
        fact->chain_length++;
    while (fact->chain_length < UINT8_MAX && log_list_next(&chain, &next));
}

enum line_verdict log_make_certificate(const struct log_record *record,
                                       struct tls_certificate_fact *out, struct bytes *id)
{
    *out = (struct tls_certificate_fact){ 0 };
    *id = log_text(record,
                   log_has(record, LOG_CERTIFICATE) ? LOG_CERTIFICATE : LOG_CERTIFICATE_FILE);
    if (id->len == 0)
        return LINE_SILENT;
    keep_validity(record, out);
    (void)keep_either_digest(*id, out);
    out->key_bits = (uint16_t)number_of(record, LOG_KEY_BITS, UINT16_MAX);
    out->key_type = (uint8_t)log_key_type(log_text(record, LOG_KEY_TYPE));
    out->signature_type = (uint8_t)log_key_type(log_text(record, LOG_SIGNATURE_TYPE));
    return LINE_CERTIFICATE;
}

/* SSH */

/* Zeek has the whole banner, Suricata its two parts. */
static void keep_banner(const struct log_record *record, bool is_server, struct ssh_fact *ssh)
{
    struct bytes version =
        log_text(record, is_server ? LOG_SERVER_VERSION : LOG_CLIENT_VERSION);
    struct bytes text = log_text(record, is_server ? LOG_SERVER_BANNER : LOG_CLIENT_BANNER);
    char room[FACT_BANNER_MAX + 1];
    struct text banner = text_over(room, sizeof room);
    if (version.len > 0) {
        text_put_string(&banner, "SSH-");
        text_put(&banner, version);
        text_put_char(&banner, '-');
    }
    text_put(&banner, bytes_slice(text, 0, FACT_BANNER_MAX - banner.len));
    ssh->banner_len = (uint8_t)log_keep_text(text_bytes(&banner), ssh->banner, FACT_BANNER_MAX);
}

/* What was agreed stands for this side's first choice. */
static void make_ssh_side(const struct log_record *record, bool is_server,
                          struct log_facts *out)
{
    struct ssh_fact *ssh = &add(out, FACT_SSH, !is_server)->ssh;
    ssh->is_server = is_server;
    keep_banner(record, is_server, ssh);
    ssh->has_kexinit = keep_digest(record, is_server ? LOG_HASSH_SERVER : LOG_HASSH, ssh->hassh,
                                   sizeof ssh->hassh);
    ssh->kex_len =
        (uint8_t)log_keep_text(log_text(record, LOG_KEX), ssh->kex, FACT_ALGORITHM_MAX);
    ssh->host_key_len = (uint8_t)log_keep_text(log_text(record, LOG_HOST_KEY), ssh->host_key,
                                               FACT_ALGORITHM_MAX);
    ssh->cipher_len =
        (uint8_t)log_keep_text(log_text(record, LOG_CIPHER), ssh->cipher, FACT_ALGORITHM_MAX);
    if (ssh->banner_len == 0 && !ssh->has_kexinit)
        out->count--;
}

/* HTTP */

/* The host without its port. */
static struct bytes host_of(struct bytes host)
{
    size_t colon = host.len;
    while (colon > 0 && host.at[colon - 1] >= '0' && host.at[colon - 1] <= '9')
        colon--;
    bool is_port = colon > 0 && colon < host.len && host.at[colon - 1] == ':';
    bool is_v6 = is_port && bytes_find(host, ':') < colon - 1 && host.at[0] != '[';
    return is_port && !is_v6 ? bytes_slice(host, 0, colon - 1) : host;
}

static void make_http(const struct log_record *record, struct log_facts *out)
{
    if (log_has(record, LOG_HOST) || log_has(record, LOG_METHOD)) {
        struct http_fact *request = &add(out, FACT_HTTP, true)->http;
        log_keep_name(host_of(log_text(record, LOG_HOST)), &request->host);
        request->method = (uint8_t)log_http_method(log_text(record, LOG_METHOD));
        request->agent_len =
            (uint8_t)log_keep_text(log_text(record, LOG_AGENT), request->agent, FACT_AGENT_MAX);
    }
    uint64_t status = number_of(record, LOG_STATUS, 999);
    if (status > 0) {
        struct http_fact *response = &add(out, FACT_HTTP, false)->http;
        response->method = SEEN_HTTP_RESPONSE;
        response->status = (uint16_t)status;
    }
}

static void make_quic(const struct log_record *record, struct log_facts *out)
{
    make_client(record, out);
    if (out->count == 0)
        return;
    struct tls_client_fact *client = &out->at[0].tls_client;
    client->quic_version = log_quic_version(log_text(record, LOG_VERSION));
    client->highest_version = 0x0304; /* RFC 9001 4.2: QUIC has no older TLS */
    if (client->alpn_len == 0)
        client->alpn_len = keep_protocols(record, LOG_PROTOCOL_NAME, client->alpn);
}

static void make_alert(const struct log_record *record, struct log_facts *out)
{
    uint64_t signature = 0;
    if (!log_read_number(log_text(record, LOG_SIGNATURE), UINT32_MAX, &signature))
        return;
    struct alert_fact *alert = &add(out, FACT_ALERT, true)->alert;
    alert->signature = (uint32_t)signature;
    alert->generator = (uint32_t)number_of(record, LOG_GENERATOR, UINT32_MAX);
    alert->revision = (uint32_t)number_of(record, LOG_REVISION, UINT32_MAX);
    alert->severity = (uint8_t)number_of(record, LOG_SEVERITY, UINT8_MAX);
    alert->is_blocked = log_same(log_text(record, LOG_ACTION), "blocked");
}

/* Logins */

/* "user/REALM", "user@realm" and "DOMAIN\\user" are one account with and without its realm. */
static struct bytes account_of(struct bytes name)
{
    size_t slash = bytes_find(name, '\\');
    if (slash < name.len)
        name = bytes_slice(name, slash + 1, name.len);
    name = bytes_slice(name, 0, bytes_find(name, '/'));
    return bytes_slice(name, 0, bytes_find(name, '@'));
}

/* Machines' accounts end with a dollar sign; those of services are called so by custom. */
static bool is_of_a_service(struct bytes account)
{
    struct bytes start = bytes_slice(account, 0, 3);
    return account.len > 0 && (account.at[account.len - 1] == '$' || log_same(start, "svc"));
}

static enum login_result result_of(const struct log_record *record, enum login_service service)
{
    if (service == LOGIN_RDP || !log_has(record, LOG_SUCCESS))
        return LOGIN_UNKNOWN;
    return log_is_true(record, LOG_SUCCESS) ? LOGIN_SUCCESS : LOGIN_FAILURE;
}

static bool is_rc4(struct bytes cipher)
{
    return log_same(bytes_slice(cipher, 0, 3), "rc4");
}

static void make_login(const struct log_record *record, enum login_service service,
                       enum log_field account, struct log_facts *out)
{
    out->account = account_of(log_text(record, account));
    if (out->account.len == 0 && !log_has(record, LOG_SUCCESS))
        return;
    struct login_fact *login = &add(out, FACT_LOGIN, true)->login;
    login->service = (uint8_t)service;
    login->result = (uint8_t)result_of(record, service);
    login->attempts = (uint16_t)number_of(record, LOG_ATTEMPTS, UINT16_MAX);
    login->is_weak = service == LOGIN_KERBEROS && is_rc4(log_text(record, LOG_ENCRYPTION));
    login->is_of_a_service = is_of_a_service(out->account);
}

void log_make_facts(const struct log_record *record, const struct log_names *names,
                    enum log_kind kind, struct log_record *item, struct log_facts *out)
{
    out->count = 0;
    out->certificate = (struct bytes){ NULL, 0 };
    out->account = (struct bytes){ NULL, 0 };
    switch (kind) {
    case KIND_DNS: make_dns(record, names, item, out); break;
    case KIND_TLS:
        make_client(record, out);
        make_server(record, out);
        make_certificate(record, out);
        break;
    case KIND_SSH:
        make_ssh_side(record, false, out);
        make_ssh_side(record, true, out);
        make_login(record, LOGIN_SSH, LOG_NONE, out);
        break;
    case KIND_HTTP: make_http(record, out); break;
    case KIND_QUIC: make_quic(record, out); break;
    case KIND_ALERT: make_alert(record, out); break;
    case KIND_KERBEROS: /* its column of the account is called as SSH's of the client */
        make_login(record, LOGIN_KERBEROS, LOG_CLIENT_BANNER, out);
        break;
    case KIND_NTLM: make_login(record, LOGIN_NTLM, LOG_ACCOUNT, out); break;
    case KIND_RDP: make_login(record, LOGIN_RDP, LOG_ACCOUNT, out); break;
    case KIND_OTHER:
    case KIND_FLOW:
    case KIND_CERTIFICATE:
    case LOG_KINDS: break;
    }
}
