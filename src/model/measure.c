// SPDX-License-Identifier: Apache-2.0
#include "model/measure.h"

#include "base/must.h"

static const struct measure_kind kinds[MEASURES] = {
    [MEASURE_CONNECTIONS] = { "connections", "count", "connections seen", "観測した接続の数",
                              MEASURE_AT_LEAST },
    [MEASURE_INTERVAL_MEDIAN] = { "interval_median", "s",
                                  "the middle one of the times between connections",
                                  "接続間隔の中央値", MEASURE_AT_LEAST },
    [MEASURE_INTERVAL_SPREAD] = { "interval_spread", "log2",
                                  "how far the times between connections differ from each "
                                  "other, in doublings; machines keep this small",
                                  "接続間隔のばらつき（2倍を1とする）。機械的な通信では小さ"
                                  "い",
                                  MEASURE_AT_MOST },
    [MEASURE_ACTIVE_SLOTS] = { "active_slots", "share",
                               "share of half-hours from first to last with a connection",
                               "最初から最後までの30分枠のうち接続があった割合",
                               MEASURE_AT_LEAST },
    [MEASURE_SIZE_SPREAD] = { "size_spread", "log2",
                              "how far the sizes of what the line sent differ, in doublings",
                              "回線側が送った量のばらつき（2倍を1とする）", MEASURE_AT_MOST },
    [MEASURE_RITA_SCORE] = { "rita_interval_score", "",
                             "the interval part of RITA's published beacon score, for "
                             "comparison",
                             "比較用：RITA の公表式による間隔スコア", MEASURE_AT_LEAST },
    [MEASURE_CLIENTS] = { "clients", "count", "different lines that talk to the server",
                          "サーバと通信した回線の数", MEASURE_AT_LEAST },
    [MEASURE_PREVALENCE] = { "prevalence", "share",
                             "share of all active lines that talk to the server; services "
                             "everybody uses are common, command servers are rare",
                             "全回線のうち当該サーバと通信した割合", MEASURE_AT_MOST },
    [MEASURE_COUNT_DISPERSION] = { "count_dispersion", "",
                                   "variance over mean of connections per line: near 1 or "
                                   "below "
                                   "when all lines behave alike",
                                   "回線ごとの接続数の分散÷平均。同じ挙動なら1前後以下",
                                   MEASURE_AT_MOST },
    [MEASURE_HOUR_ENTROPY] = { "hour_entropy", "bit",
                               "evenness over the hours of the day; people sleep, machines do "
                               "not",
                               "一日の時間帯の均一さ（ビット）", MEASURE_AT_LEAST },
    [MEASURE_POOLED_COMB] = { "pooled_comb", "",
                              "how strongly the intervals of all lines together fall on "
                              "multiples "
                              "of one period",
                              "全回線の間隔が一つの周期の倍数に揃う強さ", MEASURE_AT_LEAST },
    [MEASURE_SIZE_MODES] = { "size_modes", "share",
                             "share of the two commonest sizes of what lines sent",
                             "送信量のうち最も多い二つの大きさが占める割合", MEASURE_AT_LEAST },
    [MEASURE_POOLED_SUM] = { "pooled_sum", "",
                             "the server's pooled score: entropy of hours, evenness of lines "
                             "and "
                             "common period together",
                             "サーバ側の総合値（時間帯・回線の均一さ・共通周期）",
                             MEASURE_AT_LEAST },
    [MEASURE_TARGETS] = { "targets", "count", "different address and port pairs tried",
                          "試された宛先（アドレスとポートの組）の数", MEASURE_AT_LEAST },
    [MEASURE_TARGET_HOSTS] = { "target_hosts", "count", "different addresses tried",
                               "試されたアドレスの数", MEASURE_AT_LEAST },
    [MEASURE_TARGET_PORTS] = { "target_ports", "count", "different ports tried",
                               "試されたポートの数", MEASURE_AT_LEAST },
    [MEASURE_FAILED_SHARE] = { "failed_share", "share",
                               "share of first contacts that were refused or not answered",
                               "初回接触のうち拒否または無応答の割合", MEASURE_AT_LEAST },
    [MEASURE_FAILED_NET] = { "failed_net", "count",
                             "failures less successes among first contacts, as a running test",
                             "初回接触の失敗数から成功数を引いた逐次検定の値",
                             MEASURE_AT_LEAST },
    [MEASURE_INDICATOR_HITS] = { "indicator_hits", "count", "flows that matched an indicator",
                                 "指標に一致したフローの数", MEASURE_AT_LEAST },
    [MEASURE_OCTETS_OUT] = { "octets_out", "octets", "sent by the lines", "回線側の送信量",
                             MEASURE_AT_LEAST },
    [MEASURE_OCTETS_IN] = { "octets_in", "octets", "received by the lines", "回線側の受信量",
                            MEASURE_AT_LEAST },
    [MEASURE_SAMPLING_RATE] = { "sampling_rate", "1:N",
                                "of how many packets the exporter counted one, and 0 when it "
                                "did not tell; counts here are of what it counted",
                                "採取率（何パケットに一つを数えたか）。0は不明。ここの数は採"
                                "取した分の数",
                                MEASURE_AT_LEAST },
};

const struct measure_kind *measure_kind(enum measure_id id)
{
    MUST(id < MEASURES && kinds[id].name);
    return &kinds[id];
}

bool measure_is_met(const struct measure *measure)
{
    if (measure_kind(measure->id)->sense == MEASURE_AT_MOST)
        return measure->value <= measure->threshold;
    return measure->value >= measure->threshold;
}
