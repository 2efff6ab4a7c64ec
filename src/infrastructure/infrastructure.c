// SPDX-License-Identifier: Apache-2.0
#include "infrastructure/infrastructure.h"

#include "base/hash.h"
#include "base/must.h"

enum {
    MARKS_OF_FINDING = 96,
    COMMON_LEAST = 32, /* members from which on a mark is common: a hoster's certificate */
    NETWORK_COMMON_LEAST = 5, /* the same of a network: a hoster's /24 */
    SHARED_LINES_LEAST = 2,
    LINE_SERVERS_MAX = 16, /* a line with more stands for many behind it */
};
#define NONE UINT32_MAX

/* Something a finding has, chained with those of the same hash. */
struct mark {
    uint64_t hash;
    uint32_t finding;
    uint32_t next;
    uint8_t tie;
    bool is_line; /* of TIE_LINES: one line */
    char value[INFRASTRUCTURE_VALUE_MAX];
};

struct member {
    const struct finding *finding;
    uint32_t parent; /* joined with; itself when nobody */
    uint32_t marks;
    uint16_t shared; /* lines, with the one in hand */
};

struct infrastructure {
    struct infrastructure_limits limits;
    struct infrastructure_counts counts;
    uint32_t member_count, mark_count;
    uint32_t head_mask;
    struct member *members;
    struct mark *marks;
    uint32_t *heads;
    uint32_t *roots; /* of groups, strongest first */
};

const struct infrastructure_limits infrastructure_defaults = { 8192, 262144 };

/* Nothing here comes back to the wire, and input cannot choose it: a fixed key will do. */
static const struct hash_key key = { { 0x9ae16a3b2f90404f, 0xc3a5c85c97cb3127,
                                       0xb492b66fbe98f273, 0x9ddfea08eb382d69 } };

static uint32_t heads_of(const struct infrastructure_limits *limits)
{
    uint32_t heads = 1024;
    while (heads < limits->marks_max)
        heads *= 2;
    return heads;
}

size_t infrastructure_size(const struct infrastructure_limits *limits)
{
    return sizeof(struct infrastructure) + 8 * alignof(max_align_t) +
           limits->findings_max * (sizeof(struct member) + sizeof(uint32_t)) +
           limits->marks_max * sizeof(struct mark) + heads_of(limits) * sizeof(uint32_t);
}

struct infrastructure *infrastructure_init(const struct infrastructure_limits *limits,
                                           struct arena *keep)
{
    struct infrastructure *infra = ARENA_NEW(keep, struct infrastructure, 1);
    uint32_t heads = heads_of(limits);
    infra->limits = *limits;
    infra->head_mask = heads - 1;
    infra->members = ARENA_NEW(keep, struct member, limits->findings_max);
    infra->roots = ARENA_NEW(keep, uint32_t, limits->findings_max);
    infra->marks = ARENA_NEW(keep, struct mark, limits->marks_max);
    infra->heads = ARENA_NEW(keep, uint32_t, heads);
    memset(infra->heads, 0xff, heads * sizeof *infra->heads);
    return infra;
}

const char *stage_name(enum stage stage)
{
    static const char *const names[STAGES] = { "line", "relay", "command" };
    MUST(stage < STAGES);
    return names[stage];
}

const char *tie_name(enum tie tie)
{
    static const char *const names[TIES] = { "certificate", "greeting", "name",
                                             "address",     "network",  "lines" };
    MUST(tie < TIES);
    return names[tie];
}

/* STAGES for findings that are no part of anybody's infrastructure: who is attacked. */
enum stage infrastructure_stage(const struct finding *finding)
{
    static const enum stage stages[FINDING_KINDS] = {
        [FINDING_COMMAND_SERVER] = STAGE_COMMAND,
        [FINDING_SCANNER] = STAGE_RELAY,
        [FINDING_INDICATOR] = STAGE_COMMAND,
        [FINDING_GUESSING] = STAGE_RELAY,
        [FINDING_FLOOD] = STAGES,
        [FINDING_REFLECTOR] = STAGE_RELAY,
        [FINDING_TUNNEL] = STAGE_COMMAND,
        [FINDING_GENERATED_NAMES] = STAGE_COMMAND,
        [FINDING_FLUX] = STAGE_COMMAND,
        [FINDING_LASTING] = STAGE_COMMAND,
        [FINDING_UPLOAD] = STAGE_COMMAND,
        [FINDING_RELAY] = STAGE_RELAY,
        [FINDING_PEER_GROUP] = STAGE_LINE,
        [FINDING_SHARED_SERVER] = STAGE_COMMAND,
        [FINDING_DARK_SOURCE] = STAGE_RELAY,
        [FINDING_BACKSCATTER] = STAGES,
        [FINDING_LATERAL] = STAGE_LINE,
    };
    return stages[finding->kind];
}

