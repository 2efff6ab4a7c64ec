// SPDX-License-Identifier: Apache-2.0
/* No rule hides both languages: where :has() is not known, both are shown. */
#include "report/html_private.h"

const char html_style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1c;--paper:#fff;--soft:#f1f1f4;--rule:#767676;"
    "--link:#0017c1;--bar:#264af4;--dot:#b5020e}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#f1f1f4;--paper:#1a1a1c;--soft:#2b2b30;"
    "--rule:#949494;--link:#a5b8ff;--bar:#7e9bff;--dot:#ff8f8f}}\n"
    "body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.7 system-ui,\"Hiragino Sans\",\"Noto Sans JP\","
    "\"Noto Sans CJK JP\",sans-serif;line-break:strict}"
    "h1,p,.long,.who{overflow-wrap:anywhere}\n"
    "body:has(#ja:checked) .w[lang=en],body:has(#en:checked) .w[lang=ja]{display:none}\n"
    "h1{font-size:1.6rem;line-height:1.4}h2{font-size:1.3rem;margin-top:2.5rem}"
    "h3{font-size:1.1rem;margin-top:2rem}\n"
    "a{color:var(--link)}:focus-visible{outline:3px solid var(--link);outline-offset:2px}\n"
    ".skip{position:absolute;left:-99rem}.skip:focus{position:static}\n"
    "fieldset{border:1px solid var(--rule);display:inline-block;padding:.25rem 1rem}"
    "input[type=radio]{width:1.5rem;height:1.5rem;vertical-align:middle}"
    "label{padding:.5rem 1rem .5rem .25rem}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}"
    "caption{text-align:left;font-weight:bold;padding:.5rem 0}\n"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .8rem;"
    "border-bottom:1px solid var(--rule);min-width:3rem}thead th{background:var(--soft)}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "code{font-size:.9em;white-space:nowrap}"
    ".long{min-width:14rem}.who{min-width:20rem}\n"
    "figure{margin:1rem 0}svg{display:block;width:100%;min-width:45rem;max-width:60rem}"
    "svg text{fill:var(--ink);font-size:13px}.bar{fill:var(--bar)}.dot{fill:var(--dot)}"
    ".grid{stroke:var(--rule);stroke-width:1}\n"
    "@page{margin:15mm}@media "
    "print{:root{--ink:#000;--paper:#fff;--soft:#eee}body{max-width:none;"
    "font-size:10pt;padding:0}fieldset,.skip{display:none}.scroll{overflow:visible}"
    "svg{min-width:0}tr,figure{break-inside:avoid}thead{display:table-header-group}"
    "h2,h3,caption{break-after:avoid}}\n";

const char html_style_sha256[] = "YWb4rSLyHOj3R5OQJduJ/ZhFCnjpH2nu4UyOA2RHA0o=";
