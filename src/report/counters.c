// SPDX-License-Identifier: Apache-2.0
#include "report/counters.h"

#include <string.h>

#include "base/must.h"

static const struct words {
    const char *stage;
    const char *reason;
    enum counter_kind kind;
    const char *said[2]; /* English, Japanese */
} table[] = {
    { "lists", "taken", COUNTER_READ, { "taken from lists", "リストから採用した指標" } },
    { "lists",
      "refused",
      COUNTER_REFUSED,
      { "of lists that are no indicators, or too wide",
        "指標でない、または広すぎるリストの行" } },
    { "source", "read", COUNTER_READ, { "read from the input", "入力から読み取り" } },
    { "source",
      "reopened",
      COUNTER_READ,
      { "opened again after they were replaced", "差し替え後に再度開いた" } },
    { "source",
      "time went backwards",
      COUNTER_REFUSED,
      { "older than the frame before", "直前のフレームより古い時刻" } },
    { "source",
      "longer than on the wire",
      COUNTER_REFUSED,
      { "longer than they say they were on the wire", "回線上の長さの申告より長い" } },
    { "source",
      "unknown interface",
      COUNTER_REFUSED,
      { "of an interface the file does not describe", "ファイルに記述のないインタフェース" } },
    { "source", "without time", COUNTER_REFUSED, { "without a time", "時刻なし" } },
    { "source",
      "unusable",
      COUNTER_REFUSED,
      { "described in a way that cannot be used", "記述が利用できない" } },
    { "source",
      "broken options",
      COUNTER_REFUSED,
      { "with options that cannot be read", "オプションが読めない" } },
    { "source",
      "name blocks passed over",
      COUNTER_REFUSED,
      { "of names, never read", "名前（読み取らない）" } },
    { "source",
      "statistics blocks passed over",
      COUNTER_REFUSED,
      { "of statistics, not read", "統計（読み取らない）" } },
    { "source",
      "secrets blocks passed over",
      COUNTER_REFUSED,
      { "of keys, never read", "暗号鍵（読み取らない）" } },
    { "source",
      "custom blocks passed over",
      COUNTER_REFUSED,
      { "of other programs, not read", "他プログラム用（読み取らない）" } },
    { "source",
      "other blocks passed over",
      COUNTER_REFUSED,
      { "of another kind, not read", "その他（読み取らない）" } },
    { "source", "truncated", COUNTER_LOST, { "that end too early", "途中で終わっている" } },
    { "source", "broken", COUNTER_LOST, { "broken from some point on", "途中から壊れている" } },
    { "source", "unreadable", COUNTER_LOST, { "that could not be read", "読み取れない" } },

    { "decode",
      "facts_dns",
      COUNTER_READ,
      { "DNS questions and answers", "DNS の問合せと応答" } },
    { "decode",
      "facts_tls_client",
      COUNTER_READ,
      { "TLS ClientHello (QUIC included)", "TLS ClientHello（QUIC を含む）" } },
    { "decode", "facts_tls_server", COUNTER_READ, { "TLS ServerHello", "TLS ServerHello" } },
    { "decode", "facts_tls_certificate", COUNTER_READ, { "TLS certificates", "TLS 証明書" } },
    { "decode", "facts_ssh", COUNTER_READ, { "SSH greetings", "SSH の挨拶" } },
    { "decode", "facts_http", COUNTER_READ, { "HTTP headers", "HTTP ヘッダ" } },
    { "decode",
      "facts_tunnel",
      COUNTER_READ,
      { "flows inside tunnels", "トンネル内のフロー" } },
    { "decode",
      "handshakes_in_pieces",
      COUNTER_READ,
      { "put together from several packets", "複数パケットから組み立て" } },
    { "decode",
      "handshakes_evicted",
      COUNTER_LOST,
      { "given up for want of room", "空きがなく断念" } },
    { "decode",
      "handshakes_cut",
      COUNTER_LOST,
      { "longer than what the capture kept", "取得データで切り詰め" } },
    { "decode",
      "segments_overlap",
      COUNTER_REFUSED,
      { "that overlap what came before", "前の区間と重複" } },
    { "decode", "not_ip", COUNTER_REFUSED, { "that are not IP", "IP 以外" } },
    { "decode",
      "length_lies",
      COUNTER_REFUSED,
      { "shorter than their header says", "ヘッダの申告より短い" } },
    { "decode", "fragments", COUNTER_READ, { "that are fragments", "断片" } },
    { "decode",
      "fragments_completed",
      COUNTER_READ,
      { "put together from fragments", "断片から組み立て" } },
    { "decode",
      "fragments_evicted",
      COUNTER_LOST,
      { "in fragments, given up for want of room", "断片のまま空きがなく断念" } },
    { "decode",
      "fragments_expired",
      COUNTER_LOST,
      { "of which a fragment never came", "断片が揃わず期限切れ" } },
    { "decode",
      "fragments_overlap",
      COUNTER_REFUSED,
      { "that overlap others", "他の断片と重複" } },
    { "decode",
      "fragments_too_large",
      COUNTER_REFUSED,
      { "in fragments, too large to be put together", "断片の合計が大きすぎる" } },

    { "meter", "flows", COUNTER_READ, { "metered", "計測したフロー" } },
    { "meter", "ended_idle", COUNTER_ENDED, { "ended by silence", "無通信により終了" } },
    { "meter",
      "sliced_active",
      COUNTER_ENDED,
      { "long ones, reported in slices", "長時間のため分割して報告" } },
    { "meter", "ended_tcp", COUNTER_ENDED, { "ended by TCP", "TCP により終了" } },
    { "meter",
      "ended_input",
      COUNTER_ENDED,
      { "ended with the input", "入力の終わりにより終了" } },
    { "meter",
      "ended_resources",
      COUNTER_LOST,
      { "cut in two: the table, or their facts, were full",
        "表または付随情報が満杯のため分割" } },
    { "meter",
      "evicted",
      COUNTER_LOST,
      { "evicted from the full table", "満杯の表から追い出し" } },
    { "meter",
      "facts_dropped",
      COUNTER_LOST,
      { "beyond the bounds of a flow", "フローあたりの上限を超過" } },
    { "meter",
      "time_backwards",
      COUNTER_REFUSED,
      { "older than those before, counted at the time reached",
        "前のパケットより古く、到達時刻で計上" } },
    { "meter",
      "clock_steps",
      COUNTER_REFUSED,
      { "in which the capture's clock jumped", "取得時計の跳躍" } },

    { "mediate", "received", COUNTER_READ, { "taken from exporters", "エクスポータから受領" } },
    { "mediate", "received_halves", COUNTER_READ, { "directions of those", "その方向別の数" } },
    { "mediate", "handed_on", COUNTER_READ, { "conversations handed on", "引き渡した通信" } },
    { "mediate",
      "handed_on_halves",
      COUNTER_READ,
      { "directions of those", "その方向別の数" } },
    { "mediate",
      "slice_joined",
      COUNTER_READ,
      { "added to the part before it", "前の部分に合算" } },
    { "mediate",
      "path_changed",
      COUNTER_READ,
      { "added, by another observer once the path changed", "経路変更後の観測点分を合算" } },
    { "mediate",
      "other_exporter",
      COUNTER_REFUSED,
      { "seen by another exporter too, counted once",
        "別のエクスポータと重複、一度だけ計上" } },
    { "mediate",
      "leaving_too",
      COUNTER_REFUSED,
      { "seen leaving as well as entering, counted once", "流入と流出の重複、一度だけ計上" } },
    { "mediate",
      "other_interface",
      COUNTER_REFUSED,
      { "seen at another interface too, counted once",
        "別のインタフェースと重複、一度だけ計上" } },
    { "mediate",
      "came_late",
      COUNTER_REFUSED,
      { "told again after they were handed on", "引き渡し後に届いた重複" } },
    { "mediate",
      "further_observers",
      COUNTER_REFUSED,
      { "of more observers than are told apart", "区別できる数を超えた観測点" } },
    { "mediate",
      "halves_paired",
      COUNTER_READ,
      { "put together of two halves", "両方向を組み合わせ" } },
    { "mediate", "turned", COUNTER_READ, { "with an inferred initiator", "発信側を推定" } },
    { "mediate",
      "kept_apart_by_rate",
      COUNTER_READ,
      { "kept one-way: the halves' sampling rates differ",
        "サンプリング率が異なるため片方向のまま" } },
    { "mediate",
      "rate_changed",
      COUNTER_READ,
      { "cut in two: the sampling rate changed", "サンプリング率の変更により分割" } },
    { "mediate",
      "sliced",
      COUNTER_READ,
      { "long ones, handed on in slices", "長時間のため分割して引き渡し" } },
    { "mediate",
      "handed_on_early",
      COUNTER_LOST,
      { "handed on early from the full table", "満杯の表から早期に引き渡し" } },
    { "mediate",
      "facts_dropped",
      COUNTER_LOST,
      { "names told by exporters, not kept", "エクスポータの名称情報、保持せず" } },
    { "mediate",
      "time_backwards",
      COUNTER_READ,
      { "ended before those that came before", "先着のものより前に終了" } },
    { "mediate",
      "clock_steps",
      COUNTER_REFUSED,
      { "in which the exporters' clock jumped", "エクスポータの時計の跳躍" } },

    { "gate",
      "not own",
      COUNTER_REFUSED,
      { "not of one's own network", "自組織の通信ではない" } },
    { "gate",
      "domestic to domestic",
      COUNTER_REFUSED,
      { "domestic on both sides", "内内通信" } },
    { "gate",
      "unknown side",
      COUNTER_REFUSED,
      { "with a side whose place is not known", "所在不明の端点" } },

    { "select", "forgotten", COUNTER_REFUSED, { "not selected, forgotten", "選別されず破棄" } },
    { "select",
      "indicator_expired",
      COUNTER_REFUSED,
      { "that match only an expired indicator", "期限切れの指標にのみ一致" } },
    { "select",
      "concern_evicted",
      COUNTER_LOST,
      { "of what fired, evicted from the full table", "検知対象、満杯の表から追い出し" } },
    { "select",
      "scan_flows_left",
      COUNTER_LOST,
      { "of scanners, beyond what is kept of each", "スキャン元ごとの保存上限を超過" } },

    { "behaviour",
      "beacon: later slice of a flow",
      COUNTER_REFUSED,
      { "regular calls: a later part of one connection", "規則的接続：同じ接続の続き" } },
    { "behaviour",
      "beacon: began before the capture",
      COUNTER_REFUSED,
      { "regular calls: began before the capture", "規則的接続：取得開始前から継続" } },
    { "behaviour",
      "beacon: not called by a line",
      COUNTER_REFUSED,
      { "regular calls: not called by a line", "規則的接続：回線側からの接続でない" } },
    { "behaviour",
      "beacon: server inside",
      COUNTER_REFUSED,
      { "regular calls: the server is inside", "規則的接続：サーバが内側" } },
    { "behaviour",
      "beacon: other protocol",
      COUNTER_REFUSED,
      { "regular calls: a protocol not judged", "規則的接続：対象外のプロトコル" } },
    { "behaviour",
      "beacon: service that polls by design",
      COUNTER_REFUSED,
      { "regular calls: a service that polls by design",
        "規則的接続：設計上定期的に通信するサービス" } },
    { "behaviour",
      "beacon: time before 1970 or past 2116",
      COUNTER_REFUSED,
      { "regular calls: a time that cannot be", "規則的接続：あり得ない時刻" } },
    { "behaviour",
      "beacon: server popular",
      COUNTER_REFUSED,
      { "regular calls: of a server many lines use", "規則的接続：多くの回線が使うサーバ" } },
    { "behaviour",
      "beacon: resolver",
      COUNTER_REFUSED,
      { "regular calls: of a name server", "規則的接続：ネームサーバ" } },
    { "behaviour",
      "beacon: pairs held",
      COUNTER_HELD,
      { "of line and server remembered", "記憶している回線とサーバの組" } },
    { "behaviour",
      "beacon: pairs evicted",
      COUNTER_LOST,
      { "of line and server evicted from the full table",
        "回線とサーバの組、満杯の表から追い出し" } },
    { "behaviour",
      "beacon: servers held",
      COUNTER_HELD,
      { "remembered", "記憶しているサーバ" } },
    { "behaviour",
      "beacon: servers evicted",
      COUNTER_LOST,
      { "evicted from the full table", "満杯の表から追い出し" } },
    { "behaviour", "beacon: concerns held", COUNTER_HELD, { "timed", "間隔を計測中の組" } },
    { "behaviour",
      "beacon: concerns evicted",
      COUNTER_LOST,
      { "no longer timed for want of room", "空きがなく計測を断念" } },
    { "behaviour",
      "beacon: fired concerns evicted",
      COUNTER_LOST,
      { "that were told, no longer timed for want of room",
        "検知済み、空きがなく計測を断念" } },
    { "behaviour",
      "beacon: pairs that fired",
      COUNTER_HELD,
      { "that call by the clock", "規則的に接続する組" } },
    { "behaviour",
      "beacon: servers that fired as a whole",
      COUNTER_HELD,
      { "called alike by many lines", "多数の回線が似た接続をするサーバ" } },
    { "behaviour",
      "scan: later slice of a flow",
      COUNTER_REFUSED,
      { "scans: a later part of one connection", "スキャン：同じ接続の続き" } },
    { "behaviour",
      "scan: who began is not known",
      COUNTER_REFUSED,
      { "scans: who began is not known", "スキャン：開始側が不明" } },
    { "behaviour",
      "scan: an answer without its question",
      COUNTER_REFUSED,
      { "scans: an answer without its question", "スキャン：問いのない応答" } },
    { "behaviour",
      "scan: to many at once",
      COUNTER_REFUSED,
      { "scans: sent to many at once", "スキャン：同報宛て" } },
    { "behaviour",
      "scan: began before the capture",
      COUNTER_REFUSED,
      { "scans: began before the capture", "スキャン：取得開始前から継続" } },
    { "behaviour",
      "scan: ICMP that asks nothing",
      COUNTER_REFUSED,
      { "scans: ICMP that asks nothing", "スキャン：問合せでない ICMP" } },
    { "behaviour",
      "scan: other protocol",
      COUNTER_REFUSED,
      { "scans: a protocol not judged", "スキャン：対象外のプロトコル" } },
    { "behaviour",
      "scan: sources held",
      COUNTER_HELD,
      { "remembered for scans", "スキャン判定用に記憶" } },
    { "behaviour",
      "scan: sources evicted",
      COUNTER_LOST,
      { "evicted from the full table", "満杯の表から追い出し" } },
    { "behaviour",
      "scan: fired sources evicted",
      COUNTER_LOST,
      { "that scanned, evicted from the full table", "検知済み、満杯の表から追い出し" } },
    { "behaviour",
      "scan: sources that fired",
      COUNTER_HELD,
      { "that scanned", "スキャンした送信元" } },

    { "assess",
      "findings dropped: table full",
      COUNTER_LOST,
      { "dropped: more than are kept", "保持上限を超え破棄" } },
    { "assess",
      "findings below the least score",
      COUNTER_REFUSED,
      { "too weak to be told", "スコアが低く報告しない" } },
    { "assess",
      "findings told by another of the same server",
      COUNTER_ENDED,
      { "told together with another of the same server", "同じサーバの検出に統合" } },
};

