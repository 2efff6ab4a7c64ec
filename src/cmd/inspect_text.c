// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "base/utf8.h"
#include "cmd/inspect.h"
#include "report/wrap.h"

enum { INDENT = 2, LABEL_COLUMNS = 14, TEMPLATES_SHOWN = 24, SAMPLERS_SHOWN = 16 };

enum word {
    WORD_DOMAIN,
    WORD_PORT,
    WORD_HEARD,
    WORD_HEARD_VALUE,
    WORD_SENT,
    WORD_SENT_VALUE,
    WORD_SENT_SAMPLES,
    WORD_SAMPLING,
    WORD_RATE_ONE,
    WORD_RATE_RANGE,
    WORD_RATE_ALL,
    WORD_RATE_NONE,
    WORD_RATE_UNKNOWN,
    WORD_SAMPLER,
    WORD_SAMPLER_INTERFACE,
    WORD_SAMPLER_WHOLE,
    WORD_MORE,
    WORD_SEQUENCE,
    WORD_COUNTS_MESSAGES,
    WORD_COUNTS_RECORDS,
    WORD_COUNTS_OWN,
    WORD_COUNTS_NO_OPTIONS,
    WORD_LOST_NONE,
    WORD_LOST,
    WORD_DISORDER,
    WORD_CLOCK,
    WORD_CLOCK_UNKNOWN,
    WORD_CLOCK_AHEAD,
    WORD_CLOCK_BEHIND,
    WORD_DRIFT,
    WORD_CORRECTED,
    WORD_UPTIME,
    WORD_UPTIME_VALUE,
    WORD_FLOWS,
    WORD_FLOWS_VALUE,
    WORD_TEMPLATES,
    WORD_TEMPLATE_NONE,
    WORD_TEMPLATE_DATA,
    WORD_TEMPLATE_OPTIONS,
    WORD_TEMPLATE_EVERY,
    WORD_FIELD_SCOPE,
    WORD_FIELD_USED,
    WORD_FIELD_PASSED,
    WORD_FIELD_UNKNOWN,
    WORD_VARIABLE,
    WORD_NOTHING_WRONG,
    WORD_LEADS_TO,
    WORD_ASK,
    WORD_WRONG,
    WORD_LIMIT,
    WORD_NOTE,
    WORDS
};

