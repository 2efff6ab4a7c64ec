// SPDX-License-Identifier: Apache-2.0
/* AF_PACKET sockets with TPACKET_V3 rings: see packet(7) and
 * Documentation/networking/packet_mmap.rst of Linux. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "source/live_private.h"

enum {
    BLOCK_OCTETS = 256 * 1024, /* the longest frame that is not cut */
    BLOCKS_MIN = 4,
    FRAME_OCTETS = 2048, /* the kernel asks for it and uses it for nothing */
    TYPE_RAW_IP = 519,   /* ARPHRD_RAWIP, which the C library does not know */
};

static const struct kind {
    unsigned short type; /* ARPHRD_... */
    uint32_t link;
} kinds[] = {
    { ARPHRD_ETHER, LINK_ETHERNET },
    { ARPHRD_LOOPBACK, LINK_ETHERNET }, /* with addresses of zeros */
    { ARPHRD_NONE, LINK_RAW },          /* tun, WireGuard */
    { TYPE_RAW_IP, LINK_RAW },          /* mobile modems */
};

static void name_request(struct ifreq *request, const char *name)
{
    struct text text = text_over(request->ifr_name, sizeof request->ifr_name);
    text_put_string(&text, name);
}

static const struct kind *find_kind(int fd, const char *name, unsigned short *type)
{
    struct ifreq request = { 0 };
    name_request(&request, name);
    if (ioctl(fd, SIOCGIFHWADDR, &request) != 0)
        return NULL;
    *type = request.ifr_hwaddr.sa_family;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].type == *type)
            return &kinds[i];
    }
    return NULL;
}

bool live_ring_takes(const char *name, bool *takes, struct error *err)
{
    unsigned short type = 0;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set(err, errno, "%s: cannot ask what kind of interface it is", name);
    *takes = find_kind(fd, name, &type) != NULL;
    (void)close(fd);
    return true;
}

static bool set_option(const struct live_port *port, int option, const void *value,
                       socklen_t len)
{
    return setsockopt(port->fd, SOL_PACKET, option, value, len) == 0;
}

static bool open_socket(struct live_port *port, struct error *err)
{
    unsigned short type = 0;
    /* Protocol 0: nothing is received before bind. */
    port->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (port->fd < 0 && errno == EPERM)
        return error_set(err, 0,
                         "%s: reading packets needs the right CAP_NET_RAW: run as root, or "
                         "give it to the program with `setcap cap_net_raw+ep`",
                         port->name);
    if (port->fd < 0)
        return error_set(err, errno, "%s: cannot open a packet socket", port->name);
    const struct kind *kind = find_kind(port->fd, port->name, &type);
    if (!kind)
        return error_set(err, 0, "%s: interfaces of type %u are not for AF_PACKET", port->name,
                         type);
    port->link = kind->link;
    port->ring.block.is_loopback = type == ARPHRD_LOOPBACK;
    return true;
}

/* Frames come cut to the snapshot length, or not at all when it is 0. */
static bool set_snapshot(const struct live_port *port, uint32_t octets, struct error *err)
{
    struct sock_filter give = { .code = BPF_RET | BPF_K, .k = octets };
    struct sock_fprog program = { .len = 1, .filter = &give };
    return setsockopt(port->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 ||
           error_set(err, errno, "%s: cannot set the snapshot length", port->name);
}

static bool map_ring(struct live_port *port, size_t octets, struct error *err)
{
    struct live_ring *ring = &port->ring;
    size_t blocks = ((octets ? octets : LIVE_RING_DEFAULT) + BLOCK_OCTETS - 1) / BLOCK_OCTETS;
    blocks = blocks < BLOCKS_MIN ? BLOCKS_MIN : blocks;
    int version = TPACKET_V3;
    unsigned reserve = LIVE_TAG_OCTETS;
    struct tpacket_req3 request = {
        .tp_block_size = BLOCK_OCTETS,
        .tp_block_nr = (unsigned)blocks,
        .tp_frame_size = FRAME_OCTETS,
        .tp_frame_nr = (unsigned)(blocks * (BLOCK_OCTETS / FRAME_OCTETS)),
        .tp_retire_blk_tov = LIVE_RETIRE_MS,
    };
    if (blocks > UINT32_MAX / BLOCK_OCTETS)
        return error_set(err, 0, "%s: a ring has at most 4 GiB", port->name);
    if (!set_option(port, PACKET_VERSION, &version, sizeof version) ||
        !set_option(port, PACKET_RESERVE, &reserve, sizeof reserve) ||
        !set_option(port, PACKET_RX_RING, &request, sizeof request))
        return error_set(err, errno, "%s: cannot make a ring of %zu MiB", port->name,
                         blocks * BLOCK_OCTETS >> 20);
    void *at =
        mmap(NULL, blocks * BLOCK_OCTETS, PROT_READ | PROT_WRITE, MAP_SHARED, port->fd, 0);
    if (at == MAP_FAILED)
        return error_set(err, errno, "%s: cannot map its ring", port->name);
    ring->at = at;
    ring->block_count = (uint32_t)blocks;
    return true;
}

/* The times of the card where it gives them, else those of the system. */
static void set_clock(struct live_port *port, bool hardware)
{
    int wanted = SOF_TIMESTAMPING_SOFTWARE | (hardware ? SOF_TIMESTAMPING_RAW_HARDWARE : 0);
    struct hwtstamp_config config = { .tx_type = HWTSTAMP_TX_OFF,
                                      .rx_filter = HWTSTAMP_FILTER_ALL };
    struct ifreq request = { .ifr_data = (void *)&config };
    name_request(&request, port->name);
    bool done = set_option(port, PACKET_TIMESTAMP, &wanted, sizeof wanted);
    if (done && hardware)
        done = ioctl(port->fd, SIOCSHWTSTAMP, &request) == 0;
    if (!done)
        (void)error_set(&port->clock_error, errno,
                        "%s: the card gives no times, the system's "
                        "are used",
                        port->name);
}

static bool join(struct live_port *port, const struct live_options *options, uint16_t fanout,
                 struct error *err)
{
    struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                   .sll_protocol = htons(ETH_P_ALL),
                                   .sll_ifindex = (int)port->index };
    struct packet_mreq all = { .mr_ifindex = (int)port->index, .mr_type = PACKET_MR_PROMISC };
    int group = fanout | PACKET_FANOUT_HASH << 16;
    if (bind(port->fd, (struct sockaddr *)&address, sizeof address) != 0)
        return error_set(err, errno, "%s: cannot be read", port->name);
    if (fanout && !set_option(port, PACKET_FANOUT, &group, sizeof group))
        return error_set(err, errno, "%s: cannot share the interface as group %u", port->name,
                         fanout);
    if (options->promiscuous && !set_option(port, PACKET_ADD_MEMBERSHIP, &all, sizeof all))
        return error_set(err, errno, "%s: cannot be made promiscuous", port->name);
    return true;
}

