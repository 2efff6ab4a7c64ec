// SPDX-License-Identifier: Apache-2.0
/* Interfaces by libpcap, which knows kinds that AF_PACKET has no link type for, and "any". */
#include <pcap/pcap.h>

#include "base/time.h"
#include "base/wipe.h"
#include "source/live_private.h"

struct taking {
    struct live_port *port;
    struct live_room room;
    struct frame_batch *out;
};

static uint32_t snapshot_of(const struct live_options *options)
{
    uint32_t wanted = options->snapshot;
    return wanted && wanted < LIVE_SNAPSHOT_MAX ? wanted : LIVE_SNAPSHOT_MAX;
}

static bool activate(struct live_port *port, const struct live_options *options,
                     struct error *err)
{
    size_t octets = options->ring_octets ? options->ring_octets : LIVE_RING_DEFAULT;
    (void)pcap_set_snaplen(port->pcap, (int)snapshot_of(options));
    (void)pcap_set_promisc(port->pcap, options->promiscuous);
    (void)pcap_set_timeout(port->pcap, LIVE_RETIRE_MS);
    (void)pcap_set_buffer_size(port->pcap, octets > INT32_MAX ? INT32_MAX : (int)octets);
    (void)pcap_set_tstamp_precision(port->pcap, PCAP_TSTAMP_PRECISION_NANO);
    if (options->hardware_time && pcap_set_tstamp_type(port->pcap, PCAP_TSTAMP_ADAPTER) != 0)
        (void)error_set(&port->clock_error, 0,
                        "%s: the card gives no times, the system's are used", port->name);
    int code = pcap_activate(port->pcap);
    if (code == PCAP_ERROR_PERM_DENIED)
        return error_set(err, 0,
                         "%s: reading packets needs the right CAP_NET_RAW: run as root, or "
                         "give it to the program with `setcap cap_net_raw+ep`",
                         port->name);
    if (code < 0)
        return error_set(err, 0, "%s: %s: %s", port->name, pcap_statustostr(code),
                         pcap_geterr(port->pcap));
    return true;
}

bool live_pcap_open(struct live_port *port, const struct live_options *options,
                    struct error *err)
{
    char words[PCAP_ERRBUF_SIZE] = "";
    if (options->fanout)
        return error_set(err, 0, "%s: what libpcap reads cannot be shared by workers",
                         port->name);
    port->pcap = pcap_create(port->name, words);
    if (!port->pcap)
        return error_set(err, 0, "%s: %s", port->name, words);
    if (!activate(port, options, err))
        return false;
    if (pcap_setnonblock(port->pcap, 1, words) != 0)
        return error_set(err, 0, "%s: %s", port->name, words);
    port->fd = pcap_get_selectable_fd(port->pcap);
    port->link = (uint32_t)pcap_datalink(port->pcap);
    return port->fd >= 0 || error_set(err, 0, "%s: cannot be waited for", port->name);
}

void live_pcap_close(struct live_port *port)
{
    if (port->pcap)
        pcap_close(port->pcap);
    port->pcap = NULL;
    port->fd = -1;
}

static void take(u_char *context, const struct pcap_pkthdr *head, const u_char *octets)
{
    struct taking *taking = (void *)context;
    struct live_tally *tally = &taking->port->tally;
    struct frame *frame = &taking->out->frames[taking->out->count++];
    memcpy(taking->room.at, octets, head->caplen);
    wipe((void *)(uintptr_t)octets, head->caplen); /* libpcap's ring: mapped to be written to */
    frame->captured = (struct bytes){ taking->room.at, head->caplen };
    frame->wire_len = head->len > head->caplen ? head->len : head->caplen;
    frame->link = taking->port->link;
    frame->time_ns = time_from_parts(head->ts.tv_sec, head->ts.tv_usec); /* precision NANO */
    taking->room.at += head->caplen;
    taking->room.size -= head->caplen;
    tally->frames++;
    tally->cut_short += head->caplen < head->len;
}

/* libpcap is asked for as many frames as surely fit. */
size_t live_pcap_read(struct live_port *port, struct live_room room, struct frame_batch *out)
{
    struct taking taking = { port, room, out };
    size_t longest = (size_t)pcap_snapshot(port->pcap);
    int taken = 1;
    while (taken > 0 && out->count < FRAME_BATCH_MAX && taking.room.size >= longest) {
        size_t fit = taking.room.size / longest;
        size_t left = FRAME_BATCH_MAX - out->count;
        taken =
            pcap_dispatch(port->pcap, (int)(fit < left ? fit : left), take, (void *)&taking);
    }
    if (taken < 0 && port->state == LIVE_UP) {
        port->state = LIVE_LEAVING;
        (void)error_set(&port->gone_error, 0, "%s: %s", port->name, pcap_geterr(port->pcap));
    }
    return room.size - taking.room.size;
}

void live_pcap_tend(struct live_port *port)
{
    struct pcap_stat statistics;
    if (pcap_stats(port->pcap, &statistics) != 0)
        return;
    port->received += statistics.ps_recv - port->last.received;
    port->dropped += statistics.ps_drop - port->last.dropped;
    port->last.received = statistics.ps_recv;
    port->last.dropped = statistics.ps_drop;
}
