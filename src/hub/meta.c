// SPDX-License-Identifier: Apache-2.0
/* What the law says, for forms and words; the state of the hub itself, for those who keep it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "hub/asking_private.h"
#include "hub/meta_private.h"
#include "hub/text_private.h"
#include "model/finding.h"
#include "system/clock.h"

enum { METRICS_ROOM = 32768 };

static json_t *named(const char *id, struct law_text name)
{
    return json_pack("{s:s, s:o}", "id", id, "name", law_text_json(name));
}

static json_t *labels_json(const struct law *law)
{
    json_t *out = json_array();
    for (size_t i = 0; i < law->label_count; i++)
        json_array_append_new(out, named(law->labels[i].id, law->labels[i].name));
    return out;
}

static json_t *sectors_of(const struct law *law, int64_t now_ns)
{
    json_t *out = json_array();
    for (size_t i = 0; i < law->sector_count; i++) {
        if (law_is_in_force(&law->sectors[i].force, now_ns))
            json_array_append_new(out, named(law->sectors[i].id, law->sectors[i].name));
    }
    return out;
}

static json_t *bases_json(const struct law *law, int64_t now_ns)
{
    json_t *out = json_array();
    for (size_t i = 0; i < law->basis_count; i++) {
        const struct law_basis *basis = &law->bases[i];
        json_t *row = named(basis->id, basis->name);
        json_object_set_new(row, "article", json_string(basis->article));
        json_object_set_new(
            row, "in_force",
            json_boolean(law_rule_basis(law, bytes_of_string(basis->id), now_ns).is_allowed));
        json_array_append_new(out, row);
    }
    return out;
}

static json_t *kinds_json(void)
{
    json_t *out = json_array();
    for (unsigned kind = 0; kind < FINDING_KINDS; kind++)
        json_array_append_new(out, json_string(finding_kind_name((enum finding_kind)kind)));
    return out;
}

bool law_show(struct asking *asking, struct error *err)
{
    (void)err;
    const struct law *law = asking->hub->settings.law;
    json_t *roles = json_array(), *purposes = json_array(), *handlings = json_array();
    for (size_t i = 0; i < law->role_count; i++)
        json_array_append_new(roles, named(law->roles[i].id, law->roles[i].name));
    for (size_t i = 0; i < law->purpose_count; i++) {
        if (!law->purposes[i].is_refused)
            json_array_append_new(purposes, named(law->purposes[i].id, law->purposes[i].name));
    }
    for (size_t i = 0; i < law->handling_count; i++)
        json_array_append_new(handlings, named(law->handlings[i].id, law->handlings[i].name));
    json_t *out = json_pack("{s:s, s:o, s:s, s:o, s:o, s:o}", "id", law->id, "name",
                            law_text_json(law->name), "citation", law->citation, "roles", roles,
                            "purposes", purposes, "handling", handlings);
    json_object_set_new(out, "bases", bases_json(law, asking->now_ns));
    json_object_set_new(out, "labels", labels_json(law));
    json_object_set_new(out, "sectors", sectors_of(law, asking->now_ns));
    json_object_set_new(out, "finding_kinds", kinds_json());
    return answer(asking, 200, out);
}

/* It answers; no more is said. */
bool meta_health(struct asking *asking, struct error *err)
{
    (void)err;
    return answer(asking, 200, json_pack("{s:s}", "status", "ok"));
}

bool meta_interface(struct asking *asking, struct error *err)
{
    (void)err;
    const char *path = asking->hub->settings.interface;
    json_t *document = path ? json_load_file(path, 0, NULL) : NULL;
    if (!document)
        return refuse_unknown(asking);
    asking->status = 200;
    http_json(asking->reply, 200, document);
    return true;
}

/* It can do its work: database and ledger are there, the ledger keeps up, and the database is
 * nobody else's.  Why not is a word of these; the page has sentences for them. */
bool meta_ready(struct asking *asking, struct error *err)
{
    struct hub *hub = asking->hub;
    int64_t one, behind;
    bool is_read =
        sql_number(asking->db, SQL0("SELECT MAX(number) + 1 FROM entry"), 0, &one, err);
    behind = is_read ? one - atomic_load(&hub->log.committed) : -1;
    const char *why = !is_read                          ? "database"
                      : !atomic_load(&hub->is_alone)    ? "lock"
                      : behind >= HUB_BEHIND_MAX        ? "behind"
                      : !atomic_load(&hub->log.is_good) ? "ledger"
                                                        : NULL;
    return answer(asking, why ? 503 : 200,
                  json_pack("{s:s, s:I, s:s?}", "status", why ? "not ready" : "ready",
                            "ledger_behind", (json_int_t)behind, "why", why));
}

/* ---- OpenMetrics 1.0: no name or number of a person, organisation or server ---- */

struct counting {
    struct text *out;
    const char *listener;
};

static void put_refused(void *context, const char *reason, uint64_t count)
{
    const struct counting *counting = context;
    text_format(counting->out,
                "sekisho_hub_refused_total{listener=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
                counting->listener, reason, count);
}

