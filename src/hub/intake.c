// SPDX-License-Identifier: Apache-2.0
#include "hub/intake_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/time.h"
#include "hub/joins_private.h"

enum { BATCH_NAME_MAX = 64 };

enum content { CONTENT_RECORDS, CONTENT_FINDINGS, CONTENT_STATISTICS, CONTENTS };

static const struct {
    const char *type, *product;
} contents[CONTENTS] = {
    [CONTENT_RECORDS] = { "application/ipfix", "records" },
    [CONTENT_FINDINGS] = { "application/vnd.sekisho.findings+json", "findings" },
    [CONTENT_STATISTICS] = { "application/vnd.sekisho.state", "statistics" },
};

struct batch {
    struct asking *asking;
    struct intake_from from;
    enum content content;
    const char *name;
    uint8_t digest[HUB_DIGEST_OCTETS];
    struct intake_flows flows;
    struct intake_findings findings;
    bool is_known, is_other; /* it came before; with another content */
};

struct compartment intake_compartment(const struct intake_from *from, const char *kind,
                                      bool is_shared)
{
    return (struct compartment){ .kind = kind,
                                 .basis = from->basis->id,
                                 .label = LABEL_AMBER,
                                 .organisation = is_shared ? 0 : from->organisation,
                                 .sector = is_shared ? 0 : from->sector,
                                 .is_exercise = from->is_exercise };
}

/* What cannot be a batch is told before it is read. */

static bool refuse_batch(struct asking *asking, unsigned status, const char *type,
                         const char *en, const char *ja)
{
    return refuse_as(asking, status, type, (struct law_text){ en, ja });
}

static bool is_name(const char *name)
{
    size_t len = name ? strlen(name) : 0;
    bool good = len > 0 && len <= BATCH_NAME_MAX;
    for (size_t i = 0; good && i < len; i++)
        good = (name[i] >= 'a' && name[i] <= 'f') || (name[i] >= '0' && name[i] <= '9');
    return good;
}

static enum content content_of(const char *type)
{
    unsigned i = 0;
    while (i < CONTENTS && !(type && strcmp(type, contents[i].type) == 0))
        i++;
    return (enum content)i;
}

static bool is_digest(const char *told, const uint8_t digest[HUB_DIGEST_OCTETS])
{
    static const char head[] = "sha-256=";
    uint8_t octets[HUB_DIGEST_OCTETS];
    return told && strncmp(told, head, sizeof head - 1) == 0 &&
           text_read_hex(bytes_of_string(told + sizeof head - 1), octets, sizeof octets) &&
           memcmp(octets, digest, sizeof octets) == 0;
}

/* False: it was refused. */
static bool take_heads(struct asking *asking, struct batch *out)
{
    const struct http_request *request = asking->request;
    const struct law *law = asking->hub->settings.law;
    const struct asking_sensor *sensor = &asking->sensor;
    *out = (struct batch){ .asking = asking, .name = http_variable(request, "id") };
    out->content = content_of(http_header(request, "Content-Type"));
    (void)crypto_hash_sha256(out->digest, request->body.at, request->body.len);
    out->from =
        (struct intake_from){ .sensor = sensor->id,
                              .organisation = sensor->organisation,
                              .sector = sensor->sector,
                              .name = sensor->name,
                              .batch = out->name,
                              .basis = law_find_basis(law, bytes_of_string(sensor->basis)),
                              .now_ns = asking->now_ns };
    if (out->content == CONTENTS) {
        (void)refuse_batch(asking, 415, "media-type", "this is no form of a batch",
                           "この形式の束は受け付けない");
        return false;
    }
    if (!is_name(out->name) || !is_digest(http_header(request, "Sekisho-Digest"), out->digest))
        return !refuse_batch(asking, 400, "digest", "name or digest of the batch is wrong",
                             "束の名前又はダイジェストが誤っている");
    if (!out->from.basis)
        return !refuse_batch(asking, 403, "basis", "the sensor's basis is not of this law",
                             "センサーの根拠はこの法令にない");
    if (out->content == CONTENT_STATISTICS && out->from.basis->kind == BASIS_STATUTORY)
        return !refuse_batch(asking, 403, "statistics",
                             "under a statutory basis nothing of this is kept or sent",
                             "法令上の根拠による統計は保持も送信もされない");
    if (out->content == CONTENT_STATISTICS &&
        !joins_is_part(http_header(request, "Sekisho-Part")))
        return !refuse_batch(asking, 400, "part", "which part it is must be said",
                             "統計のどの部分かを示すこと");
    out->from.is_exercise =
        asking->hub->settings.is_exercise || out->from.basis->kind == BASIS_EXERCISE;
    return true;
}

