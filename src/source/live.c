// SPDX-License-Identifier: Apache-2.0
#include "source/live.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/wipe.h"
#include "source/live_private.h"

enum {
    TROUBLE_MAX = LIVE_INTERFACES_MAX * LIVE_TOLD_KINDS,
    READS_PER_TENDING = 1024, /* when there is always something to read */
};

struct live {
    const volatile int *stopping;
    size_t port_count;
    struct live_port *ports;
    size_t turn;            /* the interface that is asked first */
    struct live_port *last; /* whose block the last batch points into; may be NULL */
    unsigned reads;
    bool ended;
    struct live_room room; /* NULL unless an interface is read by libpcap */
    size_t room_used;      /* of it, by the last batch */
    unsigned told[LIVE_INTERFACES_MAX];
    size_t trouble_count;
    struct error trouble[TROUBLE_MAX];
};

/* Of each interface each kind of trouble is told once. */
static struct error *tell(struct live *live, const struct live_port *port, enum live_told kind)
{
    static struct error unheard;
    unsigned *told = &live->told[port - live->ports];
    if (*told & 1U << kind)
        return &unheard;
    *told |= 1U << kind;
    return &live->trouble[live->trouble_count++];
}

static void list_interfaces(struct text *out)
{
    struct if_nameindex *all = if_nameindex();
    for (size_t i = 0; all && all[i].if_index != 0; i++) {
        text_put_string(out, i > 0 ? ", " : "");
        text_put_string(out, all[i].if_name);
    }
    if (all)
        if_freenameindex(all);
}

static bool is_any(const char *name)
{
    return strcmp(name, "any") == 0;
}

/* What the kernel takes as a name, so that nothing else reaches a message or a library. */
static bool is_name(struct bytes name)
{
    if (name.len == 0 || name.len >= IF_NAMESIZE)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] <= ' ' || name.at[i] >= 0x7f || name.at[i] == '/' || name.at[i] == ':')
            return false;
    }
    return true;
}

static bool check_name(const char *name, struct error *err)
{
    char room[ERROR_TEXT_MAX / 2];
    struct text list = text_over(room, sizeof room);
    if (!is_name(bytes_of_string(name)))
        return error_set(err, 0,
                         "an interface has a name of 1 to %d letters, digits and signs other "
                         "than / and :",
                         IF_NAMESIZE - 1);
    if (is_any(name) || if_nametoindex(name) != 0)
        return true;
    list_interfaces(&list);
    return error_set(err, 0, "no such interface \"%s\": there are %s", name, room);
}

static bool check_options(const struct live_options *options, struct error *err)
{
    size_t count = options->interface_count;
    if (count == 0 || count > LIVE_INTERFACES_MAX)
        return error_set(err, 0, "between 1 and %d interfaces can be read at once",
                         LIVE_INTERFACES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!check_name(options->interfaces[i], err))
            return false;
        if (count > 1 && is_any(options->interfaces[i]))
            return error_set(err, 0, "\"any\" is all interfaces: name it alone");
        for (size_t j = 0; j < i; j++) {
            if (strcmp(options->interfaces[i], options->interfaces[j]) == 0)
                return error_set(err, 0, "interface %s is named twice", options->interfaces[i]);
        }
    }
    return true;
}

static bool make_room(struct live *live, struct error *err)
{
    if (!live->room.at)
        live->room = (struct live_room){ malloc(LIVE_ROOM_OCTETS), LIVE_ROOM_OCTETS };
    return live->room.at || error_set(err, 0, "not enough memory to read interfaces");
}

static bool open_port(struct live *live, const struct live_options *options, size_t i,
                      struct error *err)
{
    struct live_port *port = &live->ports[i];
    struct text name = text_over(port->name, sizeof port->name);
    bool takes = false;
    port->fd = -1;
    live->port_count++;
    text_put_string(&name, options->interfaces[i]);
    port->index = if_nametoindex(port->name); /* 0 for "any" */
    if (!options->by_libpcap && !is_any(port->name) &&
        !live_ring_takes(port->name, &takes, err))
        return false;
    if (!takes)
        return make_room(live, err) && live_pcap_open(port, options, err);
    uint16_t fanout = options->fanout ? (uint16_t)(options->fanout + i) : 0;
    return live_ring_open(port, options, fanout, err);
}

