// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "rows.h"

static char folder[] = "/tmp/sekisho-store-XXXXXX";
static char path[64];
static struct error error;

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (!mkdtemp(folder))
        return -1;
    struct text text = text_over(path, sizeof path);
    text_format(&text, "%s/watch.sqlite", folder);
    return 0;
}

static bool exists(const char *suffix)
{
    char room[80];
    struct text text = text_over(room, sizeof room);
    text_format(&text, "%s%s", path, suffix);
    return access(text.at, F_OK) == 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
    (void)chmod(folder, 0700);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char room[80];
        struct text text = text_over(room, sizeof room);
        text_format(&text, "%s%s", path, suffixes[i]);
        (void)unlink(text.at);
    }
    return rmdir(folder);
}

static bool says(const char *words)
{
    return strstr(error.text, words) != NULL;
}

static bool same_party(const struct party *a, const struct party *b)
{
    return party_equal(a, b) && a->place == b->place;
}

static bool same_hit(const struct indicator_hit *a, const struct indicator_hit *b)
{
    return a->kind == b->kind && a->on_initiator == b->on_initiator && a->in_dns == b->in_dns &&
           a->expires_ns == b->expires_ns && strcmp(a->value, b->value) == 0 &&
           strcmp(a->list, b->list) == 0;
}

static void check_same_finding(const struct finding *a, const struct finding *b)
{
    check(a->kind == b->kind && strcmp(a->id, b->id) == 0 && strcmp(a->rule, b->rule) == 0);
    check(same_party(&a->subject, &b->subject));
    check(a->port == b->port && a->protocol == b->protocol && a->shape == b->shape);
    check(a->direction == b->direction && a->basis == b->basis);
    check(memcmp(&a->score, &b->score, sizeof a->score) == 0);
    check(a->first_ns == b->first_ns && a->last_ns == b->last_ns);
    check(a->connections == b->connections && a->octets_out == b->octets_out &&
          a->octets_in == b->octets_in && a->line_total == b->line_total);
    check(a->retention_until_ns == b->retention_until_ns);
    check_equal(a->line_count, b->line_count);
    for (size_t i = 0; i < a->line_count; i++) {
        const struct finding_line *x = &a->lines[i], *y = &b->lines[i];
        check(same_party(&x->party, &y->party) && x->connections == y->connections);
        check(x->first_ns == y->first_ns && x->last_ns == y->last_ns);
        check(memcmp(&x->interval_median_s, &y->interval_median_s, 3 * sizeof(double)) == 0);
    }
    check_equal(a->measure_count, b->measure_count);
    for (size_t i = 0; i < a->measure_count; i++) {
        const struct measure *x = &a->measures[i], *y = &b->measures[i];
        check(x->id == y->id && x->has_threshold == y->has_threshold);
        check(memcmp(&x->value, &y->value, 3 * sizeof(double)) == 0);
    }
    check_equal(a->hit_count, b->hit_count);
    for (size_t i = 0; i < a->hit_count; i++)
        check(same_hit(&a->hits[i], &b->hits[i]));
    check_equal(a->name_count, b->name_count);
    for (size_t i = 0; i < a->name_count; i++) {
        check(a->names[i].cut == b->names[i].cut);
        check(bytes_equal(fact_name_bytes(&a->names[i]), fact_name_bytes(&b->names[i])));
    }
    check_equal(a->address_count, b->address_count);
    for (size_t i = 0; i < a->address_count; i++)
        check(ip_equal(&a->addresses[i], &b->addresses[i]));
    check(bytes_equal(fact_name_bytes(&a->subject_name), fact_name_bytes(&b->subject_name)));
}

