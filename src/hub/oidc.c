// SPDX-License-Identifier: Apache-2.0
/* Signing in on another's word: the journey to an OpenID provider and back.  It ends in the
 * browser in which it began: the attempt is found by a cookie of that browser, and then has to
 * have the answer's state, so that nobody brings an answer of his own home by somebody else's
 * browser (RFC 9700 4.7).  People are always sent to a page; why stands in the log. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "hub/challenge_private.h"
#include "hub/session_private.h"

/* The prefix, which other hosts of the domain cannot set, wants Path=/.  It comes back by a
 * link of the provider's site, as the session's cookie would not. */
#define ATTEMPT_COOKIE "__Host-sekisho-oidc"
#define ATTEMPT_COOKIE_PLAIN "sekisho-oidc" /* without TLS browsers refuse the first */

/* Each may wait for seconds, on a thread that others want as well. */
enum { PROVIDER_ASKED_MAX = 4 };

static const char *cookie_of(const struct asking *asking)
{
    return asking->request->is_secure ? ATTEMPT_COOKIE : ATTEMPT_COOKIE_PLAIN;
}

static bool redirect(struct asking *asking, const char *where)
{
    asking->status = 303;
    http_status(asking->reply, 303);
    http_set_header(asking->reply, "Location", where);
    http_set_header(asking->reply, "Cache-Control", "no-store");
    return true;
}

/* To the page, which knows the word; why NULL: nothing for the log. */
static bool send_back(struct asking *asking, const char *word, const char *why)
{
    char where[64];
    if (why)
        hub_tell(asking->hub, "warning", "oidc",
                 json_pack("{s:s, s:s, s:s}", "told", word, "why", why, "trace",
                           asking->request->trace));
    snprintf(where, sizeof where, "/sign-in?error=%s", word);
    return redirect(asking, where);
}

static bool provider_begin(struct hub *hub)
{
    if (atomic_fetch_add(&hub->oidc_asked, 1) < PROVIDER_ASKED_MAX)
        return true;
    atomic_fetch_sub(&hub->oidc_asked, 1);
    return false;
}

static void provider_end(struct hub *hub)
{
    atomic_fetch_sub(&hub->oidc_asked, 1);
}

static bool keep_attempt(struct asking *asking, const struct oidc_attempt *attempt,
                         const char *token, struct error *err)
{
    char subject[CHALLENGE_SUBJECT_MAX], id[CHALLENGE_ID_MAX];
    uint8_t octets[PASSKEY_CHALLENGE_OCTETS], digest[TOKEN_DIGEST_OCTETS];
    snprintf(subject, sizeof subject, "%s %s %s", attempt->state, attempt->nonce,
             attempt->verifier);
    token_digest(token, digest);
    const struct challenge_new what = { .purpose = "oidc",
                                        .subject = subject,
                                        .octets = digest };
    return challenge_make(asking, &what, id, octets, err);
}

bool session_oidc_start(struct asking *asking, struct error *err)
{
    struct oidc_attempt attempt;
    struct error why = { 0 };
    char url[OIDC_URL_MAX], token[TOKEN_TEXT_MAX];
    uint8_t unused[TOKEN_DIGEST_OCTETS];
    struct hub *hub = asking->hub;
    if (!hub->oidc)
        return send_back(asking, "none", NULL);
    if (!token_make("oidc", token, unused, err))
        return false;
    if (!session_may_try(asking, token))
        return true;
    if (!provider_begin(hub))
        return send_back(asking, "busy", NULL);
    bool is_begun = oidc_begin(hub->oidc, &attempt, url, &why);
    provider_end(hub);
    if (!is_begun)
        return send_back(asking, "provider", why.text);
    if (!keep_attempt(asking, &attempt, token, err))
        return false;
    http_set_cookie(asking->reply, cookie_of(asking), token, CHALLENGE_S, HTTP_LAX);
    return redirect(asking, url);
}

