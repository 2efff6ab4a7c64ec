// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_records.h"

#include <errno.h>

static bool fail(const struct watch_records_file *file, struct error *err)
{
    return error_set(err, file->records.code, "cannot write %s", file->output.path);
}

bool watch_records_open(const struct watch_options *options, bool is_live,
                        struct watch_records *out, struct error *err)
{
    for (size_t i = 0; i < options->records_count; i++) {
        const struct watch_records_place *place = &options->records[i];
        struct watch_records_file *file = &out->files[i];
        if (is_live ? !output_open_growing(&file->output, place->path, err)
                    : !output_open(&file->output, place->path, err))
            return false;
        out->count++;
        records_open(&file->records, place->kind, file->output.file);
    }
    return true;
}

bool watch_records_put(struct watch_records *records, const struct minimised_flow *flow,
                       int64_t now_ns, struct error *err)
{
    for (size_t i = 0; i < records->count; i++) {
        struct watch_records_file *file = &records->files[i];
        records_put(&file->records, flow, now_ns);
        if (file->records.code != 0)
            return fail(file, err);
    }
    return true;
}

bool watch_records_flush(struct watch_records *records, struct error *err)
{
    for (size_t i = 0; i < records->count; i++) {
        if (!records_flush(&records->files[i].records))
            return fail(&records->files[i], err);
    }
    return true;
}

static bool close_file(struct watch_records_file *file, bool is_good, struct error *err)
{
    bool is_written = records_flush(&file->records);
    errno = file->records.code;
    return output_close(&file->output, is_good && is_written, err);
}

bool watch_records_close(struct watch_records *records, struct error *err)
{
    bool good = true;
    for (size_t i = 0; i < records->count; i++)
        good = close_file(&records->files[i], true, err) && good;
    records->count = 0;
    return good;
}

void watch_records_abandon(struct watch_records *records)
{
    struct error unwanted;
    for (size_t i = 0; i < records->count; i++) {
        bool is_gone = close_file(&records->files[i], false, &unwanted);
        (void)is_gone;
    }
    records->count = 0;
}