static void check_same_flow(const struct minimised_flow *a, const struct minimised_flow *b)
{
    check(same_party(&a->initiator, &b->initiator) && same_party(&a->responder, &b->responder));
    check(a->line_is_initiator == b->line_is_initiator && a->direction == b->direction);
    check(a->basis == b->basis && a->initiator_port == b->initiator_port);
    check(a->responder_port == b->responder_port && a->encapsulation == b->encapsulation);
    check(a->protocol == b->protocol && a->tcp == b->tcp && a->end == b->end);
    check(a->slice == b->slice && a->start_ns == b->start_ns && a->end_ns == b->end_ns);
    check(a->packets_forward == b->packets_forward && a->octets_forward == b->octets_forward);
    check(a->packets_reverse == b->packets_reverse && a->octets_reverse == b->octets_reverse);
    check(a->sampling_rate == b->sampling_rate && a->sampling == b->sampling);
    check(a->time_quality == b->time_quality && a->observers == b->observers);
    check(memcmp(&a->facts, &b->facts, sizeof a->facts) == 0);
    check(a->retention_until_ns == b->retention_until_ns);
    check(memcmp(a->why.by_behaviour, b->why.by_behaviour, sizeof a->why.by_behaviour) == 0);
    check_equal(a->why.hit_count, b->why.hit_count);
    for (size_t i = 0; i < a->why.hit_count; i++)
        check(same_hit(&a->why.hits[i], &b->why.hits[i]));
}

static struct store *open_reading(void)
{
    struct access_grant grant = grant_of("*", true, 1);
    return store_open_reading(path, &grant, &error);
}

static const struct store_filter newest = {
    .about = "", .newest_run = true, .from_ns = INT64_MIN, .to_ns = INT64_MAX, .limit = 100
};

static struct store *must_open(void)
{
    struct store *store = store_open(path, &error);
    if (!store)
        fail_msg("%s", error.text);
    return store;
}

static void keep_run(const struct minimised_flow *flows, size_t flow_count,
                     const struct finding *findings, size_t count)
{
    struct summary summary = { .version = "0", .packets = 12 };
    summary_count(&summary, "decode", "truncated", "frames", 4);
    struct store *store = must_open();
    check(store_begin_run(store, 1, "a run", &error));
    for (size_t i = 0; i < flow_count; i++)
        check(store_put_flow(store, &flows[i], &error));
    check(store_end_run(store, findings, count, &summary, &error));
    store_close(store);
}

static int64_t ask(const char *sql)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    check_equal(
        sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL),
        SQLITE_OK);
    check_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    int result = sqlite3_step(statement);
    int64_t number = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    check_equal(sqlite3_finalize(statement), SQLITE_OK);
    check_equal(sqlite3_close(database), SQLITE_OK);
    return number;
}

static void a_finding_comes_back_as_it_went_in(void **state)
{
    (void)state;
    struct finding finding, back;
    make_finding(&finding, "c2-1f9a3c77d2b0", 97.25);
    keep_run(NULL, 0, &finding, 1);
    struct store *store = open_reading();
    check(store != NULL);
    check_equal(store_find_finding(store, BYTES("c2-1f9a3c77d2b0"), &back, &error), 1);
    check_same_finding(&finding, &back);
    store_close(store);
}

static void a_finding_of_a_name_comes_back_too(void **state)
{
    (void)state;
    struct finding finding, back;
    make_finding(&finding, "ioc-1f9a3c77d2b0", 75);
    memset(&finding.subject, 0, sizeof finding.subject);
    set_name(&finding.subject_name, "bad.example");
    keep_run(NULL, 0, &finding, 1);
    struct store *store = open_reading();
    check(store != NULL);
    if (store_find_finding(store, BYTES("ioc-"), &back, &error) != 1)
        fail_msg("%s", error.text);
    check_same_finding(&finding, &back);
    store_close(store);
}

static void a_pseudonym_that_keeps_prefixes_comes_back_as_one(void **state)
{
    (void)state;
    struct finding finding, back;
    make_finding(&finding, "c2-1f9a3c77d2b0", 97.25);
    finding.lines[0].party = party_v4(0xc0000207u, PLACE_OWN);
    finding.lines[0].party.is_pseudonym = finding.lines[0].party.keeps_prefix = true;
    keep_run(NULL, 0, &finding, 1);
    struct store *store = open_reading();
    check(store != NULL);
    check_equal(store_find_finding(store, BYTES("c2-1f9a3c77d2b0"), &back, &error), 1);
    check_same_finding(&finding, &back);
    check(back.lines[0].party.is_pseudonym && back.lines[0].party.keeps_prefix);
    store_close(store);
}

