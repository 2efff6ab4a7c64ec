// SPDX-License-Identifier: Apache-2.0
#include "exchange/records.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "made_up_records.h"

static char written[1 << 16];

/* One record with everything awkward in it. */
static void make_awkward(struct minimised_flow *out)
{
    static const char name[] = "a,\"b\\c\x1b\xff.example";
    make_record(0, out);
    out->facts.has_server_name = true;
    out->facts.server_name.len = sizeof name - 1;
    memcpy(out->facts.server_name.at, name, sizeof name - 1);
    out->facts.dns_answer_count = 2;
    out->facts.dns_answers[0] = ip_from_v4(0xc0000201);
    out->facts.dns_answers[1] = ip_from_v4(0xc0000202);
    out->facts.alert_count = 2;
    out->facts.alerts[1] =
        (struct alert_fact){ .generator = 1, .signature = 2019401, .revision = 30 };
    out->why.hit_count = 1;
    memcpy(out->why.hits[0].value, "198.51.100.3", 13);
    memcpy(out->why.hits[0].list, "a list", 7);
    out->why.by_behaviour[BEHAVIOUR_SCAN] = true;
}

static size_t write_all(enum records_kind kind, const struct minimised_flow *flow)
{
    FILE *file = fmemopen(written, sizeof written, "w");
    static struct records records;
    records_open(&records, kind, file);
    records_put(&records, flow, flow->end_ns);
    check(records_flush(&records));
    size_t len = (size_t)ftell(file);
    check(fclose(file) == 0);
    return len;
}

static const char *text_in(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void a_json_line_is_one_object_that_reads_back(void **state)
{
    (void)state;
    struct minimised_flow flow;
    make_awkward(&flow);
    size_t len = write_all(RECORDS_JSON_LINES, &flow);
    check(memchr(written, '\n', len) == written + len - 1);
    json_t *object = json_loadb(written, len, 0, NULL);
    check(object);
    check(strcmp(text_in(object, "initiator"), "192.0.2.7") == 0);
    check(strcmp(text_in(object, "server_name"), "a,\"b\\c\xef\xbf\xbd\xef\xbf\xbd.example") ==
          0);
    check(strcmp(text_in(object, "start"), "2026-11-20T22:00:00.000000000Z") == 0);
    check_equal(json_integer_value(json_object_get(object, "octets_forward")), 1000);
    check_equal(json_integer_value(json_object_get(object, "sampling_rate")), 1);
    check(strcmp(text_in(object, "sampling"), "all packets") == 0);
    check(strcmp(text_in(object, "time_quality"), "exact") == 0);
    check(!json_object_get(object, "observers"));
    check_equal(json_array_size(json_object_get(object, "dns_answers")), 2);
    const json_t *hits = json_object_get(object, "indicators");
    check_equal(json_array_size(hits), 1);
    check(strcmp(json_string_value(json_array_get(hits, 0)), "address 198.51.100.3 (a list)") ==
          0);
    const json_t *alerts = json_object_get(object, "alerts");
    check(json_array_size(alerts) == 2 &&
          strcmp(json_string_value(json_array_get(alerts, 1)), "1:2019401:30") == 0);
    check(!json_object_get(object, "ja3"));
    json_decref(object);
}

static void a_table_has_a_header_and_quotes_what_needs_it(void **state)
{
    (void)state;
    struct minimised_flow flow;
    make_awkward(&flow);
    size_t len = write_all(RECORDS_CSV, &flow);
    written[len] = '\0';
    check(strstr(written, "start,end,direction,basis,basis_id,warrant,selector,initiator,") ==
          written);
    check(strstr(written, ",\"a,\"\"b\\c"));
    check(strstr(written, ",192.0.2.1; 192.0.2.2,"));
    size_t lines = 0;
    for (size_t i = 0; i + 1 < len; i++)
        lines += written[i] == '\r' && written[i + 1] == '\n';
    check_equal(lines, 2);
}

static void the_kind_is_told_by_the_name_of_the_file(void **state)
{
    (void)state;
    enum records_kind kind;
    const char *path = NULL;
    check(records_kind_of("out/x.ipfix", &kind, &path) && kind == RECORDS_IPFIX);
    check(strcmp(path, "out/x.ipfix") == 0);
    check(records_kind_of("x.jsonl", &kind, &path) && kind == RECORDS_JSON_LINES);
    check(records_kind_of("x.csv", &kind, &path) && kind == RECORDS_CSV);
    check(records_kind_of("csv:x.jsonl", &kind, &path) && kind == RECORDS_CSV);
    check(records_kind_of("jsonl:-", &kind, &path) && kind == RECORDS_JSON_LINES);
    check(strcmp(path, "-") == 0);
    check(!records_kind_of("x.txt", &kind, &path) && !records_kind_of(".csv", &kind, &path));
    check(!records_kind_of("csv:", &kind, &path) && !records_kind_of("-", &kind, &path));
}

/* Whoever reads along while it grows finds no half line. */
static void a_growing_file_has_whole_lines_only(void **state)
{
    (void)state;
    char path[] = "/tmp/sekisho-records-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    static struct records records;
    struct minimised_flow flow;
    make_record(0, &flow);
    records_open(&records, RECORDS_JSON_LINES, file);
    off_t last = 0;
    for (int i = 0; i < 500; i++) {
        records_put(&records, &flow, flow.end_ns);
        off_t size = lseek(fd, 0, SEEK_END);
        char sign = '\n';
        check(size == 0 || (pread(fd, &sign, 1, size - 1) == 1 && sign == '\n'));
        last = size;
    }
    check(last > 0); /* it is given what does not fit, too */
    check(records_flush(&records) && lseek(fd, 0, SEEK_END) > last);
    check(fclose(file) == 0 && unlink(path) == 0);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    FILE *file = fopen("/dev/full", "w");
    if (!file)
        return;
    static struct records records;
    struct minimised_flow flow;
    make_record(0, &flow);
    for (int kind = 0; kind < RECORDS_KINDS; kind++) {
        records_open(&records, (enum records_kind)kind, file);
        records_put(&records, &flow, flow.end_ns);
        check(!records_flush(&records));
    }
    (void)fclose(file);
}

TESTS(TEST(a_json_line_is_one_object_that_reads_back),
      TEST(a_table_has_a_header_and_quotes_what_needs_it),
      TEST(the_kind_is_told_by_the_name_of_the_file), TEST(a_growing_file_has_whole_lines_only),
      TEST(a_full_disk_is_told))
