// SPDX-License-Identifier: Apache-2.0
/* Selectors as stages run them: conditions in postfix order, compiled from the readable form
 * (selector/selector.h) of warrants that were verified (warrant/warrant.h).  Positions, no
 * pointers: a set is copied between processes as it is, and checked when it arrives.
 *
 * Every alternative of a condition rests on an indicator or a behaviour, so only a flow that
 * one of these named is ever asked the rest: what matches nothing costs nothing here. */
#pragma once

#include "model/mandate.h"
#include "model/selected.h"

enum { RULES_MAX = 64, RULE_STEPS_MAX = 1024, RULE_LISTS_MAX = 256, RULE_DEPTH_MAX = 16 };

enum rule_operator {
    RULE_AND, /* of the two results before it */
    RULE_OR,
    RULE_NOT,
    RULE_LISTED,    /* an indicator of the list matched: see struct rule_step */
    RULE_BEHAVIOUR, /* the flow is of what this behaviour fired on */
    RULE_FIELD,     /* low <= field <= high */
    RULE_OPERATORS
};

/* Numbers a condition may ask for; names in rule_field_name.  No content, no address.  What
 * is not known of a flow (a TLS version, before which DNS has none) is neither so nor not so:
 * neither the test nor its opposite selects. */
enum rule_field {
    RULE_SERVER_PORT,
    RULE_PROTOCOL,
    RULE_PACKETS, /* both ways */
    RULE_OCTETS,
    RULE_OCTETS_OUT, /* from the line behind the border */
    RULE_OCTETS_IN,
    RULE_DURATION_MS,
    RULE_TCP_STATE,   /* enum flow_tcp */
    RULE_TLS_VERSION, /* that the server chose */
    RULE_DIRECTION,   /* enum direction */
    RULE_FIELDS
};

#define RULE_ANY_LIST UINT16_MAX
#define RULE_ANY_KIND UINT8_MAX

/* Where what is listed must stand. */
enum rule_where {
    RULE_ANYWHERE,
    RULE_AT_SERVER, /* the end that is not the line behind the border */
    RULE_AT_END,    /* either end */
    RULE_IN_DNS,    /* in what DNS told */
    RULE_WHERES
};

struct rule_step {
    uint8_t operation; /* enum rule_operator */
    uint8_t what;   /* enum indicator_kind or RULE_ANY_KIND, enum behaviour, enum rule_field */
    uint8_t where;  /* RULE_LISTED: enum rule_where */
    uint8_t unused; /* 0 */
    uint16_t list;  /* RULE_LISTED: of the set's names, or RULE_ANY_LIST */
    uint64_t low, high; /* RULE_FIELD; RULE_BEHAVIOUR: lowest score in low */
};

/* One selector of one warrant. */
struct rule {
    struct mandate mandate;
    int64_t from_ns, to_ns; /* of the warrant and the selector: [from, to) */
    bool by_event_time; /* the period is held against the flow's own end, too (live input); the
                           clock's is whoever's who swaps sets */
    uint16_t step_first, step_count;
    uint16_t items;        /* pieces of information that every alternative rests on (22(2)) */
    uint32_t kinds;        /* bits 1 << enum information_kind: of those pieces */
    uint32_t sampling_max; /* does not hold for flows sampled 1 in more; 0: any */
    uint32_t servers_per_day_max; /* a hard stop, counted; 0: none */
    int64_t retention_span_ns;    /* 0: as the basis says */
};

struct rule_set {
    uint64_t generation; /* grows with each set */
    /* Of frames copied from the named equipment, in each whole second: the lowest cap of its
     * warrants (30 % of its capacity, art. 17(1)); 0: no cap. */
    uint64_t octets_per_second_max;
    size_t rule_count;
    size_t step_count;
    size_t list_count;
    struct rule rules[RULES_MAX];
    struct rule_step steps[RULE_STEPS_MAX];
    char lists[RULE_LISTS_MAX][LIST_NAME_MAX];
};

/* For those who select without a warrant, and for tests: one rule, any list or behaviour. */
void rule_set_any(struct rule_set *set, const struct mandate *mandate);

const char *rule_field_name(enum rule_field field);
/* Positions within bounds, stacks that end with one result, texts that end: a set that came
 * from outside may be run only after this said yes. */
bool rule_set_is_sound(const struct rule_set *set);

/* Does the period of any rule hold the time? */
bool rule_set_is_live(const struct rule_set *set, int64_t time_ns);
/* The first beginning or end of a rule's period after the time; INT64_MAX when none comes. */
int64_t rule_set_boundary_after(const struct rule_set *set, int64_t time_ns);
/* Takes out the rules that ended before the time, and says whether there were any. */
bool rule_set_drop_ended(struct rule_set *set, int64_t time_ns);
