// SPDX-License-Identifier: Apache-2.0
/* GET /ledger/export: all that somebody needs to check the hub without it: the signed log, the
 * public key, the votes, the passkeys, the warrants, the law's data, and the documents that
 * entries name, of the records he may read. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "hub/evidence_private.h"
#include "hub/record_private.h"

enum { EVIDENCE_MAX = 2, PATH_MAX_OCTETS = 4300 };

static _Atomic int running;

static bool put_tile(struct evidence *evidence, struct tile tile, struct error *err)
{
    char path[TILE_PATH_MAX], name[TILE_PATH_MAX + 8], from[PATH_MAX_OCTETS];
    struct text text = text_over(path, sizeof path);
    tile_write_path(&tile, &text);
    snprintf(name, sizeof name, "ledger/%s", path);
    snprintf(from, sizeof from, "%s/ledger/%s", evidence->hub->settings.folder, path);
    return evidence_put_file(evidence, name, from, err);
}

/* The checkpoint and the last tiles, which a later commit takes away; first, and at once. */
static bool put_edge(struct evidence *evidence, struct error *err)
{
    struct audit *audit = ledger_audit(evidence->hub, err);
    if (!audit)
        return false;
    evidence->size = audit_checkpoint(audit)->head.size;
    bool is_put = evidence_put(evidence, "ledger/checkpoint", audit_note(audit), err);
    audit_close(audit);
    for (unsigned level = 0; is_put && level < TILE_LEVELS_MAX; level++) {
        uint64_t count = evidence->size >> (TILE_HEIGHT * level);
        struct tile tile = { false, level, count / TILE_WIDTH, (unsigned)(count % TILE_WIDTH) };
        if (tile.width == 0)
            continue;
        is_put = put_tile(evidence, tile, err);
        tile.is_bundle = true;
        if (is_put && level == 0)
            is_put = put_tile(evidence, tile, err);
    }
    return is_put;
}

static bool begin_log(struct evidence *evidence, struct error *err)
{
    for (unsigned i = 0; i < OVERSIGHT_TRIES; i++) {
        evidence->at = evidence->len = 0;
        if (put_edge(evidence, err))
            return true;
    }
    return false;
}

static bool put_tiles(struct evidence *evidence, bool *is_over, struct error *err)
{
    unsigned level = evidence->level;
    *is_over = level == TILE_LEVELS_MAX - 1; /* no log has a full tile of the last level */
    if (*is_over)
        return true;
    if (evidence->index == evidence->size >> (TILE_HEIGHT * (level + 1))) {
        evidence->level++;
        evidence->index = 0;
        return true;
    }
    struct tile tile = { false, level, evidence->index++, TILE_WIDTH };
    if (!put_tile(evidence, tile, err))
        return false;
    tile.is_bundle = true;
    return level > 0 || put_tile(evidence, tile, err);
}

static bool put_keys(struct evidence *evidence, bool *is_over, struct error *err)
{
    const struct law *law = evidence->hub->settings.law;
    char from[PATH_MAX_OCTETS], line[2 * HUB_DIGEST_OCTETS + 128];
    struct text text = text_over(line, sizeof line);
    *is_over = true;
    snprintf(from, sizeof from, "%s/hub.pub", evidence->hub->settings.folder);
    text_format(&text, "%s ", law->id);
    text_put_hex(&text, (struct bytes){ law->digest, sizeof law->digest });
    text_put_char(&text, '\n');
    return evidence_put_file(evidence, "hub.pub", from, err) &&
           evidence_put(evidence, "law.digest", text_bytes(&text), err);
}

static int is_yaml(const struct dirent *one)
{
    size_t len = strlen(one->d_name);
    return one->d_name[0] != '.' && len > 5 && strcmp(one->d_name + len - 5, ".yaml") == 0;
}

static bool put_folder(struct evidence *evidence, const char *below, struct error *err)
{
    char folder[PATH_MAX_OCTETS], from[PATH_MAX_OCTETS + 260], name[400];
    struct dirent **names = NULL;
    snprintf(folder, sizeof folder, "%s/%s", evidence->hub->settings.law_folder, below);
    int count = scandir(folder, &names, is_yaml, alphasort);
    bool is_put = count >= 0 || error_set(err, errno, "%s", folder);
    for (int i = 0; i < count; i++) {
        snprintf(from, sizeof from, "%s/%s", folder, names[i]->d_name);
        snprintf(name, sizeof name, "law/%s%s%s", below, *below ? "/" : "", names[i]->d_name);
        is_put = is_put && evidence_put_file(evidence, name, from, err);
        free(names[i]);
    }
    free(names);
    return is_put;
}

