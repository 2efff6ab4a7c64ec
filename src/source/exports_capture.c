// SPDX-License-Identifier: Apache-2.0
/* Exports captured on their way.  Frames of a batch are gone through one after the other; what
 * was handed out points into them, into joined fragments, or into the room of a connection, and
 * stays until the next read. */
#include <stdlib.h>

#include "base/must.h"
#include "base/wipe.h"
#include "source/cut_private.h"
#include "source/exports_private.h"
#include "source/join_private.h"

enum {
    CONNECTIONS_MAX = 64,
    /* The rest of one message, and one segment. */
    CONNECTION_OCTETS = 2 * 65536,
};

/* IPFIX over a captured TCP connection, one direction of it. */
struct connection {
    struct ip_address source;
    struct ip_address destination;
    uint16_t source_port;
    uint16_t destination_port;
    uint64_t session; /* 0: free */
    int64_t last_ns;
    uint32_t next_sequence;
    bool is_lost;   /* octets are missing: until a segment begins with a message */
    bool is_ending; /* its end was seen */
    size_t wiped;   /* what has been cut off before this batch */
    size_t start;   /* what has been cut off already, and may be pointed to */
    size_t end;
    uint8_t octets[CONNECTION_OCTETS];
};

struct carriers {
    struct exports_account *account;
    struct source *source;
    struct frame_batch frames;
    size_t next_frame;
    uint64_t other;
    uint64_t cut;
    uint64_t fragments;
    uint64_t out_of_order;
    uint64_t sessions;
    struct connection *draining; /* has more whole messages, or its end to tell */
    struct connection *connections;
    struct join *join;
};

enum step { STEP_DONE, STEP_FULL };

struct carriers *carriers_open(const char *const *paths, size_t count,
                               const volatile int *stopping, struct exports_account *account,
                               struct error *err)
{
    struct carriers *carriers = calloc(1, sizeof *carriers);
    if (carriers) {
        carriers->account = account;
        carriers->join = calloc(1, sizeof *carriers->join);
        carriers->connections = calloc(CONNECTIONS_MAX, sizeof *carriers->connections);
    }
    struct source_options options = { .paths = paths,
                                      .path_count = count,
                                      .stopping = stopping };
    if (!carriers || !carriers->join || !carriers->connections)
        (void)error_set(err, 0, "not enough memory to read captures");
    else if ((carriers->source = source_open(&options, err)) != NULL)
        return carriers;
    carriers_close(carriers);
    return NULL;
}

void carriers_close(struct carriers *carriers)
{
    if (!carriers)
        return;
    source_close(carriers->source);
    free(carriers->connections);
    free(carriers->join);
    free(carriers);
}

static void append(struct carriers *carriers, const struct export_message *message,
                   struct message_batch *out)
{
    out->messages[out->count++] = *message;
    carriers->account->messages += !message->is_end;
}

/* UDP */

static void take_datagram(struct carriers *carriers, const struct carried *carried,
                          int64_t time_ns, struct message_batch *out)
{
    if (!cut_is_datagram(carried->payload)) {
        carriers->other++;
        return;
    }
    struct export_message message = { .octets = carried->payload,
                                      .exporter = carried->source,
                                      .received_ns = time_ns,
                                      .port = carried->source_port,
                                      .transport = MESSAGE_UDP };
    append(carriers, &message, out);
}

/* TCP */

static bool is_of(const struct connection *connection, const struct carried *carried)
{
    return connection->session != 0 && connection->source_port == carried->source_port &&
           connection->destination_port == carried->destination_port &&
           ip_equal(&connection->source, &carried->source) &&
           ip_equal(&connection->destination, &carried->destination);
}

static void end_connection(struct carriers *carriers, struct connection *connection,
                           struct message_batch *out)
{
    struct export_message message = { .exporter = connection->source,
                                      .session = connection->session,
                                      .received_ns = connection->last_ns,
                                      .port = connection->source_port,
                                      .transport = MESSAGE_TCP,
                                      .is_end = true };
    carriers->account->cut_messages += connection->end > connection->start;
    connection->session = 0;
    append(carriers, &message, out);
}