static void tend(struct live *live);

struct live *live_open(const struct live_options *options, struct error *err)
{
    if (!check_options(options, err))
        return NULL;
    struct live *live = calloc(1, sizeof *live);
    if (live)
        live->ports = calloc(options->interface_count, sizeof *live->ports);
    if (!live || !live->ports) {
        (void)error_set(err, 0, "not enough memory to read interfaces");
        live_close(live);
        return NULL;
    }
    live->stopping = options->stopping;
    for (size_t i = 0; i < options->interface_count; i++) {
        if (!open_port(live, options, i, err)) {
            live_close(live);
            return NULL;
        }
    }
    tend(live);
    return live;
}

void live_close(struct live *live)
{
    if (!live)
        return;
    for (size_t i = 0; i < live->port_count; i++) {
        struct live_port *port = &live->ports[i];
        if (port->pcap)
            live_pcap_close(port);
        else
            live_ring_close(port);
    }
    wipe(live->room.at, live->room_used);
    free(live->room.at);
    free(live->ports);
    free(live);
}

static void tell_state(struct live *live, const struct live_port *port)
{
    if (port->clock_error.text[0] != '\0')
        *tell(live, port, LIVE_TOLD_CLOCK) = port->clock_error;
    if (port->state == LIVE_DOWN)
        (void)error_set(tell(live, port, LIVE_TOLD_DOWN), 0,
                        "%s is down: nothing is seen until it comes up", port->name);
    if (port->state == LIVE_UP && live->told[port - live->ports] & 1U << LIVE_TOLD_DOWN)
        (void)error_set(tell(live, port, LIVE_TOLD_UP), 0, "%s is up again", port->name);
    if (port->state == LIVE_LEAVING && port->gone_error.text[0] != '\0')
        *tell(live, port, LIVE_TOLD_GONE) = port->gone_error;
    else if (port->state == LIVE_LEAVING)
        (void)error_set(tell(live, port, LIVE_TOLD_GONE), 0, "%s is gone", port->name);
    if (port->dropped > 0)
        (void)error_set(tell(live, port, LIVE_TOLD_DROPS), 0,
                        "%s: frames are dropped, because they come faster than they are read",
                        port->name);
    if (port->broken_blocks > 0)
        (void)error_set(tell(live, port, LIVE_TOLD_BROKEN), 0,
                        "%s: the kernel wrote a block that contradicts itself", port->name);
}

static void tend(struct live *live)
{
    for (size_t i = 0; i < live->port_count; i++) {
        struct live_port *port = &live->ports[i];
        if (port->state == LIVE_ENDED)
            continue;
        if (port->pcap)
            live_pcap_tend(port);
        else
            live_ring_tend(port);
        tell_state(live, port);
    }
}

/* What a ring still held is gone with it, and is in none of the other counts. */
static uint64_t left_in_ring(const struct live_port *port)
{
    uint64_t known = port->dropped + port->tally.frames + port->tally.seen_twice;
    return !port->pcap && port->received > known ? port->received - known : 0;
}

static enum source_state end(struct live *live)
{
    if (!live->ended)
        tend(live);
    for (size_t i = 0; i < live->port_count && !live->ended; i++) {
        const struct live_port *port = &live->ports[i];
        if (port->dropped > 0)
            (void)error_set(tell(live, port, LIVE_TOLD_END), 0,
                            "%s: of %llu frames %llu were dropped", port->name,
                            (unsigned long long)port->received,
                            (unsigned long long)port->dropped);
    }
    live->ended = true;
    return SOURCE_END;
}

static bool read_port(struct live *live, struct live_port *port, struct frame_batch *out)
{
    if (port->state == LIVE_ENDED)
        return false;
    if (port->pcap)
        live->room_used = live_pcap_read(port, live->room, out);
    else
        live_ring_read(port, out);
    return out->count > 0;
}