static bool put_law(struct evidence *evidence, bool *is_over, struct error *err)
{
    *is_over = true;
    return !evidence->hub->settings.law_folder ||
           (put_folder(evidence, "", err) && put_folder(evidence, "procedures", err));
}

static bool has_handled(const struct procedure *procedure, const json_t *fields)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)fields, name, value)
    {
        const struct procedure_field *field = procedure_find_field(procedure, name);
        if (field && field->handling)
            return true;
    }
    return false;
}

/* A document cannot be shown in part, for then its digest is another: one with a field that is
 * withheld from the asker is withheld whole. */
static bool shows_fields(struct evidence *evidence, const json_t *document, bool *out,
                         struct error *err)
{
    const struct law *law = evidence->hub->settings.law;
    const json_t *fields = json_object_get(document, "fields");
    const char *id = json_string_value(json_object_get(document, "procedure"));
    const struct procedure *procedure =
        id ? procedure_find(law->procedures, law->procedure_count, id) : NULL;
    bool is_failed;
    *out = true;
    if (!procedure || !has_handled(procedure, fields))
        return true;
    struct record *record =
        record_load(evidence->hub, evidence->look,
                    json_string_value(json_object_get(document, "record")), &is_failed, err);
    if (!record)
        return false;
    json_decref(record->fields);
    record->fields = json_deep_copy(fields);
    fields_bind(record);
    *out = record_shows_all(&evidence->asking, record);
    record_free(record);
    return true;
}

/* Of a record: may it be read?  Of the register: may people be? */
static bool may_have(struct evidence *evidence, struct bytes octets, bool *out,
                     struct error *err)
{
    json_t *document = json_loadb((const char *)octets.at, octets.len, 0, NULL);
    const char *record = json_string_value(json_object_get(document, "record"));
    int64_t count = evidence->sees_people;
    bool is_asked =
        !record || sql_number(evidence->look,
                              SQL("SELECT COUNT(*) FROM record WHERE name = $1 AND compartment"
                                  " IN (SELECT compartment FROM visible WHERE view = $2)",
                                  database_string(record), database_number(evidence->view)),
                              0, &count, err);
    *out = count > 0;
    if (is_asked && *out && record)
        is_asked = shows_fields(evidence, document, out, err);
    json_decref(document);
    return is_asked;
}

static bool put_document(struct evidence *evidence, struct error *err)
{
    char hex[2 * HUB_DIGEST_OCTETS + 1], path[96];
    struct text text = text_over(hex, sizeof hex);
    struct bytes octets = database_get_text(evidence->rows, 1);
    bool may;
    if (!may_have(evidence, octets, &may, err))
        return false;
    evidence->withheld += !may;
    text_put_hex(&text, database_get_blob(evidence->rows, 0));
    snprintf(path, sizeof path, "documents/%s.json", hex);
    return !may || evidence_put(evidence, path, octets, err);
}

static bool put_documents(struct evidence *evidence, bool *is_over, struct error *err)
{
    if (!evidence->rows)
        evidence->rows = database_ask(
            evidence->walk, SQL0("SELECT digest, octets FROM document ORDER BY digest"), err);
    enum database_step step =
        evidence->rows ? database_step(evidence->rows, err) : DATABASE_FAILED;
    *is_over = step == DATABASE_END;
    return step == DATABASE_ROW ? put_document(evidence, err) : step == DATABASE_END;
}

static bool put_warrants(struct evidence *evidence, bool *is_over, struct error *err)
{
    char path[96];
    if (!evidence->rows)
        evidence->rows = database_ask(
            evidence->walk,
            SQL("SELECT number, envelope FROM warrant WHERE compartment IN"
                " (SELECT compartment FROM visible WHERE view = $1) ORDER BY number",
                database_number(evidence->view)),
            err);
    enum database_step step =
        evidence->rows ? database_step(evidence->rows, err) : DATABASE_FAILED;
    *is_over = step == DATABASE_END;
    if (step != DATABASE_ROW)
        return step == DATABASE_END;
    snprintf(path, sizeof path, "warrants/%lld.json",
             (long long)database_get_number(evidence->rows, 0));
    return evidence_put(evidence, path, database_get_text(evidence->rows, 1), err);
}