/* Decoders count faults as "ip_truncated": what was read, and what was wrong with it. */
static const struct part {
    const char *name;
    const char *said[2];
} subjects[] = {
    { "link", { "link layer", "リンク層" } },
    { "ip", { "IP", "IP" } },
    { "tunnel", { "tunnel", "トンネル" } },
    { "transport", { "transport header", "トランスポート層" } },
    { "unknown", { "handshake of no known protocol", "未知のプロトコル" } },
    { "tls_client", { "TLS client", "TLS クライアント" } },
    { "tls_server", { "TLS server", "TLS サーバ" } },
    { "ssh", { "SSH", "SSH" } },
    { "http", { "HTTP", "HTTP" } },
    { "dns_tcp", { "DNS over TCP", "DNS（TCP）" } },
    { "dns", { "DNS", "DNS" } },
    { "quic", { "QUIC", "QUIC" } },
}, faults[] = {
    { "truncated", { "cut short", "途中まで" } },
    { "length", { "a length that cannot be", "長さが不正" } },
    { "value", { "a value that cannot be", "値が不正" } },
    { "version", { "another version", "別の版" } },
    { "unsupported", { "not supported", "未対応" } },
    { "limit", { "beyond a limit", "上限を超過" } },
    { "crypto", { "not to be decrypted", "復号できない" } },
}, units[] = {
    { "frames", { "frames", "フレーム" } },
    { "packets", { "packets", "パケット" } },
    { "flows", { "flows", "フロー" } },
    { "halves", { "halves", "方向" } },
    { "facts", { "facts", "件" } },
    { "handshakes", { "handshakes", "ハンドシェイク" } },
    { "segments", { "segments", "セグメント" } },
    { "datagrams", { "datagrams", "データグラム" } },
    { "fragments", { "fragments", "断片" } },
    { "entries", { "entries", "件" } },
    { "pairs", { "pairs", "組" } },
    { "servers", { "servers", "サーバ" } },
    { "sources", { "sources", "送信元" } },
    { "findings", { "findings", "検出" } },
    { "interfaces", { "interfaces", "インタフェース" } },
    { "blocks", { "blocks", "ブロック" } },
    { "files", { "files", "ファイル" } },
    { "steps", { "times", "回" } },
    { "indicators", { "indicators", "件" } },
    { "lines", { "lines", "行" } },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static const struct words *find(const struct counter *counter)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        if (same(table[i].stage, counter->stage) && same(table[i].reason, counter->reason))
            return &table[i];
    }
    return NULL;
}

