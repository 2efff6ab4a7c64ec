// SPDX-License-Identifier: Apache-2.0
/* What lines of logs cost, against the floor (memchr for line ends over the same octets) and
 * against a reader that makes a tree (jansson).  Prints "name records seconds", CPU time of one
 * core, the best of five.  usage: logs [LINES] */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "logs/logs.h"

enum { ROUNDS = 5, LINE_ROOM = 1024 };

static const char conn_head[] =
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t"
    "orig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\t"
    "orig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\n";

static uint64_t state = 88172645463325252;

static unsigned draw(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % below);
}

static int write_conn(char *out, size_t i)
{
    return snprintf(
        out, LINE_ROOM,
        "%zu.%06u\tC%08x%08x\t10.%u.%u.%u\t%u\t198.51.%u.%u\t443\ttcp\tssl\t%u.%06u\t"
        "%u\t%u\tSF\tT\tF\t0\tShADadFf\t%u\t%u\t%u\t%u\t-\n",
        1700000000 + i / 1000, draw(1000000), draw(1u << 31), draw(1u << 31), draw(256),
        draw(256), draw(256), 1024 + draw(60000), draw(256), draw(256), draw(100),
        draw(1000000), draw(10000), draw(1000000), draw(100), draw(100000), draw(100),
        draw(1000000));
}

static int write_conn_json(char *out, size_t i)
{
    return snprintf(
        out, LINE_ROOM,
        "{\"_path\":\"conn\",\"ts\":%zu.%06u,\"uid\":\"C%08x%08x\",\"id.orig_h\":\"10.%u.%u.%"
        "u\","
        "\"id.orig_p\":%u,\"id.resp_h\":\"198.51.%u.%u\",\"id.resp_p\":443,\"proto\":\"tcp\","
        "\"service\":\"ssl\",\"duration\":%u.%06u,\"orig_bytes\":%u,\"resp_bytes\":%u,"
        "\"conn_state\":\"SF\",\"missed_bytes\":0,\"history\":\"ShADadFf\",\"orig_pkts\":%u,"
        "\"orig_ip_bytes\":%u,\"resp_pkts\":%u,\"resp_ip_bytes\":%u}\n",
        1700000000 + i / 1000, draw(1000000), draw(1u << 31), draw(1u << 31), draw(256),
        draw(256), draw(256), 1024 + draw(60000), draw(256), draw(256), draw(100),
        draw(1000000), draw(10000), draw(1000000), draw(100), draw(100000), draw(100),
        draw(1000000));
}

static int write_eve(char *out, size_t i)
{
    size_t at = 1700000000 + i / 1000;
    return snprintf(
        out, LINE_ROOM,
        "{\"timestamp\":\"2023-11-14T22:%02u:%02u.%06u+0000\",\"flow_id\":%u%09u,\"in_iface\":"
        "\"eth0\",\"event_type\":\"flow\",\"src_ip\":\"10.%u.%u.%u\",\"src_port\":%u,\"dest_"
        "ip\":"
        "\"198.51.%u.%u\",\"dest_port\":443,\"proto\":\"TCP\",\"app_proto\":\"tls\",\"flow\":{"
        "\"pkts_toserver\":%u,\"pkts_toclient\":%u,\"bytes_toserver\":%u,\"bytes_toclient\":%u,"
        "\"start\":\"2023-11-14T22:%02zu:13.%06u+0000\",\"end\":\"2023-11-14T22:59:59.%06u+"
        "0000\","
        "\"age\":%u,\"state\":\"closed\",\"reason\":\"timeout\",\"alerted\":false},"
        "\"metadata\":{"
        "\"flowbits\":[\"a\",\"b\"]},\"tcp\":{\"tcp_flags\":\"1b\",\"tcp_flags_ts\":\"1b\","
        "\"tcp_flags_tc\":\"1b\",\"syn\":true,\"fin\":true,\"psh\":true,\"ack\":true,\"state\":"
        "\"closed\"}}\n",
        draw(60), draw(60), draw(1000000), 1 + draw(9), draw(1000000000), draw(256), draw(256),
        draw(256), 1024 + draw(60000), draw(256), draw(256), draw(100), draw(100), draw(100000),
        draw(1000000), at / 60 % 60, draw(1000000), draw(1000000), draw(60));
}

