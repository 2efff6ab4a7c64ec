// SPDX-License-Identifier: Apache-2.0
/* HTTP/1 heads (RFC 9112).  Of all that a head says, four things are kept: the class of the
 * method or the status, the host, and the name of the program at either end.  A reader as
 * lenient as servers are: lines may end without CR, unknown lines are passed over, and folded
 * ones (obsolete, RFC 9112 5.2) count for nothing. */
#include "base/cursor.h"
#include "base/text.h"
#include "decode/name.h"
#include "decode/parsers.h"

enum {
    HTTP_HEAD_OCTETS_MAX = 16384,
    HTTP_METHOD_OCTETS_MAX = 32,
    HTTP_EMPTY_LINES_MAX = 4 /* octets of them before a request (RFC 9112 2.2) */
};

/* Views into the stream; nothing is copied before all is judged. */
struct head {
    bool has_start; /* the first line is whole and good */
    enum seen_http_method method;
    uint16_t status;
    struct bytes target;
    struct bytes host;
    struct bytes agent;
};

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_among(uint8_t byte, struct bytes set)
{
    return bytes_find(set, byte) < set.len;
}

/* RFC 9110 5.6.2 */
static bool is_token(uint8_t byte)
{
    return is_digit(byte) || (lower(byte) >= 'a' && lower(byte) <= 'z') ||
           is_among(byte, BYTES("!#$%&'*+-.^_`|~"));
}

/* A whole line, without its end. */
static bool line_next(struct cursor *c, struct bytes *line)
{
    struct bytes rest = cursor_rest(c);
    size_t len = bytes_find(rest, '\n');
    if (len == rest.len)
        return false;
    cursor_skip(c, len + 1);
    if (len > 0 && rest.at[len - 1] == '\r')
        len--;
    *line = bytes_slice(rest, 0, len);
    return true;
}

/* "HTTP/1." and a digit, which servers do not insist on. */
static enum fault version_check(struct bytes version)
{
    if (!bytes_start_with(version, BYTES("HTTP/")))
        return FAULT_VALUE;
    struct bytes major = BYTES("HTTP/1.");
    if (!bytes_start_with(version, major) || version.len > major.len + 1)
        return FAULT_VERSION;
    bool is_minor = version.len == major.len || is_digit(version.at[major.len]);
    return is_minor ? FAULT_NONE : FAULT_VERSION;
}

