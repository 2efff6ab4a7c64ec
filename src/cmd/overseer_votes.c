// SPDX-License-Identifier: Apache-2.0
#include "cmd/overseer_votes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "cmd/vote_file.h"
#include "warrant/warrant.h"

enum { STEPS_MAX = 1 << 20, DECISIONS_MAX = 1 << 16, FILES_MAX = 256, PATH_OCTETS_MAX = 4096 };

/* Of the log: who took which step of what. */
struct step {
    char *subject, *procedure, *event, *actor;
    struct step *next;
};

struct decision {
    uint64_t number;
    bool is_approval;
    int64_t at_ns;
    char *subject;
    const struct law_basis *basis;
    const struct procedure *procedure; /* NULL: the log does not say */
    const struct procedure_step *step; /* NULL likewise */
    struct step *before;               /* the last step when it was made */
    bool has_digest;
    uint8_t digest[PROCEDURE_DIGEST_OCTETS];
};

static const char *votes_folder;
static const struct law *votes_law;
static struct trust votes_trust;
static struct step *last_step;
static size_t step_count, decision_count, unheld;
static struct decision *decisions;

/* The decision being judged. */
static struct judging {
    const struct decision *decision;
    oversight_tell_fn *tell;
    void *context;
    struct procedure_case subject;
    struct procedure_ballot ballot;
    struct procedure_votes rule; /* where the law's data has none for that step */
    struct procedure_step plain;
    uint64_t verified;
} judging;

bool votes_open(const char *folder, const char *trust, const struct law *law, struct error *err)
{
    votes_folder = folder;
    votes_law = law;
    decisions = calloc(DECISIONS_MAX, sizeof *decisions);
    return (decisions || error_set(err, 0, "no memory for decisions")) &&
           trust_load(trust, &votes_trust, err);
}

static char *keep(const struct entry *entry, enum entry_field field)
{
    struct bytes text = entry_has(entry, field) ? entry->values[field].text : BYTES("");
    char *copy = strndup(text.len > 0 ? (const char *)text.at : "", text.len);
    MUST(copy);
    return copy;
}

static void take_step(const struct entry *entry)
{
    bool is_taken = !entry_has(entry, ENTRY_VERDICT) ||
                    bytes_equal(entry->values[ENTRY_VERDICT].text, BYTES("allowed"));
    if (!is_taken)
        return;
    if (step_count == STEPS_MAX) {
        unheld++;
        return;
    }
    struct step *step = calloc(1, sizeof *step);
    MUST(step);
    *step = (struct step){ keep(entry, ENTRY_SUBJECT), keep(entry, ENTRY_PROCEDURE),
                           keep(entry, ENTRY_EVENT), keep(entry, ENTRY_ACTOR), last_step };
    last_step = step;
    step_count++;
}

/* The step that is this decision: the last of the same record, if its entry is of this kind. */
static void find_step(const struct entry *entry, struct decision *out)
{
    const struct step *step = last_step;
    while (step && strcmp(step->subject, out->subject) != 0)
        step = step->next;
    if (!step)
        return;
    const struct procedure *procedure =
        procedure_find_current(votes_law, step->procedure, out->at_ns);
    if (!procedure)
        procedure =
            procedure_find(votes_law->procedures, votes_law->procedure_count, step->procedure);
    for (size_t i = 0; procedure && i < procedure->step_count; i++) {
        const struct procedure_step *one = &procedure->steps[i];
        if (strcmp(one->event, step->event) == 0 && one->entry &&
            strcmp(one->entry, entry_kind_name(entry->kind)) == 0) {
            out->procedure = procedure;
            out->step = one;
        }
    }
}

static void take_decision(uint64_t number, const struct entry *entry)
{
    if (decision_count == DECISIONS_MAX) {
        unheld++;
        return;
    }
    struct decision *decision = &decisions[decision_count++];
    *decision = (struct decision){ .number = number,
                                   .is_approval = entry->kind == ENTRY_APPROVAL_GIVEN,
                                   .at_ns = entry->values[ENTRY_AT].time_ns,
                                   .subject = keep(entry, ENTRY_SUBJECT),
                                   .before = last_step };
    decision->basis = law_find_basis(votes_law, entry->values[ENTRY_BASIS].text);
    decision->has_digest = entry_has(entry, ENTRY_DIGEST) &&
                           text_read_hex(entry->values[ENTRY_DIGEST].text, decision->digest,
                                         sizeof decision->digest);
    find_step(entry, decision);
}

void votes_take(uint64_t number, const struct entry *entry)
{
    if (entry->kind == ENTRY_PROCEDURE_STEP)
        take_step(entry);
    else if (entry->kind == ENTRY_APPROVAL_GIVEN || entry->kind == ENTRY_APPROVAL_REFUSED)
        take_decision(number, entry);
}

