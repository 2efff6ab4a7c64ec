// SPDX-License-Identifier: Apache-2.0
/* That a session goes on is noted here and written once a second for all: whoever only looks
 * never waits for those who write. */
#include <string.h>

#include "hub/who_private.h"
#include "hub/work_private.h"

enum { COLUMNS = 2 };

void seen_note(struct asking *asking)
{
    struct hub_seen *seen = &asking->hub->seen;
    const uint8_t *digest = asking->session.digest;
    size_t at = 0;
    pthread_mutex_lock(&seen->lock);
    while (at < seen->count && memcmp(seen->rows[at].digest, digest, TOKEN_DIGEST_OCTETS) != 0)
        at++;
    if (at < HUB_SEEN_MAX) { /* else with his next request */
        memcpy(seen->rows[at].digest, digest, TOKEN_DIGEST_OCTETS);
        seen->rows[at].at_ns = asking->now_ns;
        seen->count += at == seen->count;
    }
    pthread_mutex_unlock(&seen->lock);
}

static size_t take_all(struct hub_seen *seen, struct hub_seen_row rows[HUB_SEEN_MAX])
{
    pthread_mutex_lock(&seen->lock);
    size_t count = seen->count;
    memcpy(rows, seen->rows, count * sizeof *rows);
    seen->count = 0;
    pthread_mutex_unlock(&seen->lock);
    return count;
}

bool seen_turn(struct hub *hub, struct error *err)
{
    struct hub_seen_row rows[HUB_SEEN_MAX];
    struct database_value values[HUB_SEEN_MAX * COLUMNS];
    struct change change;
    size_t count = take_all(&hub->seen, rows);
    if (count == 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        values[i * COLUMNS] =
            database_blob((struct bytes){ rows[i].digest, TOKEN_DIGEST_OCTETS });
        values[i * COLUMNS + 1] = database_number(rows[i].at_ns);
    }
    const struct database_statement statement = {
        "UPDATE session SET seen = $2 WHERE digest = $1 AND seen < $2", values, COLUMNS
    };
    if (!change_begin(hub, &change, err))
        return false;
    if (!database_run_many(change.db, &statement, count, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}
