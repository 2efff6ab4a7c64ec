// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"
#include "oversight/oversight_private.h"

static const struct {
    const char *id;
    bool is_wrong;
    struct law_text words;
} faults[OVERSIGHT_FAULTS] = {
    [OVERSIGHT_BASIS] = { "basis_not_in_force", true, { "{0}", "{1}" } },
    [OVERSIGHT_PERIOD] = { "period_too_long", true, { "{0}", "{1}" } },
    [OVERSIGHT_WARRANT_CHANGED] = { "warrant_changed",
                                    true,
                                    { "warrant {0} was accepted before with other content",
                                      "令状{0}は以前に別の内容で受理されている" } },
    [OVERSIGHT_WARRANT_AFTER_END] = { "warrant_after_revocation",
                                      true,
                                      { "warrant {0} was accepted after it had been revoked",
                                        "令状{0}は取消し後に受理された" } },
    [OVERSIGHT_SIGNERS] = { "signatures_missing",
                            true,
                            { "warrant {0} has {1} good signatures, fewer than its basis wants",
                              "令状{0}の有効な署名は{1}件で、根拠条文の定める数に満たない" } },
    [OVERSIGHT_EQUIPMENT_MISSING] = { "equipment_not_named",
                                      true,
                                      { "warrant {0} names no equipment, and its basis wants "
                                        "one",
                                        "令状{0}に設備の特定がない" } },
    [OVERSIGHT_CAP_UNKNOWN] = { "cap_unknown",
                                true,
                                { "the volume cap of warrant {0} cannot be shown: its capacity "
                                  "or the octets copied are not told",
                                  "令状{0}の上限を確認できない：容量又は複製量の記録がない" } },
    [OVERSIGHT_SHARE] = { "share_too_large",
                          true,
                          { "warrant {0} allows {1} thousandths of the capacity, more than the "
                            "law does",
                            "令状{0}の上限（千分の{1}）は法定の割合を超える" } },
    [OVERSIGHT_NO_WARRANT] = { "selection_without_warrant",
                               true,
                               { "selection under warrant {0}, which was not accepted before",
                                 "受理されていない令状{0}による選別" } },
    [OVERSIGHT_OTHER_BASIS] = { "selection_under_other_basis",
                                true,
                                { "selection under basis {1}, and warrant {0} is of another",
                                  "令状{0}と異なる根拠「{1}」による選別" } },
    [OVERSIGHT_OUTSIDE_PERIOD] = { "selection_outside_period",
                                   true,
                                   { "selection up to {1}, outside the period of warrant {0}",
                                     "令状{0}の期間外（{1}まで）の選別" } },
    [OVERSIGHT_AFTER_REVOCATION] = { "selection_after_revocation",
                                     true,
                                     { "selection up to {1}, after warrant {0} was revoked",
                                       "令状{0}の取消し後（{1}まで）の選別" } },
    [OVERSIGHT_DIRECTION] = { "selection_of_other_direction",
                              true,
                              { "selection of direction {1}, which warrant {0} does not cover",
                                "令状{0}の対象外の方向（{1}）の選別" } },
    [OVERSIGHT_EQUIPMENT] = { "selection_at_other_equipment",
                              true,
                              { "selection at \"{1}\", which warrant {0} does not name",
                                "令状{0}の対象でない設備（{1}）での選別" } },
    [OVERSIGHT_GENERATION] = { "indicators_not_loaded",
                               true,
                               { "selection by indicators {0} that were never entered as "
                                 "loaded",
                                 "読込みの記録がない指標集合{0}による選別" } },
    [OVERSIGHT_NOT_ERASED] = { "rest_not_erased",
                               true,
                               { "{0} flows were examined, and {1} are accounted for as "
                                 "selected "
                                 "or erased",
                                 "対象{0}件に対し、選別又は消去の記録は{1}件" } },
    [OVERSIGHT_OVER_CAP] = { "over_volume_cap",
                             true,
                             { "{1} thousandths of the capacity were copied, more than warrant "
                               "{0} allows",
                               "複製量が容量の千分の{1}となり、令状{0}の上限を超えた" } },
    [OVERSIGHT_NO_SELECTION] = { "gap_in_selection",
                                 false,
                                 { "under warrant {0} nothing was selected from {1} to the "
                                   "start "
                                   "of this batch",
                                   "令状{0}：{1}からこのバッチまで選別なし" } },
    [OVERSIGHT_CLOSED_LATE] = { "feed_closed_late",
                                true,
                                { "the feed of warrant {0} was closed {1} after its end",
                                  "令状{0}の終了から停止まで{1}" } },
    [OVERSIGHT_ERASURE_FAILED] = { "erasure_failed",
                                   true,
                                   { "what was not selected was not erased: {0}",
                                     "選別されなかった情報の消去に失敗：{0}" } },
    [OVERSIGHT_SUSPENDED_USE] = { "used_while_suspended",
                                  true,
                                  { "{0} was used while it was suspended",
                                    "停止中の{0}が利用された" } },
    [OVERSIGHT_NOTICE_LATE] = { "notice_late",
                                true,
                                { "{0}: told {1} after it had to be",
                                  "{0}：期限を{1}過ぎて通知" } },
    [OVERSIGHT_NOTICE_MISSING] = { "notice_missing",
                                   true,
                                   { "{0}: never told; it was due {1}",
                                     "{0}：通知なし（期限 {1}）" } },
    [OVERSIGHT_NOTICE_IDLE] = { "notice_of_nothing",
                                false,
                                { "notice {0} tells of nothing that made it due",
                                  "通知{0}に対応する事実の記録がない" } },
    [OVERSIGHT_WINDOW_PAST] = { "reidentification_past",
                                true,
                                { "re-identification was opened until {0}, which was over then",
                                  "再識別化の終期（{0}）が開始時に経過済み" } },
    [OVERSIGHT_WINDOW_LATE] = { "reidentification_closed_late",
                                true,
                                { "re-identification was closed {1} after its end, {0}",
                                  "再識別化の終了が終期（{0}）から{1}遅れた" } },
    [OVERSIGHT_WINDOW_OPEN] = { "reidentification_not_closed",
                                true,
                                { "re-identification was to end {0}, and was never closed",
                                  "再識別化が終期（{0}）後も終了していない" } },
    [OVERSIGHT_RETENTION_MISSING] = { "retention_not_set",
                                      true,
                                      { "for what was selected no retention was set by {1}",
                                        "選別された情報の保存期間が{1}"
                                        "までに設定されていない" } },
    [OVERSIGHT_RETENTION_LONG] = { "retention_too_long",
                                   true,
                                   { "kept until {0}, and the law allows {1} at the latest",
                                     "保存期間の満了日{0}は法定の限度{1}を超える" } },
    [OVERSIGHT_EXTENSION_LATE] = { "extension_after_end",
                                   true,
                                   { "extended after it had ended, {0}",
                                     "満了（{0}）後の延長" } },
    [OVERSIGHT_EXTENSION_LONG] = { "extension_too_long",
                                   true,
                                   { "extended to {0}, and the law allows {1} at the latest",
                                     "延長後の満了日{0}は法定の限度{1}を超える" } },
    [OVERSIGHT_ERASURE_LATE] = { "erased_late",
                                 true,
                                 { "erased {1} after the end of retention, {0}",
                                   "保存期間の満了（{0}）から{1}後に消去" } },
    [OVERSIGHT_ERASURE_MISSING] = { "not_erased_at_end",
                                    true,
                                    { "retention ended {0}, and nothing tells of the erasure",
                                      "保存期間の満了（{0}）後の消去の記録がない" } },
    [OVERSIGHT_HANDING] = { "provision_not_allowed", true, { "{0}", "{1}" } },
    [OVERSIGHT_ACCESS] = { "access_not_allowed", true, { "{0}", "{1}" } },
    [OVERSIGHT_CLOCK_BACK] = { "clock_back",
                               true,
                               { "entered at {0}, after an entry of {1}, and no entry tells of "
                                 "a step of the clock",
                                 "時刻{0}は先の記録{1}より前で、時計の変更の記録がない" } },
    [OVERSIGHT_CLOCK_STEP] = { "clock_step",
                               false,
                               { "the clock was set from {0} to {1}",
                                 "時計が{0}から{1}に変更された" } },
    [OVERSIGHT_WEAKENED] = { "sandbox_weakened",
                             false,
                             { "the collector ran with less than asked for: {0}",
                               "収集プロセスの保護が不完全：{0}" } },
    [OVERSIGHT_COLLECTOR] = { "collector_refused",
                              false,
                              { "the keeper refused what the collector sent: {0}",
                                "収集プロセスからの不正なメッセージを拒否：{0}" } },
    [OVERSIGHT_TOO_MANY] = { "not_all_followed",
                             true,
                             { "more {0} than are followed at one time: the rest was not "
                               "checked",
                               "同時に追跡できる数を超える（{0}）：残りは確認されていない" } },
};

