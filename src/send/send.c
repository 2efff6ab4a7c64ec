// SPDX-License-Identifier: Apache-2.0
#include "send/send.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "base/time.h"
#include "exchange/ipfix.h"
#include "send/destination_private.h"
#include "system/clock.h"
#include "system/sandbox.h"
#include "system/sender.h"

enum {
    STEP_MS = 10, /* between looks at a ring that was empty */
    AGAIN_MIN_MS = 500,
    AGAIN_MAX_MS = 30000,
    WAIT_MS = 5000, /* for room, and for the end */
    BURST = 32,     /* datagrams, then a pause: a collector has a buffer */
    DOMAIN = 1,
};

/* What both processes see.  put is the caller's, the rest the sender's but for is_over. */
struct shared {
    uint64_t put;
    uint64_t taken;
    bool is_over;
    uint64_t sent, lost, messages, refused, failures;
    char trouble[SEND_TROUBLE_MAX];
    struct minimised_flow ring[SEND_RING_RECORDS];
};

struct send_link {
    struct shared *shared;
    struct send_options options;
    char host[SEND_HOST_MAX];
    struct endpoint to;
    pid_t process;       /* 0: it has ended */
    uint64_t given_up;   /* not put: the ring was full */
    bool is_not_waiting; /* for room: in vain it was */
};

/* The process's own. */
struct sending {
    const struct send_link *link;
    struct shared *shared;
    struct sender *sender; /* NULL: not connected */
    struct ipfix_writer writer;
    struct error err;
    uint32_t told; /* records of messages before, by the writer's sequence */
    unsigned burst;
    int again_ms;
};

static void sleep_ms(int ms)
{
    (void)nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L }, NULL);
}

static uint64_t read_shared(const uint64_t *number)
{
    return __atomic_load_n(number, __ATOMIC_ACQUIRE);
}

static void write_shared(uint64_t *number, uint64_t value)
{
    __atomic_store_n(number, value, __ATOMIC_RELEASE);
}

static bool is_over(const struct shared *shared)
{
    return __atomic_load_n(&shared->is_over, __ATOMIC_ACQUIRE);
}

/* The process */

static void fail(struct sending *sending)
{
    struct shared *shared = sending->shared;
    struct text words = text_over(shared->trouble, sizeof shared->trouble);
    text_put_string(&words, sending->err.text);
    write_shared(&shared->failures, shared->failures + 1);
    sender_close(sending->sender);
    sending->sender = NULL;
}

static void note_refused(struct sending *sending)
{
    write_shared(&sending->shared->refused, sender_count(sending->sender).nobody_there);
}

/* Of the writer.  A message that cannot be sent is lost: its records are counted, and the next
 * ones wait for the next connection. */
static bool take(void *context, struct bytes message)
{
    struct sending *sending = context;
    struct shared *shared = sending->shared;
    uint32_t records = sending->writer.sequence - sending->told;
    struct sender_message one = { .octets = message };
    sending->told = sending->writer.sequence;
    if (!sending->sender || !sender_send(sending->sender, &one, 1, &sending->err)) {
        write_shared(&shared->lost, shared->lost + records);
        if (sending->sender)
            fail(sending);
        return false;
    }
    write_shared(&shared->sent, shared->sent + records);
    write_shared(&shared->messages, shared->messages + 1);
    if (sending->link->to.transport == ENDPOINT_UDP && ++sending->burst % BURST == 0) {
        note_refused(sending);
        sleep_ms(1);
    }
    return true;
}

/* Each connection is a transport session of its own (RFC 7011 8). */
static bool connect_again(struct sending *sending)
{
    const struct send_link *link = sending->link;
    bool is_udp = link->to.transport == ENDPOINT_UDP;
    struct sender_options options = { .to = link->to,
                                      .sources = 1,
                                      .certificate = link->options.certificate,
                                      .key = link->options.key,
                                      .authority = link->options.authority,
                                      .host = link->host };
    sending->sender = sender_open(&options, &sending->err);
    if (!sending->sender) {
        fail(sending);
        return false;
    }
    sending->told = 0;
    sending->again_ms = AGAIN_MIN_MS;
    ipfix_begin(&sending->writer, DOMAIN,
                is_udp ? ipfix_refresh_datagrams : ipfix_refresh_never,
                (struct ipfix_sink){ take, sending });
    return true;
}

/* Longer each time; not at all at the end, where one more try is all there is. */
static void wait_before_again(struct sending *sending)
{
    for (int ms = 0; ms < sending->again_ms && !is_over(sending->shared); ms += STEP_MS)
        sleep_ms(STEP_MS);
    sending->again_ms *= 2;
    if (sending->again_ms > AGAIN_MAX_MS)
        sending->again_ms = AGAIN_MAX_MS;
}

/* All that is in the ring, up to the first message that cannot be sent. */
static void send_waiting(struct sending *sending)
{
    struct shared *shared = sending->shared;
    bool good = true;
    uint64_t first = shared->taken;
    for (uint64_t at = first; good && at != read_shared(&shared->put); at++) {
        good =
            ipfix_put(&sending->writer, &shared->ring[at % SEND_RING_RECORDS], clock_now_ns());
        write_shared(&shared->taken, at + 1);
    }
    /* With the connection went what the writer held, which cannot be sent in another. */
    if (ipfix_flush(&sending->writer) && sending->sender)
        note_refused(sending);
    if (!is_over(shared))
        sleep_ms(shared->taken == first ? STEP_MS : 1);
}

