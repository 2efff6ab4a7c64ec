// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_verdicts.h"

static void take(void *context, const struct store_verdict *verdict)
{
    struct watch_verdicts *out = context;
    if (out->count < VERDICTS_MAX)
        out->list[out->count++] = verdict->about;
    else
        out->left++;
}

bool watch_verdicts_load(struct store *store, const char *basis, int64_t now_ns,
                         struct watch_verdicts *out, struct error *err)
{
    out->count = 0;
    out->left = 0;
    return store_each_verdict(store, basis, now_ns, take, out, err);
}
