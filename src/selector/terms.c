// SPDX-License-Identifier: Apache-2.0
#include "selector/terms_private.h"

#include "base/must.h"

#define KIND(kind) (UINT32_C(1) << (kind))

/* Act 42 of 2025, art. 22(2): 1 what identifies equipment, 2 commands, 3 other.  A digest of a
 * certificate or greeting says what a computer shows by itself, not which it is: the narrower
 * reading. */
const struct piece_row selector_pieces[PIECES] = {
    [PIECE_ADDRESS] = { INFORMATION_EQUIPMENT, "address of equipment", "設備のアドレス" },
    [PIECE_DOMAIN] = { INFORMATION_EQUIPMENT, "name of equipment", "設備のドメイン名" },
    [PIECE_CLIENT] = { INFORMATION_OTHER, "fingerprint of a program", "プログラムの指紋" },
    [PIECE_CERTIFICATE] = { INFORMATION_OTHER, "certificate of a server", "サーバ証明書" },
    [PIECE_ALERT] = { INFORMATION_COMMAND, "command that a sensor recognised",
                      "検知器が認めた指令" },
    [PIECE_BEACON] = { INFORMATION_OTHER, "regular calls", "規則的な接続" },
    [PIECE_SCAN] = { INFORMATION_OTHER, "scanning", "走査" },
    [PIECE_GUESS] = { INFORMATION_OTHER, "guessing of passwords", "総当たり" },
    [PIECE_FLOOD] = { INFORMATION_OTHER, "floods", "大量送信" },
    [PIECE_TUNNEL] = { INFORMATION_OTHER, "data in names", "名前トンネル" },
    [PIECE_GENERATED] = { INFORMATION_OTHER, "made-up names", "自動生成名" },
    [PIECE_FLUX] = { INFORMATION_OTHER, "changing addresses", "高速に変わる名前" },
    [PIECE_LASTING] = { INFORMATION_OTHER, "long connections", "長時間の接続" },
    [PIECE_UPLOAD] = { INFORMATION_OTHER, "uploads", "異常な送信" },
    [PIECE_RELAY] = { INFORMATION_OTHER, "relaying", "中継" },
    [PIECE_PEERS] = { INFORMATION_OTHER, "shared peers", "相手の共有" },
    [PIECE_SPREAD] = { INFORMATION_OTHER, "servers shared with infected lines",
                       "感染回線との共通先" },
    [PIECE_DARK] = { INFORMATION_OTHER, "traffic to unused addresses",
                     "未使用アドレス宛の通信" },
    [PIECE_LATERAL] = { INFORMATION_OTHER, "movement inside", "横展開" },
};

const struct subject_row selector_subjects[SUBJECTS] = {
    [SUBJECT_SERVER] = { "server", "相手先", PIECE_ADDRESS, RULE_AT_SERVER,
                         KIND(INDICATOR_ADDRESS) | KIND(INDICATOR_PREFIX), 2,
                         "the address of the far end", "相手先のアドレス" },
    [SUBJECT_ADDRESS] = { "address", "アドレス", PIECE_ADDRESS, RULE_AT_END,
                          KIND(INDICATOR_ADDRESS) | KIND(INDICATOR_PREFIX), 4,
                          "the address of either end", "いずれかの端のアドレス" },
    [SUBJECT_ENDPOINT] = { "endpoint", "アドレスとポート", PIECE_ADDRESS, RULE_AT_END,
                           KIND(INDICATOR_ENDPOINT), 2, "the address and port of either end",
                           "いずれかの端のアドレスとポートの組" },
    [SUBJECT_ANSWER] = { "dns-answer", "DNS応答", PIECE_ADDRESS, RULE_IN_DNS,
                         KIND(INDICATOR_ADDRESS) | KIND(INDICATOR_PREFIX), 8,
                         "an address that the name system answers",
                         "名前解決の応答にあるアドレス" },
    [SUBJECT_DOMAIN] = { "domain", "ドメイン", PIECE_DOMAIN, RULE_ANYWHERE,
                         KIND(INDICATOR_DOMAIN), 6, "the name of the server that is asked for",
                         "問い合わせ又は接続先のサーバ名" },
    [SUBJECT_JA3] = { "ja3", "JA3指紋", PIECE_CLIENT, RULE_ANYWHERE, KIND(INDICATOR_JA3), 2,
                      "the fingerprint (JA3) of the program", "通信プログラムの指紋（JA3）" },
    [SUBJECT_JA4] = { "ja4", "JA4指紋", PIECE_CLIENT, RULE_ANYWHERE, KIND(INDICATOR_JA4), 1,
                      "the fingerprint (JA4) of the program", "通信プログラムの指紋（JA4）" },
    [SUBJECT_CERTIFICATE] = { "certificate", "証明書", PIECE_CERTIFICATE, RULE_ANYWHERE,
                              KIND(INDICATOR_CERTIFICATE), 2,
                              "the digest of the certificate that the server shows",
                              "サーバが示す証明書のダイジェスト" },
    [SUBJECT_ALERT] = { "alert", "警報", PIECE_ALERT, RULE_ANYWHERE, KIND(INDICATOR_SIGNATURE),
                        2, "the signature under which another sensor raised an alert",
                        "他の検知器が警報を発した署名番号" },
};

