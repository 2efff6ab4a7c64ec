// SPDX-License-Identifier: Apache-2.0
/* The classic format, draft-ietf-opsawg-pcap: a header of 24 octets, then records of 16 octets
 * and the frame. */
#include "source/capture_private.h"
#include "source/load_private.h"

enum { PCAP_HEADER_OCTETS = 24, RECORD_OCTETS = 16, RECORD_OCTETS_KUZNETZOV = 24 };

/* Kuznetzov's variant (old Linux distributions) has 8 more octets in each record. */
static const struct variant {
    uint32_t magic;
    uint32_t fraction_ns;
    uint32_t header_octets;
} variants[] = {
    { 0xa1b2c3d4, 1000, RECORD_OCTETS },
    { 0xa1b23c4d, 1, RECORD_OCTETS },
    { 0xa1b2cd34, 1000, RECORD_OCTETS_KUZNETZOV },
};

static const struct variant *find_variant(const uint8_t *magic, bool swapped)
{
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        if (load_u32(magic, swapped) == variants[i].magic)
            return &variants[i];
    }
    return NULL;
}

enum fault pcap_start(struct capture *capture, struct cursor *window)
{
    if (window->left < 4)
        return FAULT_TRUNCATED;
    const struct variant *variant = find_variant(window->at, false);
    bool swapped = variant == NULL;
    if (swapped)
        variant = find_variant(window->at, true);
    if (!variant)
        return FAULT_UNSUPPORTED;
    if (window->left < PCAP_HEADER_OCTETS)
        return FAULT_TRUNCATED;

    const uint8_t *header = window->at;
    uint16_t major = load_u16(header + 4, swapped);
    uint16_t minor = load_u16(header + 6, swapped);
    if (major != 2 || minor > 4)
        return FAULT_VERSION;
    capture->swapped = swapped;
    capture->pcap = (struct pcap){
        /* The upper half tells of a frame check sequence, which no length we use includes. */
        .link = load_u32(header + 20, swapped) & 0xffff,
        .fraction_ns = variant->fraction_ns,
        .header_octets = variant->header_octets,
        .lengths_exchanged = minor <= 3,
    };
    cursor_skip(window, PCAP_HEADER_OCTETS);
    return FAULT_NONE;
}

struct record {
    int64_t time_ns;
    uint32_t captured;
    uint32_t wire;
};

static ALWAYS_INLINE struct record load_record(const struct pcap *pcap, const uint8_t *at,
                                               bool swapped)
{
    struct record record = {
        .time_ns = (int64_t)load_u32(at, swapped) * 1000000000 +
                   (int64_t)load_u32(at + 4, swapped) * pcap->fraction_ns,
        .captured = load_u32(at + 8, swapped),
        .wire = load_u32(at + 12, swapped),
    };
    /* Old writers exchanged the two; one of version 2.3 shows it by more captured than sent. */
    if (UNLIKELY(pcap->lengths_exchanged) && record.captured > record.wire) {
        uint32_t wire = record.captured;
        record.captured = record.wire;
        record.wire = wire;
    }
    return record;
}

/* Compiled once for each byte order; all that changes a frame lives in registers. */
static ALWAYS_INLINE enum capture_step read_records(struct capture *capture,
                                                    struct cursor *window,
                                                    struct frame_batch *out, int64_t until_ns,
                                                    bool swapped)
{
    const struct pcap pcap = capture->pcap;
    const uint8_t *at = window->at;
    size_t left = window->left, count = out->count, before = count;
    int64_t last_ns = capture->last_ns;
    enum capture_step step = CAPTURE_GOOD;

    for (; count < FRAME_BATCH_MAX; count++) {
        step = CAPTURE_HUNGRY;
        if (left < pcap.header_octets)
            break;
        struct record record = load_record(&pcap, at, swapped);
        if (UNLIKELY(record.captured > CAPTURE_FRAME_MAX)) {
            step = capture_break(capture, "a frame of more than 262144 octets");
            break;
        }
        if (left - pcap.header_octets < record.captured)
            break;
        if (record.time_ns > until_ns) {
            capture->next_ns = record.time_ns;
            step = CAPTURE_LATER;
            break;
        }
        if (UNLIKELY(record.captured > record.wire)) {
            capture->counts.longer_than_wire++;
            record.wire = record.captured;
        }
        capture->counts.backwards += record.time_ns < last_ns;
        last_ns = record.time_ns;
        out->frames[count] =
            (struct frame){ .captured = { at + pcap.header_octets, record.captured },
                            .wire_len = record.wire,
                            .link = pcap.link,
                            .time_ns = record.time_ns };
        at += pcap.header_octets + record.captured;
        left -= pcap.header_octets + record.captured;
        step = CAPTURE_GOOD;
    }
    window->at = at;
    window->left = left;
    out->count = count;
    capture->last_ns = last_ns;
    capture->counts.frames += count - before;
    return step;
}

HOT enum capture_step pcap_read(struct capture *capture, struct cursor *window,
                                struct frame_batch *out, int64_t until_ns)
{
    if (LIKELY(!capture->swapped))
        return read_records(capture, window, out, until_ns, false);
    return read_records(capture, window, out, until_ns, true);
}
