// SPDX-License-Identifier: Apache-2.0
/* Warrants as people see them: the rule, in plain words of both languages, and where it went.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "hub/text_private.h"
#include "hub/warrant_private.h"
#include "selector/selector.h"
#include "warrant/envelope.h"

#define WARRANT_COLUMNS                                                                   \
    "SELECT w.serial, r.name AS record, r.title, w.basis, w.equipment,"                   \
    " w.since AS \"from@time\", w.until AS \"until@time\", w.created AS \"issued@time\"," \
    " (SELECT COUNT(*) FROM delivery d WHERE d.serial = w.serial) AS"                     \
    " \"deliveries@number\", (SELECT v.since FROM warrant v WHERE v.serial = w.serial ||" \
    " '" WARRANT_REVOKED "') AS \"revoked@time\" FROM warrant w LEFT JOIN record r"       \
    " ON r.id = w.record"

bool warrants_list(struct asking *asking, struct error *err)
{
    int64_t view;
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    json_t *items =
        rows_array(asking->db,
                   SQL(WARRANT_COLUMNS
                       " WHERE w.kind = 'warrant' AND w.compartment IN (SELECT compartment FROM"
                       " visible WHERE view = $1) ORDER BY w.number DESC"
                       " LIMIT 1000",
                       database_number(view)),
                   err);
    return items && answer(asking, 200,
                           json_pack("{s:o, s:n, s:I, s:b}", "items", items, "next", "count",
                                     (json_int_t)json_array_size(items), "count_is_exact", 1));
}

static json_t *told(const struct selector *selector, bool in_japanese)
{
    char room[8192];
    struct text to = text_over(room, sizeof room);
    selector_tell(selector, in_japanese, &to);
    return json_string(room);
}

static json_t *selector_json(const struct warrant_selector *selector)
{
    struct selector_error why = { 0 };
    size_t size = selector_size();
    void *memory = malloc(size);
    struct arena arena = arena_over(memory, memory ? size : 0);
    const struct selector *read =
        memory ? selector_read(bytes_of_string(selector->text), &arena, &why) : NULL;
    json_t *out = json_pack("{s:s, s:s}", "name", selector->name, "rule", selector->text);
    if (read) {
        struct selector_cost cost;
        selector_measure(read, &cost);
        json_object_set_new(
            out, "words",
            json_pack("{s:o, s:o}", "en", told(read, false), "ja", told(read, true)));
        json_object_set_new(out, "reach",
                            json_pack("{s:i, s:i, s:b, s:i}", "alternatives",
                                      (int)cost.alternatives, "items_min", (int)cost.items_min,
                                      "can_reveal_line", cost.can_reveal_line,
                                      "servers_per_day_max", (int)cost.servers_per_day_max));
    }
    free(memory);
    return out;
}

static json_t *payload_selectors(struct bytes envelope, struct error *err)
{
    struct warrant *warrant = calloc(1, sizeof *warrant);
    json_t *out = json_array();
    if (warrant && warrant_read(envelope, warrant, err)) {
        for (size_t i = 0; i < warrant->selector_count; i++)
            json_array_append_new(out, selector_json(&warrant->selectors[i]));
    }
    free(warrant);
    return out;
}

static json_t *role_json(const struct law *law, struct bytes id)
{
    char room[ACCESS_RULE_MAX];
    struct text to = text_over(room, sizeof room);
    text_put(&to, id);
    const struct law_role *role = law_find_role(law, room);
    return role ? law_text_json(role->name) : json_null();
}

/* Whose vote a signature is: put to each signer whose key it was. */
static void name_signer(const struct asking *asking, const struct database_rows *rows,
                        json_t *signers)
{
    char id[WEBAUTHN_KEY_ID_MAX];
    struct webauthn_key key;
    struct bytes name = database_get_text(rows, 3);
    const char *told;
    json_t *signer;
    size_t index;
    if (!warrant_key_of(database_get_number(rows, 0), database_get_blob(rows, 1), &key))
        return;
    webauthn_key_id(&key, id);
    json_array_foreach(signers, index, signer)
    {
        told = json_string_value(json_object_get(signer, "key"));
        if (!told || strcmp(told, id) != 0)
            continue;
        json_object_set_new(signer, "person", id_json(database_get_number(rows, 2)));
        json_object_set_new(signer, "name", json_stringn((const char *)name.at, name.len));
        json_object_set_new(signer, "role",
                            role_json(asking->hub->settings.law, database_get_text(rows, 4)));
        json_object_set_new(signer, "at", json_time(database_get_number(rows, 5)));
    }
}

