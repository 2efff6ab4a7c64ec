// SPDX-License-Identifier: Apache-2.0
#include "evaluate/labels.h"

#include "check.h"
#include "units.h"

static struct labels *labels;

static struct labels *begin(void)
{
    static uint64_t memory[1 << 19];
    const struct labels_limits limits = { 1024 };
    struct arena arena = arena_over(memory, sizeof memory);
    check(labels_size(&limits) <= sizeof memory);
    return labels_init(&limits, (struct hash_key){ { 1, 2, 3, 4 } }, &arena);
}

static void take(const char *const *lines, size_t count)
{
    static struct line_batch batch;
    batch.count = count;
    for (size_t i = 0; i < count; i++)
        batch.lines[i] = (struct log_line){ bytes_of_string(lines[i]), i + 1, 0, i == 0 };
    labels = begin();
    labels_take(labels, &batch);
}

#define TAKE(lines) take(lines, sizeof lines / sizeof *lines)

static enum label label_at(const char *words)
{
    struct ip_address at = address(words);
    return labels_of(labels, &at);
}

static void zeek_columns_are_read(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "#path\tconn",
        "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tlabel\tdetailedlabel",
        "1.0\t10.0.0.5\t1025\t192.0.2.1\t443\tMalicious\tC&C-Torii",
        "1.0\t10.0.0.6\t1025\t192.0.2.2\t443\tBenign\t(empty)",
        "1.0\t10.0.0.6\t1025\t192.0.2.3\t443\tBackground\t(empty)",
        "1.0\t10.0.0.6\t1025\t192.0.2.2\t443\tBenign\t(empty)",
    };
    TAKE(lines);
    check_equal(label_at("192.0.2.1"), LABEL_MALICIOUS);
    check_equal(label_at("10.0.0.6"), LABEL_BENIGN);
    check_equal(label_at("192.0.2.3"), LABEL_BACKGROUND);
    check_equal(label_at("192.0.2.99"), LABEL_NONE);
    check_equal(labels_count(labels, LABEL_BENIGN), 2);
    struct truth_unit units[8];
    check_equal(labels_units(labels, units, 8), 2);
    check_equal(units[0].kind, TRUTH_COMMAND_SERVER);
    check_equal(units[0].port, 443);
    check_equal(units[1].kind, TRUTH_INFECTED_LINE);
}

/* IoT-23 sets its label columns apart by three blanks, within the last column of Zeek. */
static void blanks_of_iot23_are_separators(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "#fields\tts\tuid\tid.orig_h\tid.resp_h\tid.resp_p\ttunnel_parents   label   "
        "detailed-label",
        "1.0\tC1\t10.0.0.5\t192.0.2.1\t23\t(empty)   Malicious   PartOfAHorizontalPortScan",
    };
    TAKE(lines);
    struct truth_unit units[8];
    check_equal(labels_units(labels, units, 8), 1);
    check_equal(units[0].kind, TRUTH_SCAN);
}

static void binetflow_is_read(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,"
        "SrcBytes,Label",
        "2011/08/10 09:46:53.047277,3.5,tcp,10.0.0.5,1577,   "
        "->,192.0.2.1,6881,S_RA,0,0,4,276,156,"
        "flow=From-Botnet-V42-TCP-CC6-Plain",
        "2011/08/10 09:46:54.0,3.5,tcp,10.0.0.9,1577,   ->,192.0.2.7,80,S_RA,0,0,4,276,156,"
        "flow=From-Normal-V42-Grill",
        "2011/08/10 09:46:55.0,3.5,tcp,10.0.0.8,1577,   ->,192.0.2.8,80,S_RA,0,0,4,276,156,"
        "flow=Background-TCP-Established",
    };
    TAKE(lines);
    check_equal(label_at("10.0.0.5"), LABEL_MALICIOUS);
    check_equal(label_at("192.0.2.7"), LABEL_BENIGN);
    check_equal(label_at("192.0.2.8"), LABEL_BACKGROUND);
}

static void objects_are_read(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{\"ts\":1.0,\"id.orig_h\":\"10.0.0.5\",\"id.resp_h\":\"192.0.2.1\",\"id.resp_p\":8443,"
        "\"label\":\"Malicious\",\"detailedlabel\":\"C2\"}",
    };
    TAKE(lines);
    struct truth_unit units[8];
    check_equal(labels_units(labels, units, 8), 2);
    check_equal(units[0].port, 8443);
}

static void other_logs_of_the_same_folder_do_not_count_twice(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "#path\tdns",
        "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tlabel",
        "1.0\tC1\t10.0.0.5\t1025\t192.0.2.1\t53\tBenign",
    };
    TAKE(lines);
    check_equal(labels_count(labels, LABEL_BENIGN), 0);
}

static void whatever_a_line_says_nothing_breaks(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "#fields\tts\tuid\tid.orig_h\tid.resp_h\tlabel",
        "1.0\tC1\tnonsense\t192.0.2.1\tMalicious",
        "1.0\tC1\t10.0.0.1",
        "",
        "{",
        "{\"label\":",
        "{\"label\":\"Malicious\",\"id.orig_h\":\"10.0.0.1\"}",
        "#fields\t",
        "\t\t\t\t\t",
    };
    TAKE(lines);
    check_equal(labels_count(labels, LABEL_MALICIOUS), 0);
}

static void permuted_labels_stand_at_permuted_addresses(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "#fields\tts\tuid\tid.orig_h\tid.resp_h\tid.resp_p\tlabel",
        "1.0\tC1\t10.0.0.5\t192.0.2.1\t23\tMalicious",
    };
    static uint64_t memory[1 << 19];
    const struct labels_limits limits = { 1024 };
    struct arena arena = arena_over(memory, sizeof memory);
    TAKE(lines);
    const struct perturbation how = { .seed = 7, .permutes = true };
    struct labels *permuted = labels_init(&limits, (struct hash_key){ { 1, 2, 3, 4 } }, &arena);
    labels_permute(labels, &how, permuted);
    struct ip_address before = address("10.0.0.5"), after = perturb_address(&how, &before);
    check(!ip_equal(&before, &after));
    check_equal(labels_of(permuted, &after), LABEL_MALICIOUS);
}

TESTS(TEST(zeek_columns_are_read), TEST(blanks_of_iot23_are_separators),
      TEST(binetflow_is_read), TEST(objects_are_read),
      TEST(other_logs_of_the_same_folder_do_not_count_twice),
      TEST(whatever_a_line_says_nothing_breaks),
      TEST(permuted_labels_stand_at_permuted_addresses))
