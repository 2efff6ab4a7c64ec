// SPDX-License-Identifier: Apache-2.0
/* Where a message of an exporter ends, when messages stand one after the other.  Pure.
 *
 * NetFlow v5 counts its records and IPFIX its octets (RFC 7011 3.1); sFlow counts its samples,
 * each with its length.  NetFlow v9 tells neither (RFC 3954 5.1): its sets are walked until
 * what follows cannot be a set.  Numbers of sets are 0, 1 or above 255, so that neither 5, 9
 * nor 10, with which the other messages begin, can be taken for one; sFlow begins with a 0 and
 * a 5, which as a set of templates would have a length that is no multiple of 4. */
#pragma once

#include "base/cursor.h"

enum cut {
    CUT_GOOD,
    CUT_REST,   /* the input ends before the message does, or its end cannot be told: what is
                   left is for the decoder to judge */
    CUT_HUNGRY, /* more octets are needed */
    CUT_BROKEN, /* no message begins here, or none that ends within MESSAGE_OCTETS_MAX */
};

/* The message window begins with.  is_last: nothing follows the window.  window is advanced
 * and *out written with CUT_GOOD and CUT_REST. */
MUST_CHECK enum cut cut_message(struct cursor *window, bool is_last, struct bytes *out);

/* The same for IPFIX alone, as it comes over a connection (RFC 7011 10.4): never CUT_REST. */
MUST_CHECK enum cut cut_ipfix(struct cursor *window, struct bytes *out);

/* Whether a datagram of unknown port is one message of an exporter, as far as its head and the
 * lengths in it can tell. */
bool cut_is_datagram(struct bytes datagram);

/* What a message says of when it was sent, seconds since 1970; 0 when it does not say. */
uint32_t cut_time_s(struct bytes message);