static bool has_mark(const struct infrastructure *infra, uint64_t hash, uint32_t finding)
{
    for (uint32_t at = infra->heads[hash & infra->head_mask]; at != NONE;
         at = infra->marks[at].next)
        if (infra->marks[at].hash == hash && infra->marks[at].finding == finding)
            return true;
    return false;
}

/* what: the thing itself; words: how it is told, none for a line. */
static void add_mark(struct infrastructure *infra, uint32_t finding, enum tie tie,
                     struct bytes what, const struct text *words)
{
    struct member *member = &infra->members[finding];
    uint64_t hash = hash_two(&key, hash_bytes(&key, what), (uint64_t)tie);
    if (what.len == 0 || has_mark(infra, hash, finding))
        return;
    if (infra->mark_count == infra->limits.marks_max || member->marks == MARKS_OF_FINDING) {
        infra->counts.marks_left++;
        return;
    }
    uint32_t *head = &infra->heads[hash & infra->head_mask];
    struct mark *mark = &infra->marks[infra->mark_count];
    *mark = (struct mark){ .hash = hash,
                           .finding = finding,
                           .next = *head,
                           .tie = (uint8_t)tie,
                           .is_line = words == NULL };
    struct text value = text_over(mark->value, sizeof mark->value);
    if (words)
        text_put(&value, text_bytes(words));
    *head = infra->mark_count++;
    member->marks++;
}

static void add_name(struct infrastructure *infra, uint32_t finding,
                     const struct fact_name *name)
{
    char room[SUBJECT_TEXT_MAX];
    struct text words = text_over(room, sizeof room);
    text_put(&words, fact_name_bytes(name));
    add_mark(infra, finding, TIE_NAME, fact_name_bytes(name), &words);
}

static void add_host(struct infrastructure *infra, uint32_t finding,
                     const struct ip_address *address)
{
    char room[IP_TEXT_MAX + 4];
    struct text words = text_over(room, sizeof room);
    struct ip_prefix network = { .address = *address };
    bool is_v4 = ip_is_v4(address);
    ip_write(address, &words);
    add_mark(infra, finding, TIE_ADDRESS,
             (struct bytes){ address->octets, sizeof address->octets }, &words);
    network.len = is_v4 ? 96 + 24 : 48;
    ip_mask(&network.address, network.len);
    struct text net = text_over(room, sizeof room);
    ip_prefix_write(&network, &net);
    add_mark(infra, finding, TIE_NETWORK,
             (struct bytes){ network.address.octets, sizeof network.address.octets }, &net);
}

static bool is_public(const struct party *party)
{
    return !party->is_pseudonym && !ip_is_internal(&party->address) &&
           !ip_is_zero(&party->address);
}

uint32_t infrastructure_add(struct infrastructure *infra, const struct finding *finding)
{
    if (infrastructure_stage(finding) == STAGES)
        return NONE;
    if (infra->member_count == infra->limits.findings_max) {
        infra->counts.findings_left++;
        return NONE;
    }
    uint32_t at = infra->member_count++;
    infra->members[at] = (struct member){ .finding = finding, .parent = at };
    if (finding_is_of_name(finding))
        add_name(infra, at, &finding->subject_name);
    else if (is_public(&finding->subject))
        add_host(infra, at, &finding->subject.address);
    for (size_t i = 0; i < finding->name_count; i++)
        add_name(infra, at, &finding->names[i]);
    for (size_t i = 0; i < finding->address_count; i++)
        if (!ip_is_internal(&finding->addresses[i]))
            add_host(infra, at, &finding->addresses[i]);
    for (size_t i = 0; i < finding->line_count; i++)
        add_mark(infra, at, TIE_LINES, party_bytes(&finding->lines[i].party), NULL);
    return at;
}

