// SPDX-License-Identifier: Apache-2.0
#include "source/capture_private.h"

enum fault capture_start(struct capture *capture, struct cursor *window)
{
    capture->last_ns = INT64_MIN;
    capture->format = CAPTURE_PCAP;
    enum fault fault = pcap_start(capture, window);
    if (fault != FAULT_UNSUPPORTED)
        return fault;
    capture->format = CAPTURE_PCAPNG;
    return pcapng_start(capture, window);
}

enum capture_step capture_read(struct capture *capture, struct cursor *window,
                               struct frame_batch *out, int64_t until_ns)
{
    if (capture->format == CAPTURE_PCAP)
        return pcap_read(capture, window, out, until_ns);
    return pcapng_read(capture, window, out, until_ns);
}
