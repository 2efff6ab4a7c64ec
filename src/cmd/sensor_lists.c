// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_lists.h"

#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "cmd/sensor_ledger.h"
#include "system/channel.h"

static bool put_entry(const struct sensor_sharing *sharing, const struct generation_file *file,
                      struct error *err)
{
    const struct generation *header = generation_header(file);
    char room[2 * GENERATION_DIGEST_OCTETS + 1];
    uint8_t octets[GENERATION_DIGEST_OCTETS];
    struct text digest = text_over(room, sizeof room);
    struct entry entry = entry_begin(ENTRY_GENERATION_LOADED, sharing->now_ns);
    generation_digest(header, octets);
    text_put_hex(&digest, (struct bytes){ octets, sizeof octets });
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&digest));
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(sharing->basis));
    entry_set_count(&entry, ENTRY_GENERATION, ++*sharing->generations);
    entry_set_count(&entry, ENTRY_INDICATORS, header->count);
    entry_set_count(&entry, ENTRY_LISTS, header->list_count);
    return sensor_ledger_put(&entry, err);
}

static bool send_one(const struct sensor_sharing *sharing, size_t place,
                     const struct generation_file *file, struct error *err)
{
    static struct crossing_message message;
    uint8_t room[64];
    int shared = -1;
    if (!generation_share(file, &shared, err))
        return false;
    message.kind = CROSSING_INDICATORS;
    message.indicators = (struct crossing_indicators){ .place = place,
                                                       .of = sharing->options->indicator_count,
                                                       .octets = generation_octets(file) };
    size_t len = crossing_write(&message, room);
    bool is_sent =
        len > 0 && channel_offer(sharing->channel, (struct bytes){ room, len }, shared);
    (void)close(shared);
    return is_sent || error_set(err, 0, "the collector takes no other indicators now");
}

bool sensor_lists_share(const struct sensor_sharing *sharing, struct error *err)
{
    struct generation_file *files[WATCH_GENERATIONS_MAX];
    size_t count = sharing->options->indicator_count;
    bool is_good = watch_reference_open(sharing->options, GENERATION_MAPPED, files, err) &&
                   watch_reference_view(files, err) != NULL;
    for (size_t i = 0; is_good && i < count; i++)
        is_good = put_entry(sharing, files[i], err);
    is_good = is_good && sensor_ledger_commit(err);
    for (size_t i = 0; is_good && i < count; i++)
        is_good = send_one(sharing, i, files[i], err);
    for (size_t i = 0; i < WATCH_GENERATIONS_MAX; i++)
        generation_close(files[i]);
    return is_good;
}

static void wait_until_settled(struct workers *workers)
{
    while (!workers_are_settled(workers)) {
        struct timespec pause = { .tv_nsec = TIME_MILLISECOND_NS };
        (void)nanosleep(&pause, NULL);
    }
}

static bool swap(struct generation_file *const files[WATCH_GENERATIONS_MAX],
                 struct workers *workers, struct watch_reference *reference, struct error *err)
{
    const struct indicators *indicators = watch_reference_view(files, err);
    if (!indicators)
        return false;
    workers_set_indicators(workers, indicators);
    wait_until_settled(workers);
    reference->indicators = indicators;
    for (size_t i = 0; i < WATCH_GENERATIONS_MAX; i++) {
        generation_close(reference->files[i]);
        reference->files[i] = files[i];
    }
    return true;
}

bool sensor_lists_take(const struct crossing_indicators *message, int file,
                       struct workers *workers, struct watch_reference *reference,
                       struct error *err)
{
    static struct generation_file *coming[WATCH_GENERATIONS_MAX];
    _Static_assert((int)WATCH_GENERATIONS_MAX == (int)CROSSING_GENERATIONS_MAX, "as many");
    generation_close(coming[message->place]);
    coming[message->place] =
        file < 0 ? NULL : generation_adopt(file, (size_t)message->octets, err);
    if (file >= 0)
        (void)close(file);
    if (!coming[message->place])
        return false;
    if (message->place + 1 < message->of)
        return true;
    bool is_swapped = coming[0] && swap(coming, workers, reference, err);
    for (size_t i = 0; !is_swapped && i < WATCH_GENERATIONS_MAX; i++)
        generation_close(coming[i]);
    coming[0] = coming[1] = NULL;
    return is_swapped;
}
