// SPDX-License-Identifier: Apache-2.0
#include "cmd/overseer.h"

#include <inttypes.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>

#include "cmd/overseer_votes.h"
#include "cmd/overseer_warrants.h"
#include "law/law.h"
#include "oversight/counts.h"
#include "oversight/oversight.h"

enum { KEPT_MAX = 1000, SMALL_MEMORY = 1 << 16, JANUARY = 1, LAW_PATH_MAX = 4096 };

struct overseer {
    struct overseer_settings settings;
    struct law law;
    struct oversight *oversight;
    struct counts *counts; /* NULL: no report */
    struct votes_count votes;
    uint64_t entries, wrong, notes;
    int64_t last_ns;
    size_t kept;
    struct oversight_finding findings[KEPT_MAX]; /* the first of them */
};

static alignas(max_align_t) uint8_t memory[LAW_MEMORY + OVERSIGHT_MEMORY + SMALL_MEMORY];
static struct overseer overseer_only;

/* Those that are wrong go before notes, where not all can be kept. */
static void keep(void *context, const struct oversight_finding *finding)
{
    struct overseer *overseer = context;
    (*(finding->is_wrong ? &overseer->wrong : &overseer->notes))++;
    size_t room = finding->is_wrong ? KEPT_MAX : KEPT_MAX / 2;
    if (overseer->kept < room)
        overseer->findings[overseer->kept++] = *finding;
}

/* What an entry tells of a warrant is held against the warrant itself. */
static void check_given(struct overseer *overseer, uint64_t number, const struct entry *entry)
{
    static const struct {
        const char *id, *en, *ja;
    } words[] = {
        [GIVEN_MISSING] = { "warrant_not_given", "no warrant given has this digest",
                            "この要約値の令状が提示されていない" },
        [GIVEN_DIFFERS] = { "warrant_differs",
                            "the warrant itself says otherwise: ", "令状の記載と異なる：" },
        [GIVEN_REFUSED] = { "warrant_not_good", "", "" },
    };
    struct law_ruling ruling = { 0 };
    enum given_verdict verdict = given_check(entry, &ruling);
    struct oversight_finding finding = { .is_wrong = true, .entry = number };
    const struct law_basis *basis =
        law_find_basis(&overseer->law, entry->values[ENTRY_BASIS].text);
    struct text article = text_over(finding.article, sizeof finding.article);
    struct text en = text_over(finding.words, sizeof finding.words);
    struct text ja = text_over(finding.words_ja, sizeof finding.words_ja);
    if (verdict == GIVEN_GOOD)
        return;
    finding.id = words[verdict].id;
    text_put_string(&article, *ruling.article ? ruling.article : basis ? basis->article : "");
    text_put_string(&en, words[verdict].en);
    text_put_string(&en, ruling.words);
    text_put_string(&ja, words[verdict].ja);
    text_put_string(&ja, verdict == GIVEN_DIFFERS ? ruling.words : ruling.words_ja);
    keep(overseer, &finding);
}

static void take(void *context, uint64_t number, const struct entry *entry)
{
    struct overseer *overseer = context;
    int64_t at_ns = entry->values[ENTRY_AT].time_ns;
    if (at_ns > overseer->last_ns)
        overseer->last_ns = at_ns;
    overseer->entries++;
    oversight_take(overseer->oversight, number, entry);
    if (overseer->settings.warrants && entry->kind == ENTRY_WARRANT_ACCEPTED)
        check_given(overseer, number, entry);
    if (overseer->settings.votes)
        votes_take(number, entry);
    if (overseer->counts)
        counts_take(overseer->counts, entry);
}

static bool load_law(const char *name, struct arena *keep_in, struct law *out,
                     struct error *err)
{
    char folder[LAW_PATH_MAX];
    if (strchr(name, '/'))
        return law_load(name, keep_in, out, err);
    return law_find_folder(name, folder, sizeof folder, err) &&
           law_load(folder, keep_in, out, err);
}

/* The month a fiscal year begins with, as the first rule of retention that counts by it. */
static unsigned fiscal_month(const struct law *law)
{
    for (size_t i = 0; i < law->retention_count; i++) {
        if (law->retentions[i].fiscal_month > 0)
            return law->retentions[i].fiscal_month;
    }
    return JANUARY;
}

