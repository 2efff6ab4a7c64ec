// SPDX-License-Identifier: Apache-2.0
/* What became of what was selected: windows of re-identification, retention and erasure, to
 * whom it was given, who read it, and that nothing suspended was used. */
#include "access/judge.h"
#include "oversight/oversight_private.h"

/* "As promptly as possible" after the end of retention: within a day. */
#define ERASURE_NS TIME_DAY_NS
/* A window is closed by the machine itself. */
#define CLOSING_NS (60 * TIME_SECOND_NS)

struct times {
    int64_t first_ns, second_ns;
    bool is_span; /* the second is a length of time */
};

static void say_times(const struct oversight *oversight, enum oversight_fault fault,
                      uint64_t number, const char *article, struct times times)
{
    char rooms[2][TIME_TEXT_MAX];
    struct text first = text_over(rooms[0], TIME_TEXT_MAX),
                second = text_over(rooms[1], TIME_TEXT_MAX);
    time_write(times.first_ns, 0, &first);
    if (times.is_span)
        time_write_span(times.second_ns, &second);
    else
        time_write(times.second_ns, 0, &second);
    struct oversight_say say = { number, article, text_bytes(&first), text_bytes(&second) };
    oversight_say(oversight, fault, &say);
}

static void open_window(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    struct oversight_window window = {
        .order = oversight_name_of(oversight_text(entry, ENTRY_DIGEST)),
        .entry = number,
        .until_ns = oversight_time(entry, ENTRY_UNTIL),
    };
    struct text article = text_over(window.article, sizeof window.article);
    text_put(&article, entry_has(entry, ENTRY_ARTICLE) ? oversight_text(entry, ENTRY_ARTICLE)
                                                       : BYTES("LC-11"));
    if (window.until_ns <= oversight_time(entry, ENTRY_AT))
        say_times(oversight, OVERSIGHT_WINDOW_PAST, number, window.article,
                  (struct times){ window.until_ns, 0, true });
    if (oversight->window_count == OVERSIGHT_WINDOWS_MAX)
        oversight_say_full(oversight, number, "windows");
    else
        oversight->windows[oversight->window_count++] = window;
}

static void close_window(struct oversight *oversight, uint64_t number,
                         const struct entry *entry)
{
    struct tree_hash order = oversight_name_of(oversight_text(entry, ENTRY_DIGEST));
    int64_t at_ns = oversight_time(entry, ENTRY_AT);
    for (size_t i = oversight->window_count; i-- > 0;) {
        const struct oversight_window window = oversight->windows[i];
        if (!tree_hash_equal(&window.order, &order))
            continue;
        if (at_ns - window.until_ns > CLOSING_NS)
            say_times(oversight, OVERSIGHT_WINDOW_LATE, number, window.article,
                      (struct times){ window.until_ns, at_ns - window.until_ns, true });
        oversight->windows[i] = oversight->windows[--oversight->window_count];
        return;
    }
}

static const char *retention_article(const struct oversight *oversight,
                                     const struct law_basis *basis)
{
    const struct law_retention *rule =
        basis ? law_find_retention(oversight->law, basis->retention) : NULL;
    return rule ? rule->article : "LC-13";
}

/* NULL where none runs for that subject. */
static struct oversight_term *find_term(const struct oversight *oversight,
                                        const struct entry *entry)
{
    struct tree_hash subject = oversight_name_of(oversight_text(entry, ENTRY_SUBJECT));
    for (size_t i = 0; entry_has(entry, ENTRY_SUBJECT) && i < oversight->term_count; i++) {
        if (tree_hash_equal(&oversight->terms[i].subject, &subject))
            return &oversight->terms[i];
    }
    return NULL;
}

static void set_term(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    struct oversight_term *known = find_term(oversight, entry);
    const struct law_basis *basis = oversight_basis(oversight, entry);
    struct oversight_term term = {
        .subject = oversight_name_of(oversight_text(entry, ENTRY_SUBJECT)),
        .basis = basis,
        .entry = number,
        .until_ns = oversight_time(entry, ENTRY_UNTIL),
    };
    int64_t most_ns =
        basis ? law_retention_end(oversight->law, basis, oversight_time(entry, ENTRY_FROM)) : 0;
    if (term.until_ns > most_ns)
        say_times(oversight, OVERSIGHT_RETENTION_LONG, number,
                  retention_article(oversight, basis),
                  (struct times){ term.until_ns, most_ns, false });
    if (known)
        *known = term;
    else if (!entry_has(entry, ENTRY_SUBJECT))
        return;
    else if (oversight->term_count == OVERSIGHT_TERMS_MAX)
        oversight_say_full(oversight, number, "terms of retention");
    else
        oversight->terms[oversight->term_count++] = term;
}

