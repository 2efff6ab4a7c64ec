// SPDX-License-Identifier: Apache-2.0
#include "source/cut_private.h"

#include "model/message.h"

enum {
    NETFLOW5_HEADER = 24,
    NETFLOW5_RECORD = 48,
    NETFLOW9_HEADER = 20,
    IPFIX_HEADER = 16,
    SET_HEADER = 4,
    SFLOW_SAMPLE_HEADER = 8,
};

static const size_t without_end = SIZE_MAX; /* for a length: it cannot be told */

enum kind { KIND_NONE, KIND_NETFLOW5, KIND_NETFLOW9, KIND_IPFIX, KIND_SFLOW };

static enum kind kind_of(struct cursor head)
{
    struct cursor wide = head;
    uint16_t version = cursor_be16(&head);
    switch (version) {
    case 5: return KIND_NETFLOW5;
    case 9: return KIND_NETFLOW9;
    case 10: return KIND_IPFIX;
    default: return cursor_be32(&wide) == 5 ? KIND_SFLOW : KIND_NONE;
    }
}

/* Each measure gives the length of the message, which may be more than there is, 0 when more
 * octets are needed to tell, or without_end. */

static size_t measure_netflow5(struct cursor head)
{
    cursor_skip(&head, 2);
    size_t count = cursor_be16(&head);
    return head.broken ? 0 : NETFLOW5_HEADER + NETFLOW5_RECORD * count;
}

static size_t measure_ipfix(struct cursor head)
{
    cursor_skip(&head, 2);
    size_t length = cursor_be16(&head);
    if (head.broken)
        return 0;
    return length < IPFIX_HEADER ? without_end : length;
}

static bool is_set(uint16_t id)
{
    return id <= 1 || id > 255;
}

/* RFC 3954 5.1 to 5.3.  Zeros behind the last set are its padding. */
static size_t measure_netflow9(struct cursor head, bool is_last)
{
    size_t all = head.left;
    cursor_skip(&head, NETFLOW9_HEADER);
    for (;;) {
        if (is_last && head.left == 0 && !head.broken)
            return all;
        struct cursor set = head;
        uint16_t id = cursor_be16(&set);
        size_t length = cursor_be16(&set);
        if (set.broken)
            return 0;
        if (!is_set(id) || (id == 0 && length == 5))
            return all - head.left;
        bool is_padding = id == 0 && length == 0;
        if (length < SET_HEADER && !is_padding)
            return without_end;
        cursor_skip(&head, is_padding ? (size_t)SET_HEADER : length);
        if (head.broken)
            return 0;
    }
}

/* sFlow version 5, sample_datagram: the agent's address is of 4 or 16 octets. */
static size_t measure_sflow(struct cursor head)
{
    size_t all = head.left;
    cursor_skip(&head, 4);
    uint32_t address = cursor_be32(&head);
    if (!head.broken && address != 1 && address != 2)
        return without_end;
    cursor_skip(&head, address == 1 ? 4 : 16);
    cursor_skip(&head, 12);
    uint32_t samples = cursor_be32(&head);
    if (samples > MESSAGE_OCTETS_MAX / SFLOW_SAMPLE_HEADER)
        return without_end;
    for (uint32_t i = 0; i < samples && !head.broken; i++) {
        cursor_skip(&head, 4);
        size_t length = cursor_be32(&head);
        cursor_skip(&head, length);
    }
    return head.broken ? 0 : all - head.left;
}

static size_t measure(enum kind kind, struct cursor window, bool is_last)
{
    if (window.left > MESSAGE_OCTETS_MAX) {
        window.left = MESSAGE_OCTETS_MAX + SET_HEADER; /* no need to look at more */
        is_last = false;
    }
    switch (kind) {
    case KIND_NETFLOW5: return measure_netflow5(window);
    case KIND_NETFLOW9: return measure_netflow9(window, is_last);
    case KIND_IPFIX: return measure_ipfix(window);
    case KIND_SFLOW: return measure_sflow(window);
    case KIND_NONE: break;
    }
    return without_end;
}

enum cut cut_message(struct cursor *window, bool is_last, struct bytes *out)
{
    enum { MAGIC_OCTETS = 4 };
    if (window->left < MAGIC_OCTETS && (!is_last || window->left == 0))
        return CUT_HUNGRY;
    enum kind kind = kind_of(*window);
    if (kind == KIND_NONE)
        return CUT_BROKEN;
    size_t len = measure(kind, *window, is_last);
    bool is_known = len > 0 && len <= MESSAGE_OCTETS_MAX;
    if (is_known && len <= window->left) {
        *out = cursor_bytes(window, len);
        return CUT_GOOD;
    }
    if (window->left > MESSAGE_OCTETS_MAX)
        return CUT_BROKEN;
    if (!is_last)
        return CUT_HUNGRY;
    *out = cursor_bytes(window, window->left);
    return CUT_REST;
}

enum cut cut_ipfix(struct cursor *window, struct bytes *out)
{
    struct cursor head = *window;
    uint16_t version = cursor_be16(&head);
    size_t length = cursor_be16(&head);
    if (head.broken)
        return CUT_HUNGRY;
    if (version != 10 || length < IPFIX_HEADER)
        return CUT_BROKEN;
    if (length > window->left)
        return CUT_HUNGRY;
    *out = cursor_bytes(window, length);
    return CUT_GOOD;
}

/* RFC 3954 5.2: the first set must fit; what follows is the decoder's matter. */
static bool is_netflow9(struct cursor head)
{
    cursor_skip(&head, NETFLOW9_HEADER);
    uint16_t id = cursor_be16(&head);
    size_t length = cursor_be16(&head);
    return !head.broken && is_set(id) && length >= SET_HEADER &&
           length - SET_HEADER <= head.left;
}

bool cut_is_datagram(struct bytes datagram)
{
    struct cursor head = cursor_over(datagram);
    enum kind kind = kind_of(head);
    size_t len = measure(kind, head, true);
    switch (kind) {
    case KIND_NETFLOW5: return len > NETFLOW5_HEADER && len <= datagram.len;
    case KIND_NETFLOW9: return is_netflow9(head);
    case KIND_IPFIX: return len == datagram.len;
    case KIND_SFLOW: return len > 0 && len <= datagram.len;
    case KIND_NONE: break;
    }
    return false;
}

uint32_t cut_time_s(struct bytes message)
{
    struct cursor head = cursor_over(message);
    switch (kind_of(head)) {
    case KIND_NETFLOW5:
    case KIND_NETFLOW9: cursor_skip(&head, 8); break;
    case KIND_IPFIX: cursor_skip(&head, 4); break;
    case KIND_SFLOW:
    case KIND_NONE: return 0;
    }
    return cursor_be32(&head);
}
