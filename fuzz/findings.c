// SPDX-License-Identifier: Apache-2.0
/* Findings as a sensor sends them: what is handed on has sane times, words that end, and an
 * identifier of harmless letters; and what was taken is taken again. */
#include "base/must.h"
#include "exchange/finding_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take_again(void *context, const struct received_finding *finding)
{
    size_t *taken = context;
    *taken += finding->json != NULL;
    return true;
}

static bool take(void *context, const struct received_finding *finding)
{
    size_t *taken = context, again = 0;
    char room[1 << 16];
    struct text words = text_over(room, sizeof room);
    struct received_finding_taker second = { take_again, &again };
    struct error err;
    MUST(finding->id[0] != '\0' && finding->kind < FINDING_KINDS);
    MUST(finding->first_ns >= 0 && finding->first_ns <= finding->last_ns);
    MUST(finding->score >= 0 && finding->score <= 100 && finding->retention_until_ns > 0);
    text_format(&words, "[%s]", finding->json);
    MUST(words.cut || findings_read(text_bytes(&words), &second, NULL, &err));
    MUST(words.cut || again == 1);
    ++*taken;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t taken = 0, count = 0;
    struct error err;
    struct received_finding_taker taker = { take, &taken };
    bool good = findings_read((struct bytes){ data, size }, &taker, &count, &err);
    MUST(!good || count == taken);
    MUST(good || taken == 0);
    return 0;
}
