// SPDX-License-Identifier: Apache-2.0
#include "source/live.h"

struct live *live_open(const struct live_options *options, struct error *err)
{
    (void)options;
    (void)error_set(err, 0, "interfaces cannot be read yet");
    return NULL;
}

void live_close(struct live *live)
{
    (void)live;
}

enum source_state live_read(struct live *live, struct frame_batch *out, struct error *err)
{
    (void)live;
    (void)out;
    (void)err;
    return SOURCE_END;
}

void live_count(const struct live *live, struct summary *summary)
{
    (void)live;
    (void)summary;
}

const char *live_trouble(const struct live *live, size_t i)
{
    (void)live;
    (void)i;
    return NULL;
}
