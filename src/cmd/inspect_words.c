// SPDX-License-Identifier: Apache-2.0
/* What can be wrong with an exporter, in words for its vendor and its operator. */
#include "base/must.h"
#include "cmd/inspect.h"

struct words {
    const char *name;
    enum inspect_weight weight;
    const char *parts[INSPECT_PARTS][2]; /* English, Japanese */
};

static const struct words table[INSPECT_KINDS] = {
    [INSPECT_RATE_UNKNOWN] = { "sampling_unknown",
                               INSPECT_WRONG,
                               { { "{0} of {1} flows came without a known sampling rate.",
                                   "{1} フロー中 {0} フローのサンプリングレートが不明です。" },
                                 { "Their packets and octets may stand for many times more. "
                                   "They are counted as seen, "
                                   "never multiplied.",
                                   "パケット数・オクテット数は実際よりはるかに少ない可能性があ"
                                   "ります。値は観測のまま数え"
                                   "、掛け算はしません。" },
                                 { "Send the rate in options data (elements 305 and 306, or 50 "
                                   "with 48) every minute, "
                                   "or in each record (34). If the exporter cannot, or does "
                                   "not sample, give it a rule "
                                   "with --sampling FILE; rate 1 is all packets.",
                                   "レートをオプションデータ（要素 305 と 306、または 48 と "
                                   "50）で毎分、またはレコード"
                                   "内（34）で送るよう設定してください。できない場合やサンプリ"
                                   "ングしていない場合は "
                                   "--sampling FILE に規則を書いてください（全パケットは rate "
                                   "1）。" } } },
    [INSPECT_SAMPLERS_UNNAMED] = { "samplers_unnamed",
                                   INSPECT_WRONG,
                                   { { "{0} of {1} flows do not say which of the {2} samplers "
                                       "told counted them.",
                                       "{1} フロー中 {0} フローは、通知された {2} "
                                       "個のサンプラのどれによるかを示していません。" },
                                     { "The samplers have different rates, so the flows' rate "
                                       "is unknown.",
                                       "サンプラごとにレートが異なるため、フローのレートは不明"
                                       "です。" },
                                     { "Add the sampler's id (48, or 302) to the flow "
                                       "template, or tell the rate by "
                                       "interface, or set a rule for each interface with "
                                       "--sampling FILE.",
                                       "フローのテンプレートにサンプラ識別子（48 または "
                                       "302）を加えるか、インタフェース単位でレートを通知するか"
                                       "、--sampling FILE "
                                       "にインタフェースごとの規則を書いてください。" } } },
    [INSPECT_LOST] = { "flows_lost",
                       INSPECT_WRONG,
                       { { "About {0} flows ({1} %) were sent and never arrived; {2:gap:gaps} "
                           "in the sequence "
                           "numbers.",
                           "約 {0} フロー（{1}％）が送信後に失われました。順序番号の欠落は {2} "
                           "回です。" },
                         { "Counts are too low, short connections are missing, and regular "
                           "ones look less "
                           "regular.",
                           "計数は過小になり、短い通信は欠け、規則的な通信は不規則に見えます"
                           "。" },
                         { "Compare with the drops of this host's sockets (netstat -su), of "
                           "the path and of "
                           "the exporter's own export queue. Raise net.core.rmem_max, or "
                           "export less.",
                           "本機のソケット（netstat "
                           "-su）、経路、送信元の送信キューの廃棄数と照合してください。net."
                           "core.rmem_max "
                           "を上げるか、送信量を減らしてください。" } } },
    [INSPECT_REPEATED] = { "messages_repeated",
                           INSPECT_WRONG,
                           { { "{0} of {1} messages came more than once.",
                               "{1} メッセージ中 {0} メッセージが重複して届きました。" },
                             { "Their flows are counted more than once.",
                               "それらのフローは重複して数えられます。" },
                             { "Look for a second path to this collector: two destinations "
                               "that end here, a "
                               "replicator, or a mirror port that copies both directions.",
                               "二つの宛先設定、複製装置、両方向を写すミラーポートなど、二重の"
                               "経路がないか確認してく"
                               "ださい。" } } },
    [INSPECT_RESETS] = { "sequence_resets",
                         INSPECT_WRONG,
                         { { "Its sequence numbers began anew {0:time:times}, but it booted "
                             "{1:time:times}.",
                             "順序番号が {0} 回初めから振り直されましたが、起動は {1} "
                             "回です。" },
                           { "Losses at these moments cannot be told, and templates of one "
                             "exporter may be used "
                             "for another's data.",
                             "その時点の欠落は分からず、ある送信元のテンプレートが別の送信元の"
                             "データに使われるおそ"
                             "れがあります。" },
                           { "If it goes on: more than one exporter behind one address (NAT, a "
                             "replicator, a "
                             "container host). Give each its own address, port or observation "
                             "domain.",
                             "続く場合は、一つのアドレスの背後に複数の送信元（NAT、複製装置、コ"
                             "ンテナ）があります"
                             "。アドレス、ポート、または観測ドメインを分けてください。" } } },
    [INSPECT_UNREADABLE] = { "unreadable",
                             INSPECT_WRONG,
                             { { "{0:message or set:messages or sets} could not be read: {1}.",
                                 "{0} 個のメッセージまたはセットを読めませんでした：{1}。" },
                               { "What they held is not counted.",
                                 "その内容は数えられません。" },
                               { "Send the vendor a capture of one such message; `tshark -V` "
                                 "shows where it breaks "
                                 "its standard.",
                                 "該当メッセージの取得データを提供元に送ってください。`tshark "
                                 "-V` "
                                 "で規格違反の箇所が分かります。" } } },
    [INSPECT_NO_TEMPLATE] = { "data_before_template",
                              INSPECT_WRONG,
                              { { "{0:set:sets} of data came before their template; {1} could "
                                  "be read later, {2} "
                                  "were given up.",
                                  "{0} "
                                  "個のデータセットがテンプレートより先に届きました。後で読めた"
                                  "もの {1}、破棄 "
                                  "{2}。" },
                                { "Flows are missing after every start of the collector or the "
                                  "exporter.",
                                  "収集側または送信側の起動後にフローが欠けます。" },
                                { "Send templates every minute, and before the data that uses "
                                  "them.",
                                  "テンプレートを毎分、かつデータより前に送るよう設定してくださ"
                                  "い。" } } },
    [INSPECT_NO_ADDRESSES] = { "no_addresses",
                               INSPECT_WRONG,
                               { { "No template has addresses of IP.",
                                   "IP アドレスを持つテンプレートがありません。" },
                                 { "Its records cannot become flows.",
                                   "レコードからフローを作れません。" },
                                 { "Add 8 and 12 (IPv4), 27 and 28 (IPv6) to the record.",
                                   "レコードに 8 と 12（IPv4）、27 と "
                                   "28（IPv6）を加えてください。" } } },
    [INSPECT_CLOCK_AHEAD] = { "clock_ahead",
                              INSPECT_WRONG,
                              { { "Its clock is {0} ahead.", "時計が {0} 進んでいます。" },
                                { "Its flows seem to come from the future and do not fit what "
                                  "others saw. Past 5 s "
                                  "and when steady, Sekisho takes the error off.",
                                  "フローが未来のものに見え、他の観測と合いません。5 "
                                  "秒を超えて安定していれば差を引いて補正します。" },
                                { "Set NTP on the exporter, and its zone: the export time is "
                                  "UTC.",
                                  "送信元に NTP と時刻帯を設定してください。送信時刻は UTC "
                                  "です。" } } },
    [INSPECT_CLOCK_BEHIND] = { "clock_behind",
                               INSPECT_WRONG,
                               { { "Its clock is {0} behind, or its messages take that long to "
                                   "come.",
                                   "時計が {0} "
                                   "遅れているか、メッセージの到着にその時間がかかっています"
                                   "。" },
                                 { "Its flows do not fit what others saw. Past 5 s and when "
                                   "steady, Sekisho takes the "
                                   "error off.",
                                   "他の観測と時刻が合いません。5 "
                                   "秒を超えて安定していれば差を引いて補正します。" },
                                 { "Set NTP on the exporter, and its zone: the export time is "
                                   "UTC.",
                                   "送信元に NTP と時刻帯を設定してください。送信時刻は UTC "
                                   "です。" } } },
    [INSPECT_IMPOSSIBLE_TIMES] = { "impossible_times",
                                   INSPECT_WRONG,
                                   { { "{0:time of a flow:times of flows} could not be true: "
                                       "zero, in the future, before "
                                       "it booted, or over a year old.",
                                       "{0} "
                                       "個のフロー時刻が不正です（0、未来、起動前、または一年以"
                                       "上前）。" },
                                     { "The time of receipt stands in; such flows say nothing "
                                       "of regularity.",
                                       "受信時刻で代用します。規則性の判定には使えません。" },
                                     { "Ask the vendor for elements 152 and 153 (milliseconds "
                                       "since 1970), and which "
                                       "clock fills the present ones.",
                                       "要素 152 と 153（1970 "
                                       "年からのミリ秒）の送信と、現在の時刻の出所を提供元に確"
                                       "認してください。" } } },
    [INSPECT_IMPLAUSIBLE] = { "implausible_counters",
                              INSPECT_WRONG,
                              { { "{0:flow:flows} of {1} count more than 64 KiB a packet, or "
                                  "less than an IP header.",
                                  "{1} フロー中 {0} フローの平均パケット長が IP "
                                  "ヘッダー未満または 64 KiB 超です。" },
                                { "They are kept as told: nobody knows what else of them is "
                                  "wrong. Flows near them in the same message may be wrong, "
                                  "too.",
                                  "値は訂正せずそのまま扱います。同じメッセージの前後のフロー"
                                  "も誤っている可能性があります。" },
                                { "Ask the vendor: counters in the wrong byte order, or "
                                  "records "
                                  "in a set of another template (softflowd 1.1.0 in NetFlow "
                                  "v9), look like this.",
                                  "提供元に確認してください：バイト順の誤り、または別のテンプ"
                                  "レートのセットに入ったレコード（softflowd 1.1.0 の NetFlow "
                                  "v9）が原因です。" } } },
    [INSPECT_END_BEFORE_START] = { "end_before_start",
                                   INSPECT_WRONG,
                                   { { "{0:flow:flows} ended before they started.",
                                       "{0} フローの終了時刻が開始時刻より前です。" },
                                     { "The time of receipt stands in for both.",
                                       "両方とも受信時刻で代用します。" },
                                     { "Ask the vendor: often two clocks of a chassis, or an "
                                       "uptime of 32 bits that "
                                       "passed its end (49.7 days).",
                                       "筐体内の二つの時計、または 32 "
                                       "ビット稼働時間の一巡（49.7 "
                                       "日）が原因であることが多く、提供元に確認してください"
                                       "。" } } },
    [INSPECT_TEMPLATE_RARE] = { "template_rare",
                                INSPECT_LIMIT,
                                { { "Template {0} comes only every {1}.",
                                    "テンプレート {0} は {1}に一度しか届きません。" },
                                  { "After a restart, or one datagram lost, its data cannot be "
                                    "read for so long.",
                                    "再起動時や一つのデータグラムの欠落で、その間データを読めま"
                                    "せん。" },
                                  { "Set the refresh of templates and of options to 1 minute, "
                                    "10 at most.",
                                    "テンプレートとオプションの再送を 1 分（長くとも 10 "
                                    "分）に設定してください。" } } },
    [INSPECT_TEMPLATE_ONCE] = { "template_once",
                                INSPECT_LIMIT,
                                { { "Template {0} came once in {1}.",
                                    "テンプレート {0} は {1}の間に一度だけでした。" },
                                  { "After a restart, or one datagram lost, its data cannot be "
                                    "read for so long.",
                                    "再起動時や一つのデータグラムの欠落で、その間データを読めま"
                                    "せん。" },
                                  { "Set the refresh of templates and of options to 1 minute, "
                                    "10 at most.",
                                    "テンプレートとオプションの再送を 1 分（長くとも 10 "
                                    "分）に設定してください。" } } },
    [INSPECT_TEMPLATE_CHANGED] = { "template_changed",
                                   INSPECT_LIMIT,
                                   { { "Templates changed their fields under the same number "
                                       "{1:time:times}, template {0} "
                                       "last.",
                                       "同じ番号のままテンプレートの内容が {1} "
                                       "回変わりました（最後は {0}）。" },
                                     { "Data that was under way is read with the wrong fields.",
                                       "途中のデータは誤った欄で読まれます。" },
                                     { "Look for two exporters behind one address and domain; "
                                       "else ask the vendor for new "
                                       "numbers (RFC 7011 8.1).",
                                       "一つのアドレス・ドメインに二つの送信元がないか確認し、"
                                       "なければ新しい番号の使用を提供"
                                       "元に求めてください（RFC 7011 8.1）。" } } },
    [INSPECT_CLOCK_DRIFT] = { "clock_drift",
                              INSPECT_LIMIT,
                              { { "Its clock drifts by {0} ppm, {1} s a day.",
                                  "時計が {0} ppm（1 日に {1} 秒）ずれ続けています。" },
                                { "Nobody sets it; the error grows.",
                                  "時刻同期がなく、誤差が増え続けます。" },
                                { "Set NTP on the exporter.",
                                  "送信元に NTP を設定してください。" } } },
    [INSPECT_CLOCK_SET] = { "clock_set",
                            INSPECT_LIMIT,
                            { { "Its clock was set {0:time:times} while we listened.",
                                "受信中に時計が {0} 回合わせ直されました。" },
                              { "Flows of these moments overlap or leave a hole.",
                                "その前後のフローは重なるか、間が空きます。" },
                              { "Let NTP slew the clock instead of stepping it.",
                                "NTP で段階的でなく徐々に合わせるよう設定してください。" } } },
    [INSPECT_NO_TIMES] = { "no_times",
                           INSPECT_LIMIT,
                           { { "No template has the start and end of a flow.",
                               "フローの開始・終了時刻を持つテンプレートがありません。" },
                             { "The time of receipt stands in, off by the active timeout.",
                               "受信時刻で代用するため、最大でアクティブタイムアウト分ずれます"
                               "。" },
                             { "Add 152 and 153, or 22 and 21.",
                               "152 と 153、または 22 と 21 を加えてください。" } } },
    [INSPECT_NO_INTERFACES] = { "no_interfaces",
                                INSPECT_LIMIT,
                                { { "No template has interfaces.",
                                    "インタフェースを持つテンプレートがありません。" },
                                  { "A flow that enters and leaves the exporter is counted "
                                    "twice where both are "
                                    "watched, and rates cannot be told by interface.",
                                    "入出両側を観測する場合に二重に数えられ、インタフェースごと"
                                    "のレートも分かりません。" },
                                  { "Add 10 (ingressInterface) and 14 (egressInterface).",
                                    "10（ingressInterface）と "
                                    "14（egressInterface）を加えてください。" } } },
    [INSPECT_NO_FLAGS] = { "no_tcp_flags",
                           INSPECT_LIMIT,
                           { { "No template has TCP flags.",
                               "TCP フラグを持つテンプレートがありません。" },
                             { "Attempts that failed look like connections: scans are harder "
                               "to see.",
                               "失敗した接続が成立した通信に見え、スキャンを見つけにくくなりま"
                               "す。" },
                             { "Add 6 (tcpControlBits).",
                               "6（tcpControlBits）を加えてください。" } } },
    [INSPECT_SHORT_COUNTERS] = { "counters_32_bits",
                                 INSPECT_LIMIT,
                                 { { "Octets are counted with 32 bits.",
                                     "オクテット数の計数器が 32 ビットです。" },
                                   { "A flow of over 4 GiB between two reports starts again at "
                                     "0: at 60 s, one faster "
                                     "than 570 Mb/s.",
                                     "報告間に 4 GiB を超えると 0 に戻ります（60 秒なら 570 "
                                     "Mb/s 超）。" },
                                   { "Send element 1 with 8 octets.",
                                     "要素 1 を 8 オクテットで送ってください。" } } },
    [INSPECT_LONG_FLOWS] = { "long_flows",
                             INSPECT_LIMIT,
                             { { "The longest flow lasted {0}: its active timeout is long, or "
                                 "none.",
                                 "最長のフローは "
                                 "{0}で、アクティブタイムアウトが長いか未設定です。" },
                               { "Long connections are told when they are over: findings come "
                                 "late.",
                                 "長い通信は終了後に報告され、検出が遅れます。" },
                               { "Set the active timeout to 1 minute and the inactive one to "
                                 "15 s.",
                                 "アクティブタイムアウトを 1 分、非アクティブを 15 "
                                 "秒に設定してください。" } } },
    [INSPECT_NETFLOW5] = { "netflow_5",
                           INSPECT_LIMIT,
                           { { "It speaks NetFlow v5.", "NetFlow v5 です。" },
                             { "There is no IPv6 in it, no direction, no counter past 32 bits "
                               "and no rate past "
                               "1 in 16,383.",
                               "IPv6、方向、32 ビットを超える計数、16,383 "
                               "分の 1 を超えるレートを表せません。" },
                             { "Change to IPFIX or NetFlow v9.",
                               "IPFIX か NetFlow v9 に変えてください。" } } },
    [INSPECT_NO_DIRECTION] = { "no_direction",
                               INSPECT_NOTE,
                               { { "No template has the direction.",
                                   "方向を持つテンプレートがありません。" },
                                 { "Where an exporter watches both sides of an interface, the "
                                   "same flow cannot be told "
                                   "from another.",
                                   "一つのインタフェースの両方向を観測する場合、同じフローの重"
                                   "複を見分けられません。" },
                                 { "Add 61 (flowDirection), or watch ingress only.",
                                   "61（flowDirection）を加えるか、入力側だけを観測してください"
                                   "。" } } },
    [INSPECT_RATE_CHANGED] = { "sampling_changed",
                               INSPECT_NOTE,
                               { { "Its sampling rate changed {0:time:times}, last at {1}.",
                                   "サンプリングレートが {0} 回変わりました（最後は {1}）。" },
                                 { "Each record carries the rate of its time; sums over the "
                                   "change need it.",
                                   "各レコードは当時のレートを持ちます。前後の合計にはそれが必"
                                   "要です。" },
                                 { "Nothing, if you changed it.",
                                   "意図した変更であれば対応は不要です。" } } },
    [INSPECT_COUNTS_OTHERWISE] = { "sequence_units",
                                   INSPECT_NOTE,
                                   { { "Its sequence numbers do not count what its protocol "
                                       "prescribes.",
                                       "順序番号が規格と異なる単位で数えられています。" },
                                     { "Other collectors report losses that are none. Here "
                                       "what it counts was learnt from "
                                       "its messages.",
                                       "他の収集装置では実在しない欠落が報告されます。本機は実"
                                       "際の単位を学習して数えました。" },
                                     { "Tell the vendor: NetFlow v9 counts messages (RFC 3954 "
                                       "5.1), IPFIX data records "
                                       "(RFC 7011 3.1), v5 flows, sFlow datagrams.",
                                       "提供元に伝えてください：NetFlow v9 はメッセージ数（RFC "
                                       "3954 5.1）、IPFIX "
                                       "はデータレコード数（RFC 7011 3.1）、v5 "
                                       "はフロー数、sFlow "
                                       "はデータグラム数です。" } } },
    [INSPECT_BOOTED] = { "booted",
                         INSPECT_NOTE,
                         { { "It booted {0:time:times} while we listened.",
                             "受信中に {0} 回起動しました。" },
                           { "Flows that were open then are lost.",
                             "その時点で継続中のフローは失われます。" },
                           { "Nothing, if you know why.",
                             "理由が分かっていれば対応は不要です。" } } },
    [INSPECT_UPTIME_WRAPPED] = { "uptime_wrapped",
                                 INSPECT_NOTE,
                                 { { "Its uptime passed 2^32 milliseconds {0:time:times} "
                                     "(every 49.7 days).",
                                     "稼働時間が 2^32 ミリ秒を {0} 回超えました（49.7 "
                                     "日ごと）。" },
                                   { "Handled: flows that began before are told right.",
                                     "対応済みです。以前に始まったフローの時刻も正しく扱います"
                                     "。" },
                                   { "Nothing; 152 and 153 instead of 22 and 21 avoid it.",
                                     "対応は不要です。22・21 の代わりに 152・153 "
                                     "を使えば避けられます。" } } },
    [INSPECT_PORT_CHANGED] = { "port_changed",
                               INSPECT_NOTE,
                               { { "It came to send from another port {0:time:times}.",
                                   "送信元ポートが {0} 回変わりました。" },
                                 { "Taken for the same exporter: its numbers went on, or the "
                                   "old port was silent.",
                                   "番号が続くか以前のポートが沈黙していたため、同じ送信元とみ"
                                   "なしました。" },
                                 { "Nothing; a fixed source port makes it certain.",
                                   "対応は不要です。送信元ポートを固定すれば確実です。" } } },
    [INSPECT_UNKNOWN_ELEMENTS] = { "unknown_elements",
                                   INSPECT_NOTE,
                                   { { "{0:field:fields} of its templates are in none of our "
                                       "tables.",
                                       "テンプレートの {0} 欄は既知の要素表にありません。" },
                                     { "They are passed over; the rest of the record is read.",
                                       "読み飛ばし、残りは読みます。" },
                                     { "--templates lists them; tell us, with the vendor's "
                                       "document.",
                                       "--templates "
                                       "で一覧できます。提供元の資料とともにお知らせください"
                                       "。" } } },
};

const char *inspect_words(enum inspect_kind kind, enum inspect_part part,
                          enum report_language language)
{
    MUST(kind < INSPECT_KINDS && part < INSPECT_PARTS);
    return table[kind].parts[part][language == REPORT_JAPANESE];
}

const char *inspect_name(enum inspect_kind kind)
{
    MUST(kind < INSPECT_KINDS);
    return table[kind].name;
}

enum inspect_weight inspect_weight(enum inspect_kind kind)
{
    MUST(kind < INSPECT_KINDS);
    return table[kind].weight;
}
