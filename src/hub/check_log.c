// SPDX-License-Identifier: Apache-2.0
/* The signed log, octet by octet against the table of entries, and what its entries name. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hub/check_private.h"
#include "ledger/audit.h"

enum { TRIES = 5, WAIT_MS = 200, WAITS = 25, PROGRESS = 100000, NAMED_MAX = 4000000 };

struct against {
    struct check *check;
    struct database_rows *rows;
    uint64_t number; /* the next of the table's */
    bool is_over, is_failed;
    struct error *err;
};

static void say_progress(const struct check *check, uint64_t number)
{
    char line[96];
    snprintf(line, sizeof line, "{\"what\":\"check\",\"entries\":%llu}",
             (unsigned long long)number);
    if (number % PROGRESS == 0 && number > 0 && check->settings->log)
        check->settings->log(check->settings->log_context, line);
}

static void where_entry(uint64_t number, char room[CHECK_WHERE_MAX])
{
    snprintf(room, CHECK_WHERE_MAX, "entry %llu", (unsigned long long)number);
}

static struct bytes text_of(const struct entry *entry, enum entry_field field)
{
    return entry_has(entry, field) ? entry->values[field].text : BYTES("");
}

/* The last document of each record and person is what its row has to say. */
static void remember(struct check *check, uint64_t number, const struct entry *entry)
{
    struct bytes event = text_of(entry, ENTRY_EVENT), digest = text_of(entry, ENTRY_DIGEST);
    bool is_step = entry->kind == ENTRY_PROCEDURE_STEP;
    bool is_person = entry->kind == ENTRY_REGISTER_CHANGED;
    bool is_whole =
        bytes_equal(event, BYTES("created")) || bytes_equal(event, BYTES("changed"));
    bool is_written = entry->kind == ENTRY_RECORD_WRITTEN;
    if (digest.len != 2 * HUB_DIGEST_OCTETS || !(is_step || is_person || is_written) ||
        (is_written && bytes_equal(event, BYTES("file"))))
        return;
    char hex[2 * HUB_DIGEST_OCTETS + 1], subject[64];
    struct text hex_to = text_over(hex, sizeof hex), to = text_over(subject, sizeof subject);
    text_put(&hex_to, digest);
    text_put(&to, text_of(entry, ENTRY_SUBJECT));
    if (json_object_size(check->named) < NAMED_MAX)
        json_object_set_new(check->named, hex, json_integer((json_int_t)number));
    if (is_written && !is_whole)
        return;
    const char *what = is_step ? "step" : is_person ? "person" : "written";
    json_t *of = json_object_get(check->subjects, subject);
    if (!of) {
        of = json_object();
        json_object_set_new(check->subjects, subject, of);
    }
    const json_t *before = json_object_get(json_object_get(of, what), "digest");
    if (json_is_string(before))
        json_object_del(check->wanted, json_string_value(before));
    json_object_set_new(of, what,
                        json_pack("{s:s, s:I}", "digest", hex, "entry", (json_int_t)number));
    json_object_set_new(check->wanted, hex, json_pack("[s, s]", subject, what));
}

static void compare(struct against *against, uint64_t number, const struct entry *entry)
{
    struct check *check = against->check;
    const struct database_rows *rows = against->rows;
    char octets[ENTRY_OCTETS_MAX + 1], where[CHECK_WHERE_MAX];
    struct text text = text_over(octets, sizeof octets);
    const struct check_beside beside = { rows, where,       0,
                                         4,    entry->kind, (struct entry *)(uintptr_t)entry };
    where_entry(number, where);
    if (entry_write(entry, &text) != FAULT_NONE ||
        !bytes_equal(database_get_blob(rows, 4), text_bytes(&text)))
        check_tell(check, where, "column octets: they are not those of the signed log");
    check_text(check, &beside, "kind", database_get_text(rows, 1), ENTRY_KIND);
    check_text(check, &beside, "actor", database_get_text(rows, 2), ENTRY_ACTOR);
    check_text(check, &beside, "subject", database_get_text(rows, 3), ENTRY_SUBJECT);
}

static bool next_row(struct against *against)
{
    if (against->is_over)
        return false;
    enum database_step step = database_step(against->rows, against->err);
    against->is_over = step != DATABASE_ROW;
    against->is_failed = step == DATABASE_FAILED;
    return step == DATABASE_ROW;
}

