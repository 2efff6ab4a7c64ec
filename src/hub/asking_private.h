// SPDX-License-Identifier: Apache-2.0
/* One request of a person, an API token or a sensor: who asks, for what purpose, and how it is
 * answered.  Every subject's handlers take one of these and nothing else. */
#pragma once

#include "hub/core_private.h"

struct asking_person {
    char name[HUB_NAME_MAX], display[128], language[8];
    int64_t organisation;
};

struct asking_session {
    uint8_t digest[TOKEN_DIGEST_OCTETS];
    char strength[16], csrf[TOKEN_TEXT_MAX], purpose[ACCESS_RULE_MAX];
    int64_t expires_ns;
    bool is_token; /* of the API: no cookie, no CSRF */
};

struct asking_sensor {
    int64_t id, organisation, compartment;
    unsigned sector;
    char name[HUB_NAME_MAX], basis[BASIS_NAME_MAX], equipment[64];
};

struct asking {
    struct hub *hub;
    const struct http_request *request;
    struct http_reply *reply;
    struct database *db; /* reads; of the pool */
    int64_t now_ns;
    struct access_actor actor;
    struct asking_person person;
    struct asking_session session;
    struct asking_sensor sensor;
    const char *purpose; /* of this request */
    int64_t view;        /* of what may be listed (compartment_private.h); 0: not asked yet */
    const char *once;    /* Idempotency-Key; NULL: none */
    uint8_t once_digest[HUB_DIGEST_OCTETS];
    unsigned status; /* as answered; 0: not yet */
};

/* A handler answers and returns true, or the world failed. */
typedef bool asking_fn(struct asking *asking, struct error *err);

/* ASKING_SESSION: a person who signed in himself; a token does not widen what it is for. */
enum asking_who { ASKING_ANYBODY, ASKING_PERSON, ASKING_SESSION, ASKING_SENSOR };

struct hub_route {
    enum http_method method;
    const char *pattern, *operation;
    enum asking_who who;
    asking_fn *run;
    size_t body_max;
};

/* Takes the object over; true, so that a handler ends `return answer(...)`. */
bool answer(struct asking *asking, unsigned status, json_t *taken);
/* With an ETag of the row's version. */
bool answer_version(struct asking *asking, unsigned status, json_t *taken, int64_t version);
bool answer_nothing(struct asking *asking);
/* 404: not there, or not to be known of. */
bool refuse_unknown(struct asking *asking);
bool refuse_as(struct asking *asking, unsigned status, const char *type, struct law_text title);
/* 403 in the words of a ruling. */
bool refuse_ruling(struct asking *asking, const struct access_verdict *verdict);
bool refuse_law(struct asking *asking, unsigned status, const struct law_ruling *ruling);
/* 400 naming a field. */
bool refuse_field(struct asking *asking, const char *field, struct law_text why);

/* A change by whoever asks, with its Idempotency-Key written down. */
MUST_CHECK bool change_of(struct asking *asking, struct change *out, struct error *err);

/* The body's object; NULL after having refused.  The caller's to give back. */
json_t *asking_body(struct asking *asking);
/* A member's text, "" where there is none; refuses (false) what is too long or no text. */
MUST_CHECK bool body_text(struct asking *asking, const json_t *body, const char *name,
                          size_t max, const char **out);
/* A moment in RFC 3339; missing where there is none. */
MUST_CHECK bool body_time(struct asking *asking, const json_t *body, const char *name,
                          int64_t missing, int64_t *out);
MUST_CHECK bool body_number(struct asking *asking, const json_t *body, const char *name,
                            int64_t missing, int64_t *out);
/* Refuses (400) a parameter of the query that the operation does not know. */
MUST_CHECK bool asking_queries_known(struct asking *asking, const char *operation);
/* If-Match against the version: refuses 428 and 412. */
MUST_CHECK bool asking_matches(struct asking *asking, int64_t version);
/* The same where nothing has to be said: refuses 412. */
MUST_CHECK bool asking_matches_if_told(struct asking *asking, int64_t version);
/* Of 1 to max printable characters of ASCII? */
bool header_is_printable(const char *text, size_t max);
/* The number of the route's variable; 0 where it is none. */
int64_t asking_id(const struct asking *asking, const char *variable);

/* May the asker do that to this?  Refuses with 404 where it may not even be listed, else 403.
 */
MUST_CHECK bool asking_may(struct asking *asking, enum access_action action,
                           const struct access_object *object);
bool asking_would(const struct asking *asking, enum access_action action,
                  const struct access_object *object);

/* "p7", as people stand in the ledger. */
struct asking_actor {
    char text[24];
};
struct asking_actor asking_name(int64_t person);

/* Handlers by subject. */
extern const struct hub_route hub_routes[];
extern const size_t hub_route_count;
extern const struct hub_route hub_sensor_routes[];
extern const size_t hub_sensor_route_count;
void asking_serve(void *context, const struct http_request *request, struct http_reply *reply);
