// SPDX-License-Identifier: Apache-2.0
#include "source/exports_private.h"

struct listeners *listeners_open(const struct exports_options *options,
                                 struct exports_account *account, struct error *err)
{
    (void)options;
    (void)account;
    (void)error_set(err, 0, "listening for exports is not there yet");
    return NULL;
}

void listeners_close(struct listeners *listeners)
{
    (void)listeners;
}

enum source_state listeners_read(struct listeners *listeners, struct message_batch *out)
{
    (void)listeners;
    (void)out;
    return SOURCE_END;
}

void listeners_count(const struct listeners *listeners, struct summary *summary)
{
    (void)listeners;
    (void)summary;
}

uint16_t listeners_port(const struct listeners *listeners, size_t i)
{
    (void)listeners;
    (void)i;
    return 0;
}
