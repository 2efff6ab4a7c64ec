// SPDX-License-Identifier: Apache-2.0
#include "model/facts.h"

#include "base/must.h"

#define SIZE_WITH(member) \
    (offsetof(struct fact, member) + sizeof(((struct fact *)NULL)->member))

static const struct fact_shape {
    const char *name;
    size_t size;
} shapes[FACT_KINDS] = {
    [FACT_NONE] = { "none", offsetof(struct fact, dns) },
    [FACT_DNS] = { "dns", SIZE_WITH(dns) },
    [FACT_TLS_CLIENT] = { "tls_client", SIZE_WITH(tls_client) },
    [FACT_TLS_SERVER] = { "tls_server", SIZE_WITH(tls_server) },
    [FACT_TLS_CERTIFICATE] = { "tls_certificate", SIZE_WITH(certificate) },
    [FACT_SSH] = { "ssh", SIZE_WITH(ssh) },
    [FACT_HTTP] = { "http", SIZE_WITH(http) },
    [FACT_TUNNEL] = { "tunnel", SIZE_WITH(tunnel) },
};

size_t fact_size(enum fact_kind kind)
{
    MUST(kind < FACT_KINDS);
    return shapes[kind].size;
}

const char *fact_name_of(enum fact_kind kind)
{
    MUST(kind < FACT_KINDS);
    return shapes[kind].name;
}

const char *key_type_name(enum key_type type)
{
    static const char *const names[KEY_TYPES] = {
        [KEY_UNKNOWN] = "unknown", [KEY_RSA] = "rsa",         [KEY_DSA] = "dsa",
        [KEY_EC] = "ec",           [KEY_ED25519] = "ed25519", [KEY_ED448] = "ed448",
        [KEY_ML_DSA] = "ml-dsa",   [KEY_SLH_DSA] = "slh-dsa", [KEY_ML_KEM] = "ml-kem",
        [KEY_GOST] = "gost",
    };
    MUST(type < KEY_TYPES);
    return names[type];
}

const char *http_method_name(enum http_method method)
{
    static const char *const names[HTTP_METHODS] = {
        [HTTP_RESPONSE] = "response", [HTTP_GET] = "get",     [HTTP_HEAD] = "head",
        [HTTP_POST] = "post",         [HTTP_PUT] = "put",     [HTTP_CONNECT] = "connect",
        [HTTP_OPTIONS] = "options",   [HTTP_OTHER] = "other",
    };
    MUST(method < HTTP_METHODS);
    return names[method];
}

struct bytes fact_server_name(const struct fact *fact)
{
    switch ((enum fact_kind)fact->kind) {
    case FACT_DNS: return fact_name_bytes(&fact->dns.query_name);
    case FACT_TLS_CLIENT: return fact_name_bytes(&fact->tls_client.server_name);
    case FACT_HTTP: return fact_name_bytes(&fact->http.host);
    case FACT_NONE:
    case FACT_TLS_SERVER:
    case FACT_TLS_CERTIFICATE:
    case FACT_SSH:
    case FACT_TUNNEL:
    case FACT_KINDS: break;
    }
    return (struct bytes){ NULL, 0 };
}

bool fact_name_is_under(const struct fact_name *fact_name, struct bytes domain)
{
    struct bytes name = fact_name_bytes(fact_name);
    if (name.len > 0 && name.at[name.len - 1] == '.')
        name.len--;
    if (domain.len == 0 || name.len < domain.len)
        return false;
    size_t above = name.len - domain.len;
    return bytes_equal(bytes_slice(name, above, domain.len), domain) &&
           (above == 0 || name.at[above - 1] == '.');
}