static void add_digest(struct infrastructure *infra, uint32_t position, enum tie tie,
                       struct bytes digest)
{
    char room[INFRASTRUCTURE_VALUE_MAX];
    struct text words = text_over(room, sizeof room);
    text_put_hex(&words, digest);
    add_mark(infra, position, tie, digest, &words);
}

void infrastructure_add_record(struct infrastructure *infra, uint32_t position,
                               const struct minimised_flow *flow)
{
    MUST(position < infra->member_count);
    const struct record_facts *facts = &flow->facts;
    const struct finding *finding = infra->members[position].finding;
    const struct party *server = flow->line_is_initiator ? &flow->responder : &flow->initiator;
    if (finding_is_of_name(finding) || !party_equal(server, &finding->subject))
        return;
    if (facts->has_certificate)
        add_digest(
            infra, position, TIE_CERTIFICATE,
            (struct bytes){ facts->certificate_sha256, sizeof facts->certificate_sha256 });
    if (facts->has_hassh)
        add_digest(infra, position, TIE_GREETING,
                   (struct bytes){ facts->hassh, sizeof facts->hassh });
    if (facts->has_server_name && !facts->has_dns)
        add_name(infra, position, &facts->server_name);
}

static bool is_common(const struct mark *mark, uint32_t holders)
{
    return holders >= (mark->tie == TIE_NETWORK ? NETWORK_COMMON_LEAST : COMMON_LEAST);
}

static uint32_t root_of(const struct infrastructure *infra, uint32_t at)
{
    while (infra->members[at].parent != at)
        at = infra->members[at].parent;
    return at;
}

static void join(struct infrastructure *infra, uint32_t a, uint32_t b)
{
    a = root_of(infra, a);
    b = root_of(infra, b);
    infra->members[a > b ? a : b].parent = a > b ? b : a;
}

static uint32_t count_holders(const struct infrastructure *infra, const struct mark *mark)
{
    uint32_t holders = 0;
    for (uint32_t at = infra->heads[mark->hash & infra->head_mask]; at != NONE;
         at = infra->marks[at].next)
        holders += infra->marks[at].hash == mark->hash;
    return holders;
}

/* The one added first of those with the same thing. */
static bool is_first_of_kind(const struct infrastructure *infra, uint32_t mark)
{
    for (uint32_t at = infra->marks[mark].next; at != NONE; at = infra->marks[at].next)
        if (infra->marks[at].hash == infra->marks[mark].hash)
            return false;
    return true;
}

static void join_holders(struct infrastructure *infra, const struct mark *mark)
{
    for (uint32_t at = infra->heads[mark->hash & infra->head_mask]; at != NONE;
         at = infra->marks[at].next)
        if (infra->marks[at].hash == mark->hash)
            join(infra, mark->finding, infra->marks[at].finding);
}

static void join_by_marks(struct infrastructure *infra)
{
    for (uint32_t at = 0; at < infra->mark_count; at++) {
        const struct mark *mark = &infra->marks[at];
        if (mark->is_line || !is_first_of_kind(infra, at))
            continue;
        uint32_t holders = count_holders(infra, mark);
        if (is_common(mark, holders))
            infra->counts.common++;
        else if (holders > 1)
            join_holders(infra, mark);
    }
}

/* Of those before it, how many lines each shares with it. */
static void count_shared(struct infrastructure *infra, const struct finding *finding,
                         uint32_t before)
{
    for (size_t i = 0; i < finding->line_count; i++) {
        struct bytes line = party_bytes(&finding->lines[i].party);
        struct mark sought = { .hash = hash_two(&key, hash_bytes(&key, line), TIE_LINES) };
        if (count_holders(infra, &sought) > LINE_SERVERS_MAX)
            continue;
        for (uint32_t at = infra->heads[sought.hash & infra->head_mask]; at != NONE;
             at = infra->marks[at].next)
            if (infra->marks[at].hash == sought.hash && infra->marks[at].finding < before)
                infra->members[infra->marks[at].finding].shared++;
    }
}