static void put_answers(struct hub *hub, struct text *out)
{
    text_put_string(out, "# HELP sekisho_hub_answers Answers by hundreds of their status.\n"
                         "# TYPE sekisho_hub_answers counter\n");
    for (unsigned i = 1; i < 6; i++)
        text_format(out, "sekisho_hub_answers_total{status=\"%uxx\"} %" PRIu64 "\n", i,
                    (uint64_t)atomic_load(&hub->answered[i]));
    text_format(out,
                "# HELP sekisho_hub_answer_seconds Time spent on answers.\n"
                "# TYPE sekisho_hub_answer_seconds counter\n"
                "# UNIT sekisho_hub_answer_seconds seconds\n"
                "sekisho_hub_answer_seconds_total %.6f\n",
                (double)atomic_load(&hub->took_ns) / 1e9);
    text_put_string(out, "# HELP sekisho_hub_refused What was refused unread, by reason.\n"
                         "# TYPE sekisho_hub_refused counter\n");
    if (hub->people)
        http_each_refused(hub->people, put_refused, &(struct counting){ out, "people" });
    if (hub->sensors)
        http_each_refused(hub->sensors, put_refused, &(struct counting){ out, "sensors" });
}

static const struct gauge {
    const char *name, *help;
    struct database_statement sql;
} gauges[] = {
    { "records", "Records under procedures.", { "SELECT COUNT(*) FROM record", NULL, 0 } },
    { "findings", "Findings kept.", { "SELECT MAX(id) FROM finding", NULL, 0 } },
    { "flows", "Minimised records ever received.", { "SELECT MAX(id) FROM flow", NULL, 0 } },
    { "batches", "Batches received.", { "SELECT COUNT(*) FROM batch", NULL, 0 } },
    { "sensors", "Sensors registered.", { "SELECT COUNT(*) FROM sensor", NULL, 0 } },
    { "sessions", "Sessions not ended.", { "SELECT COUNT(*) FROM session", NULL, 0 } },
    { "duties_open",
      "Duties to tell not met.",
      { "SELECT COUNT(*) FROM duty WHERE met IS NULL", NULL, 0 } },
    { "webhooks", "Webhooks registered.", { "SELECT COUNT(*) FROM webhook", NULL, 0 } },
};

static bool put_gauges(struct asking *asking, struct text *out, struct error *err)
{
    for (size_t i = 0; i < sizeof gauges / sizeof *gauges; i++) {
        int64_t number;
        if (!sql_number(asking->db, &gauges[i].sql, 0, &number, err))
            return false;
        text_format(out,
                    "# HELP sekisho_hub_%s %s\n# TYPE sekisho_hub_%s gauge\n"
                    "sekisho_hub_%s %" PRId64 "\n",
                    gauges[i].name, gauges[i].help, gauges[i].name, gauges[i].name, number);
    }
    return true;
}

static bool put_ledger(struct asking *asking, struct text *out, struct error *err)
{
    struct hub *hub = asking->hub;
    int64_t entries;
    if (!sql_number(asking->db, SQL0("SELECT MAX(number) + 1 FROM entry"), 0, &entries, err))
        return false;
    text_format(out,
                "# HELP sekisho_hub_ledger_entries Entries made.\n"
                "# TYPE sekisho_hub_ledger_entries gauge\n"
                "sekisho_hub_ledger_entries %" PRId64 "\n"
                "# HELP sekisho_hub_ledger_behind Entries not yet in the signed log.\n"
                "# TYPE sekisho_hub_ledger_behind gauge\n"
                "sekisho_hub_ledger_behind %" PRId64 "\n"
                "# HELP sekisho_hub_start_time_seconds When it began.\n"
                "# TYPE sekisho_hub_start_time_seconds gauge\n"
                "# UNIT sekisho_hub_start_time_seconds seconds\n"
                "sekisho_hub_start_time_seconds %.3f\n",
                entries, entries - (int64_t)atomic_load(&hub->log.committed),
                (double)hub->started_ns / 1e9);
    return true;
}

/* From loopback, or whoever may administer: numbers of a national system are not for all. */
static bool may_measure(const struct asking *asking)
{
    return strcmp(asking->request->peer, "127.0.0.1") == 0 ||
           strcmp(asking->request->peer, "::1") == 0;
}

bool meta_metrics(struct asking *asking, struct error *err)
{
    static const char open[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    char *room = malloc(METRICS_ROOM);
    struct text out = text_over(room, room ? METRICS_ROOM : 1);
    if (!may_measure(asking)) {
        free(room);
        return refuse_unknown(asking);
    }
    bool is_done = room && put_gauges(asking, &out, err) && put_ledger(asking, &out, err);
    if (is_done) {
        put_answers(asking->hub, &out);
        text_put_string(&out, "# EOF\n");
        asking->status = 200;
        http_body(asking->reply, open, text_bytes(&out));
    }
    free(room);
    return is_done;
}