static void look_at_connection(struct sending *sending)
{
    if (sender_is_open(sending->sender))
        return;
    (void)error_set(&sending->err, 0, "the collector closed the connection");
    fail(sending);
}

static void serve(struct sending *sending)
{
    struct shared *shared = sending->shared;
    bool last = false;
    while (!last) {
        last = is_over(shared); /* looked at before the ring: nothing comes after it */
        if (sending->sender)
            look_at_connection(sending);
        if (!sending->sender && !connect_again(sending)) {
            wait_before_again(sending);
            continue;
        }
        send_waiting(sending);
        if (last)
            last = shared->taken == read_shared(&shared->put);
    }
    sender_close(sending->sender);
}

/* Nothing of the caller's but the ring: no standard input nor output, and no life beyond the
 * caller's. */
static bool settle(pid_t parent)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct error err;
    int fd = open("/dev/null", O_RDWR);
    (void)sigaction(SIGINT, &ignore, NULL);
    (void)sigaction(SIGTERM, &ignore, NULL);
    (void)sigaction(SIGHUP, &ignore, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
    return fd >= 0 && dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0 &&
           prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
           sandbox_enter_sending(&err);
}

static _Noreturn void live(const struct send_link *link, pid_t parent)
{
    static struct sending sending;
    sending =
        (struct sending){ .link = link, .shared = link->shared, .again_ms = AGAIN_MIN_MS };
    if (!settle(parent))
        _exit(EXIT_FAILURE);
    serve(&sending);
    _exit(EXIT_SUCCESS);
}

/* The caller */

static bool check(struct send_link *link, struct error *err)
{
    struct sender_options options = { .certificate = link->options.certificate,
                                      .key = link->options.key,
                                      .authority = link->options.authority };
    if (!send_destination_read(link->options.to, &link->to, link->host, err))
        return false;
    options.to = link->to;
    return sender_check(&options, err);
}

static bool start(struct send_link *link, struct error *err)
{
    if (!check(link, err))
        return false;
    void *memory = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return error_set(err, errno, "no memory for records to be sent");
    link->shared = memory;
    pid_t parent = getpid();
    pid_t process = fork();
    if (process < 0)
        return error_set(err, errno, "cannot begin the process that sends");
    if (process == 0)
        live(link, parent);
    link->process = process;
    return true;
}

struct send_link *send_open(const struct send_options *options, struct error *err)
{
    struct send_link *link = calloc(1, sizeof *link);
    if (!link) {
        (void)error_set(err, ENOMEM, "cannot send");
        return NULL;
    }
    link->options = *options;
    if (start(link, err))
        return link;
    send_close(link);
    return NULL;
}

static bool has_room(const struct send_link *link)
{
    return link->shared->put - read_shared(&link->shared->taken) < SEND_RING_RECORDS;
}

/* Once waited for in vain, it is not waited for again until there was room. */
static void wait_for_room(struct send_link *link)
{
    for (int ms = 0; !link->is_not_waiting && !has_room(link) && ms < WAIT_MS; ms++)
        sleep_ms(1);
    link->is_not_waiting = !has_room(link);
}

void send_put(struct send_link *link, const struct minimised_flow *flow)
{
    struct shared *shared = link->shared;
    if (link->options.waits && !has_room(link))
        wait_for_room(link);
    if (!has_room(link)) {
        write_shared(&link->given_up, link->given_up + 1);
        return;
    }
    link->is_not_waiting = false;
    shared->ring[shared->put % SEND_RING_RECORDS] = *flow;
    write_shared(&shared->put, shared->put + 1);
}

void send_end(struct send_link *link)
{
    if (link->process == 0)
        return;
    __atomic_store_n(&link->shared->is_over, true, __ATOMIC_RELEASE);
    int status = 0;
    pid_t ended = 0;
    for (int ms = 0; ended == 0 && ms < WAIT_MS; ms += 5) {
        ended = waitpid(link->process, &status, WNOHANG);
        if (ended == 0)
            sleep_ms(5);
    }
    if (ended == 0) {
        (void)kill(link->process, SIGKILL);
        (void)waitpid(link->process, &status, 0);
    }
    link->process = 0;
}

struct send_account send_count(const struct send_link *link)
{
    const struct shared *shared = link->shared;
    uint64_t given_up = read_shared(&link->given_up);
    struct send_account account = { .sent = read_shared(&shared->sent),
                                    .unsent = given_up + read_shared(&shared->lost),
                                    .messages = read_shared(&shared->messages),
                                    .refused = read_shared(&shared->refused),
                                    .failures = read_shared(&shared->failures) };
    if (link->process == 0) /* what was left, too */
        account.unsent = given_up + read_shared(&shared->put) - account.sent;
    memcpy(account.trouble, shared->trouble, sizeof account.trouble);
    account.trouble[sizeof account.trouble - 1] = '\0';
    return account;
}

void send_close(struct send_link *link)
{
    if (!link)
        return;
    if (link->shared) {
        send_end(link);
        (void)munmap(link->shared, sizeof *link->shared);
    }
    free(link);
}