static bool look_up(struct batch *batch, struct database *db, struct error *err)
{
    struct database_rows *rows =
        database_ask(db,
                     SQL("SELECT digest FROM batch WHERE sensor = $1 AND id = $2",
                         database_number(batch->from.sensor), database_string(batch->name)),
                     err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    batch->is_known = step == DATABASE_ROW;
    batch->is_other =
        batch->is_known && !bytes_equal(database_get_blob(rows, 0),
                                        (struct bytes){ batch->digest, sizeof batch->digest });
    database_end(rows);
    return step != DATABASE_FAILED;
}

static bool answer_known(struct batch *batch)
{
    if (batch->is_other)
        return refuse_batch(batch->asking, 409, "other-content",
                            "a batch of that name has another content",
                            "同じ名前の束が別の内容で届いている");
    return answer(batch->asking, 200, json_pack("{s:s}", "batch", batch->name));
}

static uint64_t kept_of(const struct batch *batch)
{
    return batch->flows.count + batch->findings.count;
}

static uint64_t refused_of(const struct batch *batch)
{
    return batch->flows.refused + batch->findings.refused;
}

static bool log_batch(struct change *change, const struct batch *batch, int64_t *number,
                      struct error *err)
{
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text digest = text_over(hex, sizeof hex);
    struct entry entry = entry_begin(ENTRY_BATCH_RECEIVED, change->now_ns);
    text_put_hex(&digest, (struct bytes){ batch->digest, sizeof batch->digest });
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&digest));
    entry_set_text(&entry, ENTRY_PRODUCT, bytes_of_string(contents[batch->content].product));
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(batch->from.name));
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(batch->from.basis->id));
    entry_set_count(&entry, ENTRY_RECORDS, kept_of(batch));
    entry_set_count(&entry, ENTRY_LOST, refused_of(batch));
    return change_log(change, &entry, number, err);
}

static bool note_batch(struct change *change, const struct batch *batch, struct error *err)
{
    int64_t number;
    return log_batch(change, batch, &number, err) &&
           database_run(
               change->db,
               SQL("INSERT INTO batch (sensor, id, kind, digest, contents, refused, at, entry)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                   database_number(batch->from.sensor), database_string(batch->name),
                   database_string(contents[batch->content].product),
                   database_blob((struct bytes){ batch->digest, sizeof batch->digest }),
                   database_number((int64_t)kept_of(batch)),
                   database_number((int64_t)refused_of(batch)), database_number(change->now_ns),
                   database_number(number)),
               NULL, err) &&
           database_run(change->db,
                        SQL("UPDATE sensor SET seen = $2 WHERE id = $1",
                            database_number(batch->from.sensor),
                            database_number(change->now_ns)),
                        NULL, err);
}

/* One transaction: rows, name and entry, or nothing.  False: the world failed. */
static bool write_all(struct batch *batch, struct change *change, struct error *err)
{
    if (!look_up(batch, change->db, err)) /* it may have come twice at once */
        return false;
    if (batch->is_known)
        return true;
    return intake_write_flows(change, &batch->flows, err) &&
           intake_write_findings(change, &batch->from, batch->findings.rows,
                                 batch->findings.count, err) &&
           note_batch(change, batch, err) &&
           (batch->content != CONTENT_STATISTICS || /* newer ones take the place of older */
            joins_keep(change->hub, batch->from.sensor,
                       http_header(batch->asking->request, "Sekisho-Part"),
                       batch->asking->request->body, err));
}