static const struct part *find_part(const struct part *parts, size_t count, struct bytes name)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(name, bytes_of_string(parts[i].name)))
            return &parts[i];
    }
    return NULL;
}

struct fault_words {
    const struct part *subject, *fault;
};

/* Both NULL when the reason is not made of two parts. */
static struct fault_words find_fault(const struct counter *counter)
{
    const char *at = strrchr(counter->reason, '_');
    struct fault_words none = { NULL, NULL };
    if (!at || !same(counter->stage, "decode"))
        return none;
    struct bytes whole = bytes_of_string(counter->reason);
    struct fault_words found = {
        find_part(subjects, COUNT(subjects),
                  bytes_slice(whole, 0, (size_t)(at - counter->reason))),
        find_part(faults, COUNT(faults), bytes_of_string(at + 1)),
    };
    return found.subject && found.fault ? found : none;
}

enum counter_kind counter_kind_of(const struct counter *counter)
{
    const struct words *words = find(counter);
    if (words)
        return words->kind;
    struct fault_words fault = find_fault(counter);
    return fault.fault && same(fault.fault->name, "truncated") ? COUNTER_LOST : COUNTER_REFUSED;
}

bool counter_is_loss(const struct counter *counter)
{
    enum counter_kind kind = counter_kind_of(counter);
    return kind == COUNTER_REFUSED || kind == COUNTER_LOST;
}