static int write_argus(char *out, size_t i)
{
    return snprintf(
        out, LINE_ROOM,
        "2011/08/10 09:%02zu:%02u.%06u,%u.%06u,tcp,10.%u.%u.%u,%u,   ->,198.51.%u.%u,"
        "443,FSPA_FSPA,0,0,%u,%u,%u,flow=Background\n",
        i / 60000 % 60, draw(60), draw(1000000), draw(100), draw(1000000), draw(256), draw(256),
        draw(256), 1024 + draw(60000), draw(256), draw(256), 2 + draw(100),
        100000 + draw(100000), draw(100000));
}

static struct text text_of(size_t lines, const char *head, int (*write)(char *, size_t))
{
    size_t room = strlen(head) + lines * LINE_ROOM;
    char *memory = malloc(room + 1);
    if (!memory)
        exit(EXIT_FAILURE);
    memcpy(memory, head, strlen(head));
    struct text text = { memory, strlen(head), room, false };
    for (size_t i = 0; i < lines; i++)
        text.len += (size_t)write(text.at + text.len, i);
    return text;
}

static double now_s(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t taken;

static void take(void *context, const struct flow *flow)
{
    (void)context;
    taken += flow->forward.packets + 1;
}

/* Only the ends of lines. */
static size_t run_floor(struct bytes text)
{
    size_t lines = 0;
    for (; text.len > 0; lines++)
        text = bytes_slice(text, bytes_find(text, '\n') + 1, text.len);
    return lines;
}

static size_t run_logs(struct bytes text)
{
    static struct line_batch batch;
    static void *memory;
    size_t lines = 0;
    if (!memory)
        memory = malloc(logs_size(&logs_defaults));
    if (!memory)
        exit(EXIT_FAILURE);
    struct arena arena = arena_over(memory, logs_size(&logs_defaults));
    struct hash_key key = { { 1, 2, 3, 4 } };
    struct logs *logs =
        logs_init(&logs_defaults, key, (struct logs_sink){ take, NULL }, &arena);
    while (text.len > 0) {
        for (batch.count = 0; text.len > 0 && batch.count < LINE_BATCH_MAX; batch.count++) {
            size_t len = bytes_find(text, '\n');
            batch.lines[batch.count] = (struct log_line){ .text = bytes_slice(text, 0, len),
                                                          .number = lines + batch.count + 1,
                                                          .starts = lines + batch.count == 0 };
            text = bytes_slice(text, len + 1, text.len);
        }
        lines += batch.count;
        logs_run(logs, &batch);
    }
    logs_finish(logs);
    return lines;
}

/* A tree of each line, and two of its values: less than we read. */
static size_t run_jansson(struct bytes text)
{
    size_t lines = 0;
    for (; text.len > 0; lines++) {
        size_t len = bytes_find(text, '\n');
        json_t *tree = json_loadb((const char *)text.at, len, 0, NULL);
        taken += json_object_size(json_object_get(tree, "flow"));
        json_decref(tree);
        text = bytes_slice(text, len + 1, text.len);
    }
    return lines;
}

static void measure(const char *name, struct text text, size_t (*run)(struct bytes))
{
    double best = 1e9;
    size_t lines = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double before = now_s();
        lines = run(text_bytes(&text));
        double spent = now_s() - before;
        best = spent < best ? spent : best;
    }
    printf("%s %zu %.6f\n", name, lines, best);
}

int main(int argc, char **argv)
{
    uint64_t given = 200000;
    if (argc > 1 && !text_read_u64(bytes_of_string(argv[1]), 10000000, &given))
        return EXIT_FAILURE;
    size_t lines = (size_t)given;
    struct text conn = text_of(lines, conn_head, write_conn);
    struct text conn_json = text_of(lines, "", write_conn_json);
    struct text eve = text_of(lines, "", write_eve);
    struct text argus =
        text_of(lines,
                "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,"
                "dTos,TotPkts,TotBytes,SrcBytes,Label\n",
                write_argus);
    measure("floor-zeek-conn", conn, run_floor);
    measure("zeek-conn", conn, run_logs);
    measure("floor-zeek-conn-json", conn_json, run_floor);
    measure("zeek-conn-json", conn_json, run_logs);
    measure("floor-eve-flow", eve, run_floor);
    measure("eve-flow", eve, run_logs);
    measure("jansson-eve-flow", eve, run_jansson);
    measure("floor-binetflow", argus, run_floor);
    measure("binetflow", argus, run_logs);
    free(conn.at);
    free(conn_json.at);
    free(eve.at);
    free(argus.at);
    return taken == 0;
}
