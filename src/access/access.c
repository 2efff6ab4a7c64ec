// SPDX-License-Identifier: Apache-2.0
#include "access/access.h"

static bool keep(char *room, size_t max, const char *word)
{
    struct text to = text_over(room, max);
    text_put_string(&to, word);
    return !to.cut && to.len > 0;
}

/* Where a name is missing or too long to be told in full, nobody could be held to it. */
static bool is_named(const struct access_request *request, struct access_grant *grant)
{
    return keep(grant->actor, sizeof grant->actor, request->actor) &&
           keep(grant->role, sizeof grant->role, request->role) &&
           keep(grant->purpose, sizeof grant->purpose, request->purpose) &&
           keep(grant->basis, sizeof grant->basis, request->basis);
}

static void refuse_nameless(const struct law *law, struct law_ruling *ruling)
{
    *ruling = (struct law_ruling){ 0 };
    (void)keep(ruling->article, sizeof ruling->article, law->access_article);
    (void)keep(ruling->words, sizeof ruling->words,
               "who asks, as what, for which purpose and of which basis must be named");
    (void)keep(ruling->words_ja, sizeof ruling->words_ja,
               "利用者、役割、目的及び根拠を明らかにしなければならない");
}

bool access_decide(const struct law *law, const struct access_request *request,
                   struct access_grant *out, struct law_ruling *ruling)
{
    struct access_grant grant = { .now_ns = request->now_ns };
    if (!is_named(request, &grant)) {
        refuse_nameless(law, ruling);
        return false;
    }
    *ruling = law_rule_access(law, request->role, request->action, request->purpose,
                              request->basis, request->now_ns);
    if (!ruling->is_allowed)
        return false;
    const struct law_basis *basis = law_find_basis(law, bytes_of_string(request->basis));
    grant.lines_in_clear = basis && basis->lines_in_clear;
    *out = grant;
    return true;
}
