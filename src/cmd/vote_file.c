// SPDX-License-Identifier: Apache-2.0
#include "cmd/vote_file.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_OCTETS_MAX = 4096 };

static bool read_octets(const char *path, struct bytes *out, struct error *err)
{
    static uint8_t room[ENVELOPE_OCTETS_MAX + 1];
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    *out = (struct bytes){ room, fread(room, 1, sizeof room, file) };
    bool is_read = !ferror(file);
    (void)fclose(file);
    return is_read || error_set(err, errno, "cannot read %s", path);
}

/* It says what it says in one way only, and is of this record. */
static bool take_document(json_t *json, struct bytes payload, const char *record,
                          struct vote_file *out)
{
    const char *of, *digest, *vote, *reason;
    struct bytes octets = { out->digest, sizeof out->digest };
    char *again = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    json_error_t wrong;
    bool is_good =
        again && bytes_equal(bytes_of_string(again), payload) &&
        json_unpack_ex(json, &wrong, JSON_STRICT, "{s:s, s:s, s:s, s:s}", "record", &of,
                       "digest", &digest, "vote", &vote, "reason", &reason) == 0 &&
        strcmp(of, record) == 0 &&
        text_read_hex(bytes_of_string(digest), out->digest, octets.len) &&
        (strcmp(vote, "refuse") == 0 || strcmp(vote, "abstain") == 0);
    if (is_good)
        out->kind = strcmp(vote, "refuse") == 0 ? PROCEDURE_REFUSE : PROCEDURE_ABSTAIN;
    free(again);
    return is_good;
}

static bool read_vote(const char *record, struct vote_file *out, struct error *err)
{
    struct bytes payload = out->envelope.payload;
    if (strcmp(out->envelope.type, VOTE_PAYLOAD_TYPE) != 0) {
        (void)crypto_hash_sha256(out->digest, payload.at, payload.len);
        out->kind = PROCEDURE_APPROVE;
        return true;
    }
    json_t *json =
        json_loadb((const char *)payload.at, payload.len, JSON_REJECT_DUPLICATES, NULL);
    bool is_good = json && take_document(json, payload, record, out);
    json_decref(json);
    return is_good || error_set(err, 0, "%s: no vote on this record", out->name);
}

bool vote_file_read(const char *folder, const char *record, const char *name,
                    struct vote_file *out, struct error *err)
{
    char path[PATH_OCTETS_MAX];
    struct text text = text_over(path, sizeof path);
    struct text copy = text_over(out->name, sizeof out->name);
    struct bytes octets = { 0 };
    text_format(&text, "%s/%s/%s", folder, record, name);
    text_put_string(&copy, name);
    if (text.cut || copy.cut)
        return error_set(err, 0, "a name too long in %s", folder);
    if (!read_octets(path, &octets, err) || !envelope_read(octets, &out->envelope, err))
        return false;
    if (read_vote(record, out, err))
        return true;
    envelope_done(&out->envelope);
    return false;
}
