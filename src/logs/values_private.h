// SPDX-License-Identifier: Apache-2.0
/* Values of logs as text to numbers, times, addresses and names.  All of them are untrusted:
 * what does not read is false and leaves the output alone. */
#pragma once

#include "base/time.h"
#include "model/flow.h"

MUST_CHECK bool log_read_number(struct bytes text, uint64_t max, uint64_t *out);
/* Seconds with decimals to nanoseconds; an exponent may follow, as JSON has it. */
MUST_CHECK bool log_read_seconds(struct bytes text, int64_t *out);
/* Seconds since 1970 (milliseconds when they are too many), RFC 3339 with an offset with or
 * without its colon, or Argus' 2011/08/10 09:46:53.047277, taken as UTC. */
MUST_CHECK bool log_read_time(struct bytes text, int64_t *out);
MUST_CHECK bool log_read_address(struct bytes text, struct ip_address *out);
/* "tcp", "UDP", "ipv6-icmp" or a number. */
MUST_CHECK bool log_read_protocol(struct bytes text, uint8_t *out);
/* "A", "AAAA", "TYPE65", or a number; 0 for none we know. */
uint16_t log_dns_type(struct bytes text);
/* "NXDOMAIN" or a number; 0 for none we know. */
uint8_t log_dns_code(struct bytes text);
/* "TLSv12", "TLS 1.2", "TLSv1.3"; 0 for none we know. */
uint16_t log_tls_version(struct bytes text);
/* Of the names IANA and Zeek give groups; 0 for none we know. */
uint16_t log_tls_group(struct bytes text);
uint32_t log_quic_version(struct bytes text);
/* "rsa", "ecdsa", "sha256WithRSAEncryption", "ecdsa-with-SHA256". */
enum key_type log_key_type(struct bytes text);
enum seen_http_method log_http_method(struct bytes text);

/* Lower case; \xNN of Zeek and whatever is not printable become \DDD. */
void log_keep_name(struct bytes text, struct fact_name *out);
/* Printable octets, others as '?'; cut to max.  What was kept. */
size_t log_keep_text(struct bytes text, char *out, size_t max);

bool log_same(struct bytes a, const char *b); /* letters of either case */
