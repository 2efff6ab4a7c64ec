// SPDX-License-Identifier: Apache-2.0
/* pcapng, draft-ietf-opsawg-pcapng: blocks of type, length, body, length again.  A section
 * header sets the byte order and forgets the interfaces of the section before. */
#include "base/time.h"
#include "source/capture_private.h"
#include "source/load_private.h"

enum block_type {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete, still in old files */
    BLOCK_SIMPLE = 3,
    BLOCK_NAMES = 4,
    BLOCK_STATISTICS = 5,
    BLOCK_ENHANCED = 6,
    BLOCK_SECRETS = 10,
    BLOCK_CUSTOM = 0xbad,
    BLOCK_CUSTOM_NO_COPY = 0x40000bad,
    BLOCK_SECTION = 0x0a0d0d0a, /* the same in either byte order */
};

enum {
    BLOCK_OVERHEAD_OCTETS = 12,
    SECTION_OCTETS = 28,
    INTERFACE_OCTETS = 20,
    PACKET_OCTETS = 32,
    SIMPLE_OCTETS = 16,
};

#define ORDER_MAGIC UINT32_C(0x1a2b3c4d)

/* One whole block as it lies in the window; swapped is a copy, known when compiled. */
struct block {
    const uint8_t *at;
    uint32_t type;
    uint32_t octets;
    bool swapped;
};

enum fault pcapng_start(struct capture *capture, struct cursor *window)
{
    if (window->left < 4)
        return FAULT_TRUNCATED;
    if (load_u32(window->at, false) != BLOCK_SECTION)
        return FAULT_UNSUPPORTED;
    if (window->left < BLOCK_OVERHEAD_OCTETS)
        return FAULT_TRUNCATED;
    uint32_t order = load_u32(window->at + 8, false);
    if (order != ORDER_MAGIC && order != __builtin_bswap32(ORDER_MAGIC))
        return FAULT_UNSUPPORTED;
    capture->swapped = order != ORDER_MAGIC;
    return FAULT_NONE;
}

static enum capture_step start_section(struct capture *capture, const struct block *block)
{
    if (block->octets < SECTION_OCTETS)
        return capture_break(capture, "a section header that is too short");
    uint16_t major = load_u16(block->at + 12, block->swapped);
    uint16_t minor = load_u16(block->at + 14, block->swapped);
    /* Section 4.1: 1.0, and 1.2 is to be read as it. */
    if (major != 1 || (minor != 0 && minor != 2))
        return capture_break(capture, "a section of a version that is not 1.0");
    capture->pcapng.interface_count = 0;
    return CAPTURE_GOOD;
}

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;
    for (unsigned i = 0; i < exponent; i++)
        power *= 10;
    return power;
}

/* if_tsresol, section 4.2: ticks of 10^-n s, or of 2^-n s when the highest bit is set. */
static void set_resolution(struct pcapng_interface *interface, uint8_t resolution)
{
    unsigned exponent = resolution & 0x7f;
    bool binary = (resolution & 0x80) != 0;
    interface->multiply = 0;
    interface->divide = 0;
    interface->shift = 0;
    interface->usable = exponent <= (binary ? 63 : 19);
    if (!interface->usable)
        return;
    if (binary)
        interface->shift = exponent;
    else if (exponent <= 9)
        interface->multiply = power_of_ten(9 - exponent);
    else
        interface->divide = power_of_ten(exponent - 9);
}

static void read_option(struct pcapng_interface *interface, uint16_t code, struct bytes value,
                        bool swapped)
{
    enum { OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };
    if (code == OPTION_RESOLUTION && value.len >= 1)
        set_resolution(interface, value.at[0]);
    if (code == OPTION_OFFSET && value.len >= 8)
        interface->offset_ns = time_from_parts((int64_t)load_u64(value.at, swapped), 0);
}

