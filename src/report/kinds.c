// SPDX-License-Identifier: Apache-2.0
#include "report/kinds.h"

#include "base/must.h"
#include "base/time.h"

/* clang-format off: a word of Japanese is wider than it counts */
static const struct kind_words kinds[FINDING_KINDS] = {
    [FINDING_GUESSING] = {
        { {
            "password guessing",
            "総当たり" } },
        { {
            "{attempts} equal short sessions, {targets} targets, {sources} sources",
            "同様の短い接続 {attempts}、対象 {targets}、発信元 {sources}" } },
        { {
            "People who know a password need one attempt; sessions of equal size, again "
            "and again, are a program that guesses. These numbers decided:",
            "正しい利用者は一度で済みます。同じ大きさの短い接続"
            "の繰り返しは推測するプログラムです。判断に用いた値"
            "は次のとおりです。" } },
        {
            { {
                "A backup or monitoring job with a wrong password looks the same.",
                "誤った資格情報のバックアップや監視も同じように見え"
                "ます。" } },
        },
        {
            { {
                "Did one attempt succeed? Look for a longer session after the many short "
                "ones.",
                "多数の短い接続の後に長い接続がないか確認する。" } },
            { {
                "Limit who may reach the service, and require keys.",
                "到達できる相手を限り、鍵認証とする。" } },
        },
    },
    [FINDING_FLOOD] = {
        { {
            "victim of a flood",
            "大量送信の被害" } },
        { {
            "{rate_octets} and {rate_packets} packets/s at the highest, from about "
            "{sources} sources",
            "最大 {rate_octets}・毎秒 {rate_packets} パケット、発信元 約 {sources}" } },
        { {
            "Traffic to the address rose far above what is usual for it. These numbers "
            "decided:",
            "この宛先への通信が平常を大きく超えました。判断に用"
            "いた値は次のとおりです。" } },
        {
            { {
                "A popular download or a move of services rises as fast.",
                "人気の配信やサービス移転でも急に増えます。" } },
            { {
                "Source addresses of floods are often forged.",
                "発信元アドレスは詐称されていることが多くあります。" } },
        },
        {
            { {
                "Is the service still reachable? Ask whoever runs it.",
                "サービスは利用できるか、運用者に確認する。" } },
            { {
                "Which ports and packet sizes make up most of it: filter those upstream.",
                "大半を占めるポートと大きさを調べ、上流で絞る。" } },
        },
    },
    [FINDING_REFLECTOR] = {
        { {
            "reflector of floods",
            "反射に使われる機器" } },
        { {
            "{amplification} times what it was asked, to {victims} victims",
            "受けた要求の {amplification} 倍を {victims} の宛先へ送信" } },
        { {
            "The host answers far more than it is asked, to many who did not ask. These "
            "numbers decided:",
            "要求よりはるかに多い応答を、要求していない多数の相"
            "手へ送っています。判断に用いた値は次のとおりです。" } },
        {
            { {
                "A large public server has one-sided traffic where only one side is seen.",
                "片側しか見えない場所では大きな公開サーバも同じよう"
                "に見えます。" } },
        },
        {
            { {
                "Tell the owner: the service should not answer the whole Internet.",
                "所有者に知らせる。全インターネットへの応答は不要な"
                "はずです。" } },
        },
    },
    [FINDING_TUNNEL] = {
        { {
            "data in DNS names",
            "DNSトンネル" } },
        { {
            "{information_octets} of data in {names} names; lines that asked: {lines}",
            "{lines} 回線から {names} 個の名前で {information_octets}" } },
        { {
            "Names are asked once and carry more information than names need. These "
            "numbers decided:",
            "名前は一度しか問われず、名前に必要な以上の情報を運"
            "んでいます。判断に用いた値は次のとおりです。" } },
        {
            { {
                "Anti-virus, telemetry and block lists put data in names, too.",
                "ウイルス対策、計測、拒否リストも名前にデータを載せ"
                "ます。" } },
        },
        {
            { {
                "Whose domain is it, and which program of the line asks for it?",
                "誰のドメインか、どのプログラムが問い合わせるか。" } },
            { {
                "Block the domain at the resolver when nobody can say.",
                "分からなければ名前解決で遮断する。" } },
        },
    },
    [FINDING_GENERATED_NAMES] = {
        { {
            "generated domain names",
            "自動生成ドメイン名" } },
        { {
            "{nx_domains} names that do not exist; lines that asked: {lines}",
            "存在しない {nx_domains} 個の名前を {lines} 回線が問い合わせ" } },
        { {
            "A program that looks for its master tries names of the day until one "
            "exists. These numbers decided:",
            "指令元を探すプログラムは、存在する名前に当たるまで"
            "その日の名前を試します。判断に用いた値は次のとおり"
            "です。" } },
        {
            { {
                "Search lists of a resolver and captive portals ask for names that do not "
                "exist.",
                "検索サフィックスや認証ポータルも存在しない名前を問"
                "い合わせます。" } },
        },
        {
            { {
                "Which of the names exists, and who answers there?",
                "どの名前が存在し、誰が応答するか。" } },
            { {
                "Examine the lines that asked.",
                "問い合わせた回線の機器を調べる。" } },
        },
    },
    [FINDING_FLUX] = {
        { {
            "name of ever changing addresses",
            "高速に変わる名前" } },
        { {
            "{addresses} addresses in {networks} networks, kept for {ttl}",
            "{networks} ネットワークの {addresses} アドレス、有効 {ttl}" } },
        { {
            "The name led to many addresses of unlike networks in little time. These "
            "numbers decided:",
            "名前が短時間に異なるネットワークの多数のアドレスを"
            "指しました。判断に用いた値は次のとおりです。" } },
        {
            { {
                "Pools of time servers and swarms of volunteers do the same by design.",
                "時刻サーバのプールや有志の網も意図して同じことをし"
                "ます。" } },
        },
        {
            { {
                "Are the addresses homes or servers? Homes speak for infected devices.",
                "家庭か事業者のアドレスか。家庭なら感染機器の疑い。" } },
        },
    },
    [FINDING_LASTING] = {
        { {
            "long connection",
            "長時間接続" } },
        { {
            "open for {duration}, {octets_out} out and {octets_in} in",
            "{duration} 継続、送信 {octets_out}・受信 {octets_in}" } },
        { {
            "Few programs keep one connection for hours; remote control does. These "
            "numbers decided:",
            "一つの接続を何時間も保つ用途は限られ、遠隔操作はそ"
            "の一つです。判断に用いた値は次のとおりです。" } },
        {
            { {
                "Virtual private networks, push services and remote work stay connected by "
                "design.",
                "VPN、プッシュ通知、在宅勤務も接続を保ちます。" } },
        },
        {
            { {
                "Who runs the server, and does the line know it?",
                "サーバの運用者は誰か、回線側は知っているか。" } },
        },
    },
    [FINDING_UPLOAD] = {
        { {
            "unusual upload",
            "異常な送信" } },
        { {
            "{octets_out} sent by {lines}, {upload_ratio} times what came back",
            "{lines} から {octets_out} を送信、受信の {upload_ratio} 倍" } },
        { {
            "The line sent far more than it usually does, to a place it did not know "
            "before. These numbers decided:",
            "回線は普段をはるかに超える量を、初めての相手に送り"
            "ました。判断に用いた値は次のとおりです。" } },
        {
            { {
                "Backups, video and file sharing send as much; whether it was allowed cannot "
                "be seen.",
                "バックアップ、動画、共有も同じ量を送ります。許可の"
                "有無は見えません。" } },
        },
        {
            { {
                "Did somebody mean to send it? Ask the owner of the line.",
                "意図した送信か、回線の所有者に尋ねる。" } },
        },
    },
    [FINDING_RELAY] = {
        { {
            "likely relay",
            "中継の疑い" } },
        { {
            "hands on what {controllers} controllers send, {conservation} octets out for "
            "each in",
            "{controllers} の制御元から受け、受信1に対し {conservation} "
            "を送信" } },
        { {
            "What comes in from one side goes out at the other, at the same time and in "
            "the same amount. These numbers decided:",
            "一方から来たものが、同時に同量だけ他方へ出ています"
            "。判断に用いた値は次のとおりです。" } },
        {
            { {
                "A proxy or VPN that the owner runs on purpose looks the same.",
                "所有者が意図して動かすプロキシやVPNも同じように見え"
                "ます。" } },
            { {
                "Nothing is blocked by itself: the device may be abused, tell its owner.",
                "自動遮断はしません。機器の悪用の可能性を所有者に知"
                "らせます。" } },
        },
        {
            { {
                "Tell the owner to update or replace the device.",
                "所有者に機器の更新又は交換を促す。" } },
            { {
                "Look at the controller: it may serve other lines.",
                "制御元を調べる。他の回線も使われている可能性。" } },
        },
    },
    [FINDING_PEER_GROUP] = {
        { {
            "group of peers",
            "相互接続の群" } },
        { {
            "{members} lines share peers that nobody else has",
            "{members} 回線が他にない相手を共有" } },
        { {
            "The lines have contacts in common that no other line has. These numbers "
            "decided:",
            "これらの回線は、他の回線にない相手を共有しています"
            "。判断に用いた値は次のとおりです。" } },
        {
            { {
                "File sharing and games make such groups, too; theirs are short and large.",
                "ファイル共有やゲームも群を作りますが、短期で大量で"
                "す。" } },
        },
        {
            { {
                "Does one of the lines have another finding?",
                "他の検出がある回線はないか。" } },
        },
    },
    [FINDING_SHARED_SERVER] = {
        { {
            "server that infected lines share",
            "感染回線に共通の接続先" } },
        { {
            "{flagged_lines} of {clients} lines that call it have other findings",
            "接続する {clients} 回線のうち {flagged_lines} に他の検出" } },
        { {
            "Lines with other findings call this server far more often than others do. "
            "These numbers decided:",
            "他の検出がある回線が、この接続先に特に多く接続して"
            "います。判断に用いた値は次のとおりです。" } },
        {
            { {
                "A tool that all victims use for repair looks the same.",
                "被害者が共通に使う復旧用の道具も同じように見えます"
                "。" } },
        },
        {
            { {
                "What is the server, and is it on any list?",
                "接続先は何か、指標一覧にあるか。" } },
        },
    },
    [FINDING_DARK_SOURCE] = {
        { {
            "source of traffic to unused addresses",
            "未使用アドレスへの送信元" } },
        { {
            "sent to {dark_hits} unused addresses",
            "未使用の {dark_hits} アドレスへ送信" } },
        { {
            "Nobody has a reason to send to addresses nobody uses. These numbers decided:",
            "誰も使わないアドレスに送る理由はありません。判断に"
            "用いた値は次のとおりです。" } },
        {
            { {
                "Research scanners say who they are; errors of configuration stay with few "
                "addresses.",
                "研究目的の走査は名乗り、設定誤りは少数の宛先に限ら"
                "れます。" } },
        },
        {
            { {
                "If the source is yours, take it off the net and examine it.",
                "自組織の機器なら切り離して調査する。" } },
        },
    },
    [FINDING_BACKSCATTER] = {
        { {
            "victim of a flood elsewhere",
            "他所での大量送信の被害" } },
        { {
            "answers to {dark_hits} addresses that never asked",
            "要求していない {dark_hits} アドレスへ応答" } },
        { {
            "A victim answers to the senders that a flood pretends to come from. These "
            "numbers decided:",
            "被害者は、詐称された送信元へ応答します。判断に用い"
            "た値は次のとおりです。" } },
        {
            { {
                "How large the flood is can only be told from how much of the space is "
                "watched.",
                "規模は観測している範囲からの推定です。" } },
        },
        {
            { {
                "Tell whoever runs the address.",
                "アドレスの運用者に知らせる。" } },
        },
    },
    [FINDING_LATERAL] = {
        { {
            "movement inside",
            "内部での横展開" } },
        { {
            "reached for {new_targets} hosts inside that it never called before",
            "初めての内部機器 {new_targets} 台へ接続" } },
        { {
            "The host uses administrators' ways to machines it had no business with. "
            "These numbers decided:",
            "管理者の手段で、関係のなかった機器に接続しています"
            "。判断に用いた値は次のとおりです。" } },
        {
            { {
                "A new administrator or inventory tool does the same on its first day.",
                "新任の管理者や資産管理の道具も初日は同じです。" } },
        },
        {
            { {
                "Was it an administrator at work? Ask.",
                "管理者の作業か確認する。" } },
            { {
                "Which accounts were used, from where?",
                "どのアカウントがどこから使われたか。" } },
        },
    },
};
/* clang-format on */