struct collected {
    size_t count;
    struct minimised_flow flows[4];
    double scores[4];
};

static void collect_flow(void *context, int64_t record, const struct minimised_flow *flow)
{
    check(record > 0);
    struct collected *collected = context;
    check(collected->count < 4);
    collected->flows[collected->count++] = *flow;
}

static void collect_finding(void *context, const struct finding *finding)
{
    struct collected *collected = context;
    check(collected->count < 4);
    collected->scores[collected->count++] = finding->score;
}

static void records_of_a_subject_come_back_oldest_first(void **state)
{
    (void)state;
    struct minimised_flow flows[3];
    make_flow(&flows[0], 0xcb007109, 2000);
    add_facts(&flows[0]);
    make_flow(&flows[1], 0x01020304, 1);
    make_flow(&flows[2], 0xcb007109, 1000);
    struct finding finding;
    make_finding(&finding, "c2-1", 50);
    keep_run(flows, 3, &finding, 1);
    struct store *store = open_reading();
    struct collected collected = { 0 };
    struct store_filter filter = newest;
    filter.about = "203.0.113.9";
    check(store_each_flow(store, &filter, collect_flow, &collected, &error));
    check_equal(collected.count, 2);
    check_same_flow(&collected.flows[0], &flows[2]);
    check_same_flow(&collected.flows[1], &flows[0]);
    store_close(store);
}

static void findings_are_given_strongest_first_from_the_newest_run(void **state)
{
    (void)state;
    struct finding findings[2];
    make_finding(&findings[0], "c2-old", 99);
    keep_run(NULL, 0, findings, 1);
    make_finding(&findings[0], "c2-aa", 40);
    make_finding(&findings[1], "c2-ab", 60);
    keep_run(NULL, 0, findings, 2);
    struct store *store = open_reading();
    struct collected collected = { 0 };
    check(store_each_finding(store, &newest, collect_finding, &collected, &error));
    check_equal(collected.count, 2);
    check(collected.scores[0] > collected.scores[1]);
    struct finding found;
    check_equal(store_find_finding(store, BYTES("c2-a"), &found, &error), 2);
    check_equal(store_find_finding(store, BYTES("c2-ab"), &found, &error), 1);
    check_equal(store_find_finding(store, BYTES("c2-old"), &found, &error), 0);
    check_equal(store_find_finding(store, BYTES("%"), &found, &error), 0);
    store_close(store);
}

static void only_the_owner_may_read_it_and_the_journal_is_cleaned(void **state)
{
    (void)state;
    mode_t mask = umask(0);
    struct store *store = must_open();
    (void)umask(mask);
    struct stat status;
    check_equal(stat(path, &status), 0);
    check_equal(status.st_mode & 0777, 0600);
    check(exists("-wal"));
    store_close(store);
    check(!exists("-wal") && !exists("-shm"));
}