/* Who sees the record sees who voted on it; for others a signer is a key and no more. */
static bool name_signers(struct asking *asking, int64_t view, json_t *signers,
                         struct error *err)
{
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT k.algorithm, k.public_key, p.id, p.display, v.role, v.at FROM warrant w"
            " JOIN record r ON r.id = w.record JOIN vote v ON v.record = r.id"
            " JOIN passkey k ON k.id = v.passkey JOIN person p ON p.id = v.person"
            " WHERE w.serial = $1 AND v.vote = 'approve' AND v.at <= w.created"
            " AND r.compartment IN (SELECT compartment FROM visible WHERE view = $2)"
            " ORDER BY v.id",
            database_string(http_variable(asking->request, "serial")), database_number(view)),
        err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        name_signer(asking, rows, signers);
    database_end(rows);
    return step == DATABASE_END;
}

static json_t *signers_json(struct bytes envelope, struct error *err)
{
    struct envelope read = { 0 };
    json_t *out = json_array();
    if (envelope_read(envelope, &read, err)) {
        for (size_t i = 0; i < read.signature_count; i++)
            json_array_append_new(out, json_pack("{s:s, s:n, s:n, s:n, s:n}", "key",
                                                 read.signatures[i].key_id, "person", "name",
                                                 "role", "at"));
    }
    envelope_done(&read);
    return out;
}

/* The envelope of the route's serial, and its compartment: 0 where there is none. */
static bool find(struct asking *asking, char **envelope, int64_t *compartment,
                 struct error *err)
{
    struct database_rows *rows =
        database_ask(asking->db,
                     SQL("SELECT envelope, compartment FROM warrant WHERE serial = $1",
                         database_string(http_variable(asking->request, "serial"))),
                     err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    *envelope = NULL;
    *compartment = 0;
    if (step == DATABASE_ROW) {
        struct bytes text = database_get_text(rows, 0);
        *envelope = strndup((const char *)text.at, text.len);
        *compartment = database_get_number(rows, 1);
    }
    database_end(rows);
    return step != DATABASE_FAILED;
}

static bool answer_warrant(struct asking *asking, const char *envelope, struct error *err)
{
    struct error unread = { 0 };
    const char *serial = http_variable(asking->request, "serial");
    int64_t view;
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    json_t *warrant = rows_one(
        asking->db, SQL(WARRANT_COLUMNS " WHERE w.serial = $1", database_string(serial)), err);
    json_t *delivered = rows_array(
        asking->db,
        SQL("SELECT s.name AS sensor, d.at AS \"at@time\", d.outcome, d.serial FROM delivery d"
            " JOIN sensor s ON s.id = d.sensor WHERE d.serial IN ($1, $1 || '" WARRANT_REVOKED
            "') AND s.compartment IN"
            " (SELECT compartment FROM visible WHERE view = $2) ORDER BY d.at",
            database_string(serial), database_number(view)),
        err);
    json_t *signers = signers_json(bytes_of_string(envelope), &unread);
    if (!warrant || !delivered || !name_signers(asking, view, signers, err)) {
        json_decref(warrant);
        json_decref(delivered);
        json_decref(signers);
        return false;
    }
    json_object_set_new(warrant, "delivered", delivered);
    json_object_set_new(warrant, "selectors",
                        payload_selectors(bytes_of_string(envelope), &unread));
    json_object_set_new(warrant, "signers", signers);
    return answer(asking, 200, warrant);
}

static bool with_warrant(struct asking *asking, bool is_envelope, struct error *err)
{
    char *envelope;
    int64_t compartment;
    bool is_failed, is_done;
    if (!find(asking, &envelope, &compartment, err))
        return false;
    if (!envelope)
        return refuse_unknown(asking);
    if (!compartment_may(asking, ACTION_READ, compartment, &is_failed, err)) {
        is_done = !is_failed;
    } else if (is_envelope) {
        asking->status = 200;
        http_body(asking->reply, "application/vnd.dsse+json", bytes_of_string(envelope));
        is_done = true;
    } else {
        is_done = answer_warrant(asking, envelope, err);
    }
    free(envelope);
    return is_done;
}

bool warrants_show(struct asking *asking, struct error *err)
{
    return with_warrant(asking, false, err);
}

bool warrants_envelope(struct asking *asking, struct error *err)
{
    return with_warrant(asking, true, err);
}
