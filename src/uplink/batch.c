// SPDX-License-Identifier: Apache-2.0
/* Rows of the store as one request has them, and the name that follows from them. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "exchange/ipfix.h"
#include "report/report.h"
#include "uplink/uplink_private.h"

/* No record takes more, templates and heads of messages included (exchange/ipfix.c). */
enum { RECORD_OCTETS_MAX = 700, DOMAIN = 1 };

struct batcher {
    unsigned records_max;
    size_t room;
    uint8_t *octets; /* of records */
    size_t len;
    char *words; /* of findings */
    struct ipfix_writer writer;
};

static const struct {
    const char *name, *type;
} kinds[BATCH_KINDS] = {
    [BATCH_RECORDS] = { "records", "application/ipfix" },
    [BATCH_FINDINGS] = { "findings", "application/vnd.sekisho.findings+json" },
};

const char *batch_kind_name(enum batch_kind kind)
{
    return kinds[kind].name;
}

const char *batch_kind_type(enum batch_kind kind)
{
    return kinds[kind].type;
}

struct batcher *batcher_open(unsigned records_max, struct error *err)
{
    struct batcher *batcher = calloc(1, sizeof *batcher);
    size_t room = ((size_t)records_max + 2) * RECORD_OCTETS_MAX;
    uint8_t *octets = malloc(room);
    if (batcher && octets) {
        batcher->records_max = records_max;
        batcher->room = room;
        batcher->octets = octets;
        return batcher;
    }
    free(batcher);
    free(octets);
    (void)error_set(err, 0, "no memory for a batch of %u records", records_max);
    return NULL;
}

void batcher_close(struct batcher *batcher)
{
    free(batcher->words);
    free(batcher->octets);
    free(batcher);
}

static bool take_message(void *context, struct bytes message)
{
    struct batcher *batcher = context;
    MUST(message.len <= batcher->room - batcher->len);
    memcpy(batcher->octets + batcher->len, message.at, message.len);
    batcher->len += message.len;
    return true;
}

static void count(struct batch *batch, int64_t number)
{
    if (batch->count++ == 0)
        batch->stretch.first = number;
    batch->stretch.last = number;
}

struct making {
    struct batcher *batcher;
    struct batch *batch;
    FILE *stream;
    bool is_written;
};

/* The time in the messages is that of their newest record, so that the same rows are the same
 * octets whenever they are sent. */
static void take_flow(void *context, int64_t number, const struct minimised_flow *flow)
{
    struct making *making = context;
    MUST(ipfix_put(&making->batcher->writer, flow,
                   flow->end_ns)); /* take_message always takes */
    count(making->batch, number);
}

static bool make_records(struct batcher *batcher, struct store *store,
                         const struct store_stretch *stretch, struct batch *out,
                         struct error *err)
{
    struct making making = { .batcher = batcher, .batch = out };
    batcher->len = 0;
    ipfix_begin(&batcher->writer, DOMAIN, ipfix_refresh_never,
                (struct ipfix_sink){ take_message, batcher });
    if (!store_each_flow_after(store, stretch, take_flow, &making, err))
        return false;
    MUST(ipfix_flush(&batcher->writer));
    out->body = (struct bytes){ batcher->octets, batcher->len };
    return true;
}

static void take_finding(void *context, int64_t number, const struct finding *finding)
{
    struct making *making = context;
    making->is_written = making->is_written &&
                         fputc(making->batch->count == 0 ? '[' : ',', making->stream) != EOF &&
                         report_write_finding_json_line(finding, making->stream);
    count(making->batch, number);
}

static bool make_findings(struct batcher *batcher, struct store *store,
                          const struct store_stretch *stretch, struct batch *out,
                          struct error *err)
{
    struct making making = { .batcher = batcher, .batch = out, .is_written = true };
    size_t len = 0;
    free(batcher->words);
    batcher->words = NULL;
    making.stream = open_memstream(&batcher->words, &len);
    if (!making.stream)
        return error_set(err, 0, "no memory for findings");
    bool good = store_each_finding_after(store, stretch, take_finding, &making, err);
    bool is_whole = making.is_written && fputs("]\n", making.stream) != EOF;
    if (fclose(making.stream) != 0 || !is_whole)
        return good && error_set(err, 0, "findings cannot be written");
    out->body = (struct bytes){ (const uint8_t *)batcher->words, len };
    return good;
}

static void put_hash(struct bytes octets, size_t len, char *room, size_t max)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    struct text words = text_over(room, max);
    (void)crypto_hash_sha256(hash, octets.at, octets.len);
    text_put_hex(&words, (struct bytes){ hash, len });
}

/* The same rows with the same content of the same store have the same name. */
static void name_batch(const char *store_id, struct batch *batch)
{
    char room[256];
    struct text words = text_over(room, sizeof room);
    const struct stretch *stretch = &batch->stretch;
    put_hash(batch->body, crypto_hash_sha256_BYTES, batch->digest, sizeof batch->digest);
    text_format(&words, "sekisho batch 1\n%s\n%s\n%lld\n%lld\n%s\n", store_id,
                batch_kind_name(stretch->kind), (long long)stretch->first,
                (long long)stretch->last, batch->digest);
    MUST(!words.cut);
    put_hash(text_bytes(&words), (UPLINK_ID_MAX - 1) / 2, batch->stretch.id,
             sizeof batch->stretch.id);
}

bool batcher_make(struct batcher *batcher, struct store *store, const struct batch_wish *wish,
                  struct batch *out, struct error *err)
{
    bool is_records = wish->kind == BATCH_RECORDS;
    struct store_stretch stretch = { wish->after, wish->last, UPLINK_FINDINGS_MAX };
    if (is_records)
        stretch.limit =
            wish->records_max < batcher->records_max ? wish->records_max : batcher->records_max;
    *out = (struct batch){ .stretch = { .kind = wish->kind, .last = wish->last } };
    bool good = is_records ? make_records(batcher, store, &stretch, out, err)
                           : make_findings(batcher, store, &stretch, out, err);
    if (good && out->count > 0)
        name_batch(wish->store_id, out);
    return good;
}