static const char *const words[WORDS][2] = {
    [WORD_DOMAIN] = { "{0}, {1}, domain {2}{3}", "{0}、{1}、ドメイン {2}{3}" },
    [WORD_PORT] = { ", port ", "、ポート " },
    [WORD_HEARD] = { "heard", "受信期間" },
    [WORD_HEARD_VALUE] = { "{0} to {1}", "{0} から {1}" },
    [WORD_SENT] = { "sent", "受信量" },
    [WORD_SENT_VALUE] = { "{0:message:messages}, {1}, {2:record:records} of flows, {3} of "
                          "options",
                          "メッセージ {0}、{1}、フローのレコード {2}、オプション {3}" },
    [WORD_SENT_SAMPLES] = { "{0:message:messages}, {1}, {2:sample:samples} of packets",
                            "メッセージ {0}、{1}、パケット標本 {2}" },
    [WORD_SAMPLING] = { "sampling", "サンプリング" },
    [WORD_RATE_ONE] = { "1 in {0}, by {1}", "{0} 分の 1（{1}）" },
    [WORD_RATE_RANGE] = { "1 in {0} to 1 in {1}, by {2}", "{0} 分の 1 から {1} 分の 1（{2}）" },
    [WORD_RATE_ALL] = { "all packets, by {0}", "全パケット（{0}）" },
    [WORD_RATE_NONE] = { "no rate is known", "レート不明" },
    [WORD_RATE_UNKNOWN] = { "; unknown for {0:flow:flows}", "、うち {0} フローは不明" },
    [WORD_SAMPLER] = { "told: sampler {0}: 1 in {1}, method {2}",
                       "通知：サンプラ {0}：{1} 分の 1、方式 {2}" },
    [WORD_SAMPLER_INTERFACE] = { "told: interface {0}: 1 in {1}, method {2}",
                                 "通知：インタフェース {0}：{1} 分の 1、方式 {2}" },
    [WORD_SAMPLER_WHOLE] = { "told for all of it: 1 in {1}, method {2}",
                             "通知：全体：{1} 分の 1、方式 {2}" },
    [WORD_MORE] = { "and {0} more", "ほか {0}" },
    [WORD_SEQUENCE] = { "sequence", "順序番号" },
    [WORD_COUNTS_MESSAGES] = { "counts messages", "メッセージを計数" },
    [WORD_COUNTS_RECORDS] = { "counts records", "レコードを計数" },
    [WORD_COUNTS_OWN] = { ", those of the message itself too", "（当該メッセージ分を含む）" },
    [WORD_COUNTS_NO_OPTIONS] = { ", but none of options", "（オプションを除く）" },
    [WORD_LOST_NONE] = { ", nothing lost", "、欠落なし" },
    [WORD_LOST] = { ", {0:gap:gaps}: {1} lost, about {2:flow:flows}",
                    "、欠落 {0} 回：{1}、約 {2} フロー" },
    [WORD_DISORDER] = { "; late {0}, repeated {1}, begun anew {2}",
                        "；遅着 {0}、重複 {1}、振り直し {2}" },
    [WORD_CLOCK] = { "clock", "時計" },
    [WORD_CLOCK_UNKNOWN] = { "cannot be told: no time of receipt, or of export",
                             "不明（受信時刻または送信時刻なし）" },
    [WORD_CLOCK_AHEAD] = { "{0} ahead of ours", "{0}進み" },
    [WORD_CLOCK_BEHIND] = { "{0} behind ours, or on the way", "{0}遅れ（伝送時間を含む）" },
    [WORD_DRIFT] = { ", drift {0} ppm", "、変動 {0} ppm" },
    [WORD_CORRECTED] = { "; times of its flows are corrected", "；フローの時刻を補正" },
    [WORD_UPTIME] = { "uptime", "稼働時間" },
    [WORD_UPTIME_VALUE] = { "{0}; boots {1}, passed 2^32 ms {2:time:times}",
                            "{0}；起動 {1} 回、2^32 ミリ秒超過 {2} 回" },
    [WORD_FLOWS] = { "flows", "フロー" },
    [WORD_FLOWS_VALUE] = { "longest {0}: the active timeout is about that or more",
                           "最長 {0}（アクティブタイムアウトはおよそこれ以上）" },
    [WORD_TEMPLATES] = { "templates", "テンプレート" },
    [WORD_TEMPLATE_NONE] = { "none yet", "なし" },
    [WORD_TEMPLATE_DATA] = { "{0}: {1:field:fields}, {2:octet:octets}, {3:record:records}",
                             "{0}：{1} 欄、{2} オクテット、レコード {3}" },
    [WORD_TEMPLATE_OPTIONS] = { "{0} (options): {1:field:fields}, {2:octet:octets}, "
                                "{3:record:records}",
                                "{0}（オプション）：{1} 欄、{2} オクテット、レコード {3}" },
    [WORD_TEMPLATE_EVERY] = { ", every {0}", "、{0}ごと" },
    [WORD_FIELD_SCOPE] = { "scope", "範囲" },
    [WORD_FIELD_USED] = { "used", "使用" },
    [WORD_FIELD_PASSED] = { "passed over", "読み飛ばし" },
    [WORD_FIELD_UNKNOWN] = { "unknown", "未知" },
    [WORD_VARIABLE] = { "variable", "可変" },
    [WORD_NOTHING_WRONG] = { "Nothing is wrong that can be seen from here.",
                             "ここから分かる問題はありません。" },
    [WORD_LEADS_TO] = { "Leads to: ", "影響：" },
    [WORD_ASK] = { "To do: ", "対応：" },
    [WORD_WRONG] = { "WRONG", "問題" },
    [WORD_LIMIT] = { "LIMIT", "制約" },
    [WORD_NOTE] = { "note", "参考" },
};

/* Where a line is made before it is wrapped. */
struct line {
    const struct inspect_style *style;
    FILE *out;
    struct text text;
    char room[2048];
};

static void begin(struct line *line, const struct inspect_style *style, FILE *out)
{
    line->style = style;
    line->out = out;
    line->text = text_over(line->room, sizeof line->room);
}

static void add(struct line *line, enum word word, const struct slot *slots)
{
    phrase_fill_words(&line->text, words[word][line->style->language == REPORT_JAPANESE],
                      slots);
}

static const char *word_of(const struct inspect_style *style, enum word word)
{
    return words[word][style->language == REPORT_JAPANESE];
}

