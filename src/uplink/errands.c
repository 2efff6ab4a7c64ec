// SPDX-License-Identifier: Apache-2.0
/* Beside batches: the ledger's newest checkpoint goes, warrants and revocations come. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "ledger/audit.h"
#include "system/clock.h"
#include "uplink/uplink_private.h"
#include "warrant/envelope.h"
#include "warrant/warrant.h"

enum { FILES_MAX = 200, ITEMS_MAX = 256, NAME_MAX_OURS = 96, PROOF_HEX = 65 };

/* The ledger */

static json_t *json_of_proof(const struct tree_proof *proof)
{
    json_t *array = json_array();
    for (size_t i = 0; i < proof->count; i++) {
        char room[PROOF_HEX];
        struct text hex = text_over(room, sizeof room);
        text_put_hex(&hex, (struct bytes){ proof->hashes[i].octets, TREE_HASH_OCTETS });
        (void)json_array_append_new(array, json_string(room));
    }
    return array;
}

static bool has_note(const struct uplink *uplink, struct bytes note)
{
    return bytes_equal(note, bytes_of_string(uplink->memory.note));
}

/* A ledger that does not go on from what the hub has is sent all the same, without a proof:
 * that is for the hub to know. */
static json_t *make_checkpoint(struct uplink *uplink, struct audit *audit)
{
    struct tree_proof proof = { .count = 0 };
    struct audit_wrong wrong = { .is_wrong = false };
    struct tree_head old;
    struct bytes note = audit_note(audit);
    if (uplink->memory.note[0] != '\0' &&
        !audit_prove_consistency(audit, bytes_of_string(uplink->memory.note), &wrong, &old,
                                 &proof)) {
        uplink_say(uplink, "the ledger does not go on from what the hub has seen of it: %s",
                   wrong.words);
        proof.count = 0;
    }
    return json_pack("{s:s%, s:o}", "note", (const char *)note.at, note.len, "proof",
                     json_of_proof(&proof));
}

static void ask_json(struct uplink *uplink, const char *method, const char *path,
                     const json_t *json, struct uplink_answer *answer)
{
    char *words = json ? json_dumps(json, JSON_COMPACT) : NULL;
    struct uplink_request request = { .method = method, .path = path };
    if (words) {
        request.type = "application/json";
        request.body = bytes_of_string(words);
    }
    connection_ask(uplink->connection, &request, answer);
    free(words);
}

static bool keep_note(struct uplink *uplink, struct audit *audit)
{
    struct text note = text_over(uplink->memory.note, sizeof uplink->memory.note);
    struct error err;
    text_put(&note, audit_note(audit));
    uplink->account.checkpoint = audit_checkpoint(audit)->head.size;
    if (memory_save(uplink->settings.state, &uplink->memory, &err))
        return true;
    uplink_say(uplink, "%s", err.text);
    return false;
}

static bool send_checkpoint(struct uplink *uplink, struct audit *audit, int64_t *wait_ns)
{
    char room[64];
    struct text path = text_over(room, sizeof room);
    struct uplink_answer answer;
    if (has_note(uplink, audit_note(audit)))
        return true;
    json_t *json = make_checkpoint(uplink, audit);
    text_format(&path, "/checkpoints/%llu",
                (unsigned long long)audit_checkpoint(audit)->head.size);
    ask_json(uplink, "PUT", room, json, &answer);
    json_decref(json);
    if (answer.status == 200 || answer.status == 201)
        return keep_note(uplink, audit);
    if (uplink_must_wait(uplink, &answer, "a checkpoint")) {
        *wait_ns = uplink_backoff_ns(uplink, &answer);
        return false;
    }
    uplink_say(uplink, "the hub refuses the ledger's checkpoint of %llu entries: status %ld",
               (unsigned long long)audit_checkpoint(audit)->head.size, answer.status);
    return true;
}

static bool report_ledger(struct uplink *uplink, int64_t *wait_ns)
{
    struct audit_wrong wrong = { .is_wrong = false };
    struct error err = { .code = 0 };
    struct audit *audit = audit_open(uplink->settings.ledger, NULL, &wrong, &err);
    if (!audit) {
        uplink_say(uplink, "the ledger cannot be read: %s",
                   err.text[0] ? err.text : wrong.words);
        return true; /* the rest goes on */
    }
    bool good = send_checkpoint(uplink, audit, wait_ns);
    audit_close(audit);
    return good;
}

/* Warrants */

