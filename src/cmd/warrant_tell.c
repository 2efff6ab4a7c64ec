// SPDX-License-Identifier: Apache-2.0
/* A warrant in plain words, for those who are to sign it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "base/utf8.h"
#include "cmd/warrant.h"
#include "selector/selector.h"

static void say(const struct warrant_call *call, const char *en, const char *ja)
{
    fputs(call->language == REPORT_JAPANESE ? ja : en, stdout);
}

/* Text from outside, cleaned. */
static void put_clean(const char *words)
{
    char room[2048];
    struct text text = text_over(room, sizeof room);
    utf8_put_clean(&text, bytes_of_string(words));
    fputs(room, stdout);
}

static void put_row(const struct warrant_call *call, const char *en, const char *ja,
                    const char *value)
{
    say(call, en, ja);
    put_clean(value);
    putchar('\n');
}

static const char *pick(const struct warrant_call *call, struct law_text text)
{
    return call->language == REPORT_JAPANESE ? text.ja : text.en;
}

/* As the clocks show it where the law holds. */
static void put_time(const struct warrant_call *call, int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    int64_t ahead_min = call->rules.ahead_ns / (60 * TIME_SECOND_NS);
    int64_t size_min = ahead_min < 0 ? -ahead_min : ahead_min;
    if (ahead_min == 0) {
        time_write(time_ns, 0, &text);
        fputs(room, stdout);
        return;
    }
    time_write(time_ns + call->rules.ahead_ns, 0, &text);
    room[text.len - 1] = '\0'; /* the Z */
    printf("%s%c%02" PRId64 ":%02" PRId64, room, ahead_min < 0 ? '-' : '+', size_min / 60,
           size_min % 60);
}

static void tell_period(const struct warrant_call *call, const struct warrant *warrant)
{
    say(call, "issued:      ", "発付：");
    put_time(call, warrant->issued_ns);
    say(call, "\nbegins:      ", "\n開始：");
    put_time(call, warrant->from_ns);
    say(call, "\nends before: ", "\n満了（その時を含まない）：");
    put_time(call, warrant->to_ns);
    printf(call->language == REPORT_JAPANESE ? "（%" PRId64 "日間）\n"
                                             : " (%" PRId64 " days)\n",
           (warrant->to_ns - warrant->from_ns) / TIME_DAY_NS);
    if (*warrant->extends)
        put_row(call, "extends:     ", "延長する令状：", warrant->extends);
}

static void tell_basis(const struct warrant_call *call, const struct warrant *warrant)
{
    const struct law_basis *basis =
        law_find_basis(&call->rules, bytes_of_string(warrant->basis));
    put_row(call, "law:         ", "法：", call->rules.citation);
    if (!basis) {
        put_row(call, "basis:       not known to this law: ", "根拠：この法にない：",
                warrant->basis);
        return;
    }
    say(call, "basis:       ", "根拠：");
    printf(call->language == REPORT_JAPANESE ? "%s（%s、%s）\n" : "%s (%s, article %s)\n",
           pick(call, basis->name), basis->id, basis->article);
    say(call, "takes:       ", "要する署名：");
    printf(call->language == REPORT_JAPANESE ? "%u、役割%s\n" : "%u signatures of %s\n",
           basis->signatures, basis->approver);
}

static const char *direction_words(const struct warrant_call *call, enum direction direction)
{
    for (size_t i = 0; i < call->rules.direction_count; i++) {
        if (call->rules.directions[i].direction == direction)
            return pick(call, call->rules.directions[i].name);
    }
    return direction_name(direction);
}

