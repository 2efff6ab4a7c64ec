// SPDX-License-Identifier: Apache-2.0
/* From values to a flow, or to facts about one.  Pure functions of one line. */
#pragma once

#include "logs/json_private.h"
#include "logs/values_private.h"

/* What became of a line; each is counted as one of them. */
enum line_verdict {
    LINE_FLOW,
    LINE_FACT,
    LINE_CERTIFICATE,
    LINE_HEADER,
    LINE_OTHER_LOG, /* of a log, or an event, that is not read */
    LINE_SILENT,    /* says nothing that is kept */
    LINE_EMPTY,
    LINE_NO_HEADER,  /* columns before anything said what they are */
    LINE_FILE_LACKS, /* of a file passed over for want of a column */
    LINE_LACKS,      /* a JSON line without a field that is needed */
    LINE_COLUMNS,    /* fewer than the header has: cut */
    LINE_JSON,       /* is not whole, or not JSON */
    LINE_TIME,
    LINE_ADDRESS,
    LINE_NUMBER,
    LINE_PROTOCOL, /* not IP, or unknown */
    LINE_VERDICTS
};

/* The logs and events that are read. */
enum log_kind {
    KIND_OTHER,
    KIND_FLOW,
    KIND_DNS,
    KIND_TLS,
    KIND_CERTIFICATE,
    KIND_SSH,
    KIND_HTTP,
    KIND_QUIC,
    KIND_ALERT,
    KIND_KERBEROS,
    KIND_NTLM,
    KIND_RDP,
    LOG_KINDS
};

enum { LOG_FACTS_MAX = 3 };

/* The facts of one line. */
struct log_facts {
    struct fact at[LOG_FACTS_MAX];
    size_t count;
    struct bytes account;     /* of the fact that is a login: its name, to be hashed */
    struct bytes certificate; /* by which x509.log knows it; of the fact of that kind */
};

/* Addresses, ports, protocol and time (forward.first_ns); everything else of the flow is 0. */
MUST_CHECK enum line_verdict log_make_ends(const struct log_record *record, uint8_t scope,
                                           enum log_kind kind, struct flow *out);
/* The rest of a flow whose ends were made. */
MUST_CHECK enum line_verdict log_make_flow(const struct log_record *record, uint8_t scope,
                                           struct flow *flow);

/* item is room for the objects in lists. */
void log_make_facts(const struct log_record *record, const struct log_names *names,
                    enum log_kind kind, struct log_record *item, struct log_facts *out);
/* A line of x509.log; id is what ssl.log calls it by. */
MUST_CHECK enum line_verdict log_make_certificate(const struct log_record *record,
                                                  struct tls_certificate_fact *out,
                                                  struct bytes *id);
