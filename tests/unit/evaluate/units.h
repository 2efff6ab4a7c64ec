// SPDX-License-Identifier: Apache-2.0
/* Units and alerts in short. */
#pragma once

#include "evaluate/truth.h"

static inline struct ip_address address(const char *words)
{
    struct ip_address out = { 0 };
    bool is_read = ip_read(bytes_of_string(words), &out);
    (void)is_read;
    return out;
}

static inline struct truth_unit unit_at(enum truth_kind kind, const char *words, uint16_t port)
{
    return (struct truth_unit){ .kind = kind,
                                .has_unit = true,
                                .unit = { address(words), 128 },
                                .port = port,
                                .family = "family",
                                .from_ns = INT64_MIN,
                                .to_ns = INT64_MAX };
}

static inline struct told told_at(enum finding_kind kind, const char *words, uint16_t port)
{
    return (struct told){ .ranked = { .kind = kind,
                                      .unit = address(words),
                                      .port = port,
                                      .is_alert = true,
                                      .score = 60 } };
}

static inline struct told with_line(struct told told, const char *words)
{
    told.lines[told.line_count++] = address(words);
    return told;
}

static inline struct fact_name name_of(const char *words)
{
    struct fact_name out = { .len = (uint8_t)strlen(words) };
    memcpy(out.at, words, out.len);
    return out;
}
