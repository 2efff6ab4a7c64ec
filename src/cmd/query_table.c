// SPDX-License-Identifier: Apache-2.0
#include "cmd/query_table.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "base/utf8.h"

enum { CELL_MAX = 3 * STORE_WORDS_MAX };

struct cell {
    char at[CELL_MAX];
};

static struct cell cell_of_time(int64_t time_ns, unsigned decimals)
{
    struct cell cell = { 0 };
    struct text text = text_over(cell.at, sizeof cell.at);
    if (time_ns == INT64_MAX)
        text_put_string(&text, "-");
    else
        time_write(time_ns, decimals, &text);
    return cell;
}

static struct cell cell_of_words(const char *words)
{
    struct cell cell = { 0 };
    struct text text = text_over(cell.at, sizeof cell.at);
    utf8_put_clean(&text, bytes_of_string(words));
    return cell;
}

static const char *or_dash(const char *words)
{
    return words[0] != '\0' ? words : "-";
}

struct query_table query_table_begin(enum report_language language, int64_t now_ns)
{
    const char *no_colour = getenv("NO_COLOR");
    return (struct query_table){ .language = language,
                                 .now_ns = now_ns,
                                 .is_bold = isatty(STDOUT_FILENO) &&
                                            !(no_colour && no_colour[0] != '\0') };
}

static void put_head(struct query_table *table, const char *head)
{
    if (!table->has_head)
        printf("%s%s%s\n", table->is_bold ? "\033[1m" : "", head,
               table->is_bold ? "\033[0m" : "");
    table->has_head = true;
}

void query_table_finding(struct query_table *table, const struct finding *finding)
{
    char room[SUBJECT_TEXT_MAX];
    struct text subject = text_over(room, sizeof room);
    finding_write_subject(finding, &subject);
    struct cell until = cell_of_time(finding->retention_until_ns, 0);
    put_head(table,
             table->language == REPORT_JAPANESE
                 ? "検出               点数  種類            根拠      許可              "
                   "保存期限              対象"
                 : "FINDING            SCORE  KIND            BASIS     WARRANT           "
                   "KEPT UNTIL            SUBJECT");
    printf("%-17s  %5.0f  %-14s  %-8s  %-16s  %-20s  %s\n", finding->id, finding->score,
           finding_kind_name(finding->kind), finding->mandate.basis_name,
           or_dash(cell_of_words(finding->mandate.warrant).at), until.at, room);
    table->has_head = true;
}

static void put_end(const struct party *party, uint16_t port, struct text *out)
{
    party_write(party, out);
    text_format(out, " %u", (unsigned)port);
}

void query_table_flow(struct query_table *table, int64_t record,
                      const struct minimised_flow *flow)
{
    char ends[2][PARTY_TEXT_MAX + 8], name[3 * FACT_NAME_MAX + 1];
    struct text initiator = text_over(ends[0], sizeof ends[0]);
    struct text responder = text_over(ends[1], sizeof ends[1]);
    struct text clean = text_over(name, sizeof name);
    put_end(&flow->initiator, flow->initiator_port, &initiator);
    put_end(&flow->responder, flow->responder_port, &responder);
    if (flow->facts.has_server_name)
        utf8_put_clean(&clean, fact_name_bytes(&flow->facts.server_name));
    put_head(table,
             table->language == REPORT_JAPANESE
                 ? "記録      開始                  始点                         "
                   "終点                         送受オクテット  許可              名前"
                 : "RECORD    START                 FROM                         "
                   "TO                           OCTETS          WARRANT           NAME");
    printf("%-8" PRId64 "  %-20s  %-27s  %-27s  %6" PRIu64 " %7" PRIu64 "  %-16s  %s\n", record,
           cell_of_time(flow->start_ns, 0).at, ends[0], ends[1], flow->octets_forward,
           flow->octets_reverse, or_dash(cell_of_words(flow->why.mandate.warrant).at), name);
}

static void put_json(json_t *object)
{
    if (object && json_dumpf(object, stdout, JSON_COMPACT) == 0)
        putchar('\n');
    json_decref(object);
}

