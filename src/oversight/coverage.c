// SPDX-License-Identifier: Apache-2.0
/* Was each selection covered: by a warrant accepted before, its basis, period, direction,
 * equipment and volume? */
#include "oversight/oversight_private.h"

/* A feed is closed within a second of its warrant's end. */
#define CLOSING_NS TIME_SECOND_NS
/* So long without a batch is told as a gap. */
#define GAP_NS TIME_SECOND_NS

enum { PERMILLE = 1000, OCTET_BITS = 8, NUMBER_TEXT_MAX = 24 };

static void say_warrant(const struct oversight *oversight, enum oversight_fault fault,
                        uint64_t number, const struct oversight_warrant *warrant,
                        struct bytes second)
{
    struct oversight_say say = { number, oversight_article(oversight, warrant->basis),
                                 bytes_of_string(warrant->serial), second };
    if (fault == OVERSIGHT_OUTSIDE_PERIOD || fault == OVERSIGHT_CLOSED_LATE)
        say.article = warrant->basis && warrant->basis->period_article
                          ? warrant->basis->period_article
                          : say.article;
    oversight_say(oversight, fault, &say);
}

static void say_number(const struct oversight *oversight, enum oversight_fault fault,
                       uint64_t number, const struct oversight_warrant *warrant, uint64_t value)
{
    char room[NUMBER_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    text_put_u64(&text, value);
    say_warrant(oversight, fault, number, warrant, text_bytes(&text));
}

static void say_time(const struct oversight *oversight, enum oversight_fault fault,
                     uint64_t number, const struct oversight_warrant *warrant, int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, 3, &text);
    say_warrant(oversight, fault, number, warrant, text_bytes(&text));
}

/* "FD DF" as bits; UINT32_MAX where a word is none. */
static uint32_t read_directions(struct bytes words)
{
    uint32_t bits = 0;
    while (words.len > 0) {
        size_t len = bytes_find(words, ' ');
        unsigned i = 0;
        while (i < DIRECTIONS &&
               !bytes_equal(bytes_of_string(direction_name(i)), bytes_slice(words, 0, len)))
            i++;
        if (i == DIRECTIONS)
            return UINT32_MAX;
        bits |= UINT32_C(1) << i;
        words = bytes_slice(words, len < words.len ? len + 1 : len, words.len);
    }
    return bits;
}

static void check_period(const struct oversight *oversight, uint64_t number,
                         const struct entry *entry, const struct law_basis *basis)
{
    const struct law *law = oversight->law;
    int64_t from_ns = oversight_time(entry, ENTRY_FROM),
            to_ns = oversight_time(entry, ENTRY_TO);
    struct law_ruling ruling = law_rule_basis(law, oversight_text(entry, ENTRY_BASIS), from_ns);
    if (!ruling.is_allowed)
        oversight_say_ruling(oversight, OVERSIGHT_BASIS, number, &ruling);
    if (!basis)
        return;
    ruling = entry_has(entry, ENTRY_EXTENDS) ? law_rule_extension(law, basis, from_ns, to_ns)
                                             : law_rule_period(law, basis, from_ns, to_ns);
    if (!ruling.is_allowed)
        oversight_say_ruling(oversight, OVERSIGHT_PERIOD, number, &ruling);
}

/* What the law wants of every warrant of its basis. */
static void check_warrant(const struct oversight *oversight, uint64_t number,
                          const struct entry *entry, const struct oversight_warrant *warrant)
{
    const struct law_basis *basis = warrant->basis;
    check_period(oversight, number, entry, basis);
    if (!basis)
        return;
    uint64_t signers = oversight_count(entry, ENTRY_SIGNERS);
    if (entry_has(entry, ENTRY_SIGNERS) && signers < basis->signatures)
        say_number(oversight, OVERSIGHT_SIGNERS, number, warrant, signers);
    if (basis->needs_equipment && !warrant->has_equipment)
        say_number(oversight, OVERSIGHT_EQUIPMENT_MISSING, number, warrant, 0);
    if (basis->share_permille > 0 && warrant->share_permille > basis->share_permille)
        say_number(oversight, OVERSIGHT_SHARE, number, warrant, warrant->share_permille);
    if (basis->share_permille > 0 && warrant->capacity_bits_per_second == 0)
        say_number(oversight, OVERSIGHT_CAP_UNKNOWN, number, warrant, 0);
    if (warrant->directions & ~basis->directions)
        say_warrant(oversight, OVERSIGHT_DIRECTION, number, warrant,
                    oversight_text(entry, ENTRY_DIRECTION));
}

