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

/* What the operator says a prefix is for (detectors.md 0.4): how many people stand behind one
 * of its addresses, and what traffic is usual there. */
enum line_class {
    CLASS_UNKNOWN, /* nobody said */
    CLASS_FIXED,
    CLASS_MOBILE,
    CLASS_SHARED, /* carrier-grade NAT: many lines behind one address */
    CLASS_HOSTING,
    CLASS_BUSINESS,
    CLASS_EQUIPMENT,    /* routers of lines, cameras, sensors: nobody sits there */
    CLASS_UNUSED,       /* nobody has it: what is sent there is a probe or an error (darknet) */
    CLASS_PUBLIC_RELAY, /* exits of Tor and VPN services, as published */
    LINE_CLASSES
};

/* What is known of an address beforehand. */
struct place_label {
    enum place place;
    enum line_class line_class;
};

enum basis {
    BASIS_OWN,       /* one's own network, by its owner */
    BASIS_EXERCISE,  /* synthetic traffic only */
    BASIS_STATUTORY, /* one of the law's own: which, is told by the mandate (model/mandate.h) */
    BASES
};

const char *direction_name(enum direction direction); /* "FF" ... "unknown" */
const char *place_name(enum place place);
const char *line_class_name(enum line_class line_class);
const char *basis_name(enum basis basis);