/* Whole messages of a connection, and its end once it was seen.  STEP_FULL: the batch is. */
static enum step drain(struct carriers *carriers, struct connection *connection,
                       struct message_batch *out)
{
    enum cut cut = CUT_HUNGRY;
    carriers->draining = connection;
    while (!message_batch_is_full(out)) {
        struct cursor window = { connection->octets + connection->start,
                                 connection->end - connection->start, false };
        struct export_message message = { .exporter = connection->source,
                                          .session = connection->session,
                                          .received_ns = connection->last_ns,
                                          .port = connection->source_port,
                                          .transport = MESSAGE_TCP };
        cut = cut_ipfix(&window, &message.octets);
        if (cut != CUT_GOOD)
            break;
        append(carriers, &message, out);
        connection->start = connection->end - window.left;
    }
    if (message_batch_is_full(out))
        return STEP_FULL;
    if (cut == CUT_BROKEN) {
        carriers->account->cut_messages++;
        connection->is_lost = true;
        connection->start = connection->end;
    }
    if (connection->is_ending)
        end_connection(carriers, connection, out);
    carriers->draining = NULL;
    return STEP_DONE;
}

/* A free connection, or the one silent for longest, which ends. */
static struct connection *make_connection(struct carriers *carriers,
                                          const struct carried *carried,
                                          struct message_batch *out)
{
    MUST(carriers->connections);
    struct connection *best = &carriers->connections[0];
    for (size_t i = 0; i < CONNECTIONS_MAX && best->session != 0; i++) {
        struct connection *connection = &carriers->connections[i];
        if (connection->session == 0 || connection->last_ns < best->last_ns)
            best = connection;
    }
    if (best->session != 0) {
        end_connection(carriers, best, out);
        return NULL; /* its room is pointed to until the next read */
    }
    if (best->end > best->wiped)
        return NULL; /* and so is that of one that ended just now */
    best->source = carried->source;
    best->destination = carried->destination;
    best->source_port = carried->source_port;
    best->destination_port = carried->destination_port;
    best->session = ++carriers->sessions;
    best->next_sequence = carried->sequence;
    best->is_lost = false;
    best->is_ending = false;
    best->wiped = 0;
    best->start = 0;
    best->end = 0;
    return best;
}

static bool begins_message(struct bytes payload)
{
    struct cursor head = cursor_over(payload);
    struct bytes message;
    return payload.len >= 16 && cut_ipfix(&head, &message) != CUT_BROKEN;
}

static struct connection *find_connection(struct carriers *carriers,
                                          const struct carried *carried)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (is_of(&carriers->connections[i], carried))
            return &carriers->connections[i];
    }
    return NULL;
}

/* Puts the octets of a segment behind those before.  Only segments in order are taken: behind
 * a gap nothing is until a segment begins with a message. */
static void put_segment(struct carriers *carriers, struct connection *connection,
                        const struct carried *carried)
{
    struct bytes payload = carried->payload;
    uint32_t known = connection->next_sequence - carried->sequence;
    if (known > 0 && known <= payload.len && !connection->is_lost)
        payload = bytes_slice(payload, known, payload.len); /* some of it came before */
    else if (known > 0 && known < UINT32_C(1) << 31 && !connection->is_lost)
        return; /* all of it came before */
    else if (known != 0 || connection->is_lost) {
        carriers->out_of_order++;
        carriers->account->cut_messages += connection->end > connection->start;
        connection->start = connection->end;
        connection->is_lost = !begins_message(payload);
        if (connection->is_lost)
            return;
    }
    memcpy(connection->octets + connection->end, payload.at, payload.len);
    connection->end += payload.len;
    connection->next_sequence = carried->sequence + (uint32_t)carried->payload.len;
}

/* Makes room for one more segment; false while messages in it may still be pointed to. */
static bool make_room(struct connection *connection, size_t len, bool is_batch_empty)
{
    if (connection->end + len <= CONNECTION_OCTETS)
        return true;
    if (!is_batch_empty)
        return false;
    connection->end -= connection->start;
    memmove(connection->octets, connection->octets + connection->start, connection->end);
    wipe(connection->octets + connection->end, connection->start);
    connection->start = connection->wiped = 0;
    return connection->end + len <= CONNECTION_OCTETS;
}

