// SPDX-License-Identifier: Apache-2.0
/* The ledger as people read it: inspectors all of it, everybody the entries he made. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "hub/oversight_private.h"
#include "keys/keys.h"

enum { FOLDER_MAX = 4096, LIMIT_DEFAULT = 50 };

static bool would(struct asking *asking, enum access_action action, int64_t organisation,
                  bool *out, struct error *err)
{
    struct access_object object;
    const struct compartment what = { .kind = "ledger",
                                      .label = LABEL_AMBER,
                                      .organisation = organisation,
                                      .is_exercise = asking->hub->settings.is_exercise };
    if (!compartment_of(asking, &what, &object, err))
        return false;
    *out = asking_would(asking, action, &object);
    return true;
}

bool ledger_reach(struct asking *asking, enum access_action action, enum ledger_reach *out,
                  struct error *err)
{
    bool is_all = false, is_own = false;
    if (!would(asking, action, 0, &is_all, err) ||
        !would(asking, action, asking->person.organisation, &is_own, err))
        return false;
    *out = is_all ? LEDGER_ALL : is_own ? LEDGER_OWN : LEDGER_NONE;
    return true;
}

bool query_number(struct asking *asking, const char *name, int64_t missing, int64_t *out)
{
    static const struct law_text wrong = { "a whole number is wanted here",
                                           "整数で入力してください" };
    const char *text = http_query(asking->request, name);
    uint64_t number = 0;
    *out = missing;
    if (!text || !*text)
        return true;
    if (!text_read_u64(bytes_of_string(text), INT64_MAX, &number))
        return !refuse_field(asking, name, wrong);
    *out = (int64_t)number;
    return true;
}

struct audit *ledger_audit(struct hub *hub, struct error *err)
{
    char folder[FOLDER_MAX];
    struct audit_wrong wrong = { 0 };
    snprintf(folder, sizeof folder, "%s/ledger", hub->settings.folder);
    struct audit *audit = audit_open(folder, key_public(hub->log.key), &wrong, err);
    if (!audit && wrong.is_wrong)
        (void)error_set(err, 0, "%s: %s", wrong.file, wrong.words);
    return audit;
}

static json_t *member(const json_t *body, const char *name)
{
    json_t *value = json_object_get(body, name);
    return value ? json_incref(value) : json_null();
}

static json_t *base64_json(struct bytes octets)
{
    char room[sodium_base64_ENCODED_LEN(ENTRY_OCTETS_MAX, sodium_base64_VARIANT_ORIGINAL)];
    if (octets.len > ENTRY_OCTETS_MAX)
        return json_null();
    sodium_bin2base64(room, sizeof room, octets.at, octets.len, sodium_base64_VARIANT_ORIGINAL);
    return json_string(room);
}

json_t *ledger_entry_json(const struct hub *hub, int64_t number, struct bytes octets)
{
    json_t *body = json_loadb((const char *)octets.at, octets.len, 0, NULL);
    json_t *out =
        json_pack("{s:I, s:b, s:o}", "number", (json_int_t)number, "committed",
                  number < atomic_load(&hub->log.committed), "octets", base64_json(octets));
    static const char *const names[] = { "at", "kind", "actor", "subject", "digest" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        json_object_set_new(out, names[i], member(body, names[i]));
    json_object_set_new(out, "body", body ? body : json_null());
    return out;
}

bool ledger_show(struct asking *asking, struct error *err)
{
    enum ledger_reach reach;
    char key[NOTE_KEY_TEXT_MAX];
    struct text text = text_over(key, sizeof key);
    int64_t last;
    if (!ledger_reach(asking, ACTION_LIST, &reach, err))
        return false;
    if (reach == LEDGER_NONE)
        return refuse_unknown(asking);
    if (!sql_number(asking->db, SQL0("SELECT MAX(number) FROM entry"), -1, &last, err))
        return false;
    struct audit *audit = ledger_audit(asking->hub, err);
    if (!audit)
        return false;
    note_key_write(key_public(asking->hub->log.key), &text);
    struct bytes note = audit_note(audit);
    json_int_t size = (json_int_t)audit_checkpoint(audit)->head.size, entries = last + 1;
    json_int_t behind = entries > size ? entries - size : 0;
    json_t *out = json_pack(
        "{s:s%, s:I, s:s, s:s, s:I, s:I, s:b}", "checkpoint", (const char *)note.at, note.len,
        "size", size, "key", key, "origin", key_public(asking->hub->log.key)->name, "entries",
        entries, "behind", behind, "is_good", (int)atomic_load(&asking->hub->log.is_good));
    audit_close(audit);
    return answer(asking, 200, out);
}

/* What is asked for; the most telling of kind, actor and subject leads, by its index. */
struct entries_query {
    int64_t from, limit;
    const char *kind, *actor, *subject; /* "": any */
};

