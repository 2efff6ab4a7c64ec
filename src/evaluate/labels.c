// SPDX-License-Identifier: Apache-2.0
#include "evaluate/labels.h"

#include "base/index.h"
#include "evaluate/labels_read.h"

enum { UNITS_MAX = 2048 };

struct address_label {
    struct ip_address address;
    uint64_t flows[LABELS];
};

struct labels {
    struct hash_key key;
    struct index index;
    struct address_label *addresses;
    size_t address_count;
    size_t addresses_max;
    uint64_t lost;
    uint64_t flows[LABELS];
    size_t unit_count;
    struct truth_unit units[UNITS_MAX];
    struct label_columns columns[LOG_FILES_MAX];
};

size_t labels_size(const struct labels_limits *limits)
{
    return sizeof(struct labels) + limits->addresses_max * sizeof(struct address_label) +
           index_size(limits->addresses_max) + 4096;
}

struct labels *labels_init(const struct labels_limits *limits, struct hash_key key,
                           struct arena *keep)
{
    struct labels *labels = ARENA_NEW(keep, struct labels, 1);
    labels->key = key;
    labels->addresses_max = limits->addresses_max;
    labels->addresses = ARENA_NEW(keep, struct address_label, limits->addresses_max);
    index_init(&labels->index, limits->addresses_max, keep);
    return labels;
}

static bool has(struct bytes text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.at + i, word, len) == 0)
            return true;
    }
    return false;
}

enum label label_of_word(struct bytes word)
{
    static const struct word {
        const char *word;
        enum label label;
    } words[] = {
        { "alicious", LABEL_MALICIOUS },   { "otnet", LABEL_MALICIOUS },
        { "ackground", LABEL_BACKGROUND }, { "nknown", LABEL_BACKGROUND },
        { "enign", LABEL_BENIGN },         { "ormal", LABEL_BENIGN },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (has(word, words[i].word))
            return words[i].label;
    }
    return LABEL_NONE;
}

static struct address_label *find(const struct labels *labels, const struct ip_address *address)
{
    uint32_t tag = index_tag(hash_sixteen(&labels->key, address->octets));
    const struct index *index = &labels->index;
    for (size_t at = index_home(index, tag); index->slots[at].tag != 0;
         at = index_next(index, at)) {
        struct address_label *found = &labels->addresses[index->slots[at].entry];
        if (index->slots[at].tag == tag && ip_equal(&found->address, address))
            return found;
    }
    return NULL;
}

/* Its record; NULL when there is no room for it. */
static struct address_label *take(struct labels *labels, const struct ip_address *address)
{
    struct address_label *found = find(labels, address);
    if (found)
        return found;
    if (labels->address_count == labels->addresses_max) {
        labels->lost++;
        return NULL;
    }
    uint32_t tag = index_tag(hash_sixteen(&labels->key, address->octets));
    index_add(&labels->index, tag, (uint32_t)labels->address_count);
    found = &labels->addresses[labels->address_count++];
    found->address = *address;
    return found;
}

static void note_address(struct labels *labels, const struct ip_address *address,
                         enum label label)
{
    struct address_label *found = take(labels, address);
    if (found)
        found->flows[label]++;
}

struct ends {
    struct ip_address initiator, responder;
    uint16_t port;
    uint8_t protocol;
};

static bool is_same(const struct truth_unit *a, const struct truth_unit *b)
{
    return a->kind == b->kind && a->port == b->port && a->has_line == b->has_line &&
           ip_equal(&a->unit.address, &b->unit.address) && ip_equal(&a->line, &b->line);
}

static void put_unit(struct labels *labels, const struct truth_unit *unit)
{
    for (size_t i = labels->unit_count; i-- > 0;) {
        if (is_same(&labels->units[i], unit))
            return;
    }
    if (labels->unit_count == UNITS_MAX)
        labels->lost++;
    else
        labels->units[labels->unit_count++] = *unit;
}