static enum step take_segment(struct carriers *carriers, const struct carried *carried,
                              int64_t time_ns, struct message_batch *out)
{
    struct connection *connection = find_connection(carriers, carried);
    if (!connection && !begins_message(carried->payload)) {
        carriers->other++;
        return STEP_DONE;
    }
    if (!connection && !(connection = make_connection(carriers, carried, out)))
        return STEP_FULL;
    if (!make_room(connection, carried->payload.len, out->count == 0))
        return STEP_FULL;
    connection->last_ns = time_ns;
    connection->is_ending |= carried->is_end;
    if (carried->payload.len > 0)
        put_segment(carriers, connection, carried);
    (void)drain(carriers, connection, out);
    return STEP_DONE;
}

/* Frames */

static enum step take_carried(struct carriers *carriers, enum carried_kind kind,
                              struct carried *carried, int64_t time_ns,
                              struct message_batch *out)
{
    switch (kind) {
    case CARRIED_UDP: take_datagram(carriers, carried, time_ns, out); return STEP_DONE;
    case CARRIED_TCP: return take_segment(carriers, carried, time_ns, out);
    case CARRIED_CUT: carriers->cut++; return STEP_DONE;
    case CARRIED_OTHER:
    case CARRIED_FRAGMENT: break;
    }
    carriers->other++;
    return STEP_DONE;
}

static enum step take_frame(struct carriers *carriers, const struct frame *frame,
                            struct message_batch *out)
{
    struct carried carried;
    enum carried_kind kind = carried_read(frame, &carried);
    if (kind == CARRIED_FRAGMENT) {
        struct bytes packet;
        enum join_result joined = join_add(carriers->join, &carried, frame->time_ns, &packet);
        if (joined == JOIN_FULL)
            return STEP_FULL;
        carriers->fragments++;
        if (joined == JOIN_TAKEN)
            return STEP_DONE;
        kind = carried_read_transport(packet, &carried);
        if (kind == CARRIED_TCP)
            kind = CARRIED_OTHER; /* nobody sends TCP in fragments */
    }
    return take_carried(carriers, kind, &carried, frame->time_ns, out);
}

static enum source_state next_frames(struct carriers *carriers, struct error *err)
{
    carriers->next_frame = 0;
    enum source_state state = source_read(carriers->source, &carriers->frames, err);
    if (state == SOURCE_END)
        join_finish(carriers->join);
    return state;
}

/* What was handed out is overwritten; of a connection that ended, all. */
static void release_connections(struct carriers *carriers)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct connection *connection = &carriers->connections[i];
        size_t used = connection->session == 0 ? connection->end : connection->start;
        wipe(connection->octets + connection->wiped, used - connection->wiped);
        connection->wiped = used;
    }
}

enum source_state carriers_read(struct carriers *carriers, struct message_batch *out,
                                struct error *err)
{
    join_release(carriers->join);
    release_connections(carriers);
    if (carriers->draining)
        (void)drain(carriers, carriers->draining, out);
    while (!message_batch_is_full(out)) {
        if (carriers->next_frame == carriers->frames.count) {
            if (out->count > 0)
                break; /* the next frames overwrite these */
            enum source_state state = next_frames(carriers, err);
            if (state != SOURCE_FRAMES)
                return state;
        }
        const struct frame *frame = &carriers->frames.frames[carriers->next_frame];
        if (take_frame(carriers, frame, out) == STEP_FULL)
            break;
        carriers->next_frame++;
    }
    return SOURCE_FRAMES;
}

struct source_progress carriers_progress(const struct carriers *carriers)
{
    return source_progress(carriers->source);
}

void carriers_count(const struct carriers *carriers, struct summary *summary)
{
    source_count(carriers->source, summary);
    summary_count(summary, "source", "without an export", "packets", carriers->other);
    summary_count(summary, "source", "cut by the capture", "packets", carriers->cut);
    summary_count(summary, "source", "joined", "fragments", carriers->fragments);
    summary_count(summary, "source", "never whole", "datagrams", carriers->join->dropped);
    summary_count(summary, "source", "not in order", "segments", carriers->out_of_order);
}

const char *carriers_trouble(const struct carriers *carriers, size_t i)
{
    return source_trouble(carriers->source, i);
}
