// SPDX-License-Identifier: Apache-2.0
/* A finding: a server, relay or line that deserves a person's look, with all that led to it:
 * numbers, thresholds, rule and version, so that it can be replayed and contested. */
#pragma once

#include "model/record.h"

enum finding_kind {
    FINDING_COMMAND_SERVER, /* called regularly by lines: likely command and control */
    FINDING_SCANNER,
    FINDING_INDICATOR, /* a listed server, name, fingerprint or certificate was in contact */
    FINDING_GUESSING,
    FINDING_FLOOD,     /* its victim */
    FINDING_REFLECTOR, /* a server that others' floods are sent through */
    FINDING_TUNNEL,
    FINDING_GENERATED_NAMES,
    FINDING_FLUX,
    FINDING_LASTING, /* a server that lines stay connected to for hours */
    FINDING_UPLOAD,  /* where unusually much went */
    FINDING_RELAY,   /* a line that hands on others' traffic */
    FINDING_PEER_GROUP,
    FINDING_SHARED_SERVER, /* what known infected lines have in common */
    FINDING_DARK_SOURCE,   /* sends to addresses nobody uses */
    FINDING_BACKSCATTER,   /* a victim elsewhere, by its answers to forged senders */
    FINDING_LATERAL,
    FINDING_KINDS
};

enum {
    FINDING_LINES_MAX = 32,
    FINDING_MEASURES_MAX = 24,
    FINDING_HITS_MAX = 8,
    FINDING_NAMES_MAX = 4,
    FINDING_ADDRESSES_MAX = 8,
    FINDING_ID_MAX = 24, /* "c2-1f9a3c77d2b0", with its NUL */
    FINDING_RULE_MAX = 32,
};

struct finding_line {
    struct party party;
    int64_t first_ns;
    int64_t last_ns;
    uint64_t connections;
    uint64_t octets_out;
    uint64_t octets_in;
    double interval_median_s; /* 0 when it has none */
    double interval_spread;   /* log2, as MEASURE_INTERVAL_SPREAD */
    double score;             /* of the pair alone; 0 when it has none */
};

struct finding {
    enum finding_kind kind;
    char id[FINDING_ID_MAX];       /* the same for the same subject, rule and first day */
    char rule[FINDING_RULE_MAX];   /* "beacon 1" */
    struct party subject;          /* the server, or the scanner; zero when it is a name */
    struct fact_name subject_name; /* a listed name that was asked for; else empty */
    uint16_t port;                 /* 0 when many */
    uint8_t protocol;
    uint8_t shape; /* enum sighting_shape */
    enum direction direction;
    enum basis basis;
    struct mandate mandate; /* of the newest record or sighting it rests on */
    double score;           /* 0 to 100 */
    int64_t first_ns;
    int64_t last_ns;
    uint64_t connections;
    uint64_t octets_out;
    uint64_t octets_in;
    uint64_t line_total; /* of which the most active are kept below */
    size_t line_count;
    struct finding_line lines[FINDING_LINES_MAX];
    size_t measure_count;
    struct measure measures[FINDING_MEASURES_MAX];
    size_t hit_count;
    struct indicator_hit hits[FINDING_HITS_MAX];
    size_t name_count;
    struct fact_name names[FINDING_NAMES_MAX]; /* the subject was called by */
    size_t address_count;
    struct ip_address addresses[FINDING_ADDRESSES_MAX]; /* DNS gave for those names */
    int64_t retention_until_ns;
};

const char *finding_kind_name(enum finding_kind kind);

/* What is said of all findings of a kind. */
struct finding_trait {
    const char *name;  /* "command_server", as in JSON */
    const char *id;    /* "c2-": before the digits of each */
    const char *rule;  /* as its row of behaviour_kinds says */
    enum unit unit;    /* of its subject */
    bool is_source;    /* the subject is who sends: addresses and shape count, not its port */
    const char *title; /* for STIX */
};
const struct finding_trait *finding_trait(enum finding_kind kind);
enum finding_kind finding_kind_of(const struct sighting *sighting);

/* Is it for a person to look at now?  What rests on a list is; what rests on statistics, when
 * its day's budget has a place for it and too much of it is not chance. */
bool finding_is_alert(const struct finding *finding);

/* A name that lines asked for in DNS: who answered them is no party to it. */
static inline bool finding_is_of_name(const struct finding *finding)
{
    return finding->subject_name.len > 0;
}

enum { SUBJECT_TEXT_MAX = 3 * FACT_NAME_MAX + 1 };

/* The name, cleaned for a reader, or the party; at most SUBJECT_TEXT_MAX with its NUL. */
void finding_write_subject(const struct finding *finding, struct text *out);
