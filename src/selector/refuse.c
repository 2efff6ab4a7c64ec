// SPDX-License-Identifier: Apache-2.0
#include "selector/refuse_private.h"

#include "base/utf8.h"

/* In the words, % is what is spoken of and @ what stands there. */
static const struct {
    const char *en, *ja, *article;
} refusals[REFUSALS] = {
    [REFUSED_HIDDEN] = { "here stands a character that cannot be seen, or changes how others "
                         "are read: what is approved must be what is read",
                         "ここに見えない文字又は他の文字の読み順を変える文字がある。"
                         "承認される文と読まれる文は同じでなければならない",
                         NULL },
    [REFUSED_LONG] = { "the text is longer than a selector may be", "選別条件の文が長すぎる",
                       NULL },
    [REFUSED_UNEXPECTED] = { "expected %, found \"@\"", "%が必要だが「@」がある", NULL },
    [REFUSED_CONTENT] = { "\"@\" asks for content. There is no word for content: what people "
                          "say to each other is never looked at, only what machines tell of "
                          "themselves",
                          "「@」は通信の内容を求める語である。内容を表す語はこの言語に"
                          "存在しない。選別できるのは機械的情報のみである",
                          "2(8)" },
    [REFUSED_PATTERN] = { "\"@\" is a pattern. There are no patterns, wildcards or words for "
                          "`any`: nobody could say beforehand whom they reach. Name a list",
                          "「@」は範囲の定まらない型である。正規表現・ワイルドカード・"
                          "「全て」は存在しない。一覧の名を書くこと",
                          NULL },
    [REFUSED_WRITTEN_OUT] = { "\"@\" is written out. Addresses and names stand in lists, which "
                              "refuse what reaches too far (0.0.0.0/0): put it into one and "
                              "write: in list \"NAME\"",
                              "「@」が直接書かれている。アドレスや名前は一覧に置くこと。"
                              "一覧は広すぎるもの（0.0.0.0/0など）を受け付けない",
                              NULL },
    [REFUSED_TWICE] = { "\"@\" is said twice: once is clear", "「@」が二度書かれている", NULL },
    [REFUSED_MISSING] = { "the selector does not say %", "選別条件に%がない", NULL },
    [REFUSED_SCOPE_ALL] = { "\"@\" is no scope: name the directions, or own-network",
                            "「@」は範囲ではない。通信の方向又は自網を明記すること", NULL },
    [REFUSED_REVEALS_NONE] = { "what is recorded names a server: reveals server, or line. For "
                               "counts alone there is `sekisho selector dry-run`",
                               "記録は相手先を示す。「相手先」又は「回線」と書くこと。"
                               "件数のみなら `sekisho selector dry-run` がある",
                               NULL },
    [REFUSED_MIXED] = { "`and` and `or` stand side by side: say with parentheses what belongs "
                        "together",
                        "「かつ」と「又は」が並んでいる。括弧でまとまりを示すこと", NULL },
    [REFUSED_DEEP] = { "parentheses stand within parentheses, too deep to be read aloud",
                       "括弧の入れ子が深すぎて読み上げられない", NULL },
    [REFUSED_FULL] = { "the condition asks more than one selector may: split it",
                       "条件の項目が多すぎる。選別条件を分けること", NULL },
    [REFUSED_STRING] = { "% is a text within quotes, on one line, neither empty nor long, "
                         "without quotes or tabs in it",
                         "%は一行の引用で、空でも長すぎもせず、引用符を含まないこと", NULL },
    [REFUSED_NAME] = { "% is made of letters a to z, digits, \"-\", \"_\" and \".\"",
                       "%は英小文字・数字・「-」「_」「.」のみで書くこと", NULL },
    [REFUSED_PERIOD] = { "\"@\" is no date of the calendar, or the end is before the beginning",
                         "「@」は暦にない日付か、終期が始期より前である", NULL },
    [REFUSED_PERIOD_LONG] = { "a selector is valid for 180 days at most",
                              "選別条件の期間は最長180日である", NULL },
    [REFUSED_NUMBER] = { "\"@\" is out of bounds for %", "「@」は%として範囲外である", NULL },
    [REFUSED_ALWAYS] = { "this test says nothing: it holds always, or never",
                         "この条件は常に成り立つか、決して成り立たない", NULL },
    [REFUSED_BASIS] = { "the selector is for basis \"@\", not for %",
                        "この選別条件の根拠は「@」であり、%ではない", NULL },
    [REFUSED_DIRECTION] = { "the scope asks for @, which basis % does not cover",
                            "範囲の「@」は根拠%の対象外である", NULL },
    [REFUSED_LINE] = { "basis % lets no line be told in clear: reveals server",
                       "根拠%では回線を明示できない。開示は「相手先」とすること", NULL },
    [REFUSED_PURPOSE] = { "\"@\" is no purpose for which the law lets anything be selected",
                          "「@」は法が選別を認める目的ではない", NULL },
    [REFUSED_ALTERNATIVES] = { "the condition may hold in more ways than can be counted: "
                               "split it",
                               "条件の成り立ち方が多すぎて数えられない。分けること", NULL },
    [REFUSED_NO_PIECE] = { "the condition may hold without anything that is in a list or any "
                           "behaviour: ports, sizes and `not` narrow, they do not select",
                           "一覧にあるもの又は挙動なしに成り立つことがある。ポート・大きさ・"
                           "否定は絞り込みであり、選別の理由にならない",
                           NULL },
    [REFUSED_PIECES] = { "the condition may hold on fewer pieces of information than the basis "
                         "asks for: on @ alone, where it asks for %",
                         "条件が根拠の求める数より少ない情報で成り立つ。「@」のみで"
                         "成り立つが、%が必要である",
                         NULL },
    [REFUSED_KINDS] = { "the pieces of information must be of different kinds: @ are of one, "
                        "where the basis asks for %",
                        "情報は異なる種類でなければならない。「@」は同種であり、%が必要である",
                        NULL },
    [REFUSED_SAMPLED_BEHAVIOUR] = { "% cannot be measured where fewer packets than 1 in @ are "
                                    "counted: lower `sampling up to`",
                                    "%は1:@より粗い標本では測定できない", NULL },
    [REFUSED_SAMPLED_FIELD] = { "of sampled packets % is known to be so much or more, never so "
                                "little or less: leave `sampling` out, or ask for >=",
                                "標本からは%が「以上」であることしか分からない。標本の指定を"
                                "やめるか「以上」で書くこと",
                                NULL },
};

static void fill(const char *words, const char *found, const char *what, struct text *out)
{
    for (const char *at = words; *at; at++) {
        if (*at == '@')
            utf8_put_clean(out, bytes_of_string(found ? found : ""));
        else if (*at == '%')
            text_put_string(out, what ? what : "");
        else
            text_put_char(out, *at);
    }
}

bool refuse(enum refusal refusal, struct refusal_at at, struct selector_error *err)
{
    const char *article = at.article ? at.article : refusals[refusal].article;
    *err = (struct selector_error){ .line = at.line, .column = at.column };
    struct text en = text_over(err->words, sizeof err->words);
    struct text ja = text_over(err->words_ja, sizeof err->words_ja);
    struct text cite = text_over(err->article, sizeof err->article);
    fill(refusals[refusal].en, at.found, at.what, &en);
    fill(refusals[refusal].ja, at.found, at.what_ja, &ja);
    if (article)
        text_put_string(&cite, article);
    return false;
}
