// SPDX-License-Identifier: Apache-2.0
/* Where a communication stands toward the border, and under which basis it may be looked at
 * (Act 42 of 2025, arts 2(7), 11, 17, 32, 33). */
#pragma once

enum direction {
    DIRECTION_UNKNOWN, /* a side's place is not known: fails closed under a public basis */
    DIRECTION_FF,      /* 外外, foreign to foreign */
    DIRECTION_FD,      /* 外内, foreign to domestic */
    DIRECTION_DF,      /* 内外, domestic to foreign */
    DIRECTION_DD,      /* 内内, domestic to domestic: never under a public basis */
    DIRECTIONS
};

enum place {
    PLACE_UNKNOWN,
    PLACE_OWN,      /* one's own network */
    PLACE_DOMESTIC, /* behind the border, not one's own */
    PLACE_FOREIGN,
    PLACES
};

enum basis {
    BASIS_OWN,       /* one's own network, by its owner */
    BASIS_EXERCISE,  /* synthetic traffic only */
    BASIS_STATUTORY, /* one of the law's own: which, is told by the mandate (model/mandate.h) */
    BASES
};

const char *direction_name(enum direction direction); /* "FF" ... "unknown" */
const char *place_name(enum place place);
const char *basis_name(enum basis basis);
