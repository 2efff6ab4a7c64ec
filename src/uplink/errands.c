// SPDX-License-Identifier: Apache-2.0
/* Beside batches: the ledger's newest checkpoint goes, warrants and revocations come. */
#include <sodium.h>
#include <stdlib.h>

#include "base/time.h"
#include "ledger/audit.h"
#include "system/clock.h"
#include "uplink/uplink_private.h"
#include "warrant/envelope.h"
#include "warrant/warrant.h"

enum { ITEMS_MAX = 256, NAME_MAX_OURS = 96, PROOF_HEX = 65 };

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

struct item {
    const char *serial;
    struct bytes octets; /* of the envelope */
    char digest[2 * crypto_hash_sha256_BYTES + 1];
    bool is_kept;
};

static struct item read_item(const json_t *json)
{
    const json_t *text = json_object_get(json, "envelope");
    struct item item = { .serial = json_string_value(json_object_get(json, "serial")),
                         .octets = { (const uint8_t *)json_string_value(text),
                                     json_string_length(text) } };
    uint8_t hash[crypto_hash_sha256_BYTES];
    struct text hex = text_over(item.digest, sizeof item.digest);
    (void)crypto_hash_sha256(hash, item.octets.at, item.octets.len);
    text_put_hex(&hex, (struct bytes){ hash, sizeof hash });
    return item;
}

/* False where it should lie in the folder, and does not. */
static bool keep_item(struct uplink *uplink, struct item *item)
{
    char room[NAME_MAX_OURS];
    struct text name = text_over(room, sizeof room);
    struct error err;
    bool is_new = false;
    if (!is_serial(item->serial) || !item->octets.at ||
        !is_for_sensor(item->octets, item->serial)) {
        uplink->account.warrants_refused++;
        uplink_say(uplink, "the hub sent what is neither a warrant nor a revocation");
        return true;
    }
    text_format(&name, "hub-%s-%.16s.json", item->serial, item->digest);
    item->is_kept = inbox_put(uplink->settings.warrants, room, item->octets, &is_new, &err);
    uplink->account.warrants += item->is_kept && is_new;
    if (!item->is_kept)
        uplink_say(uplink, "a warrant of the hub is not kept: %s", err.text);
    return item->is_kept;
}

/* One that finds no room does not hold up a revocation behind it. */
static bool take_items(struct uplink *uplink, const json_t *items, int64_t *wait_ns)
{
    static struct item taken[ITEMS_MAX];
    size_t count = json_array_size(items);
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        taken[i] = read_item(json_array_get(items, i));
        is_good = keep_item(uplink, &taken[i]) && is_good;
    }
    for (size_t i = 0; i < count; i++) {
        if (taken[i].is_kept &&
            !report_delivery(uplink, taken[i].serial, taken[i].digest, wait_ns))
            return false;
    }
    if (!is_good)
        *wait_ns = uplink_backoff_ns(uplink, NULL);
    return is_good;
}

static bool take_page(struct uplink *uplink, const json_t *page, int64_t *wait_ns)
{
    const json_t *items = json_object_get(page, "items");
    const char *next = json_string_value(json_object_get(page, "next"));
    if (!json_is_array(items) || json_array_size(items) > ITEMS_MAX) {
        uplink_say(uplink, "the hub's list of warrants cannot be read");
        return true;
    }
    if (!take_items(uplink, items, wait_ns))
        return false;
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
