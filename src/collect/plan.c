// SPDX-License-Identifier: Apache-2.0
#include "collect/plan_private.h"

_Static_assert(SLOT_COUNT <= 64, "a bit a slot");

enum { RANK_NONE = 255, NO_FIELD = 65535 };
enum { ENTERPRISE_NTOP = 35632, NTOP_V9_MIN = 57472 };

/* For each slot the field that is taken for it. */
struct choice {
    uint16_t field[SLOT_COUNT];
    uint8_t rank[SLOT_COUNT];
};

static struct element_key key_of(const struct template_field *field)
{
    return (struct element_key){ field->enterprise, field->id };
}

/* Whether a field of this size can fill the slot. */
static bool fits(enum slot slot, uint16_t octets)
{
    if (octets == 0)
        return false;
    if (octets == FIELD_VARIABLE || slot >= SLOT_RUNS)
        return true;
    if (slot >= SLOT_NUMBERS)
        return octets == sizeof(struct ip_address);
    if (slot == SLOT_SOURCE4 || slot == SLOT_DESTINATION4)
        return octets == 4;
    return octets <= MOVE_NUMBER_MAX;
}

static bool is_of_key(enum slot slot)
{
    return (slot >= SLOT_SOURCE4 && slot <= SLOT_VERSION) || slot == SLOT_SOURCE6 ||
           slot == SLOT_DESTINATION6 || slot == SLOT_FLAGS;
}

/* Of two fields alike the first is taken; but a template with the key of a flow in it twice
 * tells of a tunnel and then of what it carries (SRv6 of Cisco and Huawei; the order is that
 * of RFC 7011 8), and the ends of a flow are those of the innermost packet. */
static void offer(struct choice *choice, enum slot slot, uint8_t rank, uint16_t field)
{
    bool is_better = rank < choice->rank[slot] ||
                     (rank == choice->rank[slot] && rank != RANK_NONE && is_of_key(slot));
    if (!is_better)
        return;
    choice->rank[slot] = rank;
    choice->field[slot] = field;
}

static void move_choice(struct choice *choice, enum slot from, enum slot to, uint16_t field)
{
    choice->field[from] = NO_FIELD;
    choice->field[to] = field;
}

static bool is_of_ntop(const struct template_field *field)
{
    return field->enterprise == ENTERPRISE_NTOP ||
           (field->enterprise == ELEMENT_NETFLOW9 && field->id >= NTOP_V9_MIN);
}

/* By the registry 23 and 24 count the same packets once more, after the middlebox or at the
 * egress, and exporters do so (FortiGate, Cisco).  nProbe counts the way back in them. */
static void choose_way_back(const struct template_field *fields, size_t count,
                            struct choice *choice)
{
    bool is_ntop = false;
    for (size_t i = 0; i < count && !is_ntop; i++)
        is_ntop = is_of_ntop(&fields[i]);
    for (size_t i = 0; is_ntop && i < count; i++) {
        if (fields[i].enterprise != 0 || !fits(SLOT_REVERSE_OCTETS, fields[i].octets))
            continue;
        if (fields[i].id == 23)
            move_choice(choice, SLOT_POST_OCTETS, SLOT_REVERSE_OCTETS, (uint16_t)i);
        if (fields[i].id == 24)
            move_choice(choice, SLOT_POST_PACKETS, SLOT_REVERSE_PACKETS, (uint16_t)i);
    }
}

static void choose(const struct template_field *fields, size_t count, struct choice *choice)
{
    memset(choice->rank, RANK_NONE, sizeof choice->rank);
    for (size_t slot = 0; slot < SLOT_COUNT; slot++)
        choice->field[slot] = NO_FIELD;
    for (size_t i = 0; i < count; i++) {
        const struct meaning *meaning = meaning_find(key_of(&fields[i]));
        if (meaning && fits((enum slot)meaning->slot, fields[i].octets))
            offer(choice, (enum slot)meaning->slot, meaning->rank, (uint16_t)i);
    }
    choose_way_back(fields, count, choice);
}