static void extend_term(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    struct oversight_term *term = find_term(oversight, entry);
    const struct law_basis *basis = oversight_basis(oversight, entry);
    int64_t before_ns = term ? term->until_ns : oversight_time(entry, ENTRY_BEFORE);
    int64_t until_ns = oversight_time(entry, ENTRY_UNTIL);
    int64_t most_ns = basis ? law_retention_extended(oversight->law, basis, before_ns) : 0;
    const char *article = retention_article(oversight, basis);
    if (oversight_time(entry, ENTRY_AT) >= before_ns)
        say_times(oversight, OVERSIGHT_EXTENSION_LATE, number, article,
                  (struct times){ before_ns, 0, true });
    if (until_ns > most_ns)
        say_times(oversight, OVERSIGHT_EXTENSION_LONG, number, article,
                  (struct times){ until_ns, most_ns, false });
    if (term)
        term->until_ns = until_ns;
}

static void end_term(const struct oversight *oversight, const struct entry *entry)
{
    struct oversight_term *term = find_term(oversight, entry);
    int64_t until_ns = oversight_time(entry, ENTRY_UNTIL);
    if (term && until_ns < term->until_ns)
        term->until_ns = until_ns;
}

static void erase(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    struct oversight_term *term = find_term(oversight, entry);
    int64_t at_ns = oversight_time(entry, ENTRY_AT);
    if (!term)
        return;
    if (at_ns - term->until_ns > ERASURE_NS)
        say_times(oversight, OVERSIGHT_ERASURE_LATE, number,
                  retention_article(oversight, term->basis),
                  (struct times){ term->until_ns, at_ns - term->until_ns, true });
    *term = oversight->terms[--oversight->term_count];
}

/* As a string, cut where it is longer than any name in the law's data. */
static const char *string_of(const struct entry *entry, enum entry_field field, char room[64])
{
    struct text text = text_over(room, 64);
    text_put(&text, oversight_text(entry, field));
    return room;
}

static void check_provision(const struct oversight *oversight, uint64_t number,
                            const struct entry *entry)
{
    char from[64], to[64], product[64];
    const struct law_basis *basis = oversight_basis(oversight, entry);
    struct law_handing handing = {
        .from = string_of(entry, ENTRY_ROLE, from),
        .to = string_of(entry, ENTRY_RECIPIENT, to),
        .product = string_of(entry, ENTRY_PRODUCT, product),
        .is_of_agreement = basis && basis->approval == LAW_APPROVAL_NOTICE,
        .has_consent = entry_has(entry, ENTRY_CONSENT),
        .has_equivalence = entry_has(entry, ENTRY_EQUIVALENCE),
        .has_permission = entry_has(entry, ENTRY_PERMISSION),
    };
    struct law_ruling ruling =
        law_rule_handing(oversight->law, &handing, oversight_time(entry, ENTRY_AT));
    if (!ruling.is_allowed)
        oversight_say_ruling(oversight, OVERSIGHT_HANDING, number, &ruling);
}

static bool says(const struct entry *entry, enum entry_field field, const char *word)
{
    return bytes_equal(oversight_text(entry, field), bytes_of_string(word));
}

/* A look at the hub, where the matrix rules, and no basis. */
static struct law_ruling rule_look(const struct oversight *oversight, const struct entry *entry)
{
    char role[64], purpose[64];
    (void)string_of(entry, ENTRY_PURPOSE, purpose);
    const struct access_look look = {
        .role = string_of(entry, ENTRY_ROLE, role),
        .purpose = says(entry, ENTRY_PURPOSE, "none") ? NULL : purpose,
        .action = entry_has(entry, ENTRY_ACTION)
                      ? access_action_find(oversight_text(entry, ENTRY_ACTION))
                      : ACTION_READ,
        .is_exercise = says(entry, ENTRY_BASIS, "exercise"),
        .now_ns = oversight_time(entry, ENTRY_AT),
    };
    return access_rule_look(oversight->law, &look);
}

/* A read of a store: of a basis, or "any", as a word of the ledger has no star. */
static struct law_ruling rule_read(const struct oversight *oversight, const struct entry *entry)
{
    char role[64], action[64] = "read", purpose[64], basis[64];
    if (entry_has(entry, ENTRY_ACTION))
        (void)string_of(entry, ENTRY_ACTION, action);
    (void)string_of(entry, ENTRY_BASIS, basis);
    return law_rule_access(oversight->law, string_of(entry, ENTRY_ROLE, role), action,
                           string_of(entry, ENTRY_PURPOSE, purpose),
                           says(entry, ENTRY_BASIS, "any") ? "*" : basis,
                           oversight_time(entry, ENTRY_AT));
}

