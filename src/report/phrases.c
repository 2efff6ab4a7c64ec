// SPDX-License-Identifier: Apache-2.0
#include "report/phrases.h"

#include "base/must.h"

static const struct {
    const char *words[2]; /* English, Japanese */
} phrases[PHRASES] = {
    [PHRASE_TITLE] = { { "Sekisho watch: {0}", "Sekisho 監視結果：{0}" } },
    [PHRASE_PERIOD] = { { "{0} to {1} ({2})", "{0} から {1}（{2}）" } },
    [PHRASE_NO_TRAFFIC] = { { "no traffic was seen", "通信は観測されませんでした" } },
    [PHRASE_BASIS] = { { "basis {0}, version {1}", "根拠 {0}、版 {1}" } },
    [PHRASE_NONE_FOUND] = { { "Nothing was found that deserves a look.",
                              "確認を要するものは見つかりませんでした。" } },
    [PHRASE_NONE_FOUND_WHY] = { { "No line called a server at regular times, nobody scanned, "
                                  "and no listed indicator was in contact. A command server "
                                  "that is called rarely, or over long connections, can "
                                  "still be there; a capture of several hours shows more.",
                                  "規則的にサーバへ接続する回線、スキャン、登録済み指標との接触"
                                  "は"
                                  "ありませんでした。ただし、まれにしか接続しない、または長い接"
                                  "続"
                                  "を使う指令サーバは見えないことがあります。数時間分の取得デー"
                                  "タ"
                                  "があればより多くのことが分かります。" } },
    [PHRASE_ONE_FOUND] = { { "1 finding", "検出 1 件" } },
    [PHRASE_MANY_FOUND] = { { "{0} findings, strongest first",
                              "検出 {0} 件（スコアの高い順）" } },
    [PHRASE_EXPLAIN_HINT] = { { "`sekisho explain {0}` tells why.",
                                "理由は `sekisho explain {0} --language ja` で表示します。" } },
    [PHRASE_RANK] = { { "#", "順位" } },
    [PHRASE_SCORE] = { { "score", "スコア" } },
    [PHRASE_KIND] = { { "kind", "種別" } },
    [PHRASE_SUBJECT] = { { "server or source", "サーバ・送信元" } },
    [PHRASE_LINES] = { { "lines", "回線数" } },
    [PHRASE_WHAT] = { { "what was seen", "観測内容" } },
    [PHRASE_ID] = { { "finding", "識別子" } },
    [PHRASE_NAMES] = { { "called {0}", "名前 {0}" } },
    [PHRASE_ASKED_NAMES] = { { "asked for {0}", "問合せ {0}" } },
    [PHRASE_AND_MORE] = { { "and {0} more", "ほか {0}" } },
    [PHRASE_COMMAND_SERVER] = { { "command server", "指令サーバの疑い" } },
    [PHRASE_SCANNER] = { { "scanner", "スキャン" } },
    [PHRASE_INDICATOR] = { { "indicator", "指標一致" } },
    [PHRASE_WHAT_REGULAR_ONE] = { { "1 line calls it every {0} ±{1} %, {2:time:times} in {3}",
                                    "1 回線が{0}ごと（±{1}％）に接続、{3}に {2} 回" } },
    [PHRASE_WHAT_REGULAR_SOME] = { { "{5} of {4} lines by the clock, every {0} ±{1} %; "
                                     "{2:connection:connections} in {3}",
                                     "{4} 回線のうち {5} "
                                     "回線が{0}ごと（±{1}％）に接続、{3}に計 "
                                     "{2} 回" } },
    [PHRASE_WHAT_REGULAR] = { { "{4} lines call it every {0} ±{1} %, {2:time:times} in {3}",
                                "{4} 回線が{0}ごと（±{1}％）に接続、{3}に計 {2} 回" } },
    [PHRASE_RANGE] = { { "{0} to {1}", "{0}から{1}" } },
    [PHRASE_WHAT_POOLED] = { { "{4} lines call it alike in time and number, "
                               "{2:connection:connections} in {3}",
                               "{4} 回線が時刻・回数とも似た接続、{3}に計 {2} 回" } },
    [PHRASE_WHAT_SCAN] = { { "tried about {1:address:addresses} on about {2:port:ports}, {3} % "
                             "failed",
                             "約 {1} アドレスの約 {2} ポートを試行、{3}％が失敗" } },
    [PHRASE_WHAT_SCAN_HOSTS] = { { "tried port {4} of about {1:address:addresses}, {3} % "
                                   "failed",
                                   "約 {1} アドレスのポート {4} を試行、{3}％が失敗" } },
    [PHRASE_WHAT_SCAN_PORTS] = { { "tried about {2:port:ports} of {1:address:addresses}, {3} % "
                                   "failed",
                                   "{1} アドレスの約 {2} ポートを試行、{3}％が失敗" } },
    [PHRASE_WHAT_HIT] = { { "matches {0} ({1}, list {2}), {3:connection:connections}",
                            "リスト「{2}」の {0}（{1}）に一致、接続 {3} 回" } },
    [PHRASE_WHAT_ASKED] = { { "{4:line:lines} asked DNS for it; listed is {0} ({1}, list {2})",
                              "{4} 回線が DNS で問合せ、リスト「{2}」の {0}（{1}）に一致" } },
    [PHRASE_WHAT_RESOLVED] = { { "; it resolved to {0}", "、応答 {0}" } },
    [PHRASE_ABOUT] = { { "about {0}", "約 {0}" } },
    [PHRASE_FUNNEL] = { { "Scope: from seen to kept", "取扱範囲：観測から保存まで" } },
    [PHRASE_FUNNEL_NOTE] = { { "What was not selected is forgotten and only counted.",
                               "選別されなかった通信は破棄し、数だけを残します。" } },
    [PHRASE_STAGE] = { { "stage", "段階" } },
    [PHRASE_COUNT] = { { "count", "件数" } },
    [PHRASE_SHARE] = { { "share of seen, %", "観測に対する割合（％）" } },
    [PHRASE_SEEN] = { { "flows seen", "観測したフロー" } },
    [PHRASE_ADMITTED] = { { "flows admitted", "関門を通過" } },
    [PHRASE_SELECTED] = { { "flows selected", "選別" } },
    [PHRASE_KEPT] = { { "records kept", "保存した記録" } },
    [PHRASE_EXPORTERS] = { { "Exporters", "エクスポータ" } },
    [PHRASE_EXPORTERS_NOTE] = { { "Who sent flows, what of them was lost on the way to us, and "
                                  "what their counts stand for.",
                                  "フローの送信元、受信までに失われた量、計数の意味を示します"
                                  "。" } },
    [PHRASE_EXPORTERS_MORE] = { { "and {0} more; --json tells of {1}",
                                  "ほか {0}（--json には {1} まで記載）" } },
    [PHRASE_EXPORTER] = { { "exporter", "エクスポータ" } },
    [PHRASE_RECORDS] = { { "records", "レコード" } },
    [PHRASE_LOST] = { { "lost", "損失" } },
    [PHRASE_LOST_NONE] = { { "none lost", "損失なし" } },
    [PHRASE_LOST_FLOWS] = { { "about {0} flows lost ({1} %)", "約 {0} フロー損失（{1}％）" } },
    [PHRASE_LOST_TEMPLATE] = { { ", {0} without template", "、テンプレートなし {0}" } },
    [PHRASE_RATE] = { { "sampling", "サンプリング" } },
    [PHRASE_RATE_NONE] = { { "no flows", "フローなし" } },
    [PHRASE_RATE_UNKNOWN] = { { "rate unknown", "サンプリング率不明" } },
    [PHRASE_RATE_ALL] = { { "all packets", "全パケット" } },
    [PHRASE_RATE_ONE] = { { "1 in {0}", "{0} 分の 1" } },
    [PHRASE_RATE_RANGE] = { { "1 in {0} to 1 in {1}", "{0} 分の 1 から {1} 分の 1" } },
    [PHRASE_RATE_PARTLY] = { { ", partly unknown", "、一部不明" } },
    [PHRASE_CLOCK] = { { "clock", "時計" } },
    [PHRASE_CLOCK_UNKNOWN] = { { "clock not known", "時計不明" } },
    [PHRASE_CLOCK_RIGHT] = { { "clock right", "時計正常" } },
    [PHRASE_CLOCK_BEHIND] = { { "clock {0} behind", "時計が{0}遅れ" } },
    [PHRASE_CLOCK_AHEAD] = { { "clock {0} ahead", "時計が{0}進み" } },
    [PHRASE_WARN_TEMPLATE] = { { "{0} of {1} exporters sent data whose template never came, "
                                 "which cannot be read: have them send their templates every "
                                 "minute.",
                                 "{1} エクスポータ中 {0} "
                                 "はテンプレートが届かず、読めないデータがあります。テンプレー"
                                 "トを 1 分ごとに送信するよう設定してください。" } },
    [PHRASE_WARN_RATE] = { { "{0} of {1} exporters did not tell their sampling rate, so their "
                             "counts stand for an unknown multiple: have them send sampling "
                             "options, or tell it with --sampling.",
                             "{1} エクスポータ中 {0} "
                             "はサンプリング率が不明で、計数の倍率が分かりません。オプションデ"
                             "ータの送信を設定するか、--sampling で指定してください。" } },
    [PHRASE_WARN_LOST] = { { "{0} of {1} exporters sent flows that never came here: look at "
                             "the network on the way and at receive buffers.",
                             "{1} エクスポータ中 {0} "
                             "はフローが受信前に失われています。途中の回線と受信バッファを確認"
                             "してください。" } },
    [PHRASE_WARN_CLOCK] = { { "{0} of {1} exporters have a wrong clock: set it (NTP). Times "
                              "were corrected by its error.",
                              "{1} エクスポータ中 {0} は時計が狂っています。NTP "
                              "で合わせてください。時刻は誤差の分だけ補正しました。" } },
    [PHRASE_READ] = { { "What was read", "読み取ったもの" } },
    [PHRASE_REASONS_CAPPED] = { { "Reasons are shown for the {0} strongest findings; `sekisho "
                                  "explain` tells those of the others.",
                                  "理由はスコアの高い {0} 件のみ表示しています。その他は "
                                  "`sekisho "
                                  "explain` で表示します。" } },
    [PHRASE_NOT_ALERTED] = { { "Not alerted ({0}): too likely chance, or beyond the day's "
                               "budget",
                               "警報の対象外（{0} 件）：偶然の可能性が高い、又はその日の警報枠"
                               "を超過" } },
    [PHRASE_NOT_ALERTED_ONE] = { { "not alerted", "警報の対象外" } },
    [PHRASE_BY_VERDICT] = { { "harmless by verdict {0}", "判定 {0} により無害" } },
    [PHRASE_EXPLAIN_HARMLESS] = { { "It is not an alert: verdict {0} says that its subject is "
                                    "harmless (`sekisho verdict list` tells who said so, why "
                                    "and until when).",
                                    "警報の対象外：判定 {0} により対象は無害とされている（判定"
                                    "者・理由・期限は `sekisho verdict list`）。" } },
    [PHRASE_EXPLAIN_VERDICT] = { { "Verdict {0} is about its subject (`sekisho verdict list`).",
                                   "対象には判定 {0} がある（`sekisho verdict list`）。" } },
    [PHRASE_EXPLAIN_ALERT] = { { "It is an alert: rank {0} of its day, whose budget is {1}; "
                                 "down to this rank {2} of such findings are expected to be "
                                 "chance (at most 10 % are allowed).",
                                 "警報の対象：その日の順位 {0}（警報枠 {1}）。この順位までの誤"
                                 "警報の見込みは {2}（上限 10 %）。" } },
    [PHRASE_EXPLAIN_OVER_BUDGET] = { { "It is not an alert: rank {0} of its day, whose budget "
                                       "is "
                                       "{1} (see --alerts-per-day).",
                                       "警報の対象外：その日の順位 {0} が警報枠 {1} を超えるた"
                                       "め（--alerts-per-day を参照）。" } },
    [PHRASE_EXPLAIN_BY_CHANCE] = { { "It is not an alert: down to its rank {2} of such "
                                     "findings "
                                     "are expected to be chance (at most 10 % are allowed).",
                                     "警報の対象外：この順位までの誤警報の見込みが {2} "
                                     "で、上限 "
                                     "10 % を超えるため。" } },
    [PHRASE_EXPLAIN_P_VALUE] = { { "Without a cause, one in {0} looks as strange as this; this "
                                   "rule judged {1} units.",
                                   "原因がなくてもこれほど異常に見えるのは {0} 件に 1 件。この"
                                   "規則が判定した対象は {1} 件。" } },
    [PHRASE_EXPLAIN_NULL_LEARNED] = { { "Its timing was compared with a table made beforehand "
                                        "and with {0} servers of this network.",
                                        "規則性は、事前に用意した表及びこのネットワークのサーバ"
                                        " "
                                        "{0} 件と比較した。" } },
    [PHRASE_EXPLAIN_NULL_PRIOR] = { { "Its timing was compared with a table made beforehand: "
                                      "nothing of the kind was learned on this network yet.",
                                      "規則性は、事前に用意した表とのみ比較した（このネットワー"
                                      "クでの学習はまだない）。" } },
    [PHRASE_EXPLAIN_POLLER] = { { "The harmless explanation, a service that is asked at fixed "
                                  "times by design, was accepted ({0}; more than {1} is "
                                  "needed): {2}; {3} lines call it ({4} or more speak for a "
                                  "service); it has been known for {5} (60 days or more do, "
                                  "the "
                                  "more with equal sizes). It weighs {6} less for that, and "
                                  "stays in the report.",
                                  "無害な説明（仕様として定期的に通信するサービス）を採用した（"
                                  "{"
                                  "0}、基準は{1}超）：{2}。接続する回線は {3}（{4} "
                                  "以上ならサービスらしい）、最初の観測から {5}（60 "
                                  "日以上ならサービスらしく、大きさが一定ならなおさら）。そのた"
                                  "め"
                                  "重みを {6} 減らしたが、報告には残す。" } },
    [PHRASE_EXPLAIN_NO_POLLER] = { { "The harmless explanation, a service that is asked at "
                                     "fixed times by design, was considered and not accepted "
                                     "({0}; more than {1} is needed): {2}; {3} lines call it "
                                     "({4} or more would speak for a service); it has been "
                                     "known "
                                     "for {5} (60 days or more would, the more with equal "
                                     "sizes). A young service that nothing names looks the "
                                     "same, so ask who runs it.",
                                     "無害な説明（仕様として定期的に通信するサービス）を検討し"
                                     "たが採"
                                     "用しなかった（{0}、基準は{1}超）：{2}。接続する回線は "
                                     "{3}（{4} 以上ならサービスらしい）、最初の観測から "
                                     "{5}（60 "
                                     "日以上ならサービスらしく、大きさが一定ならなおさら）。新"
                                     "しく名"
                                     "前のないサービスも同じに見えるため、運営者を確認すること"
                                     "。" } },
    [PHRASE_POLLER_NONE] = { { "nothing", "なし" } },
    [PHRASE_POLLER_TIME] = { { "clocks", "時刻同期" } },
    [PHRASE_POLLER_PUSH] = { { "push messages", "プッシュ通知" } },
    [PHRASE_POLLER_UPDATE] = { { "software updates", "ソフトウェア更新" } },
    [PHRASE_POLLER_TELEMETRY] = { { "reports of devices", "機器からの報告" } },
    [PHRASE_POLLER_CERTIFICATE] = { { "status of certificates or a probe for the way out",
                                      "証明書の失効確認又は接続確認" } },
    [PHRASE_POLLER_PORTAL] = { { "probes for captive portals", "接続確認" } },
    [PHRASE_POLLER_BY_NAME] = { { "its names are known to be for {0}",
                                  "名前は {0} 用として知られている" } },
    [PHRASE_POLLER_BY_PORT] = { { "its port and sizes are those of {0}, which anyone can "
                                  "choose",
                                  "ポートと大きさは {0} のもの（誰でも選べる）" } },
    [PHRASE_POLLER_UNNAMED] = { { "neither its names nor its port are known for it",
                                  "名前にもポートにも該当がない" } },
    [PHRASE_POLLER_AGE_UNKNOWN] = { { "an unknown time", "不明な期間" } },
    [PHRASE_MORE_FINDINGS] = { { "... and {0} more; `sekisho explain` lists all.",
                                 "…ほか {0} 件。`sekisho explain` ですべて表示します。" } },
    [PHRASE_MORE_HINT] = { { "--html FILE gives a page to read, --json FILE all numbers.",
                             "--html FILE で閲覧用ページ、--json FILE "
                             "ですべての値を出力します。" } },
    [PHRASE_READ_NOTE] = { { "Handshakes read, flows that came to their end, and what is "
                             "remembered of them.",
                             "読み取ったハンドシェイク、終了したフロー、終了時に記憶しているも"
                             "の"
                             "。" } },
    [PHRASE_REFUSED_NOTE] = { { "Everything that went no further, and why.",
                                "先へ進まなかったすべてのものとその理由。" } },
    [PHRASE_REFUSED] = { { "Refused, dropped or limited", "不採用・破棄・上限到達" } },
    [PHRASE_NONE_REFUSED] = { { "nothing", "なし" } },
    [PHRASE_REASON] = { { "reason", "理由" } },
    [PHRASE_UNIT] = { { "unit", "単位" } },
    [PHRASE_TOTALS] = { { "Totals", "合計" } },
    [PHRASE_INPUT] = { { "input", "入力" } },
    [PHRASE_INPUT_VALUE] = { { "{0:file:files}, {1}, {2:frame:frames}",
                               "ファイル {0}、{1}、フレーム {2}" } },
    [PHRASE_INPUT_MESSAGES_VALUE] = { { "{0:message:messages} of {1:exporter:exporters}, "
                                        "{2:record:records}",
                                        "メッセージ {0}、エクスポータ {1}、レコード {2}" } },
    [PHRASE_INPUT_LINES_VALUE] = { { "{0:file:files}, {1}, {2:line:lines}",
                                     "ファイル {0}、{1}、{2} 行" } },
    [PHRASE_PACKETS] = { { "traffic", "通信" } },
    [PHRASE_PACKETS_VALUE] = { { "{0:packet:packets}, {1}, {2:flow:flows}",
                                 "パケット {0}、{1}、フロー {2}" } },
    [PHRASE_SPEED] = { { "speed", "速度" } },
    [PHRASE_SPEED_VALUE] = { { "{0} packets per CPU second, {1} per second",
                               "CPU 1 秒あたり {0} パケット、実時間 1 秒あたり {1}" } },
    [PHRASE_SPEED_RECORDS_VALUE] = { { "{0} records per CPU second, {1} per second",
                                       "CPU 1 秒あたり {0} レコード、実時間 1 秒あたり {1}" } },
    [PHRASE_COST] = { { "cost", "資源" } },
    [PHRASE_COST_VALUE] = { { "{0} s CPU, {1} s in all, {2} memory",
                              "CPU {0} 秒、全体 {1} 秒、メモリ {2}" } },
    [PHRASE_SECOND] = { { "{0} s", "{0}秒" } },
    [PHRASE_MINUTE] = { { "{0} min", "{0}分" } },
    [PHRASE_HOUR] = { { "{0} h", "{0}時間" } },
    [PHRASE_DAY] = { { "{0} d", "{0}日" } },
    [PHRASE_EXPLAIN_HEAD] = { { "{0}: {1} {2}, score {3} of 100, by rule \"{4}\"",
                                "{0}：{1} {2}、スコア {3}／100、規則「{4}」" } },
    [PHRASE_EXPLAIN_SEEN] = { { "Seen from {0} to {1}: {2:connection:connections}, "
                                "{3:line:lines}, {4} from "
                                "the "
                                "lines and {5} to them. Direction {6}, basis {7}.",
                                "{0} から {1} まで：接続 {2} 回、回線 {3}、回線側の送信 "
                                "{4}、受信 "
                                "{5}。方向 {6}、根拠 {7}。" } },
    [PHRASE_EXPLAIN_NAMES] = { { "It was called by the name {0}.",
                                 "呼び出された名前：{0}。" } },
    [PHRASE_EXPLAIN_ASKED] = { { "Asked for from {0} to {1}, {2:time:times}, by "
                                 "{3:line:lines}. "
                                 "Direction {6}, basis {7}.",
                                 "{0} から {1} まで：問合せ {2} 回、回線 {3}。方向 {6}、根拠 "
                                 "{7}。" } },
    [PHRASE_EXPLAIN_ASKED_NAMES] = { { "The names asked for: {0}.",
                                       "問合せのあった名前：{0}。" } },
    [PHRASE_EXPLAIN_RESOLVED] = { { "DNS answered with {0}.", "DNS の応答：{0}。" } },
    [PHRASE_EXPLAIN_KEPT] = { { "This finding is kept until {0} and then erased.",
                                "この検出は {0} まで保存し、その後消去します。" } },
    [PHRASE_EXPLAIN_MANDATE] = { { "Selected under warrant {0}, selector {1}, basis {2}.",
                                   "令状 {0}、選別条件 {1}、根拠 {2} により選別しました。" } },
    [PHRASE_WHY] = { { "Why", "理由" } },
    [PHRASE_WHY_SERVER] = { { "People use the net unevenly; programs that wait for commands "
                              "call home by the clock. These numbers decided:",
                              "人の通信は不規則ですが、指令を待つプログラムは時計のように接続"
                              "します。判断に用いた値は次のとおりです。" } },
    [PHRASE_WHY_SCANNER] = { { "Who knows where a service is gets answers; who searches gets "
                               "mostly none. These numbers decided:",
                               "相手を知る利用者は応答を得ますが、探索する者の多くは応答を得ま"
                               "せん。判断に用いた値は次のとおりです。" } },
    [PHRASE_WHY_INDICATOR] = { { "A listed indicator was in contact. The numbers beside it:",
                                 "登録済みの指標との接触がありました。関連する値は次のとおりで"
                                 "す"
                                 "。" } },
    [PHRASE_WHY_NAME] = { { "Lines asked DNS for a listed name, or for one that stands for a "
                            "listed address. The name server that was asked is no party to "
                            "it. The numbers beside it:",
                            "回線が、リストにある名前、またはリストにあるアドレスを指す名前を "
                            "DNS で問い合わせました。問合せを受けたネームサーバは当事者ではあり"
                            "ません。関連する値は次のとおりです。" } },
    [PHRASE_AT_LEAST] = { { "threshold: at least {0}", "しきい値 {0} 以上" } },
    [PHRASE_AT_MOST] = { { "threshold: at most {0}", "しきい値 {0} 以下" } },
    [PHRASE_MET] = { { "met", "該当" } },
    [PHRASE_NOT_MET] = { { "not met", "非該当" } },
    [PHRASE_WEIGHT] = { { "weight {0} of 4", "重み {0}／4" } },
    [PHRASE_CONTEXT] = { { "for context", "参考" } },
    [PHRASE_HITS] = { { "Indicators that matched", "一致した指標" } },
    [PHRASE_HIT] = { { "{0} ({1}) of the list {2}", "{0}（{1}）、リスト「{2}」" } },
    [PHRASE_HIT_EXPIRES] = { { "{0} ({1}) of the list {2}, good until {3}",
                               "{0}（{1}）、リスト「{2}」、有効期限 {3}" } },
    [PHRASE_LINES_HEAD] = { { "Lines, the most active first", "回線（接続の多い順）" } },
    [PHRASE_LINE] = { { "{0}: {1:connection:connections}, {2} out, {3} in",
                        "{0}：接続 {1} 回、送信 {2}、受信 {3}" } },
    [PHRASE_LINE_INTERVAL] = { { "{0}: {1:connection:connections}, {2} out, {3} in, every {4}",
                                 "{0}：接続 {1} 回、送信 {2}、受信 {3}、{4}ごと" } },
    [PHRASE_LIMITS] = { { "What this does not show", "この検出が示さないこと" } },
    [PHRASE_LIMIT_SERVER_1] = { { "Harmless programs call by the clock too: updates, mail, "
                                  "time, telemetry, smart devices. Regular calls alone are "
                                  "no proof of an attack.",
                                  "更新確認、メール、時刻同期、テレメトリ、IoT "
                                  "機器なども規則的に接続"
                                  "します。規則的であることだけでは攻撃の証拠になりません"
                                  "。" } },
    [PHRASE_LIMIT_SERVER_2] = { { "What was said is not looked at. Commands inside one long "
                                  "connection, or through a service everybody uses, are not "
                                  "seen by this rule.",
                                  "通信の中身は見ていません。一つの長い接続の中や、誰もが使うサ"
                                  "ー"
                                  "ビスを経由した指令は、この規則では見えません。" } },
    [PHRASE_LIMIT_SCANNER] = { { "A broken configuration, a monitoring system, a research "
                                 "scanner or a source address that was forged looks the same.",
                                 "設定の誤り、監視システム、研究目的のスキャン、送信元の詐称で"
                                 "も同"
                                 "じように見えます。" } },
    [PHRASE_LIMIT_INDICATOR] = { { "A list can be wrong or old, and one address can serve many "
                                   "sites. Contact is not compromise.",
                                   "リストは誤りや古い情報を含むことがあり、一つのアドレスを多"
                                   "数の"
                                   "サイトが共用することもあります。接触は侵害を意味しません"
                                   "。" } },
    [PHRASE_LIMIT_NAME] = { { "Asking for a name is not yet contact: mail filters, link "
                              "previews and people who check a list ask too. A line that is a "
                              "name server asks for others behind it.",
                              "名前の問合せは接触そのものではありません。メールフィルタ、リンク"
                              "の"
                              "プレビュー、リストを確認する人も問い合わせます。回線がネームサー"
                              "バ"
                              "なら、その背後の機器のための問合せです。" } },
    [PHRASE_NEXT] = { { "What a person could check next", "次に確認できること" } },
    [PHRASE_NEXT_SERVER_1] = { { "On a line above: which program opens these connections, "
                                 "since "
                                 "when, and who installed it.",
                                 "上の回線で、どのプログラムがいつから接続しているか、誰が導入"
                                 "した"
                                 "か。" } },
    [PHRASE_NEXT_SERVER_2] = { { "The server: its operator, name, certificate, age, and "
                                 "whether "
                                 "lists or other networks know it.",
                                 "サーバの運用者、名前、証明書、開設時期、他のリストや他組織で"
                                 "の"
                                 "既知の有無。" } },
    [PHRASE_NEXT_SERVER_3] = { { "Whether the calls go on at night and when the user is away; "
                                 "a longer capture sharpens the numbers.",
                                 "夜間や利用者不在時にも接続が続くか。より長い取得データで値は"
                                 "確か"
                                 "になります。" } },
    [PHRASE_NEXT_SCANNER_1] = { { "If the source is yours: is it an inventory or monitoring "
                                  "system? If not, take it off the net and examine it.",
                                  "送信元が自組織なら、資産管理や監視の機器か。そうでなければ切"
                                  "り"
                                  "離して調査する。" } },
    [PHRASE_NEXT_SCANNER_2] = { { "Which targets answered, and whether those services should "
                                  "be reachable at all.",
                                  "応答した宛先はどれか、そのサービスは到達可能であるべきか"
                                  "。" } },
    [PHRASE_NEXT_NAME_1] = { { "Who asked, and whether a connection to an address of the name "
                               "followed; with a name server, its own log says for whom.",
                               "誰が問い合わせ、その後その名前のアドレスへ接続したか。ネームサ"
                               "ーバ"
                               "の場合はその記録で元の機器を確認する。" } },
    [PHRASE_NEXT_INDICATOR_1] = { { "The list's entry: who added it, when, why, and whether it "
                                    "still holds.",
                                    "リストの登録者、時期、理由、現在も有効か。" } },
    [PHRASE_NEXT_INDICATOR_2] = { { "On the line: what made the contact, and what came after "
                                    "it.",
                                    "回線側で何が接触し、その後何が起きたか。" } },
    [PHRASE_SKIP] = { { "Skip to the findings", "検出結果へ移動" } },
    [PHRASE_LANGUAGE] = { { "English", "日本語" } },
    [PHRASE_FINDINGS] = { { "Findings", "検出結果" } },
    [PHRASE_MADE] = { { "made {0}", "作成 {0}" } },
    [PHRASE_TIMELINE] = { { "When the lines called {0}, and how often",
                            "{0} への接続の時期と間隔" } },
    [PHRASE_TIMELINE_NOTE] = { { "Left: from each line's first to last connection. Right: the "
                                 "middle time between its connections, on a logarithmic scale.",
                                 "左：各回線の最初から最後の接続まで。右：接続間隔の中央値（対"
                                 "数目"
                                 "盛り）。" } },
    [PHRASE_INTERVALS] = { { "Regular callers: when and how often",
                             "規則的な接続の時期と間隔" } },
    [PHRASE_FIRST] = { { "first", "最初" } },
    [PHRASE_LAST] = { { "last", "最後" } },
    [PHRASE_CONNECTIONS] = { { "connections", "接続数" } },
    [PHRASE_INTERVAL] = { { "interval", "間隔" } },
    [PHRASE_LINE_NAME] = { { "line", "回線" } },
    [PHRASE_FUNNEL_BARS] = { { "The length of the bars is logarithmic.",
                               "棒の長さは対数目盛りです。" } },
    [PHRASE_NUMBER] = { { "number", "指標" } },
    [PHRASE_VALUE] = { { "value", "値" } },
    [PHRASE_THRESHOLD] = { { "threshold", "しきい値" } },
    [PHRASE_WEIGHT_OF_4] = { { "weight (of 4)", "重み（最大 4）" } },
    [PHRASE_WHY_FINDING] = { { "{0}: score {1}, by rule {2}", "{0}：スコア {1}、規則 {2}" } },
    [PHRASE_WHY_NOTE] = { { "Numbers without a threshold are given for context. Harmless "
                            "programs can look the same; `sekisho explain` says what a finding "
                            "does not show and what to check next.",
                            "しきい値のない値は参考です。無害なプログラムでも同じように見えるこ"
                            "とがあります。検出が示さないことと次の確認事項は `sekisho "
                            "explain` "
                            "で表示します。" } },
};