static void a_killed_run_leaves_a_good_store_and_is_marked_unfinished(void **state)
{
    (void)state;
    struct finding finding;
    make_finding(&finding, "c2-first", 50);
    keep_run(NULL, 0, &finding, 1);
    pid_t child = fork();
    if (child == 0) {
        struct store *store = must_open();
        struct minimised_flow flow;
        make_flow(&flow, 1, 1);
        bool good = store_begin_run(store, 2, "killed", &error);
        for (int i = 0; good && i < 120000; i++)
            good = store_put_flow(store, &flow, &error);
        (void)raise(good ? SIGKILL : SIGTERM);
    }
    int status;
    check_equal(waitpid(child, &status, 0), child);
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    struct store *store = open_reading();
    check_equal(store_find_finding(store, BYTES("c2-first"), &finding, &error), 1);
    store_close(store);
    check_equal(ask("SELECT count(*) FROM run WHERE state = 'unfinished'"), 1);
    check_equal(ask("SELECT count(*) FROM flow"), 100000);
    check_equal(ask("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    keep_run(NULL, 0, &finding, 1);
}

/* Another process, begun before a store is open here, so that it knows of no lock. */
static pid_t begin_other(const int pipe_ends[2])
{
    pid_t other = fork();
    if (other != 0)
        return other;
    char go;
    (void)close(pipe_ends[1]);
    if (read(pipe_ends[0], &go, 1) != 1)
        _exit(2);
    struct store *store = store_open(path, &error);
    if (!store)
        _exit(3);
    store_close(store);
    _exit(0);
}

static void another_process_that_closes_leaves_us_our_journal(void **state)
{
    (void)state;
    struct minimised_flow flow;
    int pipe_ends[2], status = -1;
    make_flow(&flow, 1, 1);
    check_equal(pipe(pipe_ends), 0);
    pid_t other = begin_other(pipe_ends);
    check(other > 0);
    struct store *writer = must_open(), *again = must_open(), *reader = open_reading();
    check(reader != NULL);
    check_equal(write(pipe_ends[1], "g", 1), 1);
    check(waitpid(other, &status, 0) == other && status == 0);
    check(exists("-wal"));
    const struct summary summary = { .version = "0" };
    check(store_begin_run(writer, 2, "goes on", &error));
    check(store_put_flow(writer, &flow, &error));
    check(store_end_run(writer, NULL, 0, &summary, &error));
    store_close(reader);
    store_close(again);
    store_close(writer);
    check_equal(ask("SELECT count(*) FROM flow"), 1);
    check_equal(close(pipe_ends[0]) + close(pipe_ends[1]), 0);
}

static bool file_holds(const char *words)
{
    FILE *file = fopen(path, "rb");
    check(file != NULL);
    static char room[1 << 20];
    size_t len = fread(room, 1, sizeof room, file);
    check_equal(fclose(file), 0);
    return memmem(room, len, words, strlen(words)) != NULL;
}

static void what_is_due_is_erased_for_good_and_counted(void **state)
{
    (void)state;
    struct minimised_flow flows[2];
    make_flow(&flows[0], 1, 1000);
    set_name(&flows[0].facts.server_name, "erase-me.example");
    flows[0].facts.has_server_name = true;
    flows[0].why.hit_count = 1;
    make_hit(&flows[0].why.hits[0], "erase-me-too");
    make_flow(&flows[1], 1, 1000 + TIME_DAY_NS);
    struct finding finding;
    make_finding(&finding, "c2-stays", 50);
    keep_run(flows, 2, &finding, 1);
    check(file_holds("erase-me.example"));
    struct store *store = must_open();
    struct store_erasure erasure;
    check(store_sweep(store, "*", 1000 + TIME_DAY_NS, &erasure, &error));
    check_equal(erasure.count, 1);
    check_equal(erasure.groups[0].records, 1);
    check_equal(erasure.groups[0].findings, 0);
    store_close(store);
    check(!file_holds("erase-me"));
    check_equal(ask("SELECT count(*) FROM flow_hit"), 0);
    check_equal(ask("SELECT count(*) FROM finding"), 1);
    check_equal(ask("SELECT count(*) FROM run WHERE state = 'finished'"), 1);
}

static void check_refused(const char *words)
{
    struct store *store = store_open(path, &error);
    check(store == NULL);
    if (!says(words) || !says(path))
        fail_msg("said: %s", error.text);
}

static void write_file(const char *content, size_t len)
{
    FILE *file = fopen(path, "wb");
    check(file != NULL);
    check_equal(fwrite(content, 1, len, file), len);
    check_equal(fclose(file), 0);
}

static void a_file_that_is_no_database_is_named(void **state)
{
    (void)state;
    static char junk[8192];
    memset(junk, 'j', sizeof junk);
    write_file(junk, sizeof junk);
    check_refused("not a store");
}

static void a_database_of_another_program_is_left_alone(void **state)
{
    (void)state;
    (void)ask("CREATE TABLE theirs (a)");
    check_refused("another program");
    check_equal(ask("SELECT count(*) FROM sqlite_schema"), 1);
}

static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    store_close(must_open());
    (void)ask("PRAGMA user_version = 99");
    check_refused("newer");
}

/* What version 4 wrote: two runs, of basis exercise and own, with 12 records, 2 findings. */
static void make_version_4(void)
{
    static char sql[1 << 16];
    sqlite3 *database;
    FILE *file = fopen(VERSION_4, "re");
    check(file != NULL);
    sql[fread(sql, 1, sizeof sql - 1, file)] = '\0';
    check_equal(fclose(file), 0);
    check_equal(sqlite3_open(path, &database), SQLITE_OK);
    check_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    check_equal(sqlite3_close(database), SQLITE_OK);
}

/* As version 2 left it: with what came since taken away. */
static void make_version_2(void)
{
    static const char *const since[] = { "DROP TABLE flow_alert",
                                         "ALTER TABLE flow DROP COLUMN sampling_rate",
                                         "ALTER TABLE flow DROP COLUMN sampling",
                                         "ALTER TABLE flow DROP COLUMN time_quality",
                                         "ALTER TABLE flow DROP COLUMN observers",
                                         "PRAGMA user_version = 2" };
    make_version_4();
    for (size_t i = 0; i < sizeof since / sizeof *since; i++)
        (void)ask(since[i]);
}

static void an_older_store_keeps_all_it_had_and_gets_dates_mandates_and_lineage(void **state)
{
    (void)state;
    make_version_4();
    check_equal(ask("PRAGMA user_version"), 4);
    int64_t octets =
        ask("SELECT sum(octets_forward + octets_reverse + end_ns % 1000003) FROM flow");
    check(open_reading() == NULL && says("older"));
    store_close(must_open());
    check_equal(ask("PRAGMA user_version"), 9);
    check_equal(ask("SELECT count(*) FROM flow"), 12);
    check_equal(ask("SELECT sum(octets_forward + octets_reverse + end_ns % 1000003) FROM flow"),
                octets);
    check_equal(ask("SELECT count(*) FROM flow WHERE basis_id = basis AND warrant = ''"), 12);
    check_equal(ask("SELECT count(*) FROM finding WHERE basis_id = basis"), 2);
    check_equal(ask("SELECT count(*) FROM run WHERE retention_until_ns > begun_ns"), 2);
    check(ask("SELECT count(*) FROM finding_record") > 0);
    check_equal(
        ask("SELECT count(*) FROM finding_record JOIN flow ON flow.id = finding_record.flow"
            " JOIN finding ON finding.row = finding_record.finding"
            " WHERE flow.run <> finding.run"),
        0);
    struct store *store = open_reading();
    struct collected collected = { 0 };
    check(store && store_each_finding(store, &newest, collect_finding, &collected, &error));
    check_equal(collected.count, 1);
    store_close(store);
}

static void an_older_database_is_brought_up_to_date(void **state)
{
    (void)state;
    static struct minimised_flow flow;
    make_flow(&flow, 0xcb007109, TIME_SECOND_NS);
    add_facts(&flow);
    make_version_2();
    check(open_reading() == NULL && says("older"));
    keep_run(&flow, 1, NULL, 0);
    check_equal(ask("SELECT count(*) FROM flow"), 13);
    check_equal(ask("SELECT max(sampling_rate) FROM flow WHERE run = 1"), 0);
    check_equal(ask("SELECT sampling_rate FROM flow WHERE run = 3"), UINT32_MAX);
    check_equal(ask("SELECT signature FROM flow_alert WHERE position = 0"), 2019401);
}

static void a_damaged_file_is_named(void **state)
{
    (void)state;
    struct finding finding;
    make_finding(&finding, "c2-1", 50);
    keep_run(NULL, 0, &finding, 1);
    FILE *file = fopen(path, "r+b");
    check(file != NULL);
    check_equal(fseek(file, 4096, SEEK_SET), 0);
    for (int i = 0; i < 60000; i++)
        check(fputc(0xff, file) != EOF);
    check_equal(fclose(file), 0);
    struct store *store = open_reading();
    struct collected collected = { 0 };
    check(!store || !store_each_finding(store, &newest, collect_finding, &collected, &error));
    check(says("damaged") && says(path));
    if (store)
        store_close(store);
}

static void a_row_changed_by_another_hand_is_refused(void **state)
{
    (void)state;
    struct finding finding;
    make_finding(&finding, "c2-1", 50);
    keep_run(NULL, 0, &finding, 1);
    (void)ask("UPDATE finding_line SET place = 'elsewhere' WHERE position = 3");
    struct store *store = open_reading();
    check_equal(store_find_finding(store, BYTES("c2-1"), &finding, &error), -1);
    check(says("another hand"));
    store_close(store);
}

static void a_missing_or_empty_store_is_told_when_reading(void **state)
{
    (void)state;
    check(open_reading() == NULL);
    check(says("sekisho watch"));
    check(!exists(""));
    write_file("", 0);
    check(open_reading() == NULL);
    check(says("empty"));
}

static void a_folder_is_refused(void **state)
{
    (void)state;
    check(store_open("/tmp", &error) == NULL);
    check(says("/tmp") && error.code == EISDIR);
}

/* As nobody, because root may write everywhere. */
static void run_as_nobody(void (*run)(void))
{
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(3);
        run();
        _exit(0);
    }
    int status;
    check_equal(waitpid(child, &status, 0), child);
    check(WIFEXITED(status));
    check_equal(WEXITSTATUS(status), 0);
}