bool live_ring_open(struct live_port *port, const struct live_options *options, uint16_t fanout,
                    struct error *err)
{
    if (!open_socket(port, err) || !map_ring(port, options->ring_octets, err))
        return false;
    set_clock(port, options->hardware_time);
    /* Before it has joined its group a worker would see the frames of all. */
    return set_snapshot(port, 0, err) && join(port, options, fanout, err) &&
           set_snapshot(port, options->snapshot ? options->snapshot : UINT32_MAX, err);
}

void live_ring_close(struct live_port *port)
{
    if (port->ring.at)
        (void)munmap(port->ring.at, (size_t)port->ring.block_count * BLOCK_OCTETS);
    if (port->fd >= 0)
        (void)close(port->fd);
    port->ring.at = NULL;
    port->fd = -1;
}

static uint8_t *block_in_turn(const struct live_ring *ring)
{
    return ring->at + (size_t)ring->turn * BLOCK_OCTETS;
}

static uint32_t *status_of(const struct live_ring *ring)
{
    return (void *)(block_in_turn(ring) +
                    offsetof(struct tpacket_block_desc, hdr.bh1.block_status));
}

static bool open_block(struct live_port *port)
{
    struct live_ring *ring = &port->ring;
    if (!(__atomic_load_n(status_of(ring), __ATOMIC_ACQUIRE) & TP_STATUS_USER))
        return false;
    ring->block.at = block_in_turn(ring);
    ring->block.len = BLOCK_OCTETS;
    ring->block.link = port->link;
    ring->is_reading = true;
    port->broken_blocks += live_block_open(&ring->block) != FAULT_NONE;
    return true;
}

void live_ring_release(struct live_port *port)
{
    struct live_ring *ring = &port->ring;
    if (!ring->is_reading || ring->block.left > 0)
        return;
    live_block_erase(&ring->block);
    __atomic_store_n(status_of(ring), TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    ring->turn = (ring->turn + 1) % ring->block_count;
    ring->is_reading = false;
}

/* A block without a frame for us is erased and given back at once. */
void live_ring_read(struct live_port *port, struct frame_batch *out)
{
    for (uint32_t i = 0; i < port->ring.block_count && out->count == 0; i++) {
        live_ring_release(port);
        if (!port->ring.is_reading && !open_block(port))
            return;
        if (live_block_read(&port->ring.block, &port->tally, out) != FAULT_NONE)
            port->broken_blocks++;
    }
}

/* By its number, because it may have been renamed. */
static enum live_state ask_state(const struct live_port *port)
{
    struct ifreq request = { .ifr_ifindex = (int)port->index };
    if (ioctl(port->fd, SIOCGIFNAME, &request) != 0 ||
        ioctl(port->fd, SIOCGIFFLAGS, &request) != 0)
        return LIVE_LEAVING;
    return request.ifr_flags & IFF_UP ? LIVE_UP : LIVE_DOWN;
}

void live_ring_tend(struct live_port *port)
{
    struct tpacket_stats_v3 statistics = { 0 }; /* since they were last asked for */
    socklen_t len = sizeof statistics;
    if (getsockopt(port->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &len) == 0) {
        port->received += statistics.tp_packets;
        port->dropped += statistics.tp_drops;
        port->froze += statistics.tp_freeze_q_cnt;
    }
    int ignored = 0; /* asking clears it, or poll would not wait */
    len = sizeof ignored;
    (void)getsockopt(port->fd, SOL_SOCKET, SO_ERROR, &ignored, &len);
    if (port->state == LIVE_LEAVING || port->state == LIVE_ENDED)
        return;
    enum live_state state = ask_state(port);
    port->went_down += state == LIVE_DOWN && port->state == LIVE_UP;
    port->state = state;
}