#define ENTRIES "SELECT number, octets FROM entry WHERE number >= $1"
#define ENTRIES_END " ORDER BY number LIMIT $5"
#define ANY_KIND " AND ($2 = '' OR kind = $2)"
#define ANY_ACTOR " AND ($3 = '' OR actor = $3)"
#define ANY_SUBJECT " AND ($4 = '' OR subject = $4)"

static const char *entries_sql(const struct entries_query *query)
{
    if (*query->subject)
        return ENTRIES " AND subject = $4" ANY_KIND ANY_ACTOR ENTRIES_END;
    if (*query->actor)
        return ENTRIES " AND actor = $3" ANY_KIND ANY_SUBJECT ENTRIES_END;
    if (*query->kind)
        return ENTRIES " AND kind = $2" ANY_ACTOR ANY_SUBJECT ENTRIES_END;
    return ENTRIES ANY_KIND ANY_ACTOR ANY_SUBJECT ENTRIES_END;
}

static json_t *entries_json(struct asking *asking, const struct entries_query *query,
                            struct error *err)
{
    const struct database_value values[] = {
        database_number(query->from),  database_string(query->kind),
        database_string(query->actor), database_string(query->subject),
        database_number(query->limit),
    };
    struct database_rows *rows =
        database_ask(asking->db,
                     &(struct database_statement){ entries_sql(query), values,
                                                   sizeof values / sizeof *values },
                     err);
    if (!rows)
        return NULL;
    json_t *items = json_array();
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        json_array_append_new(items,
                              ledger_entry_json(asking->hub, database_get_number(rows, 0),
                                                database_get_blob(rows, 1)));
    database_end(rows);
    if (step == DATABASE_END)
        return items;
    json_decref(items);
    return NULL;
}

static const char *word(const struct asking *asking, const char *name)
{
    const char *text = http_query(asking->request, name);
    return text ? text : "";
}

static bool read_query(struct asking *asking, struct entries_query *out)
{
    int64_t from, cursor;
    *out = (struct entries_query){ .kind = word(asking, "kind"),
                                   .actor = word(asking, "actor"),
                                   .subject = word(asking, "subject") };
    if (!query_number(asking, "from", 0, &from) ||
        !query_number(asking, "cursor", 0, &cursor) ||
        !query_number(asking, "limit", LIMIT_DEFAULT, &out->limit))
        return false;
    out->from = from > cursor ? from : cursor;
    if (out->limit < 1 || out->limit > OVERSIGHT_LIMIT_MAX)
        out->limit = OVERSIGHT_LIMIT_MAX;
    return true;
}

/* One more was asked for than is shown: it says whether there is a next page. */
static bool answer_entries(struct asking *asking, json_t *items, int64_t limit)
{
    json_t *next = json_null();
    if ((int64_t)json_array_size(items) > limit) {
        char room[24];
        const json_t *first = json_array_get(items, (size_t)limit);
        snprintf(room, sizeof room, "%lld",
                 (long long)json_integer_value(json_object_get(first, "number")));
        next = json_string(room);
        json_array_remove(items, (size_t)limit);
    }
    return answer(asking, 200,
                  json_pack("{s:o, s:I, s:b, s:o}", "items", items, "count",
                            (json_int_t)json_array_size(items), "count_is_exact",
                            json_is_null(next), "next", next));
}

