// SPDX-License-Identifier: Apache-2.0
#include "source/exports.h"

struct exports *exports_open(const struct exports_options *options, struct error *err)
{
    (void)options;
    (void)error_set(err, 0, "exports cannot be read yet");
    return NULL;
}

void exports_close(struct exports *exports)
{
    (void)exports;
}

enum source_state exports_read(struct exports *exports, struct message_batch *out,
                               struct error *err)
{
    (void)exports;
    (void)out;
    (void)err;
    return SOURCE_END;
}

struct source_progress exports_progress(const struct exports *exports)
{
    (void)exports;
    return (struct source_progress){ 0 };
}

void exports_count(const struct exports *exports, struct summary *summary)
{
    (void)exports;
    (void)summary;
}

const char *exports_trouble(const struct exports *exports, size_t i)
{
    (void)exports;
    (void)i;
    return NULL;
}

uint16_t exports_port(const struct exports *exports, size_t listener)
{
    (void)exports;
    (void)listener;
    return 0;
}
