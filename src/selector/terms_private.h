// SPDX-License-Identifier: Apache-2.0
/* What a condition can ask: one table of subjects, one of behaviours, one of fields, each row
 * with its words and the kind of information it is.  What is in no table cannot be asked. */
#pragma once

#include "selector/selector_private.h"

/* Pieces of information: two terms that rest on the same piece count once. */
enum piece {
    PIECE_ADDRESS,
    PIECE_DOMAIN,
    PIECE_CLIENT, /* how the program greets: JA3 and JA4 are two digests of one message */
    PIECE_CERTIFICATE,
    PIECE_ALERT,
    PIECE_BEACON,
    PIECE_SCAN,
    PIECE_GUESS,
    PIECE_FLOOD,
    PIECE_TUNNEL,
    PIECE_GENERATED,
    PIECE_FLUX,
    PIECE_LASTING,
    PIECE_UPLOAD,
    PIECE_RELAY,
    PIECE_PEERS,
    PIECE_SPREAD,
    PIECE_DARK,
    PIECE_LATERAL,
    PIECES
};

struct piece_row {
    enum information_kind kind;
    const char *en, *ja;
};
extern const struct piece_row selector_pieces[PIECES];

struct subject_row {
    const char *en, *ja; /* the word in the language */
    enum piece piece;
    enum rule_where where;
    uint32_t kinds;   /* bits 1 << enum indicator_kind: any of them */
    unsigned lookups; /* a flow */
    const char *tell, *tell_ja;
};
extern const struct subject_row selector_subjects[SUBJECTS];

struct behaviour_row {
    const char *en, *ja;
    enum piece piece;
    uint32_t sampling_max; /* sampled more thinly it cannot be seen */
    const char *tell, *tell_ja;
};
extern const struct behaviour_row selector_behaviours[BEHAVIOURS];

struct name_row {
    const char *en, *ja;
    uint64_t value;
};

struct field_row {
    const char *en, *ja;
    uint64_t max;
    bool is_counted;              /* of sampled packets: the true number is this or more */
    const struct name_row *names; /* of its values, ended by a NULL; NULL: numbers */
    const char *tell, *tell_ja;
};
extern const struct field_row selector_fields[RULE_FIELDS];

const char *selector_direction_word(enum direction direction, bool in_japanese);
/* A value with its name or unit. */
void selector_put_value(enum rule_field field, uint64_t value, bool in_japanese,
                        struct text *out);
uint32_t piece_kinds(uint32_t pieces); /* bits 1 << enum information_kind */
unsigned count_bits(uint32_t bits);