static bool read_attempt(const char *subject, struct oidc_attempt *out)
{
    char *const rooms[] = { out->state, out->nonce, out->verifier };
    const size_t sizes[] = { sizeof out->state, sizeof out->nonce, sizeof out->verifier };
    for (size_t i = 0; i < 3; i++) {
        size_t len = strcspn(subject, " ");
        if (len == 0 || len >= sizes[i])
            return false;
        memcpy(rooms[i], subject, len);
        rooms[i][len] = '\0';
        subject += len + (subject[len] == ' ');
    }
    return *subject == '\0';
}

/* Once, whatever comes of it. */
static bool take_attempt(struct asking *asking, const char *token, struct oidc_attempt *out,
                         bool *is_found, struct error *err)
{
    uint8_t digest[TOKEN_DIGEST_OCTETS];
    char id[CHALLENGE_ID_MAX];
    struct challenge challenge;
    token_digest(token, digest);
    sodium_bin2base64(id, sizeof id, digest, sizeof digest,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (!challenge_use(asking, "oidc", id, &challenge, err))
        return false;
    *is_found = challenge.is_found && read_attempt(challenge.subject, out);
    return true;
}

static bool find_outside(struct asking *asking, const json_t *claims, int64_t *person,
                         struct error *err)
{
    char name[OIDC_SUBJECT_MAX + 512];
    const char *subject = json_string_value(json_object_get(claims, "sub"));
    const char *issuer = json_string_value(json_object_get(claims, "iss"));
    *person = 0;
    if (!subject || !issuer || strlen(subject) >= OIDC_SUBJECT_MAX || strlen(issuer) > 500)
        return true;
    snprintf(name, sizeof name, "%s %s", issuer, subject);
    return sql_number(asking->db,
                      SQL("SELECT id FROM person WHERE outside = $1 AND is_active = 1",
                          database_string(name)),
                      0, person, err);
}

static json_t *finish(struct asking *asking, const struct oidc_attempt *attempt,
                      struct error *why)
{
    const struct oidc_answer given = { .code = http_query(asking->request, "code"),
                                       .state = http_query(asking->request, "state"),
                                       .issuer = http_query(asking->request, "iss"),
                                       .error = http_query(asking->request, "error") };
    return oidc_finish(asking->hub->oidc, attempt, &given, asking->now_ns / TIME_SECOND_NS,
                       why);
}

/* Who is known at the provider is somebody here only where an administrator said so: by
 * default nobody has a role. */
static bool come_back(struct asking *asking, const char *token, struct error *err)
{
    struct oidc_attempt attempt = { 0 };
    struct error why = { 0 };
    bool is_found = false;
    int64_t person;
    if (!take_attempt(asking, token, &attempt, &is_found, err))
        return false;
    if (!is_found)
        return send_back(asking, "expired", NULL);
    json_t *claims = finish(asking, &attempt, &why);
    if (!claims)
        return send_back(asking, why.code == ECANCELED ? "refused" : "provider", why.text);
    bool is_asked = find_outside(asking, claims, &person, err);
    json_decref(claims);
    if (!is_asked)
        return false;
    if (person == 0)
        return send_back(asking, "unknown", NULL);
    session_succeeded(asking, token);
    return session_open(asking, person, "provider", NULL, err) && redirect(asking, "/");
}

bool session_oidc_back(struct asking *asking, struct error *err)
{
    const char *token = http_cookie(asking->request, cookie_of(asking));
    if (!asking->hub->oidc)
        return send_back(asking, "none", NULL);
    if (!token)
        return send_back(asking, "expired", NULL);
    if (!provider_begin(asking->hub))
        return send_back(asking, "busy", NULL);
    http_set_cookie(asking->reply, cookie_of(asking), "", 0, HTTP_LAX);
    bool is_done = come_back(asking, token, err);
    provider_end(asking->hub);
    return is_done;
}