static enum seen_http_method method_of(struct bytes name)
{
    static const struct {
        struct bytes name;
        enum seen_http_method method;
    } methods[] = {
        { { (const uint8_t *)"GET", 3 }, SEEN_HTTP_GET },
        { { (const uint8_t *)"HEAD", 4 }, SEEN_HTTP_HEAD },
        { { (const uint8_t *)"POST", 4 }, SEEN_HTTP_POST },
        { { (const uint8_t *)"PUT", 3 }, SEEN_HTTP_PUT },
        { { (const uint8_t *)"CONNECT", 7 }, SEEN_HTTP_CONNECT },
        { { (const uint8_t *)"OPTIONS", 7 }, SEEN_HTTP_OPTIONS },
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (bytes_equal(name, methods[i].name))
            return methods[i].method;
    return SEEN_HTTP_OTHER;
}

/* method SP request-target SP HTTP-version (RFC 9112 3) */
static enum fault request_read(struct bytes line, struct head *head)
{
    line = text_trim(line);
    struct bytes method = bytes_slice(line, 0, bytes_find(line, ' '));
    size_t version_at = line.len;
    while (version_at > method.len + 1 && line.at[version_at - 1] != ' ')
        version_at--;
    if (version_at < method.len + 3) /* no target, or no version: HTTP/0.9 */
        return FAULT_VALUE;
    enum fault fault = version_check(bytes_slice(line, version_at, line.len));
    if (fault)
        return fault;
    head->method = method_of(method);
    head->target = bytes_slice(line, method.len + 1, version_at - method.len - 2);
    return FAULT_NONE;
}

/* HTTP-version SP status-code [SP reason] (RFC 9112 4) */
static enum fault response_read(struct bytes line, struct head *head)
{
    struct bytes version = bytes_slice(line, 0, bytes_find(line, ' '));
    enum fault fault = version_check(version);
    if (fault)
        return fault;
    struct bytes status = bytes_slice(line, version.len + 1, line.len);
    status = bytes_slice(status, 0, bytes_find(status, ' '));
    uint64_t number;
    if (status.len != 3 || !text_read_u64(status, 999, &number) || number < 100)
        return FAULT_VALUE;
    head->method = SEEN_HTTP_RESPONSE;
    head->status = (uint16_t)number;
    return FAULT_NONE;
}

/* Whether more octets can still make a first line of this. */
static bool may_start(struct bytes start)
{
    struct bytes version = BYTES("HTTP/1.");
    size_t len = start.len < version.len ? start.len : version.len;
    if (bytes_start_with(start, bytes_slice(version, 0, len)))
        return true;
    struct bytes method = bytes_slice(start, 0, bytes_find(start, ' '));
    if (method.len > HTTP_METHOD_OCTETS_MAX || (method.len == 0 && start.len > 0))
        return false;
    for (size_t i = 0; i < method.len; i++)
        if (!is_token(method.at[i]))
            return false;
    return true;
}

static enum fault start_read(struct cursor *c, struct head *head)
{
    for (size_t i = 0; i < HTTP_EMPTY_LINES_MAX; i++)
        if (c->left > 0 && (c->at[0] == '\r' || c->at[0] == '\n'))
            cursor_skip(c, 1);
    /* "HTTP/2 200" is no HTTP/1 either: told apart from what is no HTTP at all. */
    bool is_response = bytes_start_with(cursor_rest(c), BYTES("HTTP/"));
    if (!is_response && !may_start(cursor_rest(c)))
        return FAULT_VALUE;
    struct bytes line;
    if (!line_next(c, &line))
        return FAULT_TRUNCATED;
    enum fault fault = is_response ? response_read(line, head) : request_read(line, head);
    head->has_start = fault == FAULT_NONE;
    return fault;
}

/* name is in lower case */
static bool is_named(struct bytes actual, struct bytes name)
{
    if (actual.len != name.len)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (lower(actual.at[i]) != name.at[i])
            return false;
    return true;
}

/* Of several of a name the first counts. */
static void field_read(struct bytes line, struct head *head)
{
    size_t colon = bytes_find(line, ':');
    if (colon == line.len || line.at[0] == ' ' || line.at[0] == '\t')
        return;
    struct bytes name = text_trim(bytes_slice(line, 0, colon));
    struct bytes value = text_trim(bytes_slice(line, colon + 1, line.len));
    bool is_response = head->method == SEEN_HTTP_RESPONSE;
    if (head->host.len == 0 && !is_response && is_named(name, BYTES("host")))
        head->host = value;
    if (head->agent.len == 0 &&
        is_named(name, is_response ? BYTES("server") : BYTES("user-agent")))
        head->agent = value;
}

static enum fault head_read(struct bytes stream, size_t *end, struct head *head)
{
    struct cursor c = cursor_over(bytes_slice(stream, 0, HTTP_HEAD_OCTETS_MAX));
    struct bytes line;
    enum fault fault = start_read(&c, head);
    while (!fault && line_next(&c, &line)) {
        if (line.len == 0) {
            *end = (size_t)(c.at - stream.at);
            return FAULT_NONE;
        }
        field_read(line, head);
    }
    if (fault && fault != FAULT_TRUNCATED)
        return fault;
    return stream.len >= HTTP_HEAD_OCTETS_MAX ? FAULT_LIMIT : FAULT_TRUNCATED;
}

/* The authority of an absolute target, or the target of CONNECT (RFC 9112 3.2). */
static struct bytes target_authority(const struct head *head)
{
    struct bytes target = head->target;
    if (head->method == SEEN_HTTP_CONNECT)
        return target;
    size_t colon = bytes_find(target, ':');
    struct bytes rest = bytes_slice(target, colon, target.len);
    if (colon == 0 || bytes_find(target, '/') < colon || !bytes_start_with(rest, BYTES("://")))
        return (struct bytes){ NULL, 0 };
    return bytes_slice(rest, 3, rest.len);
}

/* host [":" port], with what does not belong to a Host taken off all the same: user names and
 * paths are not ours to keep. */
static struct bytes host_of(struct bytes authority)
{
    size_t len = 0;
    while (len < authority.len && !is_among(authority.at[len], BYTES("/?# \t,")))
        len++;
    struct bytes host = bytes_slice(authority, 0, len);
    for (size_t at = bytes_find(host, '@'); at < host.len; at = bytes_find(host, '@'))
        host = bytes_slice(host, at + 1, host.len);
    if (host.len > 0 && host.at[0] == '[')
        return bytes_slice(host, 1, bytes_find(host, ']') - 1);
    size_t colon = bytes_find(host, ':');
    struct bytes port = bytes_slice(host, colon + 1, host.len);
    if (bytes_find(port, ':') == port.len) /* more colons: an IPv6 address without brackets */
        host = bytes_slice(host, 0, colon);
    if (host.len > 1 && host.at[host.len - 1] == '.')
        host.len--; /* the root's dot, which names elsewhere do without */
    return host;
}

static void fact_write(const struct head *head, struct fact *out)
{
    struct http_fact *http = &out->http;
    out->kind = FACT_HTTP;
    http->status = head->status;
    http->method = (uint8_t)head->method;
    http->agent_len = (uint8_t)printable_keep(head->agent, http->agent, sizeof http->agent);
    name_start(&http->host);
    name_put_host(&http->host,
                  host_of(head->host.len > 0 ? head->host : target_authority(head)));
}

enum fault http_read(struct bytes stream, size_t *taken, struct fact *out)
{
    struct head head = { .has_start = false };
    size_t end = 0;
    enum fault fault = head_read(stream, &end, &head);
    if (fault)
        return fault;
    fact_write(&head, out);
    *taken = end;
    return FAULT_NONE;
}

enum fault http_partial_read(struct bytes stream, struct fact *out)
{
    struct head head = { .has_start = false };
    size_t end = 0;
    enum fault fault = head_read(stream, &end, &head);
    if (!head.has_start)
        return fault;
    fact_write(&head, out);
    return FAULT_NONE;
}