/* What a word of the detailed label makes of the flow's ends. */
static const struct meaning {
    const char *word;
    enum truth_kind kind;
    bool is_initiator; /* the unit; else the responder with its port */
    bool has_line;     /* the initiator is its line */
} meanings[] = {
    { "C&C", TRUTH_COMMAND_SERVER, false, false },
    { "C&C", TRUTH_INFECTED_LINE, true, false },
    { "CC", TRUTH_COMMAND_SERVER, false, false },
    { "CC", TRUTH_INFECTED_LINE, true, false },
    { "C2", TRUTH_COMMAND_SERVER, false, false },
    { "C2", TRUTH_INFECTED_LINE, true, false },
    { "PortScan", TRUTH_SCAN, true, false },
    { "DDoS", TRUTH_FLOOD, false, false },
    { "DDoS", TRUTH_INFECTED_LINE, true, false },
    { "rute", TRUTH_GUESSING, true, false },
    { "exfiltration", TRUTH_UPLOAD, false, true },
    { "Botnet", TRUTH_INFECTED_LINE, true, false },
    { "From_malicious", TRUTH_INFECTED_LINE, true, false },
};

static void put_units(struct labels *labels, const struct ends *ends, struct bytes words)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        const struct meaning *meaning = &meanings[i];
        if (!has(words, meaning->word))
            continue;
        struct truth_unit unit = { .kind = meaning->kind,
                                   .has_unit = true,
                                   .has_line = meaning->has_line,
                                   .from_ns = INT64_MIN,
                                   .to_ns = INT64_MAX };
        unit.unit =
            (struct ip_prefix){ meaning->is_initiator ? ends->initiator : ends->responder,
                                128 };
        unit.port = meaning->is_initiator || meaning->kind == TRUTH_FLOOD ? 0 : ends->port;
        if (meaning->has_line)
            unit.line = ends->initiator;
        put_unit(labels, &unit);
    }
}

static void take_record(struct labels *labels, struct bytes fields[LABEL_FIELDS])
{
    struct ends ends = { 0 };
    uint64_t port = 0;
    enum label label = label_of_word(fields[LABEL_FIELD_LABEL]);
    if (!ip_read(fields[LABEL_FIELD_INITIATOR], &ends.initiator) ||
        !ip_read(fields[LABEL_FIELD_RESPONDER], &ends.responder))
        return;
    if (text_read_u64(fields[LABEL_FIELD_PORT], UINT16_MAX, &port))
        ends.port = (uint16_t)port;
    labels->flows[label]++;
    note_address(labels, &ends.initiator, label);
    note_address(labels, &ends.responder, label);
    if (label != LABEL_MALICIOUS)
        return;
    put_units(labels, &ends, fields[LABEL_FIELD_LABEL]);
    put_units(labels, &ends, fields[LABEL_FIELD_DETAIL]);
}

void labels_take(struct labels *labels, const struct line_batch *lines)
{
    struct bytes fields[LABEL_FIELDS];
    for (size_t i = 0; i < lines->count; i++) {
        const struct log_line *line = &lines->lines[i];
        struct label_columns *columns = &labels->columns[line->file % LOG_FILES_MAX];
        if (line->starts)
            *columns = (struct label_columns){ 0 };
        if (label_read(columns, line->text, fields))
            take_record(labels, fields);
    }
}

void labels_permute(const struct labels *labels, const struct perturbation *how,
                    struct labels *out)
{
    for (size_t i = 0; i < labels->address_count; i++) {
        struct ip_address address = perturb_address(how, &labels->addresses[i].address);
        struct address_label *copy = take(out, &address);
        if (copy)
            memcpy(copy->flows, labels->addresses[i].flows, sizeof copy->flows);
    }
    memcpy(out->flows, labels->flows, sizeof out->flows);
}

enum label labels_of(const struct labels *labels, const struct ip_address *address)
{
    const struct address_label *found = find(labels, address);
    if (!found)
        return LABEL_NONE;
    const uint64_t *flows = found->flows;
    if (flows[LABEL_MALICIOUS] > 0)
        return LABEL_MALICIOUS;
    uint64_t others = flows[LABEL_NONE] + flows[LABEL_BACKGROUND];
    if (flows[LABEL_BENIGN] > others)
        return LABEL_BENIGN;
    return flows[LABEL_BACKGROUND] > 0 ? LABEL_BACKGROUND : LABEL_NONE;
}

uint64_t labels_count(const struct labels *labels, enum label label)
{
    return labels->flows[label];
}

uint64_t labels_lost(const struct labels *labels)
{
    return labels->lost;
}

size_t labels_units(const struct labels *labels, struct truth_unit *out, size_t max)
{
    size_t count = labels->unit_count < max ? labels->unit_count : max;
    memcpy(out, labels->units, count * sizeof *out);
    return count;
}