static uint8_t form_of(const struct template_field *field)
{
    const struct meaning *meaning = meaning_find(key_of(field));
    if (meaning && meaning->form == FORM_FLOAT64 && field->octets == 4)
        return FORM_FLOAT32;
    return meaning ? meaning->form : FORM_PLAIN;
}

static enum move move_of(enum slot slot, uint16_t octets)
{
    if (slot == SLOT_NONE)
        return octets == FIELD_VARIABLE ? MOVE_VARIABLE : MOVE_NONE;
    if (octets == FIELD_VARIABLE)
        return MOVE_VARIABLE;
    if (slot >= SLOT_RUNS)
        return MOVE_RUN;
    return slot >= SLOT_NUMBERS ? MOVE_ADDRESS : (enum move)octets;
}

static size_t least_octets(const struct template_field *field)
{
    return field->octets == FIELD_VARIABLE ? 1 : field->octets;
}

static void put_step(struct step *steps, struct plan *plan, struct step step)
{
    steps[plan->steps++] = step;
}

/* What a plan is made of: the fields and the slots they go to. */
struct making {
    const struct template_field *fields;
    const uint8_t *slots;
    size_t count;
};

/* The moves of one kind, or of all kinds in wire order for MOVE_NONE. */
static void put_moves(const struct making *making, enum move wanted, struct step *steps,
                      struct plan *plan)
{
    const struct template_field *fields = making->fields;
    const uint8_t *slots = making->slots;
    size_t from = 0, rest = plan->octets;
    uint16_t before = plan->steps;
    for (size_t i = 0; i < making->count; i++) {
        enum move move = move_of((enum slot)slots[i], fields[i].octets);
        rest -= least_octets(&fields[i]);
        if (move != MOVE_NONE && (wanted == MOVE_NONE || wanted == move))
            put_step(steps, plan, (struct step){ (uint16_t)from, (uint8_t)move, slots[i] });
        if (move == MOVE_RUN && (wanted == MOVE_NONE || wanted == move))
            put_step(steps, plan, (struct step){ fields[i].octets, 0, 0 });
        if (move == MOVE_VARIABLE)
            put_step(steps, plan, (struct step){ (uint16_t)rest, 0, 0 });
        from = move == MOVE_VARIABLE ? 0 : from + fields[i].octets;
    }
    plan->moves[wanted] = (uint16_t)(plan->steps - before);
}

bool plan_is_list(const struct template_field *field)
{
    if (field->octets != FIELD_VARIABLE)
        return false;
    const struct element *element = element_find(key_of(field));
    return element && element->type >= ELEMENT_BASIC_LIST;
}

static enum fault measure(const struct template_field *fields, size_t count, struct plan *plan)
{
    size_t octets = 0;
    for (size_t i = 0; i < count; i++) {
        octets += least_octets(&fields[i]);
        plan->is_variable |= fields[i].octets == FIELD_VARIABLE;
        plan->has_lists |= plan_is_list(&fields[i]);
    }
    if (octets == 0)
        return FAULT_VALUE;
    if (octets > UINT16_MAX)
        return FAULT_LIMIT;
    plan->octets = (uint16_t)octets;
    return FAULT_NONE;
}

enum fault plan_compile(const struct template_field *fields, size_t count, struct step *steps,
                        struct plan *out)
{
    struct plan plan = { .has = 0 };
    enum fault fault = measure(fields, count, &plan);
    if (fault)
        return fault;

    struct choice choice;
    uint8_t slots[TEMPLATE_FIELDS_MAX] = { 0 };
    choose(fields, count, &choice);
    for (size_t slot = SLOT_NONE + 1; slot < SLOT_COUNT; slot++) {
        uint16_t field = choice.field[slot];
        if (field == NO_FIELD)
            continue;
        slots[field] = (uint8_t)slot;
        plan.has |= slot_bit((enum slot)slot);
        if (slot < SLOT_NUMBERS)
            plan.forms[slot] = form_of(&fields[field]);
    }
    struct making making = { fields, slots, count };
    if (plan.is_variable)
        put_moves(&making, MOVE_NONE, steps, &plan);
    for (size_t move = 1; !plan.is_variable && move <= MOVE_RUN; move++)
        put_moves(&making, (enum move)move, steps, &plan);
    *out = plan;
    return FAULT_NONE;
}