static struct oversight_warrant read_warrant(const struct oversight *oversight, uint64_t number,
                                             const struct entry *entry)
{
    struct oversight_warrant warrant = {
        .basis = law_find_basis(oversight->law, oversight_text(entry, ENTRY_BASIS)),
        .digest = oversight_name_of(oversight_text(entry, ENTRY_DIGEST)),
        .equipment = oversight_name_of(oversight_text(entry, ENTRY_EQUIPMENT)),
        .entry = number,
        .has_equipment = entry_has(entry, ENTRY_EQUIPMENT),
        .capacity_bits_per_second = oversight_count(entry, ENTRY_CAPACITY),
        .share_permille = oversight_count(entry, ENTRY_SHARE),
        .directions = read_directions(oversight_text(entry, ENTRY_DIRECTION)),
        .from_ns = oversight_time(entry, ENTRY_FROM),
        .to_ns = oversight_time(entry, ENTRY_TO),
        .revoked_ns = INT64_MAX,
    };
    struct text serial = text_over(warrant.serial, sizeof warrant.serial);
    text_put(&serial, oversight_text(entry, ENTRY_WARRANT));
    return warrant;
}

/* The same warrant comes again with each start of a sensor. */
static void accept(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    struct oversight_warrant *known =
        oversight_find_warrant(oversight, oversight_text(entry, ENTRY_WARRANT));
    struct oversight_warrant warrant = read_warrant(oversight, number, entry);
    check_warrant(oversight, number, entry, &warrant);
    if (!known && oversight->warrant_count < OVERSIGHT_WARRANTS_MAX)
        oversight->warrants[oversight->warrant_count++] = warrant;
    else if (!known)
        oversight_say_full(oversight, number, "warrants");
    else if (!tree_hash_equal(&known->digest, &warrant.digest))
        say_number(oversight, OVERSIGHT_WARRANT_CHANGED, number, &warrant, 0);
    else if (known->revoked_ns <= oversight_time(entry, ENTRY_AT))
        say_number(oversight, OVERSIGHT_WARRANT_AFTER_END, number, &warrant, 0);
}

static void revoke(const struct oversight *oversight, const struct entry *entry)
{
    struct oversight_warrant *warrant =
        oversight_find_warrant(oversight, oversight_text(entry, ENTRY_WARRANT));
    int64_t to_ns = oversight_time(entry, ENTRY_TO);
    if (warrant && to_ns < warrant->revoked_ns)
        warrant->revoked_ns = to_ns;
}

static void check_closing(const struct oversight *oversight, uint64_t number,
                          const struct entry *entry)
{
    char room[TIME_TEXT_MAX];
    struct text span = text_over(room, sizeof room);
    const struct oversight_warrant *warrant =
        oversight_find_warrant(oversight, oversight_text(entry, ENTRY_WARRANT));
    if (!warrant)
        return;
    int64_t end_ns =
        warrant->to_ns < warrant->revoked_ns ? warrant->to_ns : warrant->revoked_ns;
    int64_t late_ns = oversight_time(entry, ENTRY_TO) - end_ns;
    if (late_ns <= CLOSING_NS)
        return;
    time_write_span(late_ns, &span);
    say_warrant(oversight, OVERSIGHT_CLOSED_LATE, number, warrant, text_bytes(&span));
}

/* As many thousandths of the capacity as octets in that time are. */
static double permille_of(const struct oversight_warrant *warrant, const struct entry *batch)
{
    double seconds =
        (double)(oversight_time(batch, ENTRY_TO) - oversight_time(batch, ENTRY_FROM)) /
        (double)TIME_SECOND_NS;
    double bits = (double)oversight_count(batch, ENTRY_OCTETS) * OCTET_BITS;
    double room = (double)warrant->capacity_bits_per_second * seconds;
    return room > 0 ? bits * PERMILLE / room : bits > 0 ? (double)UINT32_MAX : 0;
}

/* Art. 17(1): of what the named equipment can carry, only so much may be copied. */
static void check_cap(const struct oversight *oversight, uint64_t number,
                      const struct entry *entry, const struct oversight_warrant *warrant)
{
    uint64_t share = warrant->share_permille;
    if (warrant->basis && warrant->basis->share_permille > 0 &&
        (share == 0 || share > warrant->basis->share_permille))
        share = warrant->basis->share_permille;
    if (share == 0)
        return;
    double permille = permille_of(warrant, entry);
    if (!entry_has(entry, ENTRY_OCTETS))
        say_number(oversight, OVERSIGHT_CAP_UNKNOWN, number, warrant, 0);
    else if (permille > (double)share)
        say_number(oversight, OVERSIGHT_OVER_CAP, number, warrant, (uint64_t)permille);
}

static void check_times(const struct oversight *oversight, uint64_t number,
                        const struct entry *entry, struct oversight_warrant *warrant)
{
    int64_t from_ns = oversight_time(entry, ENTRY_FROM),
            to_ns = oversight_time(entry, ENTRY_TO);
    bool is_statutory = warrant->basis && warrant->basis->kind == BASIS_STATUTORY;
    if (from_ns < warrant->from_ns || to_ns > warrant->to_ns || from_ns > to_ns)
        say_time(oversight, OVERSIGHT_OUTSIDE_PERIOD, number, warrant, to_ns);
    else if (to_ns > warrant->revoked_ns)
        say_time(oversight, OVERSIGHT_AFTER_REVOCATION, number, warrant, to_ns);
    if (is_statutory && warrant->selected_to_ns > 0 &&
        from_ns - warrant->selected_to_ns > GAP_NS)
        say_time(oversight, OVERSIGHT_NO_SELECTION, number, warrant, warrant->selected_to_ns);
    if (to_ns > warrant->selected_to_ns)
        warrant->selected_to_ns = to_ns;
}