static bool commit_in_turn(struct batch *batch, struct error *err)
{
    struct change change;
    if (!change_begin(batch->asking->hub, &change, err))
        return err->code == EBUSY && refuse_batch(batch->asking, 503, "behind",
                                                  "the ledger is behind", "台帳の処理待ち");
    if (!write_all(batch, &change, err))
        return change_give_up(&change);
    if (batch->is_known) {
        (void)change_give_up(&change);
        return answer_known(batch);
    }
    if (!change_commit(&change, err))
        return false;
    if (batch->content == CONTENT_STATISTICS)
        joins_wake(batch->asking->hub);
    return answer(batch->asking, 201,
                  json_pack("{s:s, s:I, s:I}", "batch", batch->name, "kept",
                            (json_int_t)kept_of(batch), "refused",
                            (json_int_t)refused_of(batch)));
}

static bool commit_batch(struct batch *batch, struct error *err)
{
    pthread_mutex_lock(&batch->asking->hub->intake);
    bool is_done = commit_in_turn(batch, err);
    pthread_mutex_unlock(&batch->asking->hub->intake);
    return is_done;
}

static bool take_records(struct batch *batch, struct error *err)
{
    enum fault fault =
        intake_read_flows(batch->asking->request->body, &batch->from, &batch->flows);
    bool is_done;
    if (batch->flows.is_foreign)
        is_done = refuse_batch(batch->asking, 403, "basis",
                               "records of another basis than the sensor's",
                               "センサーの根拠と異なる根拠の記録である");
    else if (fault != FAULT_NONE)
        is_done = refuse_batch(batch->asking, 400, fault_name(fault),
                               "the records cannot be read", "記録が読めない");
    else
        is_done = commit_batch(batch, err);
    intake_flows_free(&batch->flows);
    return is_done;
}

static bool take_findings(struct batch *batch, struct error *err)
{
    bool is_read =
        intake_read_findings(batch->asking->request->body, &batch->from, &batch->findings);
    bool is_done = is_read ? commit_batch(batch, err)
                           : refuse_batch(batch->asking, 400, "findings",
                                          "these are no findings, or of another basis",
                                          "所見として読めないか、別の根拠のものである");
    intake_findings_free(&batch->findings);
    return is_done;
}

static bool (*const takes[CONTENTS])(struct batch *batch, struct error *err) = {
    [CONTENT_RECORDS] = take_records,
    [CONTENT_FINDINGS] = take_findings,
    [CONTENT_STATISTICS] = commit_batch,
};

/* Of all requests together no more than so much may wait for the one writer. */
static bool has_room(struct hub *hub, size_t octets)
{
    uint64_t max = hub->settings.flows_max ? hub->settings.flows_max : INTAKE_FLOWS_DEFAULT;
    uint64_t records = octets / INTAKE_RECORD_OCTETS_MIN + 1;
    if (atomic_fetch_add(&hub->waiting, records) + records <= max)
        return true;
    atomic_fetch_sub(&hub->waiting, records);
    return false;
}

bool intake_batch(struct asking *asking, struct error *err)
{
    struct batch batch;
    size_t octets = asking->request->body.len;
    if (!take_heads(asking, &batch))
        return true;
    if (!look_up(&batch, asking->db, err))
        return false;
    if (batch.is_known)
        return answer_known(&batch);
    if (!has_room(asking->hub, octets)) {
        char seconds[8];
        struct text text = text_over(seconds, sizeof seconds);
        text_put_u64(&text, INTAKE_WAIT_S);
        (void)http_set_header(asking->reply, "Retry-After", seconds);
        return refuse_batch(asking, 429, "busy", "too much is waiting to be written",
                            "書込み待ちが多すぎる");
    }
    bool is_done = takes[batch.content](&batch, err);
    atomic_fetch_sub(&asking->hub->waiting, octets / INTAKE_RECORD_OCTETS_MIN + 1);
    return is_done;
}