const char *counter_kind_name(enum counter_kind kind)
{
    static const char *const names[COUNTER_KINDS] = {
        [COUNTER_READ] = "read", [COUNTER_ENDED] = "ended", [COUNTER_REFUSED] = "refused",
        [COUNTER_LOST] = "lost", [COUNTER_HELD] = "held",
    };
    MUST(kind < COUNTER_KINDS);
    return names[kind];
}

struct slot slot_counter(const struct counter *counter, enum report_language language)
{
    struct slot slot = { .at = "" };
    struct text text = text_over(slot.at, sizeof slot.at);
    const struct words *words = find(counter);
    struct fault_words fault = find_fault(counter);
    if (words)
        text_put_string(&text, words->said[language]);
    else if (fault.fault)
        text_format(&text, "%s%s%s", fault.subject->said[language],
                    language == REPORT_JAPANESE ? "：" : ": ", fault.fault->said[language]);
    else
        text_format(&text, "%s: %s", counter->stage, counter->reason);
    return slot;
}

struct slot slot_unit(const struct counter *counter, enum report_language language)
{
    const struct part *unit = find_part(units, COUNT(units), bytes_of_string(counter->unit));
    struct slot slot = { .at = "" };
    struct text text = text_over(slot.at, sizeof slot.at);
    text_put_string(&text, unit ? unit->said[language] : counter->unit);
    return slot;
}