static ALWAYS_INLINE uint64_t number_at(const uint8_t *at, size_t octets)
{
    uint64_t number = 0;
    for (size_t i = 0; i < octets; i++)
        number = number << 8 | at[i];
    return number;
}

/* All steps of one width: the compiler makes a load and a swap of each of the common ones. */
static ALWAYS_INLINE const struct step *move_numbers(const struct step *step, uint16_t count,
                                                     const uint8_t *at, size_t octets,
                                                     struct record *out)
{
    for (const struct step *end = step + count; step < end; step++)
        out->numbers[step->slot] = number_at(at + step->from, octets);
    return step;
}

static ALWAYS_INLINE void move_run(const struct step *step, const uint8_t *at,
                                   struct record *out)
{
    out->runs[step->slot - SLOT_RUNS] = (struct bytes){ at + step->from, step[1].from };
}

HOT void plan_move(const struct plan *plan, const struct step *steps, const uint8_t *at,
                   struct record *out)
{
    const uint16_t *count = plan->moves;
    const struct step *step = move_numbers(steps, count[1], at, 1, out);
    step = move_numbers(step, count[2], at, 2, out);
    step = move_numbers(step, count[3], at, 3, out);
    step = move_numbers(step, count[4], at, 4, out);
    for (size_t octets = 5; octets < 8; octets++)
        step = move_numbers(step, count[octets], at, octets, out);
    step = move_numbers(step, count[8], at, 8, out);
    for (const struct step *end = step + count[MOVE_ADDRESS]; step < end; step++)
        memcpy(&out->addresses[step->slot - SLOT_NUMBERS], at + step->from,
               sizeof(struct ip_address));
    for (const struct step *end = step + count[MOVE_RUN]; step < end; step += 2)
        move_run(step, at, out);
}

/* The value of a field that says its own length; what does not fit its slot counts as 0. */
static void take_value(enum slot slot, struct bytes value, struct record *out)
{
    if (slot == SLOT_NONE)
        return;
    if (slot >= SLOT_RUNS) {
        out->runs[slot - SLOT_RUNS] = value;
    } else if (slot >= SLOT_NUMBERS) {
        struct ip_address *address = &out->addresses[slot - SLOT_NUMBERS];
        *address = (struct ip_address){ { 0 } };
        if (value.len == sizeof *address)
            memcpy(address, value.at, sizeof *address);
    } else {
        out->numbers[slot] = value.len <= MOVE_NUMBER_MAX ? number_at(value.at, value.len) : 0;
    }
}

/* A length of one octet, or 255 and one of two. */
struct bytes plan_take_variable(struct cursor *c)
{
    size_t len = cursor_u8(c);
    if (len == 255)
        len = cursor_be16(c);
    return cursor_bytes(c, len);
}

HOT void plan_move_variable(const struct plan *plan, const struct step *steps,
                            struct cursor *records, struct record *out)
{
    struct cursor c = *records; /* at the end of the last variable field */
    size_t rest = plan->octets; /* what the fields from there on take at least */
    if (c.left < rest)
        c.broken = true;
    const struct step *end = steps + (c.broken ? 0 : plan->steps);
    for (const struct step *step = steps; step < end; step++) {
        if (step->move == MOVE_VARIABLE) {
            cursor_skip(&c, step->from);
            take_value((enum slot)step->slot, plan_take_variable(&c), out);
            rest = (++step)->from;
            if (c.left < rest)
                c.broken = true;
            if (c.broken)
                break;
        } else if (step->move == MOVE_RUN) {
            move_run(step++, c.at, out);
        } else if (step->move == MOVE_ADDRESS) {
            memcpy(&out->addresses[step->slot - SLOT_NUMBERS], c.at + step->from,
                   sizeof(struct ip_address));
        } else {
            out->numbers[step->slot] = number_at(c.at + step->from, step->move);
        }
    }
    cursor_skip(&c, rest);
    *records = c;
}