/* Section 3.5; false when an option is longer than its block. */
static bool read_options(struct pcapng_interface *interface, struct cursor options,
                         bool swapped)
{
    while (options.left >= 4) {
        const uint8_t *header = options.at;
        cursor_skip(&options, 4);
        uint16_t code = load_u16(header, swapped);
        size_t len = load_u16(header + 2, swapped);
        if (code == 0)
            return true;
        struct bytes value = cursor_bytes(&options, len);
        cursor_skip(&options, (4 - len % 4) % 4);
        if (options.broken)
            return false;
        read_option(interface, code, value, swapped);
    }
    return options.left == 0;
}

static enum capture_step add_interface(struct capture *capture, const struct block *block)
{
    if (block->octets < INTERFACE_OCTETS)
        return capture_break(capture, "an interface description that is too short");
    struct pcapng *pcapng = &capture->pcapng;
    if (pcapng->interface_count == CAPTURE_INTERFACES_MAX) {
        capture->counts.bad_interfaces++;
        return CAPTURE_GOOD; /* its frames will be those of an unknown interface */
    }
    struct pcapng_interface *interface = &pcapng->interfaces[pcapng->interface_count++];
    *interface = (struct pcapng_interface){
        .link = load_u16(block->at + 8, block->swapped),
        .captured_max = load_u32(block->at + 12, block->swapped),
    };
    set_resolution(interface, 6);
    struct bytes options = { block->at + 16, block->octets - INTERFACE_OCTETS };
    if (!read_options(interface, cursor_over(options), block->swapped))
        capture->counts.bad_options++;
    if (!interface->usable)
        capture->counts.bad_interfaces++;
    return CAPTURE_GOOD;
}

/* Held at the end of the range instead of overflowing. */
static int64_t slow_time(const struct pcapng_interface *interface, uint64_t ticks)
{
    uint64_t time_ns = INT64_MAX;
    if (interface->multiply != 0) {
        if (__builtin_mul_overflow(ticks, interface->multiply, &time_ns))
            time_ns = INT64_MAX;
    } else if (interface->divide != 0) {
        time_ns = ticks / interface->divide;
    } else {
        unsigned shift = interface->shift;
        uint64_t seconds = ticks >> shift;
        uint64_t part = ticks & ((UINT64_C(1) << shift) - 1);
        if (shift > 32) { /* so that the product fits; less than 1 ns is lost */
            part >>= shift - 32;
            shift = 32;
        }
        if (seconds <= INT64_MAX / TIME_SECOND_NS - 1)
            time_ns = seconds * TIME_SECOND_NS + (part * TIME_SECOND_NS >> shift);
    }
    return time_ns > INT64_MAX ? INT64_MAX : (int64_t)time_ns;
}

