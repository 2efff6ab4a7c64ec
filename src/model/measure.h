// SPDX-License-Identifier: Apache-2.0
/* The numbers a judgement rests on, each with its threshold: what `sekisho explain` reads
 * out.  One table names them, gives the unit and says in words what they mean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum measure_id {
    MEASURE_CONNECTIONS,      /* sightings of the pair, or of the server */
    MEASURE_INTERVAL_MEDIAN,  /* seconds between connections */
    MEASURE_INTERVAL_SPREAD,  /* log-dispersion: mean |log2 interval - its mean| */
    MEASURE_INTERVAL_COMB,    /* the same for thinly sampled ones: interval comb, Z */
    MEASURE_ACTIVE_SLOTS,     /* share of half-hours between first and last with traffic */
    MEASURE_SIZE_SPREAD,      /* log-dispersion of octets from the line */
    MEASURE_RITA_SCORE,       /* interval part of RITA's published score, for comparison */
    MEASURE_CLIENTS,          /* distinct lines of a server (estimate) */
    MEASURE_PREVALENCE,       /* share of active lines that talk to the server */
    MEASURE_COUNT_DISPERSION, /* variance / mean of sightings per line, D */
    MEASURE_HOUR_ENTROPY,     /* entropy of the 24-hour profile, H, bits */
    MEASURE_POOLED_COMB,      /* pooled interval comb, Z */
    MEASURE_SIZE_MODES,       /* share of the two commonest sizes, M */
    MEASURE_POOLED_SUM,       /* H - log2 D + 0.35 Z */
    MEASURE_TARGETS,          /* distinct address:port tried */
    MEASURE_TARGET_HOSTS,     /* distinct addresses tried */
    MEASURE_TARGET_PORTS,     /* distinct ports tried */
    MEASURE_FAILED_SHARE,     /* share of first contacts that were not answered */
    MEASURE_FAILED_NET,       /* sequential test: failures less successes */
    MEASURE_INDICATOR_HITS,   /* flows that matched an indicator */
    MEASURE_OCTETS_OUT,       /* from the lines */
    MEASURE_OCTETS_IN,        /* to the lines */
    MEASURE_SAMPLING_RATE,    /* one packet in so many was counted; 0 when nobody told */
    MEASURE_SOURCES,          /* different sources */
    MEASURE_REFLECTORS,       /* different reflectors that answered */
    MEASURE_VICTIMS,       /* different addresses that were sent answers they did not ask for */
    MEASURE_RATE_PACKETS,  /* packets a second at the highest */
    MEASURE_RATE_OCTETS,   /* octets a second at the highest */
    MEASURE_BASELINE,      /* what is usual for it, in the same unit */
    MEASURE_DEVIATION,     /* how far above what is usual, in median absolute deviations */
    MEASURE_SYN_SHARE,     /* share of packets that begin a connection and finish none */
    MEASURE_AMPLIFICATION, /* octets answered for each octet asked */
    MEASURE_ACTIVE_HOSTS,  /* share of the addresses of the prefix that are sent to */
    MEASURE_SOURCE_ENTROPY,     /* evenness over the sources */
    MEASURE_PORT_SHARE,         /* share of the commonest port or protocol */
    MEASURE_INFORMATION,        /* information that the names can have carried */
    MEASURE_NAMES,              /* different names below the domain */
    MEASURE_NAME_LENGTH,        /* mean length of what stands below the domain */
    MEASURE_ANSWER_INFORMATION, /* information that the answers can have carried */
    MEASURE_NX_DOMAINS,         /* different registered domains that do not exist */
    MEASURE_NX_SHARE,           /* share of questions for names that do not exist */
    MEASURE_OVERLAP,            /* share of contacts in common (Jaccard) */
    MEASURE_MEMBERS,            /* lines in the group */
    MEASURE_NAME_LIKELIHOOD,    /* how unlike words of people the names are, for each letter */
    MEASURE_ADDRESSES,          /* different addresses of the name */
    MEASURE_NETWORKS,           /* different networks of those addresses */
    MEASURE_TTL,                /* for how long an answer may be kept */
    MEASURE_DURATION,           /* how long it stayed open */
    MEASURE_PACKET_OCTETS,      /* mean octets of a packet, of the side with the larger ones */
    MEASURE_MONTH_OCTETS,       /* from the line, over 15 to 30 days */
    MEASURE_UPLOAD_RATIO,       /* octets sent for each octet received */
    MEASURE_AGE,                /* since it was first seen */
    MEASURE_ROLE_DUALITY, /* share of time slots in which it is server and client at once */
    MEASURE_CONSERVATION, /* octets sent on for each octet received */
    MEASURE_CORRELATION,  /* how alike what comes in and what goes out rise and fall */
    MEASURE_ADJACENCY,    /* how much more often it calls out right after it was called than by
                             chance */
    MEASURE_DIVERSITY,    /* different networks it calls */
    MEASURE_CONTROLLERS,  /* different controllers it is called by */
    MEASURE_CONTROLLED_LINES, /* lines that the same controller has */
    MEASURE_LIFT,             /* how many times more often lines with findings call it */
    MEASURE_FLAGGED_LINES,    /* lines with other findings */
    MEASURE_ATTEMPTS,         /* attempts of equal size */
    MEASURE_EQUAL_SHARE,      /* share of sessions of the commonest size */
    MEASURE_LARGEST_AFTER,    /* largest session after the attempts, in sizes of one */
    MEASURE_DARK_HITS,        /* different unused addresses sent to */
    MEASURE_NEW_TARGETS,      /* hosts inside that it had not called before */
    MEASURE_HINTS,            /* different kinds of hints, of the host and of who reached it */
    MEASURE_PATH,             /* hosts in a row */
    MEASURE_ACCOUNTS,         /* different accounts used */
    MEASURE_PEERS,            /* different peers */
    MEASURE_PREFIX_DIVERSITY, /* different networks for each peer */
    MEASURE_SERVERS,          /* different servers */
    MEASURE_POLLER,           /* how well a service that polls by design explains it */
    MEASURE_POLLER_NAME,      /* enum poller_class of the names it was called by */
    MEASURE_ANSWER_OCTETS,    /* of a packet that answers, on average */
    MEASURE_PREFIX_LENGTH,    /* of the prefix that the address is the first of */
    MEASURE_P_VALUE, /* how seldom what is harmless looks as strange, all evidence together */
    MEASURE_FALSE_DISCOVERY, /* expected share of false alerts down to this rank */
    MEASURE_NULL_SAMPLES,    /* harmless cases it was compared with */
    MEASURE_RANK,            /* among the findings of its day; the threshold is the budget */
    MEASURE_VERDICT,      /* its number; with the threshold 0 one that takes the alert away */
    MEASURE_UNITS_JUDGED, /* how many could have been found: the more, the more by chance */
    MEASURE_FAMILIES,     /* of evidence that speak for it */
    MEASURES
};

struct measure {
    enum measure_id id;
    double value;
    double threshold; /* 0 with has_threshold false */
    double weight;    /* -log10 of its p-value, at most 4; 0 for context */
    bool has_threshold;
};

/* Which side of its threshold speaks for a finding. */
enum measure_sense { MEASURE_AT_LEAST, MEASURE_AT_MOST };

struct measure_kind {
    const char *name; /* snake_case, as in JSON */
    const char *unit; /* "s", "bit", "share", "count", "octets", "octets/s", "" */
    const char *meaning_en;
    const char *meaning_ja;
    enum measure_sense sense;
};

const struct measure_kind *measure_kind(enum measure_id id);
/* The first of that kind, or NULL. */
const struct measure *measure_find(const struct measure *measures, size_t count,
                                   enum measure_id id);
/* Does the value speak for the finding?  Only for measures with a threshold. */
bool measure_is_met(const struct measure *measure);
