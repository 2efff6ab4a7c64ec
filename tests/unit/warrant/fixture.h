// SPDX-License-Identifier: Apache-2.0
/* A small law, keys made of a number, and warrants that a test spoils in one way. */
#pragma once

#include "warrant/envelope.h"
#include "warrant/warrant.h"

enum { FIXTURE_ROOM = 1 << 19 };

/* Of a country that is none: "m" takes two of the role "board" and no longer than 6 months, or
 * 3 to extend; "later" is not in force before 2030; "own" takes its owner. */
extern const struct law fixture_law;

int64_t fixture_time(const char *text);
/* Key number n, of the name key-n; trusted for the role from day to day. */
void fixture_key(unsigned number, struct note_key *out);
void fixture_trust(struct trust *trust, unsigned number, const char *role);
/* Six months under "m" from 2028-01-15, of one good selector. */
void fixture_warrant(struct warrant *out);
/* Valid from the warrant's beginning for 169 days. */
void fixture_selector(struct warrant *warrant, const char *name, const char *condition);
/* Its envelope with the signatures of these keys, 0 behind the last; lives until the next. */
struct bytes fixture_sign(const struct warrant *warrant, const unsigned *keys);
struct bytes fixture_seal(const char *type, struct bytes payload, const unsigned *keys);