static bool begin_report(struct overseer *overseer, struct arena *keep_in, struct error *err)
{
    const char *text = overseer->settings.report;
    bool is_fiscal = strncmp(text, "FY", 2) == 0;
    uint64_t year;
    int64_t from_ns, to_ns;
    if (!text_read_u64(bytes_of_string(text + (is_fiscal ? 2 : 0)), 9999, &year) ||
        year < 1970 || year > 2200)
        return error_set(err, 0, "a year is as 2028 or FY2028, not %s", text);
    counts_year(&overseer->law, (int64_t)year,
                is_fiscal ? fiscal_month(&overseer->law) : JANUARY, &from_ns, &to_ns);
    overseer->counts = counts_new(&overseer->law, from_ns, to_ns, keep_in);
    return true;
}

struct overseer *overseer_open(const struct overseer_settings *settings, struct error *err)
{
    struct overseer *overseer = &overseer_only;
    struct arena arena = arena_over(memory, sizeof memory);
    overseer->settings = *settings;
    if (!load_law(settings->law, &arena, &overseer->law, err))
        return NULL;
    overseer->oversight = oversight_new(&overseer->law, keep, overseer, &arena);
    if (settings->report && !begin_report(overseer, &arena, err))
        return NULL;
    if (settings->warrants &&
        !given_open(settings->warrants, settings->trust, &overseer->law, err))
        return NULL;
    if (settings->votes && !votes_open(settings->votes, settings->trust, &overseer->law, err))
        return NULL;
    return overseer;
}

void overseer_watch(struct overseer *overseer, struct audit *audit)
{
    audit_visit(audit, take, overseer);
}

void overseer_end(struct overseer *overseer)
{
    if (overseer->settings.as_of_ns < overseer->last_ns)
        overseer->settings.as_of_ns = overseer->last_ns;
    oversight_end(overseer->oversight, overseer->settings.as_of_ns);
    if (overseer->settings.votes)
        votes_end(keep, overseer, &overseer->votes);
}

bool overseer_found(const struct overseer *overseer)
{
    return overseer->wrong > 0;
}

static bool is_japanese(const struct overseer *overseer)
{
    return overseer->settings.language == REPORT_JAPANESE;
}

static const char *time_text(int64_t time_ns, char room[TIME_TEXT_MAX])
{
    struct text text = text_over(room, TIME_TEXT_MAX);
    time_write(time_ns, 0, &text);
    return room;
}

static void print_finding(const struct overseer *overseer,
                          const struct oversight_finding *finding)
{
    bool ja = is_japanese(overseer);
    printf(ja ? "%s　記録%" PRIu64 : "%s at entry %" PRIu64,
           finding->is_wrong ? (ja ? "違反" : "WRONG") : (ja ? "参考" : "note"),
           finding->entry);
    if (*finding->article)
        printf(ja ? "［%s］" : " [%s]", finding->article);
    printf(": %s\n", ja ? finding->words_ja : finding->words);
}

static void print_counts(const struct overseer *overseer)
{
    const struct counts *counts = overseer->counts;
    const struct law *law = &overseer->law;
    bool ja = is_japanese(overseer);
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    printf(ja ? "年次報告 %s（%s から %s の前まで、記録%" PRIu64 "件）\n"
              : "report of %s (from %s, before %s; %" PRIu64 " entries)\n",
           overseer->settings.report, time_text(counts->from_ns, from),
           time_text(counts->to_ns, to), counts->entries);
    for (size_t i = 0; i < law->count_count; i++)
        printf("%12" PRIu64 "  %s [%s]\n", counts->numbers[i],
               ja ? law->counts[i].name.ja : law->counts[i].name.en, law->counts[i].article);
    for (size_t i = 0; i < law->basis_count; i++) {
        const struct counts_of_basis *of = &counts->bases[i];
        printf(ja ? "  %s: 選別%" PRIu64 "回、対象%" PRIu64 "、選別%" PRIu64 "、消去%" PRIu64
                    "、閲覧許可%" PRIu64 "、閲覧拒否%" PRIu64 "\n"
                  : "  %s: %" PRIu64 " batches, %" PRIu64 " flows examined, %" PRIu64
                    " selected, %" PRIu64 " erased; reads %" PRIu64 " allowed, %" PRIu64
                    " refused\n",
               law->bases[i].id, of->batches, of->examined, of->selected, of->erased,
               of->access_allowed, of->access_refused);
    }
}