const char *phrase(enum phrase which, enum report_language language)
{
    const char *words = phrases[which].words[language];
    MUST(words);
    return words;
}

/* Writes what stands at "{0}" or "{0:line:lines}", a number and its noun; returns its end. */
static const char *put_slot(struct text *out, const char *at, const struct slot *slots)
{
    const char *value = slots[at[1] - '0'].at;
    text_put_string(out, value);
    if (at[2] == '}')
        return at + 3;
    const char *one = at + 3;
    const char *many = strchr(one, ':') + 1;
    const char *end = strchr(many, '}');
    bool is_one = strcmp(value, "1") == 0;
    const char *noun = is_one ? one : many;
    size_t len = (size_t)((is_one ? many - 1 : end) - noun);
    text_put_char(out, ' ');
    text_put(out, (struct bytes){ (const uint8_t *)noun, len });
    return end + 1;
}

void phrase_fill_words(struct text *out, const char *words, const struct slot *slots)
{
    const char *at = words;
    while (*at) {
        if (at[0] == '{' && at[1] >= '0' && at[1] <= '9' && (at[2] == '}' || at[2] == ':'))
            at = put_slot(out, at, slots);
        else
            text_put_char(out, *at++);
    }
}

void phrase_fill(struct text *out, enum phrase which, enum report_language language,
                 const struct slot *slots)
{
    phrase_fill_words(out, phrase(which, language), slots);
}