static void check_access(const struct oversight *oversight, uint64_t number,
                         const struct entry *entry)
{
    bool is_look = says(entry, ENTRY_BASIS, "none");
    struct law_ruling ruling =
        is_look ? rule_look(oversight, entry) : rule_read(oversight, entry);
    if (!ruling.is_allowed && says(entry, ENTRY_BASIS, "exercise"))
        ruling = rule_look(oversight, entry); /* a hub's exercise */
    if (!ruling.is_allowed)
        oversight_say_ruling(oversight, OVERSIGHT_ACCESS, number, &ruling);
}

/* The index of what is suspended, or how many there are. */
static size_t find_suspended(const struct oversight *oversight, struct bytes name)
{
    struct tree_hash hash = oversight_name_of(name);
    size_t i = 0;
    while (i < oversight->suspended_count && !tree_hash_equal(&oversight->suspended[i], &hash))
        i++;
    return name.len > 0 ? i : oversight->suspended_count;
}

static void suspend(struct oversight *oversight, uint64_t number, struct bytes name)
{
    if (name.len == 0 || find_suspended(oversight, name) < oversight->suspended_count)
        return;
    if (oversight->suspended_count == OVERSIGHT_SUSPENDED_MAX)
        oversight_say_full(oversight, number, "suspensions");
    else
        oversight->suspended[oversight->suspended_count++] = oversight_name_of(name);
}

static void remedy(struct oversight *oversight, struct bytes name)
{
    size_t i = find_suspended(oversight, name);
    if (i < oversight->suspended_count)
        oversight->suspended[i] = oversight->suspended[--oversight->suspended_count];
}

/* LC-17 */
static void check_suspended(const struct oversight *oversight, uint64_t number,
                            const struct entry *entry)
{
    const enum entry_field names[] = { ENTRY_SUBJECT, ENTRY_WARRANT };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct oversight_say say = { number, "LC-17", oversight_text(entry, names[i]), { 0 } };
        if (find_suspended(oversight, say.first) < oversight->suspended_count)
            oversight_say(oversight, OVERSIGHT_SUSPENDED_USE, &say);
    }
}

static bool is_allowed(const struct entry *entry)
{
    return !bytes_equal(oversight_text(entry, ENTRY_VERDICT), BYTES("refused"));
}

static void take_use(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    if (!is_allowed(entry))
        return;
    check_suspended(oversight, number, entry);
    if (entry->kind == ENTRY_ACCESS)
        check_access(oversight, number, entry);
    if (entry->kind == ENTRY_PROVISION)
        check_provision(oversight, number, entry);
    if (entry->kind == ENTRY_REIDENTIFICATION_OPENED)
        open_window(oversight, number, entry);
}

void handling_take(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    switch ((unsigned)entry->kind) {
    case ENTRY_ACCESS:
    case ENTRY_PROVISION:
    case ENTRY_REIDENTIFICATION_OPENED:
    case ENTRY_SELECTION_BATCH: take_use(oversight, number, entry); break;
    case ENTRY_REIDENTIFICATION_CLOSED: close_window(oversight, number, entry); break;
    case ENTRY_RETENTION_SET: set_term(oversight, number, entry); break;
    case ENTRY_RETENTION_EXTENDED: extend_term(oversight, number, entry); break;
    case ENTRY_RETENTION_ENDED: end_term(oversight, entry); break;
    case ENTRY_RECORD_ERASURE: erase(oversight, number, entry); break;
    case ENTRY_SUSPENDED:
        suspend(oversight, number, oversight_text(entry, ENTRY_SUBJECT));
        suspend(oversight, number, oversight_text(entry, ENTRY_WARRANT));
        break;
    case ENTRY_REMEDIED:
        remedy(oversight, oversight_text(entry, ENTRY_SUBJECT));
        remedy(oversight, oversight_text(entry, ENTRY_WARRANT));
        break;
    default: break;
    }
}

void handling_end(struct oversight *oversight, int64_t as_of_ns)
{
    for (size_t i = 0; i < oversight->window_count; i++) {
        const struct oversight_window *window = &oversight->windows[i];
        if (as_of_ns - window->until_ns > CLOSING_NS)
            say_times(oversight, OVERSIGHT_WINDOW_OPEN, window->entry, window->article,
                      (struct times){ window->until_ns, 0, true });
    }
    for (size_t i = 0; i < oversight->term_count; i++) {
        const struct oversight_term *term = &oversight->terms[i];
        if (as_of_ns - term->until_ns > ERASURE_NS)
            say_times(oversight, OVERSIGHT_ERASURE_MISSING, term->entry,
                      retention_article(oversight, term->basis),
                      (struct times){ term->until_ns, 0, true });
    }
}
