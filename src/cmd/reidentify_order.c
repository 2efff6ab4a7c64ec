// SPDX-License-Identifier: Apache-2.0
#include "cmd/reidentify_order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/output.h"
#include "keys/keys.h"
#include "system/clock.h"

enum { MINUTES_DEFAULT = 60, MINUTES_MAX = 24 * 60 };

bool reidentify_read_file(const char *path, struct bytes *out, struct error *err)
{
    static uint8_t room[ORDER_OCTETS_MAX];
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    size_t len = fread(room, 1, sizeof room, file);
    bool is_read = !ferror(file);
    (void)fclose(file);
    *out = (struct bytes){ room, len };
    return is_read || error_set(err, errno, "cannot read %s", path);
}

static bool write_file(const char *path, const struct envelope *envelope, struct error *err)
{
    static char room[ORDER_OCTETS_MAX];
    struct text text = text_over(room, sizeof room);
    struct output output;
    if (!envelope_write(envelope, &text, err) || !output_open(&output, path, err))
        return false;
    return output_close(&output, fwrite(text.at, 1, text.len, output.file) == text.len, err);
}

static bool put(char *room, size_t max, const char *words, struct error *err)
{
    struct text text = text_over(room, max);
    text_put_string(&text, words);
    return (!text.cut && text.len > 0) ||
           error_set(err, 0, "this is empty or too long: \"%s\"", words);
}

static bool put_pseudonyms(const struct reidentify_call *call, struct order *order,
                           struct error *err)
{
    if (call->word_count > ORDER_PSEUDONYMS_MAX)
        return error_set(err, 0, "an order is of %d pseudonyms at most", ORDER_PSEUDONYMS_MAX);
    for (size_t i = 0; i < call->word_count; i++) {
        if (strncmp(call->words[i], "line-", 5) != 0)
            return error_set(err, 0, "%s is no pseudonym of a line", call->words[i]);
        if (!put(order->pseudonyms[i], sizeof order->pseudonyms[i], call->words[i], err))
            return false;
    }
    order->pseudonym_count = call->word_count;
    return order->pseudonym_count > 0 || call->finding ||
           error_set(err, 0, "name a finding or pseudonyms");
}

static bool fill(const struct reidentify_call *call, struct order *order, struct error *err)
{
    uint64_t minutes = MINUTES_DEFAULT;
    if (!call->number || !call->reason || !call->output || !call->asking.basis ||
        !call->asking.purpose)
        return error_set(err, 0,
                         "an order needs --number, --basis, --purpose, --reason and --output");
    if (call->minutes &&
        (!text_read_u64(bytes_of_string(call->minutes), MINUTES_MAX, &minutes) || minutes == 0))
        return error_set(err, 0, "a window is of 1 to %d minutes", MINUTES_MAX);
    order->issued_ns = clock_now_ns() / TIME_SECOND_NS * TIME_SECOND_NS;
    order->until_ns = order->issued_ns + (int64_t)minutes * 60 * TIME_SECOND_NS;
    return put(order->number, sizeof order->number, call->number, err) &&
           put(order->basis, sizeof order->basis, call->asking.basis, err) &&
           put(order->purpose, sizeof order->purpose, call->asking.purpose, err) &&
           put(order->reason, sizeof order->reason, call->reason, err) &&
           (!call->finding || put(order->finding, sizeof order->finding, call->finding, err)) &&
           put_pseudonyms(call, order, err);
}

bool reidentify_draft(const struct reidentify_call *call, struct error *err)
{
    static struct order order;
    static char room[ORDER_OCTETS_MAX];
    struct text payload = text_over(room, sizeof room);
    struct envelope envelope;
    if (!fill(call, &order, err) || !order_write(&order, &payload, err) ||
        !envelope_make(ORDER_PAYLOAD_TYPE, text_bytes(&payload), &envelope, err))
        return false;
    bool good = write_file(call->output, &envelope, err);
    envelope_done(&envelope);
    return good;
}

static bool add_signature(struct reidentify_call *call, struct envelope *envelope,
                          struct error *err)
{
    uint8_t octets[ENVELOPE_SIGNATURE_OCTETS];
    struct key *key = key_open(call->key, passphrase_ask, &call->passphrase, err);
    if (!key) {
        if (call->passphrase.err.text[0] != '\0')
            *err = call->passphrase.err;
        return false;
    }
    bool good = key_sign(key, envelope->message, octets, err) &&
                envelope_sign(envelope, key_public(key), octets, err);
    key_close(key);
    return good;
}

/* What is signed is told first: nobody signs what he has not read. */
static void tell(const struct order *order)
{
    char room[TIME_TEXT_MAX];
    struct text until = text_over(room, sizeof room);
    time_write(order->until_ns, 0, &until);
    printf("order %s, basis %s, purpose %s, until %s\n%s%s%s%zu pseudonyms\nreason: %s\n",
           order->number, order->basis, order->purpose, room,
           order->finding[0] ? "the lines of " : "", order->finding,
           order->finding[0] ? ", and " : "", order->pseudonym_count, order->reason);
}

bool reidentify_sign(struct reidentify_call *call, struct error *err)
{
    struct bytes json = { 0 };
    struct envelope envelope;
    static struct order order;
    if (call->word_count != 1 || !call->key)
        return error_set(err, 0, "name one order, and the key that signs with --key");
    if (!reidentify_read_file(call->words[0], &json, err) || !order_read(json, &order, err) ||
        !envelope_read(json, &envelope, err))
        return false;
    tell(&order);
    bool good = add_signature(call, &envelope, err) &&
                write_file(call->output ? call->output : call->words[0], &envelope, err);
    envelope_done(&envelope);
    return good;
}
