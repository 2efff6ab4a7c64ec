// SPDX-License-Identifier: Apache-2.0
/* The account's counters in words, and what each kind of them means: one table (counters.c).
 * A counter the table does not know is told in the words of its stage, as a refusal. */
#pragma once

#include "report/phrases.h"

enum counter_kind {
    COUNTER_READ,    /* met and understood */
    COUNTER_ENDED,   /* came to its normal end */
    COUNTER_REFUSED, /* left out by a rule, or not to be understood */
    COUNTER_LOST,    /* given up for want of room or time, or cut by the capture */
    COUNTER_HELD,    /* remembered, or judged, at the end of the run */
    COUNTER_NOTED,   /* how it came, or a sum: for whoever checks the account */
    COUNTER_KINDS
};

enum counter_kind counter_kind_of(const struct counter *counter);
/* Refused or lost: what reports must not keep quiet about. */
bool counter_is_loss(const struct counter *counter);
const char *counter_kind_name(enum counter_kind kind);
struct slot slot_counter(const struct counter *counter, enum report_language language);
/* What is counted: "flows". */
struct slot slot_unit(const struct counter *counter, enum report_language language);
