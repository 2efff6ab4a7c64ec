// SPDX-License-Identifier: Apache-2.0
#include "cmd/asking.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/article.h"
#include "cmd/own_ledger.h"
#include "cmd/window.h"
#include "law/law.h"
#include "store/store.h"
#include "system/clock.h"
#include "system/state.h"

struct asking asking_begin(const char *command)
{
    return (struct asking){ .command = command, .language = language_default() };
}

bool asking_has(int option)
{
    return option != 0 && strchr("PRABLSGT", option) != NULL;
}

bool asking_take(struct asking *asking, int option, const char *argument, struct error *err)
{
    struct text store;
    switch (option) {
    case 'P': asking->purpose = argument; return true;
    case 'R': asking->role = argument; return true;
    case 'A': asking->actor = argument; return true;
    case 'B': asking->basis = argument; return true;
    case 'L': asking->law = argument; return true;
    case 'T': asking->at = argument; return true;
    case 'S':
        store = text_over(asking->store, sizeof asking->store);
        text_put_string(&store, argument);
        return !store.cut || error_set(err, 0, "the name of the store is too long");
    default:
        return language_read(argument, &asking->language) ||
               error_set(err, 0, "a language is en or ja, not %s", argument);
    }
}

bool asking_find_store(struct asking *asking, struct error *err)
{
    return asking->store[0] != '\0' ||
           state_path("watch.sqlite", asking->store, sizeof asking->store, err);
}

bool asking_may_name(const char *subject)
{
    return subject && subject[0] != '\0' && !strpbrk(subject, ".:") &&
           strncmp(subject, "line-", 5) != 0;
}

static bool load_law(const struct asking *asking, struct law *out, struct error *err)
{
    static alignas(max_align_t) uint8_t room[LAW_MEMORY];
    struct arena memory = arena_over(room, sizeof room);
    char folder[ASKING_PATH_MAX];
    return law_find_folder(asking->law ? asking->law : LAW_DEFAULT, folder, sizeof folder,
                           err) &&
           law_load(folder, &memory, out, err);
}

static bool find_actor(const struct asking *asking, char *room, size_t max, struct error *err)
{
    struct text actor = text_over(room, max);
    const struct passwd *user = getpwuid(geteuid());
    if (asking->actor)
        text_put_string(&actor, asking->actor);
    else if (user)
        text_put_string(&actor, user->pw_name);
    else
        text_format(&actor, "user %u", (unsigned)geteuid());
    return !actor.cut || error_set(err, 0, "the name of who asks is too long");
}

/* An owner's: that of the newest run.  A statutory one is asked for by name only. */
static bool find_basis(const struct asking *asking, const struct law *law, char *room,
                       struct error *err)
{
    struct text basis = text_over(room, BASIS_NAME_MAX);
    if (asking->basis) {
        text_put_string(&basis, asking->basis);
        return !basis.cut || error_set(err, 0, "there is no basis %s", asking->basis);
    }
    struct error unread; /* told when it is opened with the answer */
    const struct law_basis *found = NULL;
    if (store_newest_basis(asking->store, room, &unread))
        found = law_find_basis(law, bytes_of_string(room));
    if (!found || found->kind == BASIS_STATUTORY) {
        basis = text_over(room, BASIS_NAME_MAX);
        text_put_string(&basis, "own");
    }
    return true;
}

/* The owner of a network has one purpose with it, so it need not be said; a machine has one for
 * each basis. */
static void find_purpose(const struct asking *asking, const char *action, struct asked *out)
{
    struct text purpose = text_over(out->purpose, sizeof out->purpose);
    if (asking->purpose) {
        text_put_string(&purpose, asking->purpose);
        return;
    }
    bool is_known = !asking->role || strcmp(asking->role, "machine") == 0;
    for (size_t i = 0; i < out->law.permission_count && is_known; i++) {
        const struct law_permission *row = &out->law.permissions[i];
        if (purpose.len == 0 && strcmp(row->role, out->request.role) == 0 &&
            strcmp(row->action, action) == 0 && strcmp(row->basis, out->basis) == 0)
            text_put_string(&purpose, row->purpose);
    }
}