static void check_place(const struct oversight *oversight, uint64_t number,
                        const struct entry *entry, const struct oversight_warrant *warrant)
{
    struct bytes equipment = oversight_text(entry, ENTRY_EQUIPMENT);
    struct bytes direction = oversight_text(entry, ENTRY_DIRECTION);
    struct tree_hash name = oversight_name_of(equipment);
    uint32_t covered = warrant->basis ? warrant->basis->directions : 0;
    if (warrant->directions)
        covered &= warrant->directions;
    if (read_directions(direction) & ~covered)
        say_warrant(oversight, OVERSIGHT_DIRECTION, number, warrant, direction);
    if (warrant->has_equipment && !tree_hash_equal(&name, &warrant->equipment))
        say_warrant(oversight, OVERSIGHT_EQUIPMENT, number, warrant, equipment);
}

/* Arts 22(3), 35(3): what is not selected is erased, all of it. */
static void check_account(const struct oversight *oversight, uint64_t number,
                          const struct entry *entry)
{
    char rooms[2][NUMBER_TEXT_MAX];
    struct text first = text_over(rooms[0], NUMBER_TEXT_MAX),
                second = text_over(rooms[1], NUMBER_TEXT_MAX);
    uint64_t examined = oversight_count(entry, ENTRY_EXAMINED);
    uint64_t told =
        oversight_count(entry, ENTRY_SELECTED) + oversight_count(entry, ENTRY_ERASED);
    if (examined == told)
        return;
    text_put_u64(&first, examined);
    text_put_u64(&second, told);
    struct oversight_say say = { number, "LC-08", text_bytes(&first), text_bytes(&second) };
    oversight_say(oversight, OVERSIGHT_NOT_ERASED, &say);
}

static bool is_loaded(const struct oversight *oversight, const struct entry *entry)
{
    struct tree_hash name = oversight_name_of(oversight_text(entry, ENTRY_DIGEST));
    for (size_t i = 0; i < oversight->generation_count; i++) {
        if (tree_hash_equal(&oversight->generations[i], &name))
            return true;
    }
    return !entry_has(entry, ENTRY_DIGEST);
}

static void check_batch(const struct oversight *oversight, uint64_t number,
                        const struct entry *entry)
{
    struct bytes serial = oversight_text(entry, ENTRY_WARRANT);
    struct bytes id = oversight_text(entry, ENTRY_BASIS);
    struct oversight_warrant *warrant = oversight_find_warrant(oversight, serial);
    const struct law_basis *basis = law_find_basis(oversight->law, id);
    struct oversight_say say = { number, oversight_article(oversight, basis), serial, id };
    check_account(oversight, number, entry);
    if (!warrant) {
        oversight_say(oversight, OVERSIGHT_NO_WARRANT, &say);
        return;
    }
    if (warrant->basis != basis || !basis)
        oversight_say(oversight, OVERSIGHT_OTHER_BASIS, &say);
    check_times(oversight, number, entry, warrant);
    check_place(oversight, number, entry, warrant);
    check_cap(oversight, number, entry, warrant);
    if (!is_loaded(oversight, entry)) {
        say.first = oversight_text(entry, ENTRY_DIGEST);
        say.article = "LC-05";
        oversight_say(oversight, OVERSIGHT_GENERATION, &say);
    }
}

static void load(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    if (is_loaded(oversight, entry))
        return;
    if (oversight->generation_count == OVERSIGHT_GENERATIONS_MAX)
        oversight_say_full(oversight, number, "generations");
    else
        oversight->generations[oversight->generation_count++] =
            oversight_name_of(oversight_text(entry, ENTRY_DIGEST));
}

static void check_erasure(const struct oversight *oversight, uint64_t number,
                          const struct entry *entry)
{
    struct oversight_say say = { number, "LC-08", oversight_text(entry, ENTRY_OUTCOME), { 0 } };
    if (!bytes_equal(say.first, BYTES("done")))
        oversight_say(oversight, OVERSIGHT_ERASURE_FAILED, &say);
}

void coverage_take(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    switch ((unsigned)entry->kind) {
    case ENTRY_WARRANT_ACCEPTED: accept(oversight, number, entry); break;
    case ENTRY_WARRANT_REVOKED: revoke(oversight, entry); break;
    case ENTRY_WARRANT_ENDED: check_closing(oversight, number, entry); break;
    case ENTRY_GENERATION_LOADED: load(oversight, number, entry); break;
    case ENTRY_SELECTION_BATCH: check_batch(oversight, number, entry); break;
    case ENTRY_ERASURE_ATTESTED: check_erasure(oversight, number, entry); break;
    default: break;
    }
}
