// SPDX-License-Identifier: Apache-2.0
#include "hub/check_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hub/schema.h"
#include "system/clock.h"

void check_tell(struct check *check, const char *where, const char *format, ...)
{
    char words[CHECK_WORDS_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    check->found++;
    check->tell(check->context, where, words);
}

bool check_each(struct check *check, const char *sql, check_row_fn *take, struct error *err)
{
    struct database_rows *rows =
        database_ask(check->db, &(struct database_statement){ sql, NULL, 0 }, err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        take(check, rows);
    database_end(rows);
    return step == DATABASE_END;
}

struct check_hex check_hex(struct bytes octets)
{
    struct check_hex out = { 0 };
    struct text to = text_over(out.text, sizeof out.text);
    text_put_hex(&to, bytes_slice(octets, 0, HUB_DIGEST_OCTETS));
    return out;
}

struct check_hex check_sha256(struct bytes octets)
{
    uint8_t digest[HUB_DIGEST_OCTETS];
    crypto_hash_sha256(digest, octets.at, octets.len);
    return check_hex((struct bytes){ digest, sizeof digest });
}

struct check_hex check_json(const json_t *json)
{
    uint8_t digest[HUB_DIGEST_OCTETS];
    json_digest(json, digest);
    return check_hex((struct bytes){ digest, sizeof digest });
}

bool check_entry(struct check *check, const struct check_beside *beside)
{
    struct text escapes = text_over(check->escapes, sizeof check->escapes);
    long long number = (long long)database_get_number(beside->rows, beside->number);
    struct bytes octets = database_get_blob(beside->rows, beside->octets);
    if (octets.len == 0 || entry_read(octets, &escapes, beside->entry) != FAULT_NONE) {
        check_tell(check, beside->where, "column entry: there is no entry %lld", number);
        return false;
    }
    if (beside->entry->kind == beside->kind)
        return true;
    check_tell(check, beside->where, "column entry: entry %lld is %s and not %s", number,
               entry_kind_name(beside->entry->kind), entry_kind_name(beside->kind));
    return false;
}

static struct bytes text_of(const struct entry *entry, enum entry_field field)
{
    return entry_has(entry, field) ? entry->values[field].text : BYTES("");
}

void check_text(struct check *check, const struct check_beside *beside, const char *column,
                struct bytes has, enum entry_field field)
{
    struct bytes wanted = text_of(beside->entry, field);
    if (!bytes_equal(has, wanted))
        check_tell(check, beside->where, "column %s: it says %.*s, entry %lld says %.*s",
                   column, (int)has.len, (const char *)has.at,
                   (long long)database_get_number(beside->rows, beside->number),
                   (int)wanted.len, (const char *)wanted.at);
}

void check_digest(struct check *check, const struct check_beside *beside, const char *column,
                  struct bytes digest)
{
    struct check_hex hex = check_hex(digest);
    check_text(check, beside, column, bytes_of_string(hex.text), ENTRY_DIGEST);
}

static bool read_key(struct check *check, struct error *err)
{
    char path[4200], line[NOTE_KEY_TEXT_MAX] = "";
    snprintf(path, sizeof path, "%s/hub.pub", check->settings->folder);
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    bool is_read = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    return (is_read &&
            note_key_read(text_trim(bytes_of_string(line)), &check->key) == FAULT_NONE) ||
           error_set(err, 0, "%s: no public key", path);
}

static bool open_database(struct check *check, struct error *err)
{
    char where[4200];
    unsigned version;
    if (check->settings->database)
        snprintf(where, sizeof where, "%s", check->settings->database);
    else
        snprintf(where, sizeof where, "sqlite:%s/hub.db", check->settings->folder);
    check->db = database_open(where, true, err);
    if (!check->db || !database_version(check->db, &version, err))
        return false;
    return version == hub_migrations.count ||
           error_set(err, EILSEQ,
                     "the database has version %u of the schema, this program %zu: start the "
                     "hub once, or take its own program",
                     version, hub_migrations.count);
}

static bool check_all(struct check *check, struct error *err)
{
    return check_log(check, err) && check_documents(check, err) && check_records(check, err) &&
           check_votes(check, err) && check_people(check, err) && check_rooms(check, err);
}

bool hub_check(const struct hub_settings *settings, hub_told_fn *tell, void *context,
               uint64_t *found, struct error *err)
{
    struct check check = { .settings = settings, .tell = tell, .context = context };
    check.now_ns = clock_now_ns();
    snprintf(check.folder, sizeof check.folder, "%s/ledger", settings->folder);
    if (sodium_init() < 0)
        return error_set(err, 0, "libsodium");
    check.subjects = json_object();
    check.named = json_object();
    check.wanted = json_object();
    bool is_done =
        read_key(&check, err) && open_database(&check, err) && check_all(&check, err);
    if (check.db) {
        database_give_up(check.db);
        database_close(check.db);
    }
    json_decref(check.subjects);
    json_decref(check.named);
    json_decref(check.wanted);
    *found = check.found;
    return is_done;
}