/* A clock of one's own would extend what is over, or end what is not: only what is synthetic
 * may be handled by it. */
static bool find_time(const struct asking *asking, struct asked *out, struct error *err)
{
    out->request.now_ns = clock_now_ns();
    if (!asking->at)
        return true;
    const struct law_basis *basis = law_find_basis(&out->law, bytes_of_string(out->basis));
    if (!basis || basis->kind != BASIS_EXERCISE)
        return error_set(err, 0, "--at is for exercises: their basis must be asked for");
    return time_read(bytes_of_string(asking->at), &out->request.now_ns) ||
           error_set(err, 0, "a time is as 2028-03-31 or 2028-03-31T12:00:00Z, not %s",
                     asking->at);
}

bool asking_prepare(const struct asking *asking, const char *action, struct asked *out,
                    struct error *err)
{
    *out = (struct asked){ 0 };
    if (!load_law(asking, &out->law, err) ||
        !find_actor(asking, out->actor, sizeof out->actor, err) ||
        !find_basis(asking, &out->law, out->basis, err))
        return false;
    out->request.role = asking->role ? asking->role : "owner";
    out->request.actor = out->actor;
    out->request.action = action;
    out->request.basis = out->basis;
    out->request.purpose = out->purpose;
    find_purpose(asking, action, out);
    return find_time(asking, out, err);
}

/* Words of the ledger are of letters, digits and underscores. */
static void set_basis(struct entry *entry, const char *basis)
{
    bool is_any = strcmp(basis, "*") == 0;
    entry_set_text(entry, ENTRY_BASIS, is_any ? BYTES("any") : bytes_of_string(basis));
}

/* What was not said is told as what it is. */
static struct bytes said(const char *word)
{
    return word[0] != '\0' ? bytes_of_string(word) : BYTES("none");
}

static bool record(const struct asked *asked, const char *subject, struct error *err)
{
    const struct access_request *request = &asked->request;
    const struct law_ruling *ruling = &asked->ruling;
    struct entry entry = entry_begin(ENTRY_ACCESS, clock_now_ns());
    entry_set_text(&entry, ENTRY_ACTOR, said(request->actor));
    entry_set_text(&entry, ENTRY_ROLE, said(request->role));
    entry_set_text(&entry, ENTRY_PURPOSE, said(request->purpose));
    entry_set_text(&entry, ENTRY_ACTION, bytes_of_string(request->action));
    set_basis(&entry, law_find_basis(&asked->law, bytes_of_string(request->basis)) ||
                              strcmp(request->basis, "*") == 0
                          ? request->basis
                          : "unknown");
    entry_set_text(&entry, ENTRY_VERDICT,
                   ruling->is_allowed ? BYTES("allowed") : BYTES("refused"));
    if (ruling->article[0] != '\0')
        entry_set_text(&entry, ENTRY_ARTICLE, bytes_of_string(ruling->article));
    if (!ruling->is_allowed)
        entry_set_text(&entry, ENTRY_REASON, bytes_of_string(ruling->words));
    if (asking_may_name(subject))
        entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(subject));
    return own_ledger_put(&entry, 1, err);
}

enum asking_answer asking_decide(const struct asking *asking, const char *action,
                                 const char *subject, struct asked *out, struct error *err)
{
    if (!window_close_due(clock_now_ns(), err) || !asking_prepare(asking, action, out, err))
        return ASKING_FAILED;
    bool is_allowed = access_decide(&out->law, &out->request, &out->grant, &out->ruling);
    out->ruling.is_allowed = is_allowed;
    if (!record(out, subject, err))
        return ASKING_FAILED;
    return is_allowed ? ASKING_ALLOWED : ASKING_REFUSED;
}

void asking_tell(const struct asking *asking, const struct law_ruling *ruling)
{
    bool is_ja = asking->language == REPORT_JAPANESE;
    fprintf(stderr, "sekisho %s: %s", asking->command, is_ja ? "拒否" : "refused");
    article_put(ruling->article, is_ja, stderr);
    fprintf(stderr, is_ja ? "：%s\n" : ": %s\n", is_ja ? ruling->words_ja : ruling->words);
}