/* The interface after the one read last is asked first. */
static bool read_next(struct live *live, struct frame_batch *out)
{
    if (live->last && !live->last->pcap)
        live_ring_release(live->last);
    wipe(live->room.at, live->room_used);
    live->room_used = 0;
    live->last = NULL;
    for (size_t i = 0; i < live->port_count; i++) {
        struct live_port *port = &live->ports[(live->turn + i) % live->port_count];
        if (!read_port(live, port, out))
            continue;
        live->last = port;
        live->turn = (size_t)(port - live->ports) + 1;
        return true;
    }
    return false;
}

/* True when there may be something to read. */
static bool wait_for_frames(struct live *live)
{
    struct pollfd waiting[LIVE_INTERFACES_MAX];
    for (size_t i = 0; i < live->port_count; i++) {
        const struct live_port *port = &live->ports[i];
        bool waits = port->state == LIVE_UP || port->state == LIVE_DOWN;
        waiting[i] = (struct pollfd){ .fd = waits ? port->fd : -1, .events = POLLIN };
    }
    int ready = poll(waiting, live->port_count, LIVE_IDLE_MS);
    tend(live);
    return ready != 0;
}

/* When nothing came for so long the rings of interfaces that are gone are empty. */
static void end_those_gone(struct live *live)
{
    for (size_t i = 0; i < live->port_count; i++) {
        if (live->ports[i].state == LIVE_LEAVING)
            live->ports[i].state = LIVE_ENDED;
    }
}

static bool is_over(const struct live *live)
{
    if (live->ended || (live->stopping && *live->stopping))
        return true;
    for (size_t i = 0; i < live->port_count; i++) {
        if (live->ports[i].state != LIVE_ENDED)
            return false;
    }
    return true;
}

enum source_state live_read(struct live *live, struct frame_batch *out, struct error *err)
{
    (void)err;
    out->count = 0;
    if (is_over(live))
        return end(live);
    if (++live->reads % READS_PER_TENDING == 0)
        tend(live);
    if (read_next(live, out))
        return SOURCE_FRAMES;
    bool was_quiet = !wait_for_frames(live);
    if (read_next(live, out))
        return SOURCE_FRAMES;
    if (was_quiet)
        end_those_gone(live);
    return is_over(live) ? end(live) : SOURCE_IDLE;
}

static void add_tally(struct live_tally *sum, const struct live_tally *tally)
{
    sum->frames += tally->frames;
    sum->seen_twice += tally->seen_twice;
    sum->cut_short += tally->cut_short;
    sum->tags_put_back += tally->tags_put_back;
    sum->timed_by_card += tally->timed_by_card;
    sum->timed_by_stack += tally->timed_by_stack;
    sum->timed_by_ring += tally->timed_by_ring;
}

void live_count(const struct live *live, struct summary *summary)
{
    struct live_tally sum = { 0 };
    uint64_t dropped = 0, froze = 0, broken = 0, left = 0, went_down = 0, gone = 0;
    for (size_t i = 0; i < live->port_count; i++) {
        const struct live_port *port = &live->ports[i];
        add_tally(&sum, &port->tally);
        dropped += port->dropped;
        froze += port->froze;
        broken += port->broken_blocks;
        left += live->ended ? left_in_ring(port) : 0;
        went_down += port->went_down;
        gone += port->state >= LIVE_LEAVING;
    }
    summary_count(summary, "source", "read", "frames", sum.frames);
    summary_count(summary, "source", "dropped by the kernel", "frames", dropped);
    summary_count(summary, "source", "not read at the end", "frames", left);
    summary_count(summary, "source", "seen twice on loopback", "frames", sum.seen_twice);
    summary_count(summary, "source", "cut short", "frames", sum.cut_short);
    summary_count(summary, "source", "VLAN tag put back", "frames", sum.tags_put_back);
    summary_count(summary, "source", "timed by the card", "frames", sum.timed_by_card);
    summary_count(summary, "source", "timed by the system", "frames", sum.timed_by_stack);
    summary_count(summary, "source", "timed when stored", "frames", sum.timed_by_ring);
    summary_count(summary, "source", "full", "rings", froze);
    summary_count(summary, "source", "broken", "blocks", broken);
    summary_count(summary, "source", "went down", "interfaces", went_down);
    summary_count(summary, "source", "gone", "interfaces", gone);
}

const char *live_trouble(const struct live *live, size_t i)
{
    return i < live->trouble_count ? live->trouble[i].text : NULL;
}