static void tell_reach(const struct warrant_call *call, const struct warrant *warrant)
{
    const char *between = "";
    say(call, "directions:  ", "方向：");
    for (unsigned i = 0; i < DIRECTIONS; i++) {
        if (!(warrant->directions & UINT32_C(1) << i))
            continue;
        printf("%s%s", between, direction_words(call, (enum direction)i));
        between = call->language == REPORT_JAPANESE ? "、" : ", ";
    }
    putchar('\n');
    if (*warrant->equipment)
        put_row(call, "equipment:   ", "設備：", warrant->equipment);
    if (warrant->share_permille > 0)
        printf(call->language == REPORT_JAPANESE
                   ? "量：伝送容量（毎秒%" PRIu64 "ビット）の%u.%u％以下\n"
                   : "volume:      of its %" PRIu64 " bits a second at most %u.%u %%\n",
               warrant->capacity_bits_per_second, warrant->share_permille / 10,
               warrant->share_permille % 10);
}

/* Paragraphs, each line moved in. */
static void put_lines(const char *words)
{
    struct bytes rest = bytes_of_string(words);
    while (rest.len > 0) {
        char room[4096];
        struct text line = text_over(room, sizeof room);
        size_t len = bytes_find(rest, '\n');
        utf8_put_clean(&line, bytes_slice(rest, 0, len));
        printf("    %s\n", room);
        rest = bytes_slice(rest, len + 1, rest.len);
    }
}

static void tell_selector(const struct warrant_call *call, const struct warrant_selector *told,
                          struct arena scratch)
{
    char *room = malloc(1 << 16);
    struct selector_error wrong = { 0 };
    const struct selector *selector =
        selector_read(bytes_of_string(told->text), &scratch, &wrong);
    put_row(call, "\nselector ", "\nセレクター ", told->name);
    if (selector && room) {
        struct text text = text_over(room, 1 << 16);
        selector_tell(selector, call->language == REPORT_JAPANESE, &text);
        put_lines(room);
    } else {
        say(call, "    CANNOT BE READ: ", "    読み取れない：");
        put_clean(call->language == REPORT_JAPANESE ? wrong.words_ja : wrong.words);
        putchar('\n');
    }
    free(room);
}

static void tell_selectors(const struct warrant_call *call, const struct warrant *warrant)
{
    size_t size = selector_size();
    void *memory = malloc(size);
    for (size_t i = 0; memory && i < warrant->selector_count; i++)
        tell_selector(call, &warrant->selectors[i], arena_over(memory, size));
    free(memory);
}

static void tell_signatures(const struct warrant_call *call, const struct envelope *envelope)
{
    say(call, "\nsignatures (not verified here):", "\n署名（ここでは検証していない）：");
    for (size_t i = 0; i < envelope->signature_count; i++) {
        putchar(' ');
        put_clean(envelope->signatures[i].key_id);
    }
    if (envelope->signature_count == 0)
        say(call, " none", "なし");
    putchar('\n');
}

void warrant_tell(const struct warrant_call *call, const struct warrant *warrant,
                  const struct envelope *envelope)
{
    char room[2 * sizeof warrant->digest + 1];
    struct text digest = text_over(room, sizeof room);
    text_put_hex(&digest, (struct bytes){ warrant->digest, sizeof warrant->digest });
    put_row(call, "warrant      ", "令状 ", warrant->serial);
    put_row(call, "issued by:   ", "発付者：", warrant->issuer);
    tell_basis(call, warrant);
    tell_period(call, warrant);
    tell_reach(call, warrant);
    for (size_t i = 0; i < warrant->condition_count; i++)
        put_row(call, "condition:   ", "条件：", warrant->conditions[i]);
    tell_selectors(call, warrant);
    tell_signatures(call, envelope);
    put_row(call, "SHA-256 of what is signed for: ", "署名対象のSHA-256：", room);
}

void warrant_tell_revocation(const struct warrant_call *call,
                             const struct revocation *revocation,
                             const struct envelope *envelope)
{
    put_row(call, "revocation of warrant ", "令状の取消し ", revocation->serial);
    say(call, "issued:      ", "発付：");
    put_time(call, revocation->issued_ns);
    say(call, "\nends at:     ", "\n失効：");
    put_time(call, revocation->at_ns);
    putchar('\n');
    put_row(call, "because:     ", "理由：", revocation->reason);
    tell_signatures(call, envelope);
}
