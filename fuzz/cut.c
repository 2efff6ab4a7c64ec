// SPDX-License-Identifier: Apache-2.0
/* Messages one after the other: what comes in pieces is cut as what comes at once, and each
 * message begins where the one before it ended.  The first octet says how long pieces are. */
#include "source/cut_private.h"

#include "base/must.h"
#include "model/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LENGTHS_MAX = 4096 };

/* The next message of all that came so far; whether there may be another. */
static bool take(struct cursor *window, bool is_last, bool is_stream, size_t *len)
{
    struct bytes message;
    const uint8_t *start = window->at;
    size_t before = window->left;
    enum cut cut =
        is_stream ? cut_ipfix(window, &message) : cut_message(window, is_last, &message);
    MUST(cut != CUT_REST || (is_last && !is_stream));
    if (cut != CUT_GOOD && cut != CUT_REST) {
        MUST(window->at == start && window->left == before);
        MUST(cut == CUT_BROKEN || is_stream || !is_last || before == 0);
        return false;
    }
    MUST(message.at == start && message.len > 0 && message.len <= MESSAGE_OCTETS_MAX);
    MUST(window->at == start + message.len && window->left == before - message.len);
    *len = message.len;
    return true;
}

static void cut_in_pieces(struct bytes all, size_t piece, bool is_stream, const size_t *lengths,
                          size_t count)
{
    size_t start = 0, end = 0, len = 0, found = 0;
    while (found < count) {
        struct cursor window = { all.at + start, end - start, false };
        if (take(&window, end == all.len, is_stream, &len)) {
            MUST(len == lengths[found]);
            found++;
            start += len;
        } else {
            MUST(end < all.len);
            end = all.len - end > piece ? end + piece : all.len;
        }
    }
}

static void hold(struct bytes all, size_t piece, bool is_stream)
{
    static size_t lengths[LENGTHS_MAX];
    struct cursor window = cursor_over(all);
    size_t count = 0;
    while (count < LENGTHS_MAX && take(&window, true, is_stream, &lengths[count]))
        count++;
    cut_in_pieces(all, piece, is_stream, lengths, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct bytes all = { data + 1, size - 1 };
    hold(all, (size_t)data[0] * 16 + 1, true);
    hold(all, (size_t)data[0] * 16 + 1, false);
    (void)cut_is_datagram(all);
    (void)cut_time_s(all);
    return 0;
}