void overseer_print(const struct overseer *overseer)
{
    bool ja = is_japanese(overseer);
    char room[TIME_TEXT_MAX];
    for (size_t i = 0; i < overseer->kept; i++)
        print_finding(overseer, &overseer->findings[i]);
    uint64_t left = overseer->wrong + overseer->notes - overseer->kept;
    if (left > 0)
        printf(ja ? "ほかに%" PRIu64 "件\n" : "and %" PRIu64 " more\n", left);
    printf(ja ? "法令データ「%s」、%s 現在：違反%" PRIu64 "件、参考%" PRIu64 "件\n"
              : "by the law \"%s\", as of %s: %" PRIu64 " wrong, %" PRIu64 " notes\n",
           overseer->law.id, time_text(overseer->settings.as_of_ns, room), overseer->wrong,
           overseer->notes);
    if (overseer->settings.votes)
        printf(ja ? "決定%" PRIu64 "件、確認できた票%" PRIu64 "票\n"
                  : "%" PRIu64 " decisions, %" PRIu64 " votes that verify\n",
               overseer->votes.decisions, overseer->votes.votes);
    if (overseer->counts)
        print_counts(overseer);
}

static json_t *finding_json(const struct oversight_finding *finding)
{
    return json_pack("{s:s, s:b, s:I, s:s, s:s, s:s}", "id", finding->id, "wrong",
                     (int)finding->is_wrong, "entry", (json_int_t)finding->entry, "article",
                     finding->article, "words", finding->words, "words_ja", finding->words_ja);
}

static json_t *basis_json(const struct counts_of_basis *of)
{
    const struct {
        const char *name;
        uint64_t number;
    } numbers[] = {
        { "batches", of->batches },
        { "examined", of->examined },
        { "selected", of->selected },
        { "erased", of->erased },
        { "warrants_accepted", of->accepted },
        { "warrants_refused", of->refused },
        { "warrants_revoked", of->revoked },
        { "access_allowed", of->access_allowed },
        { "access_refused", of->access_refused },
        { "reidentifications", of->windows },
        { "provisions", of->provisions },
        { "record_erasures", of->erasures },
    };
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)json_object_set_new(json, numbers[i].name,
                                  json_integer((json_int_t)numbers[i].number));
    return json;
}

static json_t *report_json(const struct overseer *overseer)
{
    const struct counts *counts = overseer->counts;
    const struct law *law = &overseer->law;
    json_t *rows = json_array(), *bases = json_object();
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    for (size_t i = 0; i < law->count_count; i++)
        (void)json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", law->counts[i].id, "article",
                            law->counts[i].article, "name", law->counts[i].name.en, "name_ja",
                            law->counts[i].name.ja, "number", (json_int_t)counts->numbers[i]));
    for (size_t i = 0; i < law->basis_count; i++)
        (void)json_object_set_new(bases, law->bases[i].id, basis_json(&counts->bases[i]));
    return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o}", "year", overseer->settings.report,
                     "from", time_text(counts->from_ns, from), "to",
                     time_text(counts->to_ns, to), "entries", (json_int_t)counts->entries,
                     "counts", rows, "bases", bases);
}

json_t *overseer_json(const struct overseer *overseer)
{
    json_t *findings = json_array();
    char room[TIME_TEXT_MAX], digest_room[2 * sizeof overseer->law.digest + 1];
    struct text digest = text_over(digest_room, sizeof digest_room);
    text_put_hex(&digest, (struct bytes){ overseer->law.digest, sizeof overseer->law.digest });
    for (size_t i = 0; i < overseer->kept; i++)
        (void)json_array_append_new(findings, finding_json(&overseer->findings[i]));
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:o}", "law", overseer->law.id, "law_digest",
                  digest_room, "as_of", time_text(overseer->settings.as_of_ns, room), "wrong",
                  (json_int_t)overseer->wrong, "notes", (json_int_t)overseer->notes, "findings",
                  findings);
    if (json && overseer->settings.votes)
        (void)json_object_set_new(json, "votes",
                                  json_pack("{s:I, s:I}", "decisions",
                                            (json_int_t)overseer->votes.decisions, "verified",
                                            (json_int_t)overseer->votes.votes));
    if (json && overseer->counts)
        (void)json_object_set_new(json, "report", report_json(overseer));
    return json;
}