static void put_words(char *room, const char *words, const struct oversight_say *say)
{
    struct text out = text_over(room, OVERSIGHT_WORDS_MAX);
    for (; *words; words++) {
        if (words[0] != '{') {
            text_put_char(&out, *words);
            continue;
        }
        utf8_put_clean(&out, words[1] == '0' ? say->first : say->second);
        words += 2;
    }
}

void oversight_say(const struct oversight *oversight, enum oversight_fault fault,
                   const struct oversight_say *say)
{
    struct oversight_finding finding = {
        .id = faults[fault].id,
        .is_wrong = faults[fault].is_wrong,
        .entry = say->entry,
    };
    struct text article = text_over(finding.article, sizeof finding.article);
    utf8_put_clean(&article, bytes_of_string(say->article ? say->article : ""));
    put_words(finding.words, faults[fault].words.en, say);
    put_words(finding.words_ja, faults[fault].words.ja, say);
    oversight->tell(oversight->context, &finding);
}

void oversight_say_ruling(const struct oversight *oversight, enum oversight_fault fault,
                          uint64_t entry, const struct law_ruling *ruling)
{
    struct oversight_say say = { entry, ruling->article, bytes_of_string(ruling->words),
                                 bytes_of_string(ruling->words_ja) };
    oversight_say(oversight, fault, &say);
}

void oversight_say_full(const struct oversight *oversight, uint64_t entry, const char *what)
{
    struct oversight_say say = { entry, "", bytes_of_string(what), bytes_of_string(what) };
    oversight_say(oversight, OVERSIGHT_TOO_MANY, &say);
}
