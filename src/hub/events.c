// SPDX-License-Identifier: Apache-2.0
/* What happens, as it happens (server-sent events): only of rows that whoever listens may list,
 * asked anew for each, and never more than that something of that name changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/compartment_private.h"
#include "hub/meta_private.h"
#include "hub/who_private.h"

enum { EVENTS_AT_ONCE = 50, EVENT_ROOM = 256 };

struct listening {
    struct hub *hub;
    struct asking asking; /* who listens: asked again each time, so what ended counts */
    char purpose[ACCESS_RULE_MAX];
    int64_t last;
    uint64_t looked; /* hub->happened when last looked */
};

static size_t put_event(const struct database_rows *rows, char *room, size_t max)
{
    char kind[32], subject[96];
    struct text to = text_over(kind, sizeof kind), about = text_over(subject, sizeof subject);
    text_put(&to, database_get_text(rows, 1));
    text_put(&about, database_get_text(rows, 2));
    int len = snprintf(room, max, "id: %lld\nevent: %s\ndata: {\"subject\":\"%s\"}\n\n",
                       (long long)database_get_number(rows, 0), kind, subject);
    return len > 0 && (size_t)len < max ? (size_t)len : 0;
}

static ssize_t look(struct listening *listening, char *room, size_t max, struct error *err)
{
    struct asking *asking = &listening->asking;
    bool is_known;
    int64_t view;
    if (!who_again(asking, &is_known, err) || !is_known)
        return -1;
    asking->view = 0;
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return -1;
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT id, kind, subject FROM happening WHERE id > $1 AND compartment IN"
            " (SELECT compartment FROM visible WHERE view = $2) ORDER BY id LIMIT $3",
            database_number(listening->last), database_number(view),
            database_number(EVENTS_AT_ONCE)),
        err);
    if (!rows)
        return -1;
    size_t len = 0;
    enum database_step step = DATABASE_END;
    while (len + EVENT_ROOM < max && (step = database_step(rows, err)) == DATABASE_ROW) {
        len += put_event(rows, room + len, max - len);
        listening->last = database_get_number(rows, 0);
    }
    database_end(rows);
    return step == DATABASE_FAILED ? -1 : (ssize_t)len;
}

static ssize_t next(void *context, char *room, size_t max)
{
    struct listening *listening = context;
    struct error err = { 0 };
    uint64_t happened = atomic_load(&listening->hub->happened);
    if (happened == listening->looked)
        return 0;
    listening->looked = happened;
    listening->asking.db = pool_take(listening->hub);
    listening->asking.now_ns = hub_now(listening->hub);
    ssize_t len = look(listening, room, max, &err);
    pool_give(listening->hub, listening->asking.db);
    return len;
}

bool events_stream(struct asking *asking, struct error *err)
{
    const char *given = http_header(asking->request, "Last-Event-ID");
    uint64_t last = 0;
    struct listening *listening = calloc(1, sizeof *listening);
    if (!listening)
        return error_set(err, 12, "events");
    listening->hub = asking->hub;
    listening->asking = *asking;
    listening->asking.request = NULL;
    listening->asking.reply = NULL;
    snprintf(listening->purpose, sizeof listening->purpose, "%s",
             asking->purpose ? asking->purpose : "");
    listening->asking.purpose = asking->purpose ? listening->purpose : NULL;
    listening->looked = UINT64_MAX;
    bool is_read = given && text_read_u64(bytes_of_string(given), INT64_MAX, &last);
    listening->last = (int64_t)last;
    if (!is_read && !sql_number(asking->db, SQL0("SELECT MAX(id) FROM happening"), 0,
                                &listening->last, err)) {
        free(listening);
        return false;
    }
    asking->status = 200;
    http_events(asking->reply, &(struct http_stream){ next, free, listening });
    return true;
}
