// SPDX-License-Identifier: Apache-2.0
#include "model/facts.h"

#include "base/must.h"

#define SIZE_WITH(member) \
    (offsetof(struct fact, member) + sizeof(((struct fact *)NULL)->member))

static const size_t sizes[FACT_KINDS] = {
    [FACT_NONE] = offsetof(struct fact, dns),
    [FACT_DNS] = SIZE_WITH(dns),
    [FACT_TLS_CLIENT] = SIZE_WITH(tls_client),
    [FACT_TLS_SERVER] = SIZE_WITH(tls_server),
    [FACT_TLS_CERTIFICATE] = SIZE_WITH(certificate),
    [FACT_SSH] = SIZE_WITH(ssh),
    [FACT_HTTP] = SIZE_WITH(http),
    [FACT_TUNNEL] = SIZE_WITH(tunnel),
    [FACT_ALERT] = SIZE_WITH(alert),
    [FACT_LOGIN] = SIZE_WITH(login),
};

size_t fact_size(enum fact_kind kind)
{
    MUST(kind < FACT_KINDS);
    return sizes[kind];
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
    case FACT_ALERT:
    case FACT_LOGIN:
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