const struct behaviour_row selector_behaviours[BEHAVIOURS] = {
    [BEHAVIOUR_BEACON] = { "beacon", "定期接続", PIECE_BEACON, 1000,
                           "one of calls at regular times",
                           "規則的な時刻に繰り返される接続の一つ" },
    [BEHAVIOUR_SCAN] = { "scan", "走査", PIECE_SCAN, 1000,
                         "from a source that tries many targets",
                         "多数の対象を試す発信元からの通信" },
    [BEHAVIOUR_GUESS] = { "guess", "総当たり", PIECE_GUESS, 1,
                          "from a source that guesses passwords",
                          "パスワードを推測する発信元からの通信" },
    [BEHAVIOUR_FLOOD] = { "flood", "大量送信", PIECE_FLOOD, 1000,
                          "of a host that is flooded or reflects a flood",
                          "大量送信の被害を受け又は反射する機器の通信" },
    [BEHAVIOUR_TUNNEL] = { "tunnel", "名前トンネル", PIECE_TUNNEL, 1000,
                           "for a domain whose names carry data",
                           "名前でデータを運ぶドメインへの問い合わせ" },
    [BEHAVIOUR_GENERATED] = { "generated", "自動生成名", PIECE_GENERATED, 1000,
                              "for names that a program makes up",
                              "プログラムが生成する名前への問い合わせ" },
    [BEHAVIOUR_FLUX] = { "flux", "高速変化名", PIECE_FLUX, 1000,
                         "for a name whose addresses change all the time",
                         "アドレスが絶えず変わる名前への問い合わせ" },
    [BEHAVIOUR_LASTING] = { "lasting", "長時間接続", PIECE_LASTING, 1000,
                            "one of a connection that stays open for hours",
                            "何時間も続く接続の一部" },
    [BEHAVIOUR_UPLOAD] = { "upload", "異常送信", PIECE_UPLOAD, 1000,
                           "to where a line sends unusually much",
                           "回線が異常に多く送る相手への通信" },
    [BEHAVIOUR_RELAY] = { "relay", "中継", PIECE_RELAY, 1000,
                          "of a line that hands on what others send",
                          "他者の通信を中継する回線の通信" },
    [BEHAVIOUR_PEERS] = { "peers", "相互接続", PIECE_PEERS, 100,
                          "of lines that share peers nobody else has",
                          "他にない相手を共有する回線の通信" },
    [BEHAVIOUR_SPREAD] = { "spread", "感染共通先", PIECE_SPREAD, 1000,
                           "to a server that infected lines have in common",
                           "感染回線に共通する接続先との通信" },
    [BEHAVIOUR_DARK] = { "dark", "未使用宛", PIECE_DARK, 1000,
                         "from a source that sends to unused addresses",
                         "未使用のアドレスに送る発信元からの通信" },
    [BEHAVIOUR_LATERAL] = { "lateral", "横展開", PIECE_LATERAL, 1000,
                            "from a host that reaches for others inside",
                            "内部の他の機器に手を伸ばす機器からの通信" },
};

