// SPDX-License-Identifier: Apache-2.0
/* A template compiled to moves from a record to slots: done once when the template comes, so
 * that reading a record needs no look at its fields.  Of records of fixed length the moves are
 * sorted by width, which makes them a few loops without branches; those of variable length are
 * taken in wire order. */
#pragma once

#include "base/cursor.h"
#include "base/fault.h"
#include "collect/slot_private.h"

enum {
    FIELD_VARIABLE = 65535, /* RFC 7011 7 */
    TEMPLATE_FIELDS_MAX = 1024,
};

struct template_field {
    uint32_t enterprise;
    uint16_t id;
    uint16_t octets;
};

/* What a move does; 1 to 8 are numbers of so many octets. */
enum move {
    MOVE_NONE,
    MOVE_NUMBER_MAX = 8,
    MOVE_ADDRESS,  /* 16 octets */
    MOVE_RUN,      /* where it stands; the step behind has its length in `from` */
    MOVE_VARIABLE, /* behind its own length; the step behind has in `from` how many octets
                      the fields up to the record's end take at least */
    MOVES
};

struct step {
    uint16_t from; /* offset in the record, or from the end of the last variable field */
    uint8_t move;
    uint8_t slot;
};

/* Steps a field may need. */
enum { PLAN_STEPS_A_FIELD = 2 };

struct plan {
    uint64_t has;          /* slots, by bit */
    uint16_t octets;       /* of a record, at least; never 0 */
    uint16_t steps;        /* of all moves */
    uint16_t moves[MOVES]; /* steps of each, where the length is fixed */
    bool is_variable;
    bool has_lists;              /* of structured data (lists_private.h) */
    uint8_t forms[SLOT_NUMBERS]; /* enum slot_form */
};

/* The slots of the record read last.  What its plan does not have is 0. */
struct record {
    uint64_t numbers[SLOT_NUMBERS];
    struct ip_address addresses[SLOT_RUNS - SLOT_NUMBERS];
    struct bytes runs[SLOT_COUNT - SLOT_RUNS];
};

/* Of count fields; steps has room for PLAN_STEPS_A_FIELD each.  FAULT_VALUE when a record would
 * have no octets, FAULT_LIMIT when it could fit no message. */
MUST_CHECK enum fault plan_compile(const struct template_field *fields, size_t count,
                                   struct step *steps, struct plan *out);
/* Takes one record of fixed length, of plan->octets at `at`. */
void plan_move(const struct plan *plan, const struct step *steps, const uint8_t *at,
               struct record *out);
/* Takes one of variable length off the cursor, which it breaks when it ends early. */
void plan_move_variable(const struct plan *plan, const struct step *steps,
                        struct cursor *records, struct record *out);

/* The value of a field that says its own length (RFC 7011 7). */
struct bytes plan_take_variable(struct cursor *record);
/* Whether a field is a list (RFC 6313).  One of fixed length would be cut to fit: none is. */
MUST_CHECK bool plan_is_list(const struct template_field *field);

static inline bool plan_has(const struct plan *plan, enum slot slot)
{
    return (plan->has & slot_bit(slot)) != 0;
}
