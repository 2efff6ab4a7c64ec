// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct upload {
    struct hash_key key;
};

static void *upload_init(const struct behaviour_limits *limits, struct hash_key key,
                         struct arena *keep)
{
    (void)limits;
    struct upload *upload = ARENA_NEW(keep, struct upload, 1);
    upload->key = key;
    return upload;
}

static void upload_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void upload_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_upload = {
    .name = "upload",
    .rule = "upload 1",
    .share = 3,
    .ends = END_INITIATOR,
    .names = NAMES_NONE,
    .init = upload_init,
    .finish = upload_finish,
    .count = upload_count,
};
