// SPDX-License-Identifier: Apache-2.0
/* One line of a log as values by meaning: what Zeek, Suricata and Argus call the same is the
 * same field here, so that the makers of flows and facts do not ask who wrote the line. */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"

enum log_field {
    LOG_NONE, /* columns nobody asks for end here */
    LOG_PATH, /* which log: Zeek's #path or _path */
    LOG_EVENT,
    LOG_TIME,
    LOG_ID, /* uid, flow_id: the same in all lines about one connection */
    LOG_INITIATOR,
    LOG_INITIATOR_PORT,
    LOG_RESPONDER,
    LOG_RESPONDER_PORT,
    LOG_PROTOCOL,
    LOG_PROTOCOL_NUMBER,
    LOG_VLAN,
    LOG_ICMP_TYPE,
    LOG_ICMP_CODE,
    LOG_START,
    LOG_END,
    LOG_DURATION,
    LOG_STATE,
    LOG_REASON,
    LOG_HISTORY,
    LOG_DIRECTION,
    LOG_FORWARD_PACKETS,
    LOG_FORWARD_OCTETS,
    LOG_FORWARD_PAYLOAD,
    LOG_FORWARD_FLAGS,
    LOG_REVERSE_PACKETS,
    LOG_REVERSE_OCTETS,
    LOG_REVERSE_PAYLOAD,
    LOG_REVERSE_FLAGS,
    LOG_TOTAL_PACKETS,
    LOG_TOTAL_OCTETS,
    LOG_QUERY,
    LOG_QUERIES,
    LOG_QUERY_TYPE,
    LOG_QUERY_CLASS,
    LOG_MESSAGE, /* "query", "answer", "request", "response" */
    LOG_TRANSACTION,
    LOG_RESPONSE_CODE,
    LOG_AUTHORITATIVE,
    LOG_TRUNCATED,
    LOG_ANSWERS,
    LOG_ANSWER, /* of a line for each answer */
    LOG_TTLS,
    LOG_VERSION, /* of TLS or QUIC */
    LOG_SERVER_NAME,
    LOG_GROUP,
    LOG_PROTOCOL_NAME, /* ALPN: chosen, or offered in QUIC */
    LOG_PROTOCOL_NAMES,
    LOG_ESTABLISHED,
    LOG_JA3,
    LOG_JA3S,
    LOG_JA4,
    LOG_CHAIN,       /* digests of the server's certificates */
    LOG_CHAIN_FILES, /* the same by Zeek's names of files */
    LOG_CERTIFICATE, /* digest */
    LOG_CERTIFICATE_FILE,
    LOG_SUBJECT,
    LOG_ISSUER,
    LOG_NOT_BEFORE,
    LOG_NOT_AFTER,
    LOG_KEY_TYPE,
    LOG_KEY_BITS,
    LOG_SIGNATURE_TYPE,
    LOG_CLIENT_BANNER,
    LOG_SERVER_BANNER,
    LOG_CLIENT_VERSION,
    LOG_SERVER_VERSION,
    LOG_KEX,
    LOG_HOST_KEY,
    LOG_CIPHER,
    LOG_HASSH,
    LOG_HASSH_SERVER,
    LOG_HOST,
    LOG_METHOD,
    LOG_AGENT,
    LOG_STATUS,
    LOG_QUIC_IDENTIFIER,
    LOG_ACCOUNT,
    LOG_SUCCESS,
    LOG_ATTEMPTS,
    LOG_ENCRYPTION, /* of a ticket */
    LOG_RESULT,
    LOG_GENERATOR,
    LOG_SIGNATURE,
    LOG_REVISION,
    LOG_SEVERITY,
    LOG_ACTION,
    LOG_FIELDS
};

enum log_value_kind { LOG_VALUE_TEXT, LOG_VALUE_LIST, LOG_VALUE_OBJECT };

struct log_value {
    const uint8_t *at; /* NULL when the line does not say */
    uint32_t len;
    uint8_t kind; /* enum log_value_kind */
};

enum { LOG_SCRATCH = 8192 };

struct log_record {
    struct log_value values[LOG_FIELDS];
    bool is_json;
    uint8_t list_separator; /* unless JSON */
    size_t scratch_used;
    uint8_t scratch[LOG_SCRATCH]; /* strings of JSON that had escapes */
};

static inline bool log_has(const struct log_record *record, enum log_field field)
{
    return record->values[field].at != NULL;
}

/* Empty when the line does not say. */
static inline struct bytes log_text(const struct log_record *record, enum log_field field)
{
    const struct log_value *value = &record->values[field];
    return (struct bytes){ value->at, value->at ? value->len : 0 };
}

static inline bool log_is_true(const struct log_record *record, enum log_field field)
{
    struct bytes text = log_text(record, field);
    return text.len > 0 && (text.at[0] | 0x20) == 't';
}

/* Names as the logs have them.  A scope is a place where a name means something: the columns of
 * Zeek, those of Argus, the top of an EVE line, or an object in it. */
enum log_scope {
    SCOPE_NONE,
    SCOPE_ZEEK,
    SCOPE_ZEEK_ID, /* endpoints in an object of their own */
    SCOPE_ARGUS,
    SCOPE_EVE,
    SCOPE_EVE_FLOW,
    SCOPE_EVE_TCP,
    SCOPE_EVE_DNS,
    SCOPE_EVE_DNS_ITEM, /* one answer or question */
    SCOPE_EVE_TLS,
    SCOPE_EVE_JA3,
    SCOPE_EVE_JA3S,
    SCOPE_EVE_SSH,
    SCOPE_EVE_SSH_CLIENT,
    SCOPE_EVE_SSH_SERVER,
    SCOPE_EVE_HASSH,
    SCOPE_EVE_HASSH_SERVER,
    SCOPE_EVE_HTTP,
    SCOPE_EVE_QUIC,
    SCOPE_EVE_ALERT,
};

struct log_name {
    uint8_t scope; /* where it stands */
    uint8_t field; /* what its value means, or LOG_NONE */
    uint8_t inner; /* the scope of its members when it is an object, or SCOPE_NONE */
    uint8_t len;
    const char *name;
};

enum { LOG_NAMES_ROOM = 1024 };

/* A hash table over the names: power of two, at most a third full. */
struct log_names {
    uint8_t slots[LOG_NAMES_ROOM]; /* index + 1 */
};

void log_names_init(struct log_names *names);
/* NULL when the name means nothing there. */
const struct log_name *log_names_find(const struct log_names *names, uint8_t scope,
                                      struct bytes name);
/* As the log has it, for words about what is missing. */
const char *log_names_of(uint8_t scope, enum log_field field);

/* The values of a list, or the one value that is not a list. */
struct log_list {
    struct bytes rest;
    bool is_json;
    uint8_t separator;
};

struct log_list log_list_of(const struct log_record *record, enum log_field field);
/* Strings without their quotes; objects with their braces. */
MUST_CHECK bool log_list_next(struct log_list *list, struct bytes *out);