static void tell(const char *id, struct law_text words, const char *what)
{
    const struct decision *decision = judging.decision;
    struct oversight_finding finding = { .id = id,
                                         .is_wrong = true,
                                         .entry = decision->number };
    struct text article = text_over(finding.article, sizeof finding.article);
    struct text en = text_over(finding.words, sizeof finding.words);
    struct text ja = text_over(finding.words_ja, sizeof finding.words_ja);
    const char *of = decision->basis ? decision->basis->article : "";
    const char *given = decision->step ? decision->step->article : "";
    text_put_string(&article, *given && *given != '{' ? given : of);
    text_format(&en, "%s%s", words.en, what);
    text_format(&ja, "%s%s", words.ja, what);
    judging.tell(judging.context, &finding);
}

#define SAY(en, ja) ((struct law_text){ en, ja })

static bool is_role(const char *wanted, const char *role)
{
    return wanted && procedure_is_role(&judging.subject, wanted, role);
}

static bool has_seat(const struct procedure_votes *rule, const char *role)
{
    return is_role(rule->role, role) || is_role(rule->chair, role) ||
           is_role(rule->deputy, role);
}

/* One seat a person, whatever keys and roles there are. */
static struct procedure_seat *seat_of(const char *person)
{
    struct procedure_ballot *ballot = &judging.ballot;
    for (size_t i = 0; i < ballot->seat_count; i++)
        if (strcmp(ballot->seats[i].person, person) == 0)
            return &ballot->seats[i];
    MUST(ballot->seat_count < PROCEDURE_SEATS_MAX);
    struct procedure_seat *seat = &ballot->seats[ballot->seat_count++];
    *seat = (struct procedure_seat){ .person = person };
    for (size_t i = 0; i < votes_trust.count; i++) {
        const struct trust_key *key = &votes_trust.keys[i];
        const struct procedure_votes *rule = ballot->step->votes;
        bool is_theirs = strcmp(key->key.name, person) == 0;
        seat->is_chair |= is_theirs && is_role(rule->chair, key->role);
        seat->is_deputy |= is_theirs && is_role(rule->deputy, key->role);
    }
    return seat;
}

static void add_vote(const struct vote_file *file, const char *person)
{
    struct procedure_ballot *ballot = &judging.ballot;
    struct procedure_vote vote = { .kind = file->kind,
                                   .has_reason = true,
                                   .at_ns = judging.decision->at_ns };
    struct text name = text_over(vote.person, sizeof vote.person);
    text_put_string(&name, person);
    memcpy(vote.digest, file->digest, sizeof vote.digest);
    for (size_t i = 0; i < ballot->vote_count; i++) {
        if (strcmp(ballot->votes[i].person, person) == 0) {
            tell("vote_twice", SAY("somebody voted twice: ", "二重の投票がある："), person);
            return;
        }
    }
    if (name.cut || ballot->vote_count == PROCEDURE_SEATS_MAX) {
        tell("votes_too_many", SAY("more votes than seats: ", "議席数を超える投票がある："),
             person);
        return;
    }
    const struct procedure_seat *seat = seat_of(person);
    if (procedure_excluded(&judging.subject, ballot->step->votes, seat).en)
        tell("vote_excluded",
             SAY("somebody voted who took part before: ", "関与した者が投票している："),
             person);
    ballot->votes[ballot->vote_count++] = vote;
    judging.verified++;
}

/* Each signature by itself, so that none is there for nothing. */
static void take_signature(const struct vote_file *file, size_t i)
{
    static struct envelope one;
    const struct procedure_votes *rule = judging.ballot.step->votes;
    one = file->envelope;
    one.signatures[0] = file->envelope.signatures[i];
    one.signature_count = 1;
    for (size_t k = 0; k < votes_trust.count; k++) {
        const struct trust_key *key = &votes_trust.keys[k];
        int64_t at_ns = judging.decision->at_ns;
        if (key->from_ns <= at_ns && at_ns < key->to_ns && has_seat(rule, key->role) &&
            trust_key_has_signed(key, &one)) {
            add_vote(file, key->key.name);
            return;
        }
    }
    tell("vote_not_good",
         SAY("a vote is not signed by anybody who had one: ", "投票権者の署名でない票がある："),
         file->name);
}

static void take_stray(struct vote_file *file);

static void take_file(const char *name, void (*take)(struct vote_file *file))
{
    static struct vote_file file;
    struct error err = { 0 };
    if (!vote_file_read(votes_folder, judging.decision->subject, name, &file, &err)) {
        if (take == take_stray) /* once */
            tell("vote_not_read", SAY("a vote cannot be read: ", "票を読み取れない："),
                 err.text);
        return;
    }
    take(&file);
    envelope_done(&file.envelope);
}

static int order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_file(const struct dirent *one)
{
    return one->d_name[0] != '.';
}

/* False where there is no such folder. */
static bool take_files(void (*take)(struct vote_file *file))
{
    char path[PATH_OCTETS_MAX];
    struct text text = text_over(path, sizeof path);
    struct dirent **names = NULL;
    const char *subject = judging.decision->subject;
    text_format(&text, "%s/%s", votes_folder, subject);
    bool is_name = *subject && *subject != '.' && !strchr(subject, '/') && !text.cut;
    int count = is_name ? scandir(path, &names, is_file, order) : -1;
    for (int i = 0; i < count; i++) {
        if (i < FILES_MAX)
            take_file(names[i]->d_name, take);
        free(names[i]);
    }
    free(names);
    if (count > FILES_MAX)
        tell("votes_too_many", SAY("more files than are read: ", "票の数が上限を超える："),
             path);
    return count >= 0;
}