static void blanks(FILE *out, unsigned count)
{
    fprintf(out, "%*s", (int)count, "");
}

/* Under a label, or without one further down. */
static void end(struct line *line, const char *label)
{
    blanks(line->out, INDENT);
    wrap_column(line->out, label, LABEL_COLUMNS, false);
    wrap_write(line->out, text_bytes(&line->text), line->style->width, INDENT + LABEL_COLUMNS);
    line->text = text_over(line->room, sizeof line->room);
}

/* A number that names something: no commas. */
static struct slot number(const char *before, uint64_t value)
{
    struct slot slot = slot_words(before);
    struct text text = text_over(slot.at, sizeof slot.at);
    text_put_string(&text, before);
    text_put_u64(&text, value);
    return slot;
}

static void write_head(struct line *line, const struct inspect_exporter *exporter)
{
    const struct exporter_view *view = &exporter->view;
    char room[IP_TEXT_MAX];
    struct text address = text_over(room, sizeof room);
    if (ip_is_zero(&view->address))
        text_put_string(&address, "-");
    else
        ip_write(&view->address, &address);
    const struct slot slots[] = {
        slot_words(room), slot_words(export_protocol_name(view->protocol)),
        number("", view->domain),
        view->port != 0 ? number(word_of(line->style, WORD_PORT), view->port) : slot_words("")
    };
    add(line, WORD_DOMAIN, slots);
    wrap_write(line->out, text_bytes(&line->text), line->style->width, 0);
    line->text = text_over(line->room, sizeof line->room);
}

static void write_sent(struct line *line, const struct inspect_exporter *exporter)
{
    const struct exporter_view *view = &exporter->view;
    if (view->first_ns != 0) {
        const struct slot period[] = { slot_time(view->first_ns), slot_time(view->last_ns) };
        add(line, WORD_HEARD_VALUE, period);
        end(line, word_of(line->style, WORD_HEARD));
    }
    bool is_sflow = view->protocol == EXPORT_SFLOW5;
    const struct slot sent[] = { slot_count(view->messages), slot_octets(view->octets),
                                 slot_count(is_sflow ? view->samples : view->records),
                                 slot_count(view->options_records) };
    add(line, is_sflow ? WORD_SENT_SAMPLES : WORD_SENT_VALUE, sent);
    end(line, word_of(line->style, WORD_SENT));
}

static const char *origin_words(uint8_t origin, enum report_language language)
{
    static const char *const origins[SAMPLING_ORIGINS][2] = {
        [SAMPLING_ALL] = { "the exporter's word", "送信元の申告" },
        [SAMPLING_UNKNOWN] = { "nobody", "申告なし" },
        [SAMPLING_MESSAGE] = { "the message's header", "メッセージの頭部" },
        [SAMPLING_RECORD] = { "the record itself", "レコード自身" },
        [SAMPLING_OPTIONS] = { "options data", "オプションデータ" },
        [SAMPLING_ASSUMED] = { "your rule, for want of its word", "設定（申告がないため）" },
        [SAMPLING_OVERRIDDEN] = { "your rule, against its word", "設定（申告より優先）" },
    };
    return origins[origin][language == REPORT_JAPANESE];
}

static void write_sampling(struct line *line, const struct inspect_exporter *exporter)
{
    const struct exporter_view *view = &exporter->view;
    struct slot by = slot_words(origin_words(view->rate_origin, line->style->language));
    const struct slot one[] = { slot_count(view->rate_least), by };
    const struct slot range[] = { one[0], slot_count(view->rate_most), by };
    if (view->rate_most == 0)
        add(line, WORD_RATE_NONE, NULL);
    else if (view->rate_most == 1)
        add(line, WORD_RATE_ALL, &by);
    else
        add(line, view->rate_least == view->rate_most ? WORD_RATE_ONE : WORD_RATE_RANGE,
            view->rate_least == view->rate_most ? one : range);
    struct slot unknown = slot_count(view->rate_unknown);
    if (view->rate_unknown > 0)
        add(line, WORD_RATE_UNKNOWN, &unknown);
    end(line, word_of(line->style, WORD_SAMPLING));

    struct sampler_view sampler;
    for (size_t i = 0;
         i < SAMPLERS_SHOWN && collect_sampler(exporter->collect, exporter->index, i, &sampler);
         i++) {
        const struct slot told[] = { number("", sampler.selector), slot_count(sampler.rate),
                                     slot_words(sampler.method) };
        enum word scope = sampler.is_interface ? WORD_SAMPLER_INTERFACE : WORD_SAMPLER;
        add(line, sampler.selector == 0 ? WORD_SAMPLER_WHOLE : scope, told);
        end(line, "");
    }
    struct slot more = slot_count(view->samplers_held - SAMPLERS_SHOWN);
    if (view->samplers_held > SAMPLERS_SHOWN) {
        add(line, WORD_MORE, &more);
        end(line, "");
    }
}

