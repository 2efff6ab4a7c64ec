// SPDX-License-Identifier: Apache-2.0
#include "identity/cbor_private.h"

#include <cbor.h>

enum { DEEP_MAX = 4 };

struct walk {
    size_t left;               /* octets */
    size_t open[DEEP_MAX + 1]; /* items that are still to come, by depth */
    size_t deep;
    bool failed;
};

/* One item was read: what it completes is complete, too. */
static void count(struct walk *walk)
{
    walk->open[walk->deep]--;
    while (walk->deep > 0 && walk->open[walk->deep] == 0)
        walk->deep--;
}

static void enter(struct walk *walk, size_t items)
{
    walk->open[walk->deep]--; /* the item itself */
    if (walk->deep == DEEP_MAX || items > walk->left) {
        walk->failed = true; /* each takes an octet at least */
        return;
    }
    walk->open[++walk->deep] = items;
    while (walk->deep > 0 && walk->open[walk->deep] == 0)
        walk->deep--;
}

static void on_u8(void *walk, uint8_t value)
{
    (void)value;
    count(walk);
}

static void on_u16(void *walk, uint16_t value)
{
    (void)value;
    count(walk);
}

static void on_u32(void *walk, uint32_t value)
{
    (void)value;
    count(walk);
}

static void on_u64(void *walk, uint64_t value)
{
    (void)value;
    count(walk);
}

static void on_string(void *walk, cbor_data at, size_t len)
{
    (void)at;
    (void)len;
    count(walk);
}

static void on_array(void *walk, size_t items)
{
    enter(walk, items);
}

static void on_map(void *walk, size_t pairs)
{
    enter(walk, pairs > SIZE_MAX / 2 ? SIZE_MAX : 2 * pairs);
}

static void on_boolean(void *walk, bool value)
{
    (void)value;
    count(walk);
}

static void on_null(void *walk)
{
    count(walk);
}

static void refuse(void *walk)
{
    ((struct walk *)walk)->failed = true;
}

static void refuse_tag(void *walk, uint64_t value)
{
    (void)value;
    refuse(walk);
}

static void refuse_float(void *walk, float value)
{
    (void)value;
    refuse(walk);
}

static void refuse_double(void *walk, double value)
{
    (void)value;
    refuse(walk);
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_u8,
    .uint16 = on_u16,
    .uint32 = on_u32,
    .uint64 = on_u64,
    .negint8 = on_u8,
    .negint16 = on_u16,
    .negint32 = on_u32,
    .negint64 = on_u64,
    .byte_string_start = refuse,
    .byte_string = on_string,
    .string = on_string,
    .string_start = refuse,
    .indef_array_start = refuse,
    .array_start = on_array,
    .indef_map_start = refuse,
    .map_start = on_map,
    .tag = refuse_tag,
    .float2 = refuse_float,
    .float4 = refuse_float,
    .float8 = refuse_double,
    .undefined = refuse,
    .null = on_null,
    .boolean = on_boolean,
    .indef_break = refuse,
};

size_t cbor_item_len(struct bytes octets)
{
    struct walk walk = { .left = octets.len, .open = { 1 } };

    while (walk.open[0] > 0 || walk.deep > 0) {
        const uint8_t *at = octets.at + (octets.len - walk.left);
        if (walk.left == 0)
            return 0;
        struct cbor_decoder_result result =
            cbor_stream_decode(at, walk.left, &callbacks, &walk);
        if (result.status != CBOR_DECODER_FINISHED || walk.failed)
            return 0;
        walk.left -= result.read;
    }
    return octets.len - walk.left;
}
