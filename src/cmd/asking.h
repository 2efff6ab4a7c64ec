// SPDX-License-Identifier: Apache-2.0
/* How a command comes by a grant: who asks, as what, for which purpose, of which basis; the
 * ruling; and its entry in the ledger, which is durable before anything is read.  There is no
 * other way for a command to a reading store. */
#pragma once

#include "access/access.h"
#include "base/error.h"
#include "cmd/language.h"
#include "statute/statute.h"

enum { ASKING_PATH_MAX = 4096 };

/* From the command line; NULL where it said nothing. */
struct asking {
    const char *command; /* "query", for messages */
    const char *actor, *role, *purpose, *basis, *law;
    const char *at; /* the clock of an exercise */
    char store[ASKING_PATH_MAX];
    enum report_language language;
};

/* The options every asking command has, as they stand in its help. */
#define ASKING_HELP                                                                        \
    "  --purpose ID       what for; one of the law's purposes (an owner need not say)\n"   \
    "  --role ID          as what you ask (default: owner)\n"                              \
    "  --actor NAME       who you are (default: your login)\n"                             \
    "  --basis ID         information of which legal basis (default: that of the newest\n" \
    "                     run, when it is one's own or an exercise)\n"                     \
    "  --law ID           under which law (default: jp)\n"                                 \
    "  --store FILE       the store (default: watch.sqlite in $XDG_STATE_HOME/sekisho)\n"  \
    "  --language en|ja   the language (default: as the system is set)\n"

#define ASKING_OPTIONS                                                                        \
    { "purpose", required_argument, NULL, 'P' }, { "role", required_argument, NULL, 'R' },    \
        { "actor", required_argument, NULL, 'A' }, { "basis", required_argument, NULL, 'B' }, \
        { "law", required_argument, NULL, 'L' }, { "store", required_argument, NULL, 'S' },   \
    {                                                                                         \
        "language", required_argument, NULL, 'G'                                              \
    }
#define ASKING_OPTION_AT                   \
    {                                      \
        "at", required_argument, NULL, 'T' \
    }

/* asking with its defaults. */
struct asking asking_begin(const char *command);
/* An option of these; false with words when its argument is wrong. */
MUST_CHECK bool asking_take(struct asking *asking, int option, const char *argument,
                            struct error *err);
bool asking_has(int option);
/* Where it is when no option said it. */
MUST_CHECK bool asking_find_store(struct asking *asking, struct error *err);

/* The answer, and the law it was given by. */
struct asked {
    struct law law;
    struct access_grant grant; /* when allowed */
    struct law_ruling ruling;
    struct access_request request;
    char actor[ACCESS_ACTOR_MAX];
    char basis[BASIS_NAME_MAX];
    char purpose[ACCESS_WORD_MAX];
};

enum asking_answer { ASKING_ALLOWED, ASKING_REFUSED, ASKING_FAILED };
/* subject: the finding or warrant asked about, for the ledger, or NULL; never an address. */
MUST_CHECK enum asking_answer asking_decide(const struct asking *asking, const char *action,
                                            const char *subject, struct asked *out,
                                            struct error *err);
/* The law, the clock and the defaults alone, without asking for anything: for what needs no
 * grant. */
MUST_CHECK bool asking_prepare(const struct asking *asking, const char *action,
                               struct asked *out, struct error *err);
/* On standard error: the article and the reason, in the language asked for. */
void asking_tell(const struct asking *asking, const struct law_ruling *ruling);
/* May it be named in the ledger: a finding or warrant, no address and no name of a host. */
bool asking_may_name(const char *subject);