static void write_sequence(struct line *line, const struct exporter_view *view)
{
    add(line, view->lost_in_messages ? WORD_COUNTS_MESSAGES : WORD_COUNTS_RECORDS, NULL);
    if (view->counts_own)
        add(line, WORD_COUNTS_OWN, NULL);
    if (view->counts_otherwise && !view->counts_options && !view->lost_in_messages)
        add(line, WORD_COUNTS_NO_OPTIONS, NULL);
    const struct slot lost[] = { slot_count(view->gaps), slot_count(view->lost_units),
                                 slot_number(round(view->lost_flows)) };
    add(line, view->lost_units > 0 ? WORD_LOST : WORD_LOST_NONE, lost);
    const struct slot disorder[] = { slot_count(view->late), slot_count(view->repeated),
                                     slot_count(view->resets) };
    if (view->late + view->repeated + view->resets > 0)
        add(line, WORD_DISORDER, disorder);
    end(line, word_of(line->style, WORD_SEQUENCE));
}

static void write_clock(struct line *line, const struct exporter_view *view)
{
    enum report_language language = line->style->language;
    struct slot off = slot_span(llabs(view->clock_error_ns), language);
    struct slot drift = slot_number(round(view->clock_drift_ppm * 10) / 10);
    if (!view->has_clock)
        add(line, WORD_CLOCK_UNKNOWN, NULL);
    else
        add(line, view->clock_error_ns > 0 ? WORD_CLOCK_AHEAD : WORD_CLOCK_BEHIND, &off);
    if (view->clock_drift_ppm != 0)
        add(line, WORD_DRIFT, &drift);
    if (view->is_clock_corrected)
        add(line, WORD_CORRECTED, NULL);
    end(line, word_of(line->style, WORD_CLOCK));
    if (view->uptime_ms == 0)
        return;
    const struct slot uptime[] = { slot_span((int64_t)view->uptime_ms * TIME_MILLISECOND_NS,
                                             language),
                                   slot_count(view->boots), slot_count(view->wraps) };
    add(line, WORD_UPTIME_VALUE, uptime);
    end(line, word_of(line->style, WORD_UPTIME));
}

static void put_key(struct text *out, struct element_key key)
{
    const char *enterprise = element_enterprise_name(key.enterprise);
    if (key.enterprise == ELEMENT_NETFLOW9)
        text_format(out, "v9:%u", key.id);
    else if (key.enterprise == 0)
        text_format(out, "%u", key.id);
    else
        text_format(out, "%u:%u", key.enterprise, key.id);
    if (key.enterprise != 0 && key.enterprise != ELEMENT_NETFLOW9 && enterprise)
        text_format(out, " (%s)", enterprise);
}

static void write_field(struct line *line, const struct template_field_view *field)
{
    const struct inspect_style *style = line->style;
    enum word use = !field->element  ? WORD_FIELD_UNKNOWN
                    : field->is_used ? WORD_FIELD_USED
                                     : WORD_FIELD_PASSED;
    char key_room[96], name_room[96];
    struct text key = text_over(key_room, sizeof key_room);
    put_key(&key, field->key);
    struct text name = text_over(name_room, sizeof name_room);
    text_format(&name, "%s%s", field->element ? field->element->name : "?",
                field->key.enterprise == ELEMENT_REVERSE ? " (reverse)" : "");
    blanks(line->out, INDENT + LABEL_COLUMNS + 2);
    wrap_column(line->out, key_room, 22, false);
    wrap_column(line->out, name_room, 36, false);
    char octets[32];
    struct text length = text_over(octets, sizeof octets);
    if (field->octets == UINT16_MAX)
        text_put_string(&length, word_of(style, WORD_VARIABLE));
    else
        text_put_u64(&length, field->octets);
    wrap_column(line->out, octets, 9, true);
    fprintf(line->out, "  %s%s%s\n", field->is_scope ? word_of(style, WORD_FIELD_SCOPE) : "",
            field->is_scope ? ", " : "", word_of(style, use));
}