static const struct name_row protocols[] = {
    { "icmp", "ICMP", 1 },   { "tcp", "TCP", 6 },  { "udp", "UDP", 17 },
    { "gre", "GRE", 47 },    { "esp", "ESP", 50 }, { "icmpv6", "ICMPv6", 58 },
    { "sctp", "SCTP", 132 }, { NULL, NULL, 0 },
};

static const struct name_row tcp_states[] = {
    { "attempt", "試行", FLOW_TCP_ATTEMPT },
    { "refused", "拒否", FLOW_TCP_REFUSED },
    { "established", "確立", FLOW_TCP_ESTABLISHED },
    { "closed", "終了", FLOW_TCP_CLOSED },
    { "reset", "切断", FLOW_TCP_RESET },
    { "midstream", "途中", FLOW_TCP_MIDSTREAM },
    { NULL, NULL, 0 },
};

static const struct name_row tls_versions[] = {
    { "1.0", "1.0", 0x0301 }, { "1.1", "1.1", 0x0302 }, { "1.2", "1.2", 0x0303 },
    { "1.3", "1.3", 0x0304 }, { NULL, NULL, 0 },
};

/* RULE_DIRECTION has no word: the scope says it. */
const struct field_row selector_fields[RULE_FIELDS] = {
    [RULE_SERVER_PORT] = { "server-port", "宛先ポート", UINT16_MAX, false, NULL,
                           "the port that is called", "宛先のポート番号" },
    [RULE_PROTOCOL] = { "proto", "プロトコル", UINT8_MAX, false, protocols, "the protocol",
                        "プロトコル" },
    [RULE_PACKETS] = { "packets", "パケット数", UINT64_MAX, true, NULL, "the number of packets",
                       "パケット数" },
    [RULE_OCTETS] = { "octets", "オクテット数", UINT64_MAX, true, NULL, "the number of octets",
                      "オクテット数" },
    [RULE_OCTETS_OUT] = { "octets-out", "送信オクテット数", UINT64_MAX, true, NULL,
                          "the number of octets from the line", "回線からのオクテット数" },
    [RULE_OCTETS_IN] = { "octets-in", "受信オクテット数", UINT64_MAX, true, NULL,
                         "the number of octets to the line", "回線へのオクテット数" },
    [RULE_DURATION_MS] = { "duration", "継続時間", UINT64_MAX, true, NULL, "its duration",
                           "継続時間" },
    [RULE_TCP_STATE] = { "tcp", "TCP状態", FLOW_TCP_STATES - 1, false, tcp_states,
                         "the state of the TCP connection", "TCP接続の状態" },
    [RULE_TLS_VERSION] = { "tls-version", "TLS版", UINT16_MAX, false, tls_versions,
                           "the version of TLS", "TLSの版" },
};

const char *selector_direction_word(enum direction direction, bool in_japanese)
{
    static const char *const words[DIRECTIONS][2] = {
        [DIRECTION_UNKNOWN] = { "unknown", "不明" },
        [DIRECTION_FF] = { "foreign-to-foreign", "外外" },
        [DIRECTION_FD] = { "foreign-to-domestic", "外内" },
        [DIRECTION_DF] = { "domestic-to-foreign", "内外" },
        [DIRECTION_DD] = { "domestic-to-domestic", "内内" },
    };
    MUST(direction < DIRECTIONS);
    return words[direction][in_japanese];
}

uint32_t piece_kinds(uint32_t pieces)
{
    uint32_t kinds = 0;
    for (size_t i = 0; i < PIECES; i++) {
        if (pieces >> i & 1)
            kinds |= UINT32_C(1) << selector_pieces[i].kind;
    }
    return kinds;
}

unsigned count_bits(uint32_t bits)
{
    unsigned count = 0;
    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}
