// SPDX-License-Identifier: Apache-2.0
/* Many people at one hub, for hub.py: each has a stream of events open and asks for something
 * once a second, on a connection that stays, from an address of his own (of 127.0.0.0/8).  A
 * time runs from when the question was due, so that being late itself counts.  At SIGUSR1 all
 * begins to count; at SIGTERM it ends and prints, as JSON, the times of each kind.
 *
 * bench_crowd PORT COOKIES PATHS
 *   COOKIES: a file with a line for each person; PATHS: a file of lines "KIND PATH", which each
 *   asks for in turn, beginning at another. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "base/time.h"

enum { PEOPLE_MAX = 2000, PATHS_MAX = 4096, KINDS_MAX = 32, HEAD_MAX = 4096, EVERY_MS = 1000 };

struct kind {
    const char *name;
    double *times_ms;
    size_t count, max;
};

struct path {
    size_t kind;
    const char *path;
};

struct person {
    int fd, events;
    const char *cookie;
    size_t turn, head_len, body_left;
    bool is_waiting, has_head, is_good;
    int64_t due_ns;
    char head[HEAD_MAX + 1];
};

static struct person people[PEOPLE_MAX];
static struct path paths[PATHS_MAX];
static struct kind kinds[KINDS_MAX];
static size_t people_count, path_count, kind_count;
static uint64_t octets, events_octets, failed;
static int64_t begun_ns;
static uint16_t port;
static int poller;
static volatile sig_atomic_t is_over, is_warm;

static void on_signal(int number)
{
    if (number == SIGTERM)
        is_over = 1;
    else
        is_warm = 1;
}

static int64_t now_ns(void)
{
    struct timespec now;
    MUST(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return now.tv_sec * TIME_SECOND_NS + now.tv_nsec;
}

/* The lines of a file, which stay; calls take for each. */
static void each_line(const char *name, void (*take)(char *line))
{
    FILE *file = fopen(name, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    MUST(file);
    while ((len = getline(&line, &room, file)) > 1) {
        line[len - 1] = '\0';
        take(line);
        line = NULL;
        room = 0;
    }
    free(line);
    fclose(file);
}

static void take_cookie(char *line)
{
    MUST(people_count < PEOPLE_MAX);
    people[people_count++].cookie = line;
}

static size_t kind_of(const char *name)
{
    size_t i = 0;
    while (i < kind_count && strcmp(kinds[i].name, name) != 0)
        i++;
    MUST(i < KINDS_MAX);
    kind_count += i == kind_count;
    kinds[i].name = name;
    return i;
}

static void take_path(char *line)
{
    char *space = strchr(line, ' ');
    MUST(path_count < PATHS_MAX && space);
    *space = '\0';
    paths[path_count++] = (struct path){ kind_of(line), space + 1 };
}

static int connect_as(size_t number)
{
    struct sockaddr_in own = { .sin_family = AF_INET }, hub = own;
    own.sin_addr.s_addr = htonl(0x7f010001U + (uint32_t)number);
    hub.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    hub.sin_port = htons(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    MUST(fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof own) == 0);
    MUST(connect(fd, (struct sockaddr *)&hub, sizeof hub) == 0);
    /* Even numbers are people's questions, odd ones their streams of events. */
    struct epoll_event event = { .events = EPOLLIN };
    event.data.u64 = 2 * number;
    MUST(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0);
    return fd;
}

static void ask(int fd, const char *path, const char *cookie)
{
    char room[2048];
    int len = snprintf(room, sizeof room,
                       "GET %s HTTP/1.1\r\nHost: localhost:%u\r\nCookie: %s\r\n\r\n", path,
                       (unsigned)port, cookie);
    MUST(len > 0 && (size_t)len < sizeof room);
    if (send(fd, room, (size_t)len, MSG_NOSIGNAL) != len)
        failed++;
}

static void listen_as(size_t number)
{
    struct person *person = &people[number];
    person->events = connect_as(number);
    struct epoll_event event = { .events = EPOLLIN };
    event.data.u64 = 2 * number + 1;
    MUST(epoll_ctl(poller, EPOLL_CTL_MOD, person->events, &event) == 0);
    ask(person->events, "/api/v1/events", person->cookie);
}

static const struct path *path_of(const struct person *person)
{
    return &paths[person->turn % path_count];
}

static void keep_time(struct kind *kind, double time_ms)
{
    if (kind->count == kind->max) {
        kind->max = 2 * kind->max + 1024;
        kind->times_ms = realloc(kind->times_ms, kind->max * sizeof *kind->times_ms);
        MUST(kind->times_ms);
    }
    kind->times_ms[kind->count++] = time_ms;
}

static void finish(struct person *person)
{
    int64_t now = now_ns(), next = person->due_ns + EVERY_MS * TIME_MILLISECOND_NS;
    failed += !person->is_good;
    keep_time(&kinds[path_of(person)->kind], (double)(now - person->due_ns) / 1e6);
    person->is_waiting = person->has_head = false;
    person->head_len = 0;
    person->turn++;
    person->due_ns = next > now ? next : now;
}

static void take_head(struct person *person)
{
    static const char name[] = "content-length:";
    person->head[person->head_len] = '\0';
    char *end = strstr(person->head, "\r\n\r\n");
    if (!end) {
        MUST(person->head_len < HEAD_MAX);
        return;
    }
    const char *length = strcasestr(person->head, name);
    MUST(length && length < end); /* nothing of what is asked for is streamed */
    size_t body = strtoul(length + sizeof name - 1, NULL, 10);
    size_t have = person->head_len - (size_t)(end + 4 - person->head);
    person->has_head = true;
    person->is_good = strncmp(person->head, "HTTP/1.1 200", 12) == 0;
    person->body_left = body - have;
}

static void hear_answer(size_t number)
{
    static char room[1 << 16];
    struct person *person = &people[number];
    size_t left = person->body_left < sizeof room ? person->body_left : sizeof room;
    ssize_t got = person->has_head ? recv(person->fd, room, left, 0)
                                   : recv(person->fd, person->head + person->head_len,
                                          HEAD_MAX - person->head_len, 0);
    if (got <= 0) { /* what was not answered counts as such, and he comes again */
        failed++;
        close(person->fd);
        person->fd = connect_as(number);
        person->is_waiting = person->has_head = false;
        person->head_len = 0;
        return;
    }
    octets += (size_t)got;
    if (person->has_head) {
        person->body_left -= (size_t)got;
    } else {
        person->head_len += (size_t)got;
        take_head(person);
    }
    if (person->has_head && person->body_left == 0)
        finish(person);
}

static void hear_events(size_t number)
{
    char room[1 << 14];
    ssize_t got = recv(people[number].events, room, sizeof room, 0);
    if (got > 0) {
        events_octets += (size_t)got;
        return;
    }
    failed++;
    close(people[number].events);
    listen_as(number);
}

static void ask_what_is_due(void)
{
    int64_t now = now_ns();
    for (size_t i = 0; i < people_count; i++) {
        struct person *person = &people[i];
        if (person->is_waiting || person->due_ns > now)
            continue;
        person->is_waiting = true;
        ask(person->fd, path_of(person)->path, person->cookie);
    }
}

static void forget_all(void)
{
    for (size_t i = 0; i < kind_count; i++)
        kinds[i].count = 0;
    octets = events_octets = failed = 0;
    begun_ns = now_ns();
    is_warm = 0;
}

static void run(void)
{
    struct epoll_event events[128];
    while (!is_over) {
        if (is_warm)
            forget_all();
        ask_what_is_due();
        int count = epoll_wait(poller, events, 128, 1);
        for (int i = 0; i < count; i++) {
            size_t number = events[i].data.u64 / 2;
            if (events[i].data.u64 % 2)
                hear_events(number);
            else
                hear_answer(number);
        }
    }
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void print_kind(const struct kind *kind, bool is_last)
{
    const double *times = kind->times_ms;
    size_t count = kind->count;
    if (count > 0) {
        qsort(kind->times_ms, count, sizeof *times, by_size);
        printf("\"%s\":{\"count\":%zu,\"p50\":%.2f,\"p99\":%.2f,\"max\":%.2f}", kind->name,
               count, times[count / 2], times[count * 99 / 100], times[count - 1]);
    } else {
        printf("\"%s\":{\"count\":0}", kind->name);
    }
    printf("%s", is_last ? "}" : ",");
}

static void print_all(void)
{
    struct rusage used;
    MUST(getrusage(RUSAGE_SELF, &used) == 0);
    double cpu_s = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    printf("{\"kinds\":{");
    for (size_t i = 0; i < kind_count; i++)
        print_kind(&kinds[i], i + 1 == kind_count);
    printf(",\"failed\":%llu,\"octets\":%llu,\"events_octets\":%llu,\"seconds\":%.2f,"
           "\"cpu_seconds\":%.2f}\n",
           (unsigned long long)failed, (unsigned long long)octets,
           (unsigned long long)events_octets, (double)(now_ns() - begun_ns) / 1e9, cpu_s);
}

int main(int argc, char **argv)
{
    uint64_t given;
    if (argc != 4 || !text_read_u64(bytes_of_string(argv[1]), UINT16_MAX, &given))
        return EXIT_FAILURE;
    port = (uint16_t)given;
    poller = epoll_create1(0);
    MUST(poller >= 0 && signal(SIGTERM, on_signal) != SIG_ERR &&
         signal(SIGUSR1, on_signal) != SIG_ERR);
    each_line(argv[2], take_cookie);
    each_line(argv[3], take_path);
    MUST(people_count > 0 && path_count > 0);
    for (size_t i = 0; i < people_count; i++) {
        people[i].fd = connect_as(i);
        people[i].turn = i;
        listen_as(i);
    }
    begun_ns = now_ns();
    for (size_t i = 0; i < people_count; i++)
        people[i].due_ns = begun_ns + (int64_t)(i * TIME_SECOND_NS / people_count);
    run();
    print_all();
    return EXIT_SUCCESS;
}