void query_print_counts(const struct store_counts *counts, bool as_json,
                        enum report_language language)
{
    bool is_empty = counts->records + counts->findings == 0;
    struct cell first = cell_of_time(is_empty ? INT64_MAX : counts->first_ns, 0);
    struct cell last = cell_of_time(is_empty ? INT64_MAX : counts->last_ns, 0);
    if (as_json)
        put_json(json_pack("{s:I, s:I, s:s?, s:s?}", "records", (json_int_t)counts->records,
                           "findings", (json_int_t)counts->findings, "first_at",
                           is_empty ? NULL : first.at, "last_at", is_empty ? NULL : last.at));
    else if (language == REPORT_JAPANESE)
        printf("記録 %" PRIu64 "、検出 %" PRIu64 "（%s から %s）\n", counts->records,
               counts->findings, first.at, last.at);
    else
        printf("%" PRIu64 " records, %" PRIu64 " findings, from %s to %s\n", counts->records,
               counts->findings, first.at, last.at);
}

static void put_event_json(const struct store_event *event)
{
    const struct mandate *mandate = &event->mandate;
    put_json(json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "what", event->what, "at",
        cell_of_time(event->at_ns, 9).at, "basis", mandate->basis_name, "warrant",
        mandate->warrant, "selector", mandate->selector, "records", (json_int_t)event->records,
        "before", cell_of_time(event->before_ns, 9).at, "until",
        cell_of_time(event->until_ns, 9).at, "who", cell_of_words(event->who).at, "role",
        cell_of_words(event->role).at, "reason", cell_of_words(event->reason).at));
}

void query_print_event(const struct store_event *event, bool as_json,
                       enum report_language language)
{
    static const struct {
        const char *what, *en, *ja;
    } words[] = {
        { "selected", "selected", "選別" },
        { "made", "made a finding", "検出を作成" },
        { "extended", "retention extended", "保存期間を延長" },
        { "ended", "retention ended early", "保存期間を終了" },
        { "waiting", "to be provided", "提供待ち" },
        { "sent", "provided", "提供" },
        { "held", "held by the recipient", "提供先が保有" },
        { "erasing", "recipient to be told to erase", "提供先へ消去を通知予定" },
        { "told", "recipient told to erase", "提供先へ消去を通知" },
        { "erased", "erased by the recipient", "提供先で消去" },
    };
    const char *told = event->what;
    if (as_json) {
        put_event_json(event);
        return;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].what, event->what) == 0)
            told = language == REPORT_JAPANESE ? words[i].ja : words[i].en;
    }
    printf("%s  %s: %s", cell_of_time(event->at_ns, 0).at, told, cell_of_words(event->who).at);
    if (event->role[0] != '\0')
        printf(" (%s)", cell_of_words(event->role).at);
    if (event->reason[0] != '\0')
        printf(" \"%s\"", cell_of_words(event->reason).at);
    printf("\n    %s %s %s", event->mandate.basis_name,
           or_dash(cell_of_words(event->mandate.warrant).at),
           or_dash(cell_of_words(event->mandate.selector).at));
    if (event->records > 0)
        printf("; %" PRIu64 " %s", event->records,
               language == REPORT_JAPANESE ? "件の記録" : "records");
    printf("; %s %s\n", language == REPORT_JAPANESE ? "保存期限" : "kept until",
           cell_of_time(event->until_ns, 0).at);
}

void query_print_provision(const struct store_provision *provision, bool as_json)
{
    struct cell recipient = cell_of_words(provision->recipient);
    const char *state = store_provision_state_name(provision->state);
    if (as_json)
        put_json(json_pack(
            "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", (json_int_t)provision->id,
            "state", state, "finding", provision->finding, "recipient", recipient.at, "product",
            provision->product, "article", provision->article, "basis", provision->basis,
            "warrant", provision->warrant, "until", cell_of_time(provision->until_ns, 9).at));
    else
        printf("%-6" PRId64 "  %-8s  %-17s  %-24s  %-10s  art. %-8s  %s\n", provision->id,
               state, provision->finding, recipient.at, provision->product, provision->article,
               cell_of_time(provision->until_ns, 0).at);
}

void query_print_period(const struct store_period *period, bool as_json,
                        enum report_language language)
{
    struct cell until = cell_of_time(period->until_ns, as_json ? 9 : 0);
    if (as_json)
        put_json(json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "basis", period->basis, "warrant",
                           period->warrant, "until", until.at, "records",
                           (json_int_t)period->records, "findings",
                           (json_int_t)period->findings, "provisions",
                           (json_int_t)period->provisions));
    else
        printf(language == REPORT_JAPANESE
                   ? "%s  %-8s  %-16s  記録 %" PRIu64 "、検出 %" PRIu64 "、提供 %" PRIu64 "\n"
                   : "%s  %-8s  %-16s  %" PRIu64 " records, %" PRIu64 " findings, %" PRIu64
                     " provisions\n",
               until.at, period->basis, or_dash(cell_of_words(period->warrant).at),
               period->records, period->findings, period->provisions);
}