bool ledger_entries(struct asking *asking, struct error *err)
{
    enum ledger_reach reach;
    struct entries_query query;
    struct asking_actor me = asking_name(asking->actor.person);
    if (!ledger_reach(asking, ACTION_READ, &reach, err))
        return false;
    if (reach == LEDGER_NONE)
        return refuse_unknown(asking);
    if (!read_query(asking, &query))
        return true;
    bool is_none = reach == LEDGER_OWN && *query.actor && strcmp(query.actor, me.text) != 0;
    if (reach == LEDGER_OWN)
        query.actor = me.text;
    int64_t limit = query.limit++;
    json_t *items = is_none ? json_array() : entries_json(asking, &query, err);
    return items && answer_entries(asking, items, limit);
}

/* The entry of the route's {number}; JSON null where there is none, or it is another's. */
static json_t *find_entry(struct asking *asking, int64_t *number, struct error *err)
{
    enum ledger_reach reach;
    struct asking_actor me = asking_name(asking->actor.person);
    *number = asking_id(asking, "number");
    if (!ledger_reach(asking, ACTION_READ, &reach, err))
        return NULL;
    if (reach == LEDGER_NONE)
        return json_null();
    const struct entries_query query = {
        .from = *number, .limit = 1, .kind = "", .actor = "", .subject = ""
    };
    json_t *items = entries_json(asking, &query, err);
    if (!items)
        return NULL;
    json_t *entry = json_array_get(items, 0);
    const char *actor = json_string_value(json_object_get(entry, "actor"));
    bool is_it = entry && json_integer_value(json_object_get(entry, "number")) == *number;
    bool is_mine = actor && strcmp(actor, me.text) == 0;
    json_t *out = is_it && (reach == LEDGER_ALL || is_mine) ? json_incref(entry) : json_null();
    json_decref(items);
    return out;
}

bool ledger_entry(struct asking *asking, struct error *err)
{
    int64_t number;
    json_t *entry = find_entry(asking, &number, err);
    if (!entry)
        return false;
    return json_is_null(entry) ? refuse_unknown(asking) : answer(asking, 200, entry);
}

static json_t *hex_json(const struct tree_hash *hash)
{
    char room[2 * TREE_HASH_OCTETS + 1];
    struct text text = text_over(room, sizeof room);
    text_put_hex(&text, (struct bytes){ hash->octets, sizeof hash->octets });
    return json_string(room);
}

static json_t *proof_json(struct audit *audit, int64_t number, struct error *err)
{
    struct bytes entry;
    struct tree_proof proof;
    if (!audit_prove_inclusion(audit, (uint64_t)number, &entry, &proof, err))
        return NULL;
    struct tree_hash leaf = tree_leaf(entry);
    struct bytes note = audit_note(audit);
    const struct tree_head *head = &audit_checkpoint(audit)->head;
    json_t *hashes = json_array();
    for (size_t i = 0; i < proof.count; i++)
        json_array_append_new(hashes, hex_json(&proof.hashes[i]));
    return json_pack("{s:I, s:I, s:o, s:o, s:o, s:s%}", "index", (json_int_t)number, "size",
                     (json_int_t)head->size, "leaf", hex_json(&leaf), "root",
                     hex_json(&head->root), "hashes", hashes, "checkpoint",
                     (const char *)note.at, note.len);
}

/* The last tiles go when the next commit has written others: then it is asked again. */
static json_t *prove(struct asking *asking, int64_t number, bool *is_late, struct error *err)
{
    json_t *out = NULL;
    *is_late = false;
    for (unsigned i = 0; i < OVERSIGHT_TRIES && !out && !*is_late; i++) {
        struct audit *audit = ledger_audit(asking->hub, err);
        if (!audit)
            return NULL;
        *is_late = (uint64_t)number >= audit_checkpoint(audit)->head.size;
        if (!*is_late)
            out = proof_json(audit, number, err);
        audit_close(audit);
    }
    return out;
}

bool ledger_proof(struct asking *asking, struct error *err)
{
    static const struct law_text late = {
        "it is not in the signed log yet: ask again in a moment",
        "まだ署名付き台帳に記録されていません。しばらくして再度お試しください"
    };
    int64_t number;
    bool is_late;
    json_t *entry = find_entry(asking, &number, err);
    if (!entry)
        return false;
    bool is_unknown = json_is_null(entry);
    json_decref(entry);
    if (is_unknown)
        return refuse_unknown(asking);
    json_t *proof = prove(asking, number, &is_late, err);
    if (is_late)
        return refuse_as(asking, 409, "not-committed", late);
    return proof && answer(asking, 200, proof);
}
