// SPDX-License-Identifier: Apache-2.0
/* Sends the frames of a pcap file over an interface as they are, as fast as it can, or floods
 * it: for tests/live and measuring.  usage: live_flood INTERFACE FILE [REPEAT [PER_SECOND]] */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FRAMES_MAX = 1 << 20, BATCH = 64, FILE_HEADER = 24, RECORD_HEADER = 16 };

static struct mmsghdr messages[FRAMES_MAX];
static struct iovec pieces[FRAMES_MAX];

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return NULL;
    *len = (size_t)ftell(file);
    rewind(file);
    uint8_t *octets = malloc(*len);
    if (octets && fread(octets, 1, *len, file) != *len)
        *len = 0;
    (void)fclose(file);
    return octets;
}

static size_t find_frames(uint8_t *octets, size_t len)
{
    size_t count = 0;
    for (size_t at = FILE_HEADER; count < FRAMES_MAX && at + RECORD_HEADER <= len; count++) {
        uint32_t captured;
        memcpy(&captured, octets + at + 8, sizeof captured);
        pieces[count] = (struct iovec){ octets + at + RECORD_HEADER, captured };
        messages[count].msg_hdr.msg_iov = &pieces[count];
        messages[count].msg_hdr.msg_iovlen = 1;
        at += RECORD_HEADER + captured;
    }
    return count;
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void send_all(int fd, size_t count, double start_s, double per_second, uint64_t *sent)
{
    for (size_t i = 0; i < count;) {
        unsigned batch = (unsigned)(count - i < BATCH ? count - i : BATCH);
        while (per_second > 0 && (double)*sent > (now_s() - start_s) * per_second)
            (void)usleep(100);
        int done = sendmmsg(fd, messages + i, batch, 0);
        if (done < 0 && errno != ENOBUFS && errno != EINTR) {
            perror("live_flood");
            exit(EXIT_FAILURE);
        }
        if (done > 0) {
            i += (size_t)done;
            *sent += (uint64_t)done;
        }
    }
}

int main(int argc, char **argv)
{
    size_t len = 0;
    if (argc < 3)
        return 2;
    uint8_t *octets = read_file(argv[2], &len);
    size_t count = octets ? find_frames(octets, len) : 0;
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll to = { .sll_family = AF_PACKET,
                              .sll_ifindex = (int)if_nametoindex(argv[1]) };
    if (count == 0 || fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        perror("live_flood");
        return EXIT_FAILURE;
    }
    uint64_t repeat = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    double per_second = argc > 4 ? strtod(argv[4], NULL) : 0;
    uint64_t sent = 0;
    double start_s = now_s();
    for (uint64_t i = 0; i < repeat; i++)
        send_all(fd, count, start_s, per_second, &sent);
    printf("{\"sent\": %llu, \"seconds\": %.6f}\n", (unsigned long long)sent,
           now_s() - start_s);
    free(octets);
    return EXIT_SUCCESS;
}