static void write_template(struct line *line, const struct inspect_exporter *exporter, size_t i,
                           const struct template_view *view, const char *label)
{
    const struct slot slots[] = { number("", view->id), number("", view->field_count),
                                  number("", view->record_octets), slot_count(view->records) };
    add(line, view->is_options ? WORD_TEMPLATE_OPTIONS : WORD_TEMPLATE_DATA, slots);
    int64_t span_ns = view->received_ns - view->first_ns;
    if (view->refreshed > 0 && span_ns > 0) {
        struct slot every = slot_span(span_ns / view->refreshed, line->style->language);
        add(line, WORD_TEMPLATE_EVERY, &every);
    }
    end(line, label);
    struct template_field_view field;
    for (size_t at = 0;
         line->style->all_fields &&
         collect_template_field(exporter->collect, exporter->index, i, at, &field);
         at++)
        write_field(line, &field);
}

/* Where a template stands among those of its exporter. */
struct spot {
    uint16_t id;
    size_t at;
};

static int by_id(const void *a, const void *b)
{
    return ((const struct spot *)a)->id - ((const struct spot *)b)->id;
}

static void write_templates(struct line *line, const struct inspect_exporter *exporter)
{
    const char *label = word_of(line->style, WORD_TEMPLATES);
    size_t shown = line->style->all_fields ? SIZE_MAX : TEMPLATES_SHOWN;
    static struct spot spots[UINT16_MAX + 1];
    struct template_view view;
    size_t count = 0;
    while (count <= UINT16_MAX &&
           collect_template(exporter->collect, exporter->index, count, &view)) {
        spots[count] = (struct spot){ view.id, count };
        count++;
    }
    qsort(spots, count, sizeof *spots, by_id);
    for (size_t i = 0; i < count && i < shown; i++) {
        if (collect_template(exporter->collect, exporter->index, spots[i].at, &view))
            write_template(line, exporter, spots[i].at, &view, i == 0 ? label : "");
    }
    struct slot more = slot_count(count > shown ? count - shown : 0);
    if (count > 0 && count <= shown)
        return;
    add(line, count == 0 ? WORD_TEMPLATE_NONE : WORD_MORE, &more);
    end(line, count == 0 ? label : "");
}

static void write_problem(struct line *line, const struct inspect_problem *problem)
{
    static const enum word weights[] = { WORD_NOTE, WORD_LIMIT, WORD_WRONG };
    const struct inspect_style *style = line->style;
    static const enum word heads[INSPECT_PARTS] = { WORDS, WORD_LEADS_TO, WORD_ASK };
    for (int part = 0; part < INSPECT_PARTS; part++) {
        if (heads[part] != WORDS)
            add(line, heads[part], NULL);
        phrase_fill_words(
            &line->text, inspect_words(problem->kind, (enum inspect_part)part, style->language),
            problem->slots);
        end(line, part == 0 ? word_of(style, weights[inspect_weight(problem->kind)]) : "");
    }
}

void inspect_write_text(const struct inspect_exporter *exporter,
                        const struct inspect_style *style, FILE *out)
{
    struct line line;
    begin(&line, style, out);
    const struct exporter_view *view = &exporter->view;
    write_head(&line, exporter);
    write_sent(&line, exporter);
    write_sampling(&line, exporter);
    write_sequence(&line, view);
    write_clock(&line, view);
    if (exporter->seen.longest_ns > 0) {
        struct slot longest = slot_span(exporter->seen.longest_ns, style->language);
        add(&line, WORD_FLOWS_VALUE, &longest);
        end(&line, word_of(style, WORD_FLOWS));
    }
    if (view->protocol == EXPORT_NETFLOW9 || view->protocol == EXPORT_IPFIX)
        write_templates(&line, exporter);
    fputc('\n', out);
    for (size_t i = 0; i < exporter->problem_count; i++)
        write_problem(&line, &exporter->problems[i]);
    if (exporter->problem_count == 0) {
        add(&line, WORD_NOTHING_WRONG, NULL);
        end(&line, "");
    }
    fputc('\n', out);
}
