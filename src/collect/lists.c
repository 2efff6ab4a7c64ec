// SPDX-License-Identifier: Apache-2.0
/* Every list lies within the record or list that holds it, so that one which names its own
 * template comes to an end with its octets; a queue instead of recursion, and bounds for one
 * record, keep what a message can cost in proportion to its octets. */
#include "collect/lists_private.h"

#include "collect/sets_private.h"

enum { LISTS_MAX = 64, ELEMENTS_MAX = 64, SUBLIST_HEAD = 4, ENTERPRISE = 0x8000 };

static const uint64_t kept =
    (UINT64_C(1) << SLOT_FLAGS) | (UINT64_C(1) << SLOT_REVERSE_FLAGS) |
    (UINT64_C(1) << SLOT_FIRST_FLAGS) | (UINT64_C(1) << SLOT_REVERSE_FIRST_FLAGS) |
    (UINT64_C(1) << SLOT_OTHER_FLAGS) | (UINT64_C(1) << SLOT_REVERSE_OTHER_FLAGS) |
    (UINT64_C(1) << SLOT_DNS_NAME) | (UINT64_C(1) << SLOT_TLS_NAME) |
    (UINT64_C(1) << SLOT_HTTP_HOST);

struct list {
    struct bytes octets;
    enum element_type type;
};

/* All lists of one record, in the order they are found. */
struct lists {
    struct reading *reading;
    struct listed *out;
    size_t count;
    size_t elements; /* records and parts of lists looked at */
    struct list found[LISTS_MAX];
};

/* What the records of a list are made of. */
struct layout {
    const struct plan *plan;
    const struct step *steps;
    const struct template_field *fields;
    size_t field_count;
};

static struct layout layout_of(const struct templates *templates,
                               const struct template *template)
{
    return (struct layout){ .plan = &template->plan,
                            .steps = template_steps(templates, template),
                            .fields = &templates->fields[template->at],
                            .field_count = template->field_count };
}

static void keep(struct listed *out, const struct plan *plan, const struct record *from)
{
    uint64_t has = plan->has & kept;
    for (size_t slot = SLOT_FLAGS; has != 0 && slot < SLOT_COUNT; slot++) {
        if ((has & slot_bit((enum slot)slot)) == 0)
            continue;
        if (slot < SLOT_NUMBERS && out->record.numbers[slot] == 0)
            out->record.numbers[slot] = from->numbers[slot];
        if (slot >= SLOT_RUNS && out->record.runs[slot - SLOT_RUNS].len == 0)
            out->record.runs[slot - SLOT_RUNS] = from->runs[slot - SLOT_RUNS];
    }
    out->plan.has |= has;
}

/* The lists in one record, which its plan has seen to be whole. */
static enum fault find_lists(struct lists *lists, const struct layout *layout,
                             struct bytes octets)
{
    struct cursor c = cursor_over(octets);
    for (size_t i = 0; i < layout->field_count; i++) {
        const struct template_field *field = &layout->fields[i];
        struct bytes value = field->octets == FIELD_VARIABLE ? plan_take_variable(&c)
                                                             : cursor_bytes(&c, field->octets);
        if (c.broken)
            return FAULT_TRUNCATED;
        if (!plan_is_list(field))
            continue;
        if (lists->count == LISTS_MAX)
            return FAULT_LIMIT;
        struct element_key key = { field->enterprise, field->id };
        lists->found[lists->count++] =
            (struct list){ value, (enum element_type)element_find(key)->type };
    }
    return FAULT_NONE;
}

static void move(const struct layout *layout, struct cursor *c, struct record *out)
{
    if (layout->plan->is_variable) {
        plan_move_variable(layout->plan, layout->steps, c, out);
        return;
    }
    plan_move(layout->plan, layout->steps, c->at, out);
    cursor_skip(c, layout->plan->octets);
}

/* Nothing is asked of records that have nothing for us. */
static enum fault read_records(struct lists *lists, const struct layout *layout,
                               struct cursor c)
{
    const struct plan *plan = layout->plan;
    if ((plan->has & kept) == 0 && !plan->has_lists)
        return FAULT_NONE;
    struct record record;
    memset(&record, 0, sizeof record);
    while (c.left >= plan->octets) {
        if (lists->elements == ELEMENTS_MAX)
            return FAULT_LIMIT;
        lists->elements++;
        struct bytes rest = cursor_rest(&c);
        move(layout, &c, &record);
        if (c.broken)
            return FAULT_TRUNCATED;
        keep(lists->out, plan, &record);
        struct bytes octets = { rest.at, rest.len - c.left };
        enum fault fault = plan->has_lists ? find_lists(lists, layout, octets) : FAULT_NONE;
        if (fault)
            return fault;
    }
    return c.left > 0 ? FAULT_TRUNCATED : FAULT_NONE;
}