const struct kind_words *kind_words(enum finding_kind kind)
{
    MUST(kind < FINDING_KINDS);
    return kinds[kind].word.words[0] ? &kinds[kind] : NULL;
}

static bool put_own_value(const struct finding *finding, struct bytes name,
                          enum report_language language, struct text *out)
{
    const struct {
        const char *name;
        struct slot value;
    } own[] = {
        { "lines", slot_lines(finding, language) },
        { "connections", slot_count(finding->connections) },
        { "octets_out", slot_octets(finding->octets_out) },
        { "octets_in", slot_octets(finding->octets_in) },
        { "span", slot_span(finding->last_ns - finding->first_ns, language) },
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (!bytes_equal(name, bytes_of_string(own[i].name)))
            continue;
        text_put_string(out, own[i].value.at);
        return true;
    }
    return false;
}

/* A number that was not told is a dash. */
static void put_value(const struct finding *finding, struct bytes name,
                      enum report_language language, struct text *out)
{
    if (put_own_value(finding, name, language, out))
        return;
    for (size_t i = 0; i < finding->measure_count; i++) {
        const struct measure *measure = &finding->measures[i];
        if (!bytes_equal(name, bytes_of_string(measure_kind(measure->id)->name)))
            continue;
        text_put_string(out, slot_measure(measure->id, measure->value, language).at);
        return;
    }
    text_put_char(out, '-');
}

void kind_describe(const struct finding *finding, enum report_language language,
                   struct text *out)
{
    const struct kind_words *kind = kind_words(finding->kind);
    MUST(kind);
    const char *at = kind->what.words[language];
    while (*at) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (!end) {
            text_put_char(out, *at++);
            continue;
        }
        struct bytes name = { (const uint8_t *)at + 1, (size_t)(end - at - 1) };
        put_value(finding, name, language, out);
        at = end + 1;
    }
}
