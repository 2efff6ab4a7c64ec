// SPDX-License-Identifier: Apache-2.0
/* A sensor whose collector is in other hands: the same modules, but for the hook, which tries
 * one thing after the sandbox is closed.  Which, stands in a file beside the configuration,
 * CONFIG.attempt, read before main.  What did not end the process ends it with code 77, so that
 * the keeper's words tell which of the two it was. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cmd/sensor_collector.h"
#include "cmd/sensor_hook.h"
#include "crossing/crossing.h"
#include "system/channel.h"

enum { STILL_HERE = 77 };

static char attempt[64];
static struct crossing_message message;
static uint8_t room[2 * CROSSING_OCTETS_MAX];

__attribute__((constructor)) static void read_attempt(int argc, char **argv)
{
    char path[4096];
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "-c") != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s.attempt", argv[i + 1]);
        FILE *file = fopen(path, "re");
        if (!file)
            return;
        if (!fgets(attempt, sizeof attempt, file))
            attempt[0] = '\0';
        (void)fclose(file);
    }
}

static void open_file(void)
{
    (void)open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static void make_file(void)
{
    (void)open("/tmp/sekisho-intruder", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static void open_socket(void)
{
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void connect_out(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int fd = SENSOR_CHANNEL_FD + 1; fd < 16; fd++)
        (void)connect(fd, (struct sockaddr *)&to, sizeof to);
}

static void send_out(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int fd = SENSOR_CHANNEL_FD + 1; fd < 16; fd++)
        (void)sendto(fd, "out", 3, 0, (struct sockaddr *)&to, sizeof to);
}

static void run_program(void)
{
    char name[] = "true", *arguments[] = { name, NULL };
    (void)execv("/bin/true", arguments);
}

static void begin_process(void)
{
    if (syscall(SYS_fork) == 0)
        _exit(0);
}

static void look_into_keeper(void)
{
    (void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void run_memory(void)
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
               0);
}

static void write_out(void)
{
    (void)!write(STDOUT_FILENO, "out", 3);
}

static void send_octets(size_t len)
{
    (void)!channel_send(SENSOR_CHANNEL_FD, (struct bytes){ room, len });
}

/* A record as a good one is, but that nothing selected it. */
static void make_record(void)
{
    memset(&message, 0, sizeof message);
    message.kind = CROSSING_FLOW;
    message.flow.end = FLOW_END_IDLE;
    message.flow.responder.place = PLACE_FOREIGN;
    message.flow.responder.address = ip_from_v4(0xc6336407);
    message.flow.initiator.place = PLACE_OWN;
    message.flow.initiator.address = ip_from_v4(0xc0000205);
    message.flow.line_is_initiator = true;
    message.flow.start_ns = message.flow.end_ns = (int64_t)time(NULL) * 1000000000;
    message.flow.retention_until_ns = message.flow.end_ns + 1000000000;
}

static void send_record(void)
{
    for (int i = 0; i < 5; i++)
        send_octets(crossing_write(&message, room));
}

static void send_unselected(void)
{
    make_record();
    send_record();
}

static void send_without_rule(void)
{
    make_record();
    message.flow.why.hit_count = 1;
    (void)snprintf(message.flow.why.mandate.warrant, WARRANT_SERIAL_MAX, "FORGED-1");
    send_record();
}

/* Octets of traffic, where a record should be. */
static void send_raw(void)
{
    static const char packet[] = "\x45\x00\x00\x3cGET / HTTP/1.1\r\nHost: example.org\r\n";
    memcpy(room, packet, sizeof packet);
    send_octets(sizeof packet);
}

static void send_wrong_way(void)
{
    memset(&message, 0, sizeof message);
    message.kind = CROSSING_STOP;
    send_octets(crossing_write(&message, room));
}

static void send_overlong(void)
{
    room[0] = CROSSING_FORMAT;
    send_octets(CROSSING_OCTETS_MAX + 1);
}

static const struct {
    const char *name;
    void (*make)(void);
    bool goes_on;
} attempts[] = {
    { "open_file", open_file, false },
    { "make_file", make_file, false },
    { "open_socket", open_socket, false },
    { "connect_out", connect_out, false },
    { "send_out", send_out, false },
    { "run_program", run_program, false },
    { "begin_process", begin_process, false },
    { "look_into_keeper", look_into_keeper, false },
    { "run_memory", run_memory, false },
    { "write_out", write_out, false },
    { "send_unselected", send_unselected, true },
    { "send_without_rule", send_without_rule, true },
    { "send_raw", send_raw, true },
    { "send_wrong_way", send_wrong_way, true },
    { "send_overlong", send_overlong, true },
};

void sensor_hook(void)
{
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        if (strcmp(attempt, attempts[i].name) != 0)
            continue;
        attempts[i].make();
        if (!attempts[i].goes_on)
            _exit(STILL_HERE);
    }
}