static ALWAYS_INLINE int64_t time_of(const struct pcapng_interface *interface, uint64_t ticks)
{
    int64_t time_ns, sum;
    if (LIKELY(interface->multiply != 0 && ticks < (UINT64_C(1) << 62) / interface->multiply))
        time_ns = (int64_t)(ticks * interface->multiply);
    else
        time_ns = slow_time(interface, ticks);
    if (UNLIKELY(__builtin_add_overflow(time_ns, interface->offset_ns, &sum)))
        return interface->offset_ns < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

static ALWAYS_INLINE void put_frame(struct capture *capture, struct frame_batch *out,
                                    struct frame frame)
{
    if (UNLIKELY(frame.captured.len > frame.wire_len)) {
        capture->counts.longer_than_wire++;
        frame.wire_len = (uint32_t)frame.captured.len;
    }
    capture->counts.frames++;
    capture->counts.backwards += frame.time_ns < capture->last_ns;
    capture->last_ns = frame.time_ns;
    out->frames[out->count++] = frame;
}

static ALWAYS_INLINE const struct pcapng_interface *find_interface(const struct pcapng *pcapng,
                                                                   uint32_t id)
{
    if (UNLIKELY(id >= pcapng->interface_count || !pcapng->interfaces[id].usable))
        return NULL;
    return &pcapng->interfaces[id];
}

/* Section 4.3, and the obsolete packet block of appendix A, which is laid out like it but for
 * a count of drops in the upper half of the interface. */
static ALWAYS_INLINE enum capture_step read_packet(struct capture *capture,
                                                   const struct block *block,
                                                   struct frame_batch *out, int64_t until_ns)
{
    const uint8_t *at = block->at;
    bool swapped = block->swapped;
    if (UNLIKELY(block->octets < PACKET_OCTETS))
        return capture_break(capture, "a packet block that is too short");
    uint32_t captured = load_u32(at + 20, swapped);
    if (UNLIKELY(captured > block->octets - PACKET_OCTETS))
        return capture_break(capture, "a frame that is longer than its block");
    if (UNLIKELY(captured > CAPTURE_FRAME_MAX))
        return capture_break(capture, "a frame of more than 262144 octets");

    uint32_t id =
        block->type == BLOCK_PACKET ? load_u16(at + 8, swapped) : load_u32(at + 8, swapped);
    const struct pcapng_interface *interface = find_interface(&capture->pcapng, id);
    if (UNLIKELY(!interface)) {
        capture->counts.unknown_interface++;
        return CAPTURE_GOOD;
    }
    uint64_t ticks = (uint64_t)load_u32(at + 12, swapped) << 32 | load_u32(at + 16, swapped);
    int64_t time_ns = time_of(interface, ticks);
    if (time_ns > until_ns) {
        capture->next_ns = time_ns;
        return CAPTURE_LATER;
    }
    put_frame(capture, out,
              (struct frame){ .captured = { at + 28, captured },
                              .wire_len = load_u32(at + 24, swapped),
                              .link = interface->link,
                              .time_ns = time_ns });
    return CAPTURE_GOOD;
}

/* Section 4.4: no time, no interface (it is the first), and the captured length is what the
 * limit of the interface left of the frame. */
static enum capture_step read_simple(struct capture *capture, const struct block *block,
                                     struct frame_batch *out, int64_t until_ns)
{
    if (block->octets < SIMPLE_OCTETS)
        return capture_break(capture, "a simple packet block that is too short");
    if (capture->pcapng.interface_count == 0) {
        capture->counts.unknown_interface++;
        return CAPTURE_GOOD;
    }
    const struct pcapng_interface *interface = &capture->pcapng.interfaces[0];
    uint32_t wire = load_u32(block->at + 8, block->swapped);
    uint32_t captured = wire;
    if (interface->captured_max != 0 && captured > interface->captured_max)
        captured = interface->captured_max;
    if (captured > block->octets - SIMPLE_OCTETS)
        return capture_break(capture, "a frame that is longer than its block");
    if (captured > CAPTURE_FRAME_MAX)
        return capture_break(capture, "a frame of more than 262144 octets");
    int64_t time_ns = capture->last_ns == INT64_MIN ? 0 : capture->last_ns;
    if (time_ns > until_ns) {
        capture->next_ns = time_ns;
        return CAPTURE_LATER;
    }
    capture->counts.no_time++;
    put_frame(capture, out,
              (struct frame){ .captured = { block->at + 12, captured },
                              .wire_len = wire,
                              .link = interface->link,
                              .time_ns = time_ns });
    return CAPTURE_GOOD;
}

static enum capture_block kind_of(uint32_t type)
{
    switch (type) {
    case BLOCK_NAMES: return CAPTURE_BLOCK_NAMES;
    case BLOCK_STATISTICS: return CAPTURE_BLOCK_STATISTICS;
    case BLOCK_SECRETS: return CAPTURE_BLOCK_SECRETS;
    case BLOCK_CUSTOM:
    case BLOCK_CUSTOM_NO_COPY: return CAPTURE_BLOCK_CUSTOM;
    default: return CAPTURE_BLOCK_OTHER;
    }
}

/* All but enhanced packets. */
static enum capture_step read_other(struct capture *capture, const struct block *block,
                                    struct frame_batch *out, int64_t until_ns)
{
    switch (block->type) {
    case BLOCK_SECTION: return start_section(capture, block);
    case BLOCK_INTERFACE: return add_interface(capture, block);
    case BLOCK_PACKET: return read_packet(capture, block, out, until_ns);
    case BLOCK_SIMPLE: return read_simple(capture, block, out, until_ns);
    default: capture->counts.blocks[kind_of(block->type)]++; return CAPTURE_GOOD;
    }
}

/* A block too long for the window: passed over when nothing in it is for us. */
static enum capture_step skip_block(struct capture *capture, const struct block *block)
{
    switch (block->type) {
    case BLOCK_SECTION:
    case BLOCK_INTERFACE:
    case BLOCK_PACKET:
    case BLOCK_SIMPLE:
    case BLOCK_ENHANCED:
        return capture_break(capture, "a block with frames of more than 393216 octets");
    default:
        capture->counts.blocks[kind_of(block->type)]++;
        capture->skip = block->octets;
        return CAPTURE_GOOD;
    }
}

static void pass_over(struct capture *capture, struct cursor *window)
{
    size_t len = capture->skip < window->left ? (size_t)capture->skip : window->left;
    cursor_skip(window, len);
    capture->skip -= len;
}

/* The order of a section that begins here; the block before it was in the old one. */
static enum capture_step take_order(struct capture *capture, const uint8_t *at)
{
    uint32_t order = load_u32(at + 8, false);
    if (order != ORDER_MAGIC && order != __builtin_bswap32(ORDER_MAGIC))
        return capture_break(capture, "a section header without byte order");
    capture->swapped = order != ORDER_MAGIC;
    return CAPTURE_GOOD;
}

/* Section 3.1: both lengths count the whole block and must agree. */
static ALWAYS_INLINE enum capture_step take_block(struct capture *capture,
                                                  struct cursor *window,
                                                  struct frame_batch *out, int64_t until_ns,
                                                  bool swapped)
{
    struct block block = { .at = window->at,
                           .type = load_u32(window->at, swapped),
                           .octets = load_u32(window->at + 4, swapped),
                           .swapped = swapped };
    if (UNLIKELY(block.octets < BLOCK_OVERHEAD_OCTETS || block.octets % 4 != 0))
        return capture_break(capture, "a block of impossible length");
    if (UNLIKELY(block.octets > CAPTURE_RECORD_MAX))
        return skip_block(capture, &block);
    if (window->left < block.octets)
        return CAPTURE_HUNGRY;
    if (UNLIKELY(load_u32(block.at + block.octets - 4, swapped) != block.octets))
        return capture_break(capture, "a block whose two lengths differ");

    enum capture_step step = LIKELY(block.type == BLOCK_ENHANCED)
                                 ? read_packet(capture, &block, out, until_ns)
                                 : read_other(capture, &block, out, until_ns);
    if (step == CAPTURE_GOOD)
        cursor_skip(window, block.octets);
    return step;
}

/* Compiled once for each byte order; ends where the order changes. */
static ALWAYS_INLINE enum capture_step read_blocks(struct capture *capture,
                                                   struct cursor *window,
                                                   struct frame_batch *out, int64_t until_ns,
                                                   bool swapped)
{
    enum capture_step step = CAPTURE_GOOD;
    while (step == CAPTURE_GOOD && out->count < FRAME_BATCH_MAX) {
        if (UNLIKELY(capture->skip > 0))
            pass_over(capture, window);
        if (window->left < BLOCK_OVERHEAD_OCTETS)
            return CAPTURE_HUNGRY;
        if (UNLIKELY(load_u32(window->at, false) == BLOCK_SECTION))
            step = take_order(capture, window->at);
        if (UNLIKELY(step != CAPTURE_GOOD || swapped != capture->swapped))
            break;
        step = take_block(capture, window, out, until_ns, swapped);
    }
    return step;
}

HOT enum capture_step pcapng_read(struct capture *capture, struct cursor *window,
                                  struct frame_batch *out, int64_t until_ns)
{
    enum capture_step step = CAPTURE_GOOD;
    while (step == CAPTURE_GOOD && out->count < FRAME_BATCH_MAX) {
        step = capture->swapped ? read_blocks(capture, window, out, until_ns, true)
                                : read_blocks(capture, window, out, until_ns, false);
    }
    return step;
}