static void take(void *context, uint64_t number, const struct entry *entry)
{
    struct against *against = context;
    char where[CHECK_WHERE_MAX];
    where_entry(number, where);
    say_progress(against->check, number);
    while (against->number <= number && next_row(against)) {
        against->number = (uint64_t)database_get_number(against->rows, 0) + 1;
        if (against->number == number + 1)
            compare(against, number, entry);
    }
    if (!against->is_failed && against->number != number + 1)
        check_tell(against->check, where, "it is in the signed log and not in the table");
    remember(against->check, number, entry);
}

static struct audit *open_log(struct check *check, bool *is_wrong, struct error *err)
{
    struct audit_wrong wrong = { 0 };
    struct audit *audit = audit_open(check->folder, &check->key, &wrong, err);
    *is_wrong = !audit && wrong.is_wrong;
    if (*is_wrong)
        check_tell(check, "ledger", "%s: %s", wrong.file, wrong.words);
    return audit;
}

/* Entries are in the table first, and in the log a moment after: where a hub runs, it is waited
 * for.  *behind: those that did not come. */
static struct audit *wait_for_log(struct check *check, int64_t entries, bool *is_wrong,
                                  struct error *err)
{
    const struct timespec a_while = { 0, WAIT_MS * 1000000L };
    for (unsigned i = 0;; i++) {
        struct audit *audit = open_log(check, is_wrong, err);
        if (!audit || i == WAITS || (int64_t)audit_checkpoint(audit)->head.size >= entries)
            return audit;
        audit_close(audit);
        nanosleep(&a_while, NULL);
    }
}

static void tell_behind(struct check *check, int64_t entries, int64_t size)
{
    if (size < entries)
        check_tell(check, "ledger",
                   "entries %lld to %lld are in the table and not in the signed log",
                   (long long)size, (long long)entries - 1);
}

static void tell_wrong(struct check *check, const struct audit_wrong *wrong)
{
    if (wrong->has_entry)
        check_tell(check, "ledger", "%s, entry %llu: %s", wrong->file,
                   (unsigned long long)wrong->first, wrong->words);
    else
        check_tell(check, "ledger", "%s: %s", wrong->file, wrong->words);
}

/* Has a hub gone on meanwhile, so that last tiles of this checkpoint are gone? */
static bool has_moved(struct check *check, const struct audit *audit)
{
    struct audit_wrong wrong = { 0 };
    struct error unused = { 0 };
    struct audit *now = audit_open(check->folder, &check->key, &wrong, &unused);
    bool is_moved =
        now && audit_checkpoint(now)->head.size > audit_checkpoint(audit)->head.size;
    if (now)
        audit_close(now);
    return is_moved;
}

static bool read_log(struct check *check, struct audit *audit, bool *is_late, struct error *err)
{
    struct audit_wrong wrong = { 0 };
    uint64_t found = check->found;
    if (!database_begin(check->db, false, err))
        return false;
    struct against against = { .check = check, .err = err };
    against.rows = database_ask(
        check->db,
        SQL0("SELECT number, kind, actor, subject, octets FROM entry ORDER BY number"), err);
    if (!against.rows)
        return false;
    audit_visit(audit, take, &against);
    bool is_read = audit_run(audit, &wrong, err);
    database_end(against.rows);
    *is_late = is_read && wrong.is_wrong && check->found == found && has_moved(check, audit);
    if (wrong.is_wrong && !*is_late)
        tell_wrong(check, &wrong);
    return is_read && !against.is_failed;
}

static bool try_log(struct check *check, bool *is_late, struct error *err)
{
    bool is_wrong;
    int64_t last;
    *is_late = false;
    if (!sql_number(check->db, SQL0("SELECT MAX(number) FROM entry"), -1, &last, err))
        return false;
    struct audit *audit = wait_for_log(check, last + 1, &is_wrong, err);
    if (!audit)
        return is_wrong && database_begin(check->db, false, err);
    int64_t size = (int64_t)audit_checkpoint(audit)->head.size;
    bool is_read = read_log(check, audit, is_late, err);
    if (is_read && !*is_late)
        tell_behind(check, last + 1, size);
    audit_close(audit);
    return is_read;
}

bool check_log(struct check *check, struct error *err)
{
    for (unsigned i = 0; i < TRIES; i++) {
        bool is_late;
        if (!try_log(check, &is_late, err))
            return false;
        if (!is_late)
            return true;
        database_give_up(check->db);
        json_object_clear(check->subjects);
        json_object_clear(check->named);
        json_object_clear(check->wanted);
    }
    return error_set(err, 0, "the log grows faster than it can be read: check it at rest");
}