/* Two lines in common, and half of those of the one that has fewer. */
static void join_by_lines(struct infrastructure *infra)
{
    for (uint32_t at = 1; at < infra->member_count; at++) {
        const struct finding *finding = infra->members[at].finding;
        count_shared(infra, finding, at);
        for (uint32_t other = 0; other < at; other++) {
            uint32_t shared = infra->members[other].shared;
            size_t fewer = infra->members[other].finding->line_count;
            fewer = finding->line_count < fewer ? finding->line_count : fewer;
            infra->members[other].shared = 0;
            if (shared >= SHARED_LINES_LEAST && 2 * shared >= fewer)
                join(infra, at, other);
        }
    }
}

static double score_of(const struct infrastructure *infra, uint32_t root)
{
    double score = 0;
    for (uint32_t at = root; at < infra->member_count; at++)
        if (root_of(infra, at) == root && infra->members[at].finding->score > score)
            score = infra->members[at].finding->score;
    return score;
}

static uint32_t size_of(const struct infrastructure *infra, uint32_t root)
{
    uint32_t size = 0;
    for (uint32_t at = root; at < infra->member_count; at++)
        size += root_of(infra, at) == root;
    return size;
}

/* Kept in order as they come; there are few. */
static void add_root(struct infrastructure *infra, uint32_t root)
{
    uint32_t at = infra->counts.groups++;
    double score = score_of(infra, root);
    while (at > 0 && score_of(infra, infra->roots[at - 1]) < score) {
        infra->roots[at] = infra->roots[at - 1];
        at--;
    }
    infra->roots[at] = root;
}

struct infrastructure_counts infrastructure_join(struct infrastructure *infra)
{
    join_by_marks(infra);
    join_by_lines(infra);
    for (uint32_t at = 0; at < infra->member_count; at++)
        if (infra->members[at].parent == at && size_of(infra, at) > 1)
            add_root(infra, at);
    return infra->counts;
}

const struct finding *infrastructure_finding(const struct infrastructure *infra,
                                             uint32_t position)
{
    MUST(position < infra->member_count);
    return infra->members[position].finding;
}

static void note_tie(struct infrastructure_group *out, const struct mark *mark,
                     uint32_t holders)
{
    out->tie_total++;
    if (out->tie_count == INFRASTRUCTURE_TIES_MAX)
        return;
    struct infrastructure_tie *tie = &out->ties[out->tie_count++];
    *tie = (struct infrastructure_tie){ .tie = (enum tie)mark->tie, .members = holders };
    memcpy(tie->value, mark->value, sizeof tie->value);
}

static void gather_ties(const struct infrastructure *infra, uint32_t root,
                        struct infrastructure_group *out)
{
    uint32_t lines = 0, shared_lines = 0;
    for (uint32_t at = 0; at < infra->mark_count; at++) {
        const struct mark *mark = &infra->marks[at];
        if (root_of(infra, mark->finding) != root || !is_first_of_kind(infra, at))
            continue;
        uint32_t holders = count_holders(infra, mark);
        lines += mark->is_line;
        shared_lines += mark->is_line && holders > 1;
        if (!mark->is_line && holders > 1 && !is_common(mark, holders))
            note_tie(out, mark, holders);
    }
    out->by_stage[STAGE_LINE] += lines;
    if (shared_lines < SHARED_LINES_LEAST)
        return;
    struct mark shared = { .tie = TIE_LINES };
    struct text value = text_over(shared.value, sizeof shared.value);
    text_format(&value, "%u", (unsigned)shared_lines);
    note_tie(out, &shared, 2);
}

static void add_member(const struct infrastructure *infra, uint32_t at,
                       struct infrastructure_group *out)
{
    const struct finding *finding = infra->members[at].finding;
    out->member_total++;
    if (infrastructure_stage(finding) != STAGE_LINE)
        out->by_stage[infrastructure_stage(finding)]++;
    if (finding->first_ns < out->first_ns)
        out->first_ns = finding->first_ns;
    if (finding->last_ns > out->last_ns)
        out->last_ns = finding->last_ns;
    uint32_t place = out->member_count;
    if (place == INFRASTRUCTURE_MEMBERS_MAX)
        return;
    while (place > 0 &&
           infra->members[out->members[place - 1]].finding->score < finding->score) {
        out->members[place] = out->members[place - 1];
        place--;
    }
    out->members[place] = at;
    out->member_count++;
}

