// SPDX-License-Identifier: Apache-2.0
#include "select/suffixes_private.h"

/* The largest registries that register under two labels; not the whole public suffix list,
 * which changes weekly. */
static const char *const two_labels[] = {
    "ac.jp",  "ad.jp",  "co.jp",  "ed.jp",  "go.jp",  "gr.jp",  "lg.jp",  "ne.jp",  "or.jp",
    "ac.uk",  "co.uk",  "gov.uk", "ltd.uk", "me.uk",  "net.uk", "org.uk", "plc.uk", "com.au",
    "edu.au", "gov.au", "id.au",  "net.au", "org.au", "com.br", "gov.br", "net.br", "org.br",
    "ac.cn",  "com.cn", "edu.cn", "gov.cn", "net.cn", "org.cn", "com.hk", "com.tw", "edu.tw",
    "gov.tw", "net.tw", "org.tw", "ac.kr",  "co.kr",  "go.kr",  "ne.kr",  "or.kr",  "ac.in",
    "co.in",  "gov.in", "net.in", "org.in", "co.id",  "go.id",  "or.id",  "co.il",  "co.nz",
    "net.nz", "org.nz", "ac.th",  "co.th",  "go.th",  "in.th",  "co.za",  "org.za", "com.ar",
    "com.co", "com.mx", "com.my", "com.ph", "com.pk", "com.pl", "com.ru", "com.sg", "com.tr",
    "com.ua", "com.ve", "com.vn", "net.ru", "org.ru", "com.sa", "com.eg", "com.ng", "com.bd",
};

bool is_public_suffix(struct bytes name)
{
    size_t dots = 0;
    for (size_t i = 0; i < name.len; i++)
        dots += name.at[i] == '.';
    if (dots == 0)
        return true;
    for (size_t i = 0; dots == 1 && i < sizeof two_labels / sizeof *two_labels; i++) {
        if (bytes_equal(name, bytes_of_string(two_labels[i])))
            return true;
    }
    return false;
}
