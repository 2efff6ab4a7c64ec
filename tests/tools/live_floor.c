// SPDX-License-Identifier: Apache-2.0
/* The floor of live reading: a bare TPACKET_V3 loop that counts frames and octets, one
 * interface, nothing checked.  usage: live_floor INTERFACE SECONDS */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

enum { BLOCK = 256 * 1024, BLOCKS = 256 };

static uint8_t *open_ring(const char *name, int *fd)
{
    int version = TPACKET_V3;
    struct tpacket_req3 request = { BLOCK, BLOCKS, 2048, BLOCKS * (BLOCK / 2048), 50, 0, 0 };
    struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                   .sll_protocol = htons(ETH_P_ALL),
                                   .sll_ifindex = (int)if_nametoindex(name) };
    *fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (*fd < 0 || setsockopt(*fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0 ||
        setsockopt(*fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0 ||
        bind(*fd, (struct sockaddr *)&address, sizeof address) != 0)
        return NULL;
    void *at = mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

static void walk(uint8_t *block, uint64_t *frames, uint64_t *octets)
{
    struct tpacket_block_desc *head = (void *)block;
    uint8_t *at = block + head->hdr.bh1.offset_to_first_pkt;
    for (uint32_t i = 0; i < head->hdr.bh1.num_pkts; i++) {
        struct tpacket3_hdr *frame = (void *)at;
        *octets += frame->tp_len;
        at += frame->tp_next_offset;
    }
    *frames += head->hdr.bh1.num_pkts;
    __atomic_store_n(&head->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

int main(int argc, char **argv)
{
    int fd = -1;
    uint8_t *ring = argc == 3 ? open_ring(argv[1], &fd) : NULL;
    uint64_t frames = 0, octets = 0;
    if (!ring)
        return EXIT_FAILURE;
    printf("ready\n");
    (void)fflush(stdout);
    time_t end = time(NULL) + (time_t)strtoul(argv[2], NULL, 10);
    for (size_t turn = 0; time(NULL) < end;) {
        uint8_t *block = ring + turn * BLOCK;
        struct tpacket_block_desc *head = (void *)block;
        struct pollfd waiting = { .fd = fd, .events = POLLIN };
        if (!(__atomic_load_n(&head->hdr.bh1.block_status, __ATOMIC_ACQUIRE) &
              TP_STATUS_USER)) {
            (void)poll(&waiting, 1, 200);
            continue;
        }
        walk(block, &frames, &octets);
        turn = (turn + 1) % BLOCKS;
    }
    printf("{\"frames\": %llu, \"octets\": %llu, \"cpu_s\": %.6f}\n",
           (unsigned long long)frames, (unsigned long long)octets,
           (double)clock() / CLOCKS_PER_SEC);
    return EXIT_SUCCESS;
}