/* Of the identity of the member first seen, so that it stays as the group grows. */
static void write_id(const struct infrastructure *infra, uint32_t root,
                     struct infrastructure_group *out)
{
    const struct finding *oldest = infra->members[root].finding;
    for (uint32_t at = root; at < infra->member_count; at++) {
        const struct finding *finding = infra->members[at].finding;
        if (root_of(infra, at) == root &&
            (finding->first_ns < oldest->first_ns ||
             (finding->first_ns == oldest->first_ns && strcmp(finding->id, oldest->id) < 0)))
            oldest = finding;
    }
    const char *digits = oldest->id + strlen(finding_trait(oldest->kind)->id);
    struct text id = text_over(out->id, sizeof out->id);
    text_put_string(&id, "infra-");
    text_put_string(&id, digits);
}

bool infrastructure_group(const struct infrastructure *infra, uint32_t i,
                          struct infrastructure_group *out)
{
    if (i >= infra->counts.groups)
        return false;
    uint32_t root = infra->roots[i];
    memset(out, 0, sizeof *out);
    out->first_ns = INT64_MAX;
    out->last_ns = INT64_MIN;
    out->score = score_of(infra, root);
    write_id(infra, root, out);
    for (uint32_t at = root; at < infra->member_count; at++)
        if (root_of(infra, at) == root)
            add_member(infra, at, out);
    gather_ties(infra, root, out);
    return true;
}

static bool is_contact(const struct finding *finding)
{
    return infrastructure_stage(finding) == STAGE_COMMAND;
}

static struct infrastructure_line *line_of(struct infrastructure_line *lines, uint32_t count,
                                           const struct party *party)
{
    for (uint32_t i = 0; i < count; i++)
        if (party_equal(&lines[i].party, party))
            return &lines[i];
    return NULL;
}

static void add_contact(struct infrastructure_line *line, const struct finding_line *row,
                        double score, uint32_t position)
{
    line->servers++;
    line->connections += row->connections;
    line->first_ns = row->first_ns < line->first_ns ? row->first_ns : line->first_ns;
    line->last_ns = row->last_ns > line->last_ns ? row->last_ns : line->last_ns;
    if (score <= line->score)
        return;
    line->score = score;
    line->strongest = position;
}

static bool stands_before(const struct infrastructure_line *a,
                          const struct infrastructure_line *b)
{
    if (a->servers != b->servers)
        return a->servers > b->servers;
    if (a->score < b->score || a->score > b->score)
        return a->score > b->score;
    return a->connections > b->connections;
}

static void sort_lines(struct infrastructure_line *lines, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct infrastructure_line moved = lines[i];
        uint32_t at = i;
        for (; at > 0 && stands_before(&moved, &lines[at - 1]); at--)
            lines[at] = lines[at - 1];
        lines[at] = moved;
    }
}

uint32_t infrastructure_lines(const struct infrastructure *infra,
                              struct infrastructure_line *out, uint32_t max, uint32_t *left)
{
    uint32_t count = 0;
    *left = 0;
    for (uint32_t at = 0; at < infra->member_count; at++) {
        const struct finding *finding = infra->members[at].finding;
        for (size_t i = 0; is_contact(finding) && i < finding->line_count; i++) {
            const struct finding_line *row = &finding->lines[i];
            struct infrastructure_line *line = line_of(out, count, &row->party);
            if (!line && count == max) {
                (*left)++;
                continue;
            }
            if (!line) {
                line = &out[count++];
                *line = (struct infrastructure_line){ .party = row->party,
                                                      .first_ns = INT64_MAX,
                                                      .last_ns = INT64_MIN,
                                                      .score = -1 };
            }
            add_contact(line, row, finding->score, at);
        }
    }
    sort_lines(out, count);
    return count;
}