static bool is_on(const struct vote_file *file, const struct decision *decision)
{
    return decision->has_digest &&
           memcmp(file->digest, decision->digest, sizeof file->digest) == 0;
}

static void take_vote(struct vote_file *file)
{
    for (size_t i = 0; is_on(file, judging.decision) && i < file->envelope.signature_count; i++)
        take_signature(file, i);
}

static bool is_decided(const struct vote_file *file, const char *subject)
{
    for (size_t i = 0; i < decision_count; i++)
        if (strcmp(decisions[i].subject, subject) == 0 && is_on(file, &decisions[i]))
            return true;
    return false;
}

/* What is among the votes on a record and belongs to no decision on it. */
static void take_stray(struct vote_file *file)
{
    if (!is_decided(file, judging.decision->subject))
        tell("vote_on_other",
             SAY("a vote is on something else: ", "決定と異なる対象への票である："),
             file->name);
    else if (file->envelope.signature_count == 0)
        tell("vote_not_good", SAY("a vote without a signature: ", "署名のない票がある："),
             file->name);
}

/* Who took which step of the record before. */
static bool remember_parts(void)
{
    const struct decision *decision = judging.decision;
    for (const struct step *step = decision->before; step; step = step->next)
        if (strcmp(step->subject, decision->subject) == 0 &&
            strcmp(step->actor, PROCEDURE_MACHINE) != 0 &&
            !procedure_took_part(&judging.subject, step->event, step->actor))
            return false;
    return true;
}

/* Without a rule for votes as many must have signed as the basis asks for. */
static bool begin(void)
{
    const struct decision *decision = judging.decision;
    judging.ballot = (struct procedure_ballot){ .step = decision->step, .is_closed = true };
    memcpy(judging.ballot.digest, decision->digest, sizeof decision->digest);
    judging.subject = (struct procedure_case){ .law = votes_law, .basis = decision->basis };
    if (decision->step && decision->step->votes)
        return procedure_begin(votes_law, decision->procedure,
                               decision->basis ? decision->basis->id : NULL, decision->subject,
                               &judging.subject) &&
               remember_parts();
    if (!decision->basis)
        return false;
    unsigned wanted = decision->basis->signatures > 0 ? decision->basis->signatures : 1;
    judging.rule = (struct procedure_votes){ .role = decision->basis->approver,
                                             .seats = PROCEDURE_SEATS_MAX,
                                             .quorum = wanted,
                                             .ayes = wanted };
    judging.plain = (struct procedure_step){ .votes = &judging.rule, .article = "" };
    judging.ballot.step = &judging.plain;
    return true;
}

static void judge_result(void)
{
    char room[160];
    struct text text = text_over(room, sizeof room);
    const struct procedure_votes *rule = judging.ballot.step->votes;
    struct procedure_tally tally = procedure_tally(&judging.subject, &judging.ballot);
    text_format(&text, "%u ayes of %u, %u noes, %u abstentions, quorum %u, of %s", tally.ayes,
                rule->ayes, tally.noes, tally.abstentions, rule->quorum,
                procedure_role(&judging.subject, rule->role));
    if (judging.decision->is_approval && tally.result != PROCEDURE_CARRIED)
        tell("votes_missing",
             SAY("the votes given do not carry it: ", "示された票では可決に足りない："), room);
    if (!judging.decision->is_approval && tally.result == PROCEDURE_CARRIED)
        tell("votes_differ",
             SAY("the votes given carry what was refused: ", "示された票では可決となる："),
             room);
}

static void judge(const struct decision *decision)
{
    judging.decision = decision;
    if (!decision->has_digest) {
        tell("decision_without_digest",
             SAY("the entry does not say what was decided on", "何を決定したかの要約値がない"),
             "");
        return;
    }
    if (!begin()) {
        tell("decision_unknown",
             SAY("the law's data knows no such decision, or too many took part",
                 "法令データにない決定、又は関与した者が多すぎる"),
             "");
        return;
    }
    if (!take_files(take_vote)) {
        tell("votes_not_given", SAY("its votes are not given: ", "票が提示されていない："),
             decision->subject);
        return;
    }
    judge_result();
}

static bool is_last_of_record(size_t i)
{
    for (size_t j = i + 1; j < decision_count; j++)
        if (strcmp(decisions[i].subject, decisions[j].subject) == 0)
            return false;
    return true;
}

void votes_end(oversight_tell_fn *tell_fn, void *context, struct votes_count *out)
{
    judging.tell = tell_fn;
    judging.context = context;
    for (size_t i = 0; i < decision_count; i++) {
        judge(&decisions[i]);
        if (is_last_of_record(i))
            (void)take_files(take_stray);
    }
    if (unheld > 0 && decision_count > 0)
        tell("votes_too_many",
             SAY("the log has more steps than are followed", "追跡できる手続の数を超えている"),
             "");
    *out = (struct votes_count){ decision_count, judging.verified };
}