static bool put_end(struct evidence *evidence, bool *is_over, struct error *err)
{
    char line[96];
    *is_over = true;
    int len = snprintf(line, sizeof line, "%llu\n", (unsigned long long)evidence->withheld);
    return evidence_put(evidence, "documents.withheld",
                        (struct bytes){ (const uint8_t *)line, (size_t)len }, err) &&
           evidence_put_end(evidence, err);
}

static evidence_fn *const phases[] = { put_tiles,      put_keys,       put_law,
                                       evidence_trust, evidence_votes, put_warrants,
                                       put_documents,  put_end };

static bool more(struct evidence *evidence, struct error *err)
{
    bool is_over = false;
    if (!phases[evidence->phase](evidence, &is_over, err))
        return false;
    if (is_over && evidence->rows) {
        database_end(evidence->rows);
        evidence->rows = NULL;
    }
    evidence->phase += is_over;
    return true;
}

static ssize_t next(void *context, char *room, size_t max)
{
    struct evidence *evidence = context;
    struct error err = { 0 };
    while (evidence->at == evidence->len && evidence->phase < sizeof phases / sizeof *phases) {
        if (!more(evidence, &err)) {
            hub_tell(evidence->hub, "error", "export", json_pack("{s:s}", "why", err.text));
            return -1; /* the client sees that it is cut */
        }
    }
    size_t left = evidence->len - evidence->at;
    size_t part = left < max ? left : max;
    if (part > 0)
        memcpy(room, evidence->octets + evidence->at, part);
    evidence->at += part;
    return (ssize_t)part;
}

static void done(void *context)
{
    struct evidence *evidence = context;
    if (evidence->rows)
        database_end(evidence->rows);
    if (evidence->walk)
        database_close(evidence->walk);
    if (evidence->look)
        database_close(evidence->look);
    free(evidence->octets);
    free(evidence);
    atomic_fetch_sub(&running, 1);
}

static bool begin(struct asking *asking, struct evidence *evidence, struct error *err)
{
    const struct access_object people = { .kind = "person",
                                          .is_exercise = asking->hub->settings.is_exercise };
    evidence->hub = asking->hub;
    evidence->asking = *asking;
    evidence->asking.request = NULL;
    evidence->asking.reply = NULL;
    if (asking->purpose) {
        snprintf(evidence->purpose, sizeof evidence->purpose, "%s", asking->purpose);
        evidence->asking.purpose = evidence->purpose;
    }
    evidence->time_s = asking->now_ns / TIME_SECOND_NS;
    evidence->sees_people = asking_would(asking, ACTION_READ, &people);
    evidence->walk = database_open(asking->hub->database, true, err);
    evidence->look = evidence->walk ? database_open(asking->hub->database, true, err) : NULL;
    evidence->asking.db = evidence->look;
    return evidence->look && compartment_view(asking, ACTION_READ, &evidence->view, err) &&
           look_log(asking, &(struct look){ "export", "ledger", "ledger", -1 }, err) &&
           begin_log(evidence, err);
}

bool ledger_export(struct asking *asking, struct error *err)
{
    static const struct law_text busy = { "others export just now: try again shortly",
                                          "他のエクスポートの処理中です" };
    enum ledger_reach reach;
    if (!ledger_reach(asking, ACTION_EXPORT, &reach, err))
        return false;
    if (reach != LEDGER_ALL)
        return refuse_unknown(asking);
    if (atomic_fetch_add(&running, 1) >= EVIDENCE_MAX) {
        atomic_fetch_sub(&running, 1);
        http_set_header(asking->reply, "Retry-After", "5");
        return refuse_as(asking, 429, "busy", busy);
    }
    struct evidence *evidence = calloc(1, sizeof *evidence);
    if (!evidence) {
        atomic_fetch_sub(&running, 1);
        return error_set(err, ENOMEM, "export");
    }
    if (!begin(asking, evidence, err)) {
        done(evidence);
        return false;
    }
    asking->status = 200;
    http_set_header(asking->reply, "Content-Disposition",
                    "attachment; filename=\"sekisho-ledger.tar\"");
    http_stream(asking->reply, "application/x-tar",
                &(struct http_stream){ next, done, evidence });
    return true;
}