static bool is_serial(const char *serial)
{
    size_t len = serial ? strlen(serial) : 0;
    bool good = len > 0 && len < WARRANT_SERIAL_MAX;
    for (size_t i = 0; good && i < len; i++) {
        char c = serial[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    }
    return good;
}

/* Only a warrant that says it is the one, or a revocation: what they are worth the sensor
 * judges. */
static bool is_for_sensor(struct bytes octets, const char *serial)
{
    static struct warrant warrant;
    struct envelope envelope = { .memory = NULL };
    struct error err = { 0 };
    if (octets.len > WARRANT_OCTETS_MAX || !envelope_read(octets, &envelope, &err))
        return false;
    bool is_revocation = strcmp(envelope.type, REVOCATION_PAYLOAD_TYPE) == 0;
    bool is_warrant = strcmp(envelope.type, WARRANT_PAYLOAD_TYPE) == 0 &&
                      warrant_read(octets, &warrant, &err) &&
                      strcmp(warrant.serial, serial) == 0;
    envelope_done(&envelope);
    return is_revocation || is_warrant;
}

static bool is_full(const char *path)
{
    static const char head[] = "hub-";
    size_t count = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return false; /* told when the file is written */
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strncmp(entry->d_name, head, sizeof head - 1) == 0;
    (void)closedir(folder);
    return count >= FILES_MAX;
}

/* Named by its content, so that nothing that is there is ever replaced. */
static bool put_in_folder(struct uplink *uplink, const char *name, struct bytes octets,
                          struct error *err)
{
    const char *path = uplink->settings.warrants;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return error_set(err, errno, "cannot open the folder %s", path);
    bool is_there = faccessat(folder, name, F_OK, 0) == 0;
    bool good = is_there || (is_full(path) ? error_set(err, 0, "%s has %d files of the hub",
                                                       path, FILES_MAX)
                                           : memory_write_file(folder, name, octets, err));
    (void)close(folder);
    uplink->account.warrants += good && !is_there;
    return good;
}

static bool report_delivery(struct uplink *uplink, const char *serial, const char *digest,
                            int64_t *wait_ns)
{
    char room[128], time[TIME_TEXT_MAX];
    struct text path = text_over(room, sizeof room), at = text_over(time, sizeof time);
    struct uplink_answer answer;
    time_write(clock_now_ns(), 0, &at);
    text_format(&path, "/warrants/%s/delivery", serial);
    json_t *json = json_pack("{s:s, s:s}", "at", time, "digest", digest);
    ask_json(uplink, "POST", room, json, &answer);
    json_decref(json);
    if (!uplink_must_wait(uplink, &answer, "a delivery"))
        return true;
    *wait_ns = uplink_backoff_ns(uplink, &answer);
    return false;
}

static bool take_item(struct uplink *uplink, const json_t *item, int64_t *wait_ns)
{
    const char *serial = json_string_value(json_object_get(item, "serial"));
    const json_t *text = json_object_get(item, "envelope");
    struct bytes octets = { (const uint8_t *)json_string_value(text),
                            json_string_length(text) };
    if (!is_serial(serial) || !octets.at || !is_for_sensor(octets, serial)) {
        uplink->account.warrants_refused++;
        uplink_say(uplink, "the hub sent what is neither a warrant nor a revocation");
        return true;
    }
    uint8_t hash[crypto_hash_sha256_BYTES];
    char digest[2 * sizeof hash + 1], room[NAME_MAX_OURS];
    struct text hex = text_over(digest, sizeof digest), name = text_over(room, sizeof room);
    struct error err;
    (void)crypto_hash_sha256(hash, octets.at, octets.len);
    text_put_hex(&hex, (struct bytes){ hash, sizeof hash });
    text_format(&name, "hub-%s-%.16s.json", serial, digest);
    if (put_in_folder(uplink, room, octets, &err))
        return report_delivery(uplink, serial, digest, wait_ns);
    uplink_say(uplink, "a warrant of the hub is not kept: %s", err.text);
    *wait_ns = uplink_backoff_ns(uplink, NULL);
    return false;
}

static bool take_page(struct uplink *uplink, const json_t *page, int64_t *wait_ns)
{
    const json_t *items = json_object_get(page, "items");
    const char *next = json_string_value(json_object_get(page, "next"));
    size_t count = json_array_size(items);
    if (!json_is_array(items) || count > ITEMS_MAX) {
        uplink_say(uplink, "the hub's list of warrants cannot be read");
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (!take_item(uplink, json_array_get(items, i), wait_ns))
            return false;
    }
    if (next && strlen(next) < sizeof uplink->memory.warrants) {
        struct text cursor = text_over(uplink->memory.warrants, sizeof uplink->memory.warrants);
        text_put_string(&cursor, next); /* durable with the next batch, or asked again */
    }
    return true;
}

static bool bring_warrants(struct uplink *uplink, int64_t *wait_ns)
{
    char room[UPLINK_PATH_MAX];
    struct text path = text_over(room, sizeof room);
    struct uplink_answer answer;
    text_put_string(&path, "/warrants?after=");
    connection_put_escaped(&path, uplink->memory.warrants);
    ask_json(uplink, "GET", room, NULL, &answer);
    if (uplink_must_wait(uplink, &answer, "warrants")) {
        *wait_ns = uplink_backoff_ns(uplink, &answer);
        return false;
    }
    if (answer.status != 200) {
        uplink_say(uplink, "the hub gives no warrants: status %ld", answer.status);
        return true;
    }
    json_t *page =
        json_loadb((const char *)answer.body.at, answer.body.len, JSON_REJECT_DUPLICATES, NULL);
    bool good = take_page(uplink, page, wait_ns);
    json_decref(page);
    return good;
}

bool errands_run(struct uplink *uplink, int64_t *wait_ns)
{
    return report_ledger(uplink, wait_ns) && bring_warrants(uplink, wait_ns) &&
           statistics_report(uplink, wait_ns);
}