static void open_what_may_only_be_read(void)
{
    struct store *store = store_open(path, &error);
    if (store || !says(path) || error.code != EACCES)
        _exit(1);
    struct finding finding;
    store = open_reading();
    if (!store || store_find_finding(store, BYTES("c2-1"), &finding, &error) != 1)
        _exit(2);
    store_close(store);
}

static void a_store_that_may_only_be_read_is_read(void **state)
{
    (void)state;
    struct finding finding;
    make_finding(&finding, "c2-1", 50);
    keep_run(NULL, 0, &finding, 1);
    check_equal(chmod(path, 0444), 0);
    check_equal(chmod(folder, 0555), 0);
    run_as_nobody(open_what_may_only_be_read);
}

static void write_past_the_limit(void)
{
    struct rlimit limit = { 1 << 20, 1 << 20 };
    (void)signal(SIGXFSZ, SIG_IGN);
    struct store *store = store_open(path, &error);
    if (!store || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(1);
    struct minimised_flow flow;
    make_flow(&flow, 1, 1);
    bool good = store_begin_run(store, 1, "large", &error);
    for (int i = 0; good && i < 100000; i++)
        good = store_put_flow(store, &flow, &error);
    if (good || !says(path) || !says("cannot write"))
        _exit(2);
    store_close(store);
}

static void a_full_disk_is_told_and_leaves_a_good_store(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        write_past_the_limit();
        _exit(0);
    }
    int status;
    check_equal(waitpid(child, &status, 0), child);
    check(WIFEXITED(status));
    check_equal(WEXITSTATUS(status), 0);
    check_equal(ask("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    check_equal(ask("SELECT count(*) FROM run WHERE state = 'unfinished'"), 1);
}

#define STORE_TEST(function) \
    cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_finding_comes_back_as_it_went_in),
        STORE_TEST(a_finding_of_a_name_comes_back_too),
        STORE_TEST(a_pseudonym_that_keeps_prefixes_comes_back_as_one),
        STORE_TEST(records_of_a_subject_come_back_oldest_first),
        STORE_TEST(findings_are_given_strongest_first_from_the_newest_run),
        STORE_TEST(only_the_owner_may_read_it_and_the_journal_is_cleaned),
        STORE_TEST(a_killed_run_leaves_a_good_store_and_is_marked_unfinished),
        STORE_TEST(another_process_that_closes_leaves_us_our_journal),
        STORE_TEST(what_is_due_is_erased_for_good_and_counted),
        STORE_TEST(a_file_that_is_no_database_is_named),
        STORE_TEST(a_database_of_another_program_is_left_alone),
        STORE_TEST(a_newer_schema_is_refused),
        STORE_TEST(a_damaged_file_is_named),
        STORE_TEST(a_row_changed_by_another_hand_is_refused),
        STORE_TEST(a_missing_or_empty_store_is_told_when_reading),
        STORE_TEST(an_older_store_keeps_all_it_had_and_gets_dates_mandates_and_lineage),
        STORE_TEST(an_older_database_is_brought_up_to_date),
        STORE_TEST(a_folder_is_refused),
        STORE_TEST(a_store_that_may_only_be_read_is_read),
        STORE_TEST(a_full_disk_is_told_and_leaves_a_good_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