static enum fault read_templated(struct lists *lists, uint16_t id, struct cursor records)
{
    struct collect *collect = lists->reading->collect;
    struct template *template =
        templates_look_up(collect->templates, exporter_number(lists->reading->exporter), id,
                          reading_now_ns(lists->reading));
    if (!template) {
        collect->lists_without_template++;
        return FAULT_NONE;
    }
    templates_use(collect->templates, template);
    struct layout layout = layout_of(collect->templates, template);
    size_t before = lists->elements;
    enum fault fault = read_records(lists, &layout, records);
    template->records += lists->elements - before;
    return fault;
}

/* RFC 6313 4.5.1: values of one element, as records of one field. */
static enum fault read_basic(struct lists *lists, struct cursor c)
{
    uint16_t id = cursor_be16(&c);
    uint16_t octets = cursor_be16(&c);
    uint32_t enterprise = id & ENTERPRISE ? cursor_be32(&c) : 0;
    if (c.broken)
        return FAULT_TRUNCATED;
    if (c.left == 0)
        return FAULT_NONE;
    struct template_field field = { enterprise, id & (ENTERPRISE - 1), octets };
    struct step steps[PLAN_STEPS_A_FIELD];
    struct plan plan;
    enum fault fault = plan_compile(&field, 1, steps, &plan);
    if (fault)
        return fault;
    struct layout layout = { &plan, steps, &field, 1 };
    return read_records(lists, &layout, c);
}

/* RFC 6313 4.5.2 */
static enum fault read_sub_template(struct lists *lists, struct cursor c)
{
    uint16_t id = cursor_be16(&c);
    return c.broken ? FAULT_TRUNCATED : read_templated(lists, id, c);
}

/* RFC 6313 4.5.3.  The length of each part counts its head; what is wrong within one does not
 * touch the next. */
static enum fault read_sub_template_multi(struct lists *lists, struct cursor c)
{
    enum fault first = FAULT_NONE;
    while (c.left > 0 && first != FAULT_LIMIT) {
        if (lists->elements == ELEMENTS_MAX)
            return FAULT_LIMIT;
        lists->elements++;
        uint16_t id = cursor_be16(&c);
        size_t length = cursor_be16(&c);
        if (c.broken)
            return FAULT_TRUNCATED;
        if (length < SUBLIST_HEAD || length - SUBLIST_HEAD > c.left)
            return FAULT_LENGTH;
        enum fault fault = read_templated(lists, id, cursor_take(&c, length - SUBLIST_HEAD));
        if (first == FAULT_NONE || fault == FAULT_LIMIT)
            first = fault;
    }
    return first;
}

static enum fault read_list(struct lists *lists, const struct list *list)
{
    struct cursor c = cursor_over(list->octets);
    cursor_skip(&c, 1); /* how its members relate */
    if (c.broken)
        return FAULT_TRUNCATED;
    if (list->type == ELEMENT_BASIC_LIST)
        return read_basic(lists, c);
    return list->type == ELEMENT_SUB_TEMPLATE_LIST ? read_sub_template(lists, c)
                                                   : read_sub_template_multi(lists, c);
}

static void note(struct reading *reading, enum fault fault)
{
    if (fault == FAULT_NONE)
        return;
    exporter_fault(reading->exporter, fault);
    reading->collect->lists_refused++;
}

void lists_read(struct reading *reading, const struct template *template, struct bytes octets,
                const struct record *record, struct listed *out)
{
    out->plan = template->plan;
    out->record = *record;
    struct lists lists;
    lists.reading = reading;
    lists.out = out;
    lists.count = lists.elements = 0;
    struct layout layout = layout_of(reading->collect->templates, template);
    enum fault fault = find_lists(&lists, &layout, octets);
    note(reading, fault);
    for (size_t i = 0; i < lists.count && fault != FAULT_LIMIT; i++) {
        fault = read_list(&lists, &lists.found[i]);
        note(reading, fault);
    }
}
