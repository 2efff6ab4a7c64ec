// SPDX-License-Identifier: Apache-2.0
#include "cmd/progress.h"

#include <stdio.h>

#include "base/time.h"
#include "system/clock.h"

void progress_start(struct progress *progress, bool is_shown)
{
    *progress = (struct progress){ is_shown, clock_monotonic_ns(), 0 };
}

static void put_bar(struct text *line, uint64_t octets, uint64_t total)
{
    enum { CELLS = 24 };
    uint64_t full = octets < total ? octets * CELLS / total : CELLS;
    text_put_char(line, '[');
    for (uint64_t i = 0; i < CELLS; i++)
        text_put_char(line, i < full ? '#' : '.');
    text_format(line, "] %3u %%  ", (unsigned)(octets < total ? octets * 100 / total : 100));
}

void progress_tell(struct progress *progress, uint64_t octets, uint64_t octets_total,
                   uint64_t packets)
{
    if (!progress->is_shown)
        return;
    int64_t now_ns = clock_monotonic_ns();
    if (now_ns - progress->last_ns < TIME_SECOND_NS / 5)
        return;
    progress->last_ns = now_ns;
    double seconds = (double)(now_ns - progress->start_ns) / 1e9 + 1e-9;
    char room[192];
    struct text line = text_over(room, sizeof room);
    if (octets_total > 0)
        put_bar(&line, octets, octets_total);
    text_format(&line, "%.1f MB  %.2f M packets/s", (double)octets / 1e6,
                (double)packets / seconds / 1e6);
    if (octets_total > octets && octets > 0) {
        text_put_string(&line, "  ");
        double left = seconds * (double)(octets_total - octets) / (double)octets;
        time_write_span((int64_t)(left * 1e9), &line);
        text_put_string(&line, " left");
    }
    fprintf(stderr, "\r\033[K%s", room);
    (void)fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown && progress->last_ns > 0)
        fputs("\r\033[K", stderr);
}
