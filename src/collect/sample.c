// SPDX-License-Identifier: Apache-2.0
/* Packet sections (RFC 5477 8.5: 313, 315; v9's 104) to samples.  What begins behind the IP
 * header (314), or not at the start of the frame, cannot be decoded and is counted. */
#include "collect/reading_private.h"

#include "base/time.h"

enum { FRAME_ETHERNET = 1 }; /* dataLinkFrameType 408 */

static struct bytes section_of(const struct plan *plan, const struct record *record,
                               uint32_t *link)
{
    bool is_ip = plan_has(plan, SLOT_IP_SECTION);
    struct bytes section =
        record->runs[(is_ip ? SLOT_IP_SECTION : SLOT_FRAME_SECTION) - SLOT_RUNS];
    *link = is_ip ? LINK_RAW : LINK_ETHERNET;
    uint64_t type = record->numbers[SLOT_FRAME_TYPE];
    bool is_known = is_ip || type == 0 || type == FRAME_ETHERNET;
    if (!is_known || record->numbers[SLOT_SECTION_OFFSET] != 0)
        return (struct bytes){ NULL, 0 };
    uint64_t exported = record->numbers[SLOT_SECTION_OCTETS]; /* the rest is padding */
    if (exported > 0 && exported < section.len)
        section.len = (size_t)exported;
    return section;
}

static int64_t observed_ns(const struct plan *plan, const struct record *record,
                           const struct reading *reading)
{
    uint64_t number = record->numbers[SLOT_OBSERVED];
    if (!plan_has(plan, SLOT_OBSERVED) || number == 0)
        return reading->head->export_ns;
    return time_of_form(reading, (enum slot_form)plan->forms[SLOT_OBSERVED], number);
}

void sample_take(struct reading *reading, const struct plan *plan, const struct record *record)
{
    struct frame_sample sample = { .observation.direction = OBSERVED_UNKNOWN };
    struct frame *frame = &sample.frame;
    frame->captured = section_of(plan, record, &frame->link);
    if (frame->captured.len == 0) {
        reading->collect->samples_refused++;
        return;
    }
    uint64_t wire = record->numbers[SLOT_FRAME_OCTETS] & UINT16_MAX;
    if (wire > 0 && wire < frame->captured.len)
        frame->captured.len = (size_t)wire;
    frame->wire_len = (uint32_t)(wire > frame->captured.len ? wire : frame->captured.len);
    enum time_quality quality;
    frame->time_ns =
        exporter_time_ns(reading->exporter, observed_ns(plan, record, reading), &quality);
    sample.observation.time = (uint8_t)quality;
    observation_take(reading, plan, record, &sample.observation);
    reading->samples++;
    reading->collect->sink.take_sample(reading->collect->sink.context, &sample);
}
