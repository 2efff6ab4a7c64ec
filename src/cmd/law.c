// SPDX-License-Identifier: Apache-2.0
/* sekisho law: what the law's data says, and whether a folder of it is good. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/language.h"
#include "cmd/law_tables.h"
#include "law/law.h"
#include "system/clock.h"

static const char usage[] =
    "usage: sekisho law show [OPTION]... [TABLE]\n"
    "       sekisho law check FOLDER\n"
    "\n"
    "Shows under which legal bases may be looked on a day, or checks a folder of law data.\n"
    "TABLE is what says who may do what: labels, sectors, subjects, handling or matrix.\n"
    "\n"
    "  --law NAME          which law (default: jp)\n"
    "  --day YYYY-MM-DD    on which day (default: today)\n"
    "  --json              one JSON document\n"
    "  --language en|ja    the language (default: as the system is set)\n"
    "  --help              this\n";

struct call {
    const char *law;
    int64_t day_ns;
    bool has_day, json;
    enum report_language language;
};

static alignas(max_align_t) uint8_t memory[LAW_MEMORY];

static int wrong_call(const char *words, const char *argument)
{
    fprintf(stderr, "sekisho law: %s%s%s\n%s", words, *argument ? ": " : "", argument, usage);
    return COMMAND_USAGE;
}

static int read_option(int option, struct call *call)
{
    switch (option) {
    case 'l': call->law = optarg; return -1;
    case 'd':
        call->has_day = true;
        if (strlen(optarg) != strlen("2027-11-22") ||
            !time_read(bytes_of_string(optarg), &call->day_ns))
            return wrong_call("a day is as 2027-11-22, not", optarg);
        return -1;
    case 'j': call->json = true; return -1;
    case 'a':
        if (!language_read(optarg, &call->language))
            return wrong_call("a language is en or ja, not", optarg);
        return -1;
    case 'h': fputs(usage, stdout); return COMMAND_DONE;
    default: fputs(usage, stderr); return COMMAND_USAGE;
    }
}

/* Fills call; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct call *call)
{
    static const struct option options[] = {
        { "law", required_argument, NULL, 'l' }, { "day", required_argument, NULL, 'd' },
        { "json", no_argument, NULL, 'j' },      { "language", required_argument, NULL, 'a' },
        { "help", no_argument, NULL, 'h' },      { NULL, 0, NULL, 0 },
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int code = read_option(option, call);
        if (code >= 0)
            return code;
    }
    return -1;
}

static const char *say(const struct call *call, struct law_text text)
{
    return call->language == REPORT_JAPANESE ? text.ja : text.en;
}

#define SAY(call, en, ja) say(call, (struct law_text){ en, ja })

static void put_directions(uint32_t bits, struct text *out)
{
    for (enum direction direction = DIRECTION_UNKNOWN; direction < DIRECTIONS; direction++) {
        if (bits & UINT32_C(1) << direction)
            text_format(out, "%s%s", out->len > 0 ? " " : "", direction_name(direction));
    }
}

static void put_period(const struct call *call, const struct law_basis *basis, struct text *out)
{
    const char *months = SAY(call, " months", "月");
    if (basis->period_months == 0) {
        text_put_string(out, SAY(call, "as agreed", "定めによる"));
        return;
    }
    text_format(out, "%u%s", basis->period_months, months);
    if (basis->extension_months > 0)
        text_format(out, "%s%u%s", SAY(call, ", extension ", "、延長 "),
                    basis->extension_months, months);
    if (basis->period_article)
        text_format(out, " [%s]", basis->period_article);
}

static void put_items(const struct call *call, const struct law_basis *basis, struct text *out)
{
    static const struct law_text kinds[] = {
        [INFORMATION_EQUIPMENT] = { "equipment", "設備" },
        [INFORMATION_COMMAND] = { "command", "指令情報" },
        [INFORMATION_OTHER] = { "other", "その他" },
    };
    text_format(out, "%u", basis->items);
    for (unsigned kind = INFORMATION_EQUIPMENT; kind <= INFORMATION_OTHER; kind++) {
        if (basis->item_kinds & UINT32_C(1) << kind)
            text_format(out, "%s%s", kind == INFORMATION_EQUIPMENT ? ": " : ", ",
                        say(call, kinds[kind]));
    }
    if (basis->kinds > 1)
        text_format(out, "%s%u%s", SAY(call, "; ", "、"), basis->kinds,
                    SAY(call, " different kinds", "種類以上"));
}

static void print_row(const char *label, const char *value)
{
    printf("  %s: %s\n", label, value);
}

static void print_basis(const struct call *call, const struct law *law,
                        const struct law_basis *basis)
{
    char room[4][256];
    struct text rows[4];
    struct law_ruling ruling = law_rule_basis(law, bytes_of_string(basis->id), call->day_ns);
    for (size_t i = 0; i < 4; i++)
        rows[i] = text_over(room[i], sizeof room[i]);
    printf("%s  %s [%s]\n", basis->id, say(call, basis->name), basis->article);
    if (ruling.is_allowed)
        printf("  %s\n", SAY(call, "in force", "施行中"));
    else
        printf("  %s: %s\n", SAY(call, "NOT IN FORCE", "不可"),
               say(call, (struct law_text){ ruling.words, ruling.words_ja }));
    text_format(&rows[0], "%u × %s", basis->signatures,
                say(call, law_find_role(law, basis->approver)->name));
    put_directions(basis->directions, &rows[1]);
    put_period(call, basis, &rows[2]);
    put_items(call, basis, &rows[3]);
    print_row(SAY(call, "signed by", "署名"), room[0]);
    print_row(SAY(call, "directions", "方向"), room[1]);
    print_row(SAY(call, "period", "期間"), room[2]);
    if (basis->share_permille > 0)
        printf("  %s: %u ‰\n", SAY(call, "share of capacity at most", "伝送容量に対する上限"),
               basis->share_permille);
    print_row(SAY(call, "pieces of information", "条件の情報の数"), room[3]);
    print_row(SAY(call, "retention", "保存期間"),
              law_find_retention(law, basis->retention)->article);
}

static const char *put_day(const struct law *law, int64_t time_ns, struct text *out)
{
    struct time_date date = time_date_of(time_ns + law->ahead_ns);
    text_format(out, "%04lld-%02u-%02u", (long long)date.year, date.month, date.day);
    return out->at;
}

static void print_law(const struct call *call, const struct law *law)
{
    char room[80], day_room[32];
    struct text digest = text_over(room, sizeof room);
    struct text day = text_over(day_room, sizeof day_room);
    text_put_hex(&digest, (struct bytes){ law->digest, sizeof law->digest });
    printf("%s: %s\n%s %s\nsha256 %s\n\n", say(call, law->name), law->citation,
           SAY(call, "on", "基準日"), put_day(law, call->day_ns, &day), room);
    for (size_t i = 0; i < law->basis_count; i++) {
        print_basis(call, law, &law->bases[i]);
        putchar('\n');
    }
}

static json_t *basis_json(const struct call *call, const struct law *law,
                          const struct law_basis *basis)
{
    char room[64];
    struct text directions = text_over(room, sizeof room);
    struct law_ruling ruling = law_rule_basis(law, bytes_of_string(basis->id), call->day_ns);
    put_directions(basis->directions, &directions);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:b, s:s, s:i, s:s, s:i, s:i, s:i, s:i, s:i, s:s}", "id", basis->id,
        "name", say(call, basis->name), "article", basis->article, "in_force",
        ruling.is_allowed, "approver", basis->approver, "signatures", (int)basis->signatures,
        "directions", room, "period_months", (int)basis->period_months, "extension_months",
        (int)basis->extension_months, "share_permille", (int)basis->share_permille, "items",
        (int)basis->items, "kinds", (int)basis->kinds, "retention", basis->retention);
    if (json && !ruling.is_allowed)
        (void)json_object_set_new(
            json, "refused",
            json_string(say(call, (struct law_text){ ruling.words, ruling.words_ja })));
    return json;
}

static bool print_json(const struct call *call, const struct law *law)
{
    char room[80], day_room[32];
    struct text digest = text_over(room, sizeof room);
    struct text day = text_over(day_room, sizeof day_room);
    text_put_hex(&digest, (struct bytes){ law->digest, sizeof law->digest });
    json_t *bases = json_array();
    for (size_t i = 0; i < law->basis_count; i++)
        (void)json_array_append_new(bases, basis_json(call, law, &law->bases[i]));
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:o}", "law", law->id, "citation", law->citation, "day",
                  put_day(law, call->day_ns, &day), "sha256", room, "bases", bases);
    bool is_written = json && json_dumpf(json, stdout, JSON_INDENT(2)) == 0;
    json_decref(json);
    putchar('\n');
    return is_written;
}

static int failed(const char *words)
{
    fprintf(stderr, "sekisho law: %s\n", words);
    return COMMAND_FAILED;
}

static bool load(const char *folder, struct law *out, struct error *err)
{
    struct arena keep = arena_over(memory, sizeof memory);
    return law_load(folder, &keep, out, err);
}

static int show_table(const struct call *call, const struct law *law, const char *name)
{
    const struct law_view view = { law, call->language == REPORT_JAPANESE, call->day_ns };
    json_t *rows = law_tables_json(&view, name);
    bool is_written = true;
    if (!rows)
        return wrong_call("there is no such table", name);
    if (call->json)
        is_written = json_dumpf(rows, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    else
        law_tables_print(rows);
    json_decref(rows);
    return fflush(stdout) == 0 && is_written ? COMMAND_DONE : failed("cannot write");
}

/* table: NULL for the bases. */
static int show(struct call *call, const char *table)
{
    char folder[4096];
    struct law law;
    struct error err = { 0 };
    if (!law_find_folder(call->law, folder, sizeof folder, &err) || !load(folder, &law, &err))
        return failed(err.text);
    call->day_ns = call->has_day ? call->day_ns - law.ahead_ns : clock_now_ns();
    if (table)
        return show_table(call, &law, table);
    bool is_written = true;
    if (call->json)
        is_written = print_json(call, &law);
    else
        print_law(call, &law);
    return fflush(stdout) == 0 && is_written ? COMMAND_DONE : failed("cannot write");
}

static int check(const char *folder)
{
    struct law law;
    struct error err = { 0 };
    if (!load(folder, &law, &err))
        return failed(err.text);
    printf(
        "%s: %zu bases, %zu duties to tell, %zu roles, %zu permissions, %zu ways to hand on\n",
        law.id, law.basis_count, law.notice_count, law.role_count, law.permission_count,
        law.provision_count);
    printf("%s: %zu rights on %zu subjects, %zu handlings, %zu labels, %zu sectors\n", law.id,
           law.right_count, law.subject_count, law.handling_count, law.label_count,
           law.sector_count);
    return fflush(stdout) == 0 ? COMMAND_DONE : failed("cannot write");
}

int command_law(int argc, char **argv)
{
    struct call call = { .law = LAW_DEFAULT, .language = language_default() };
    int code = read_options(argc, argv, &call);
    if (code >= 0)
        return code;
    int words = argc - optind;
    if ((words == 1 || words == 2) && strcmp(argv[optind], "show") == 0)
        return show(&call, words == 2 ? argv[optind + 1] : NULL);
    if (words == 2 && strcmp(argv[optind], "check") == 0)
        return check(argv[optind + 1]);
    return wrong_call("say show, or check and a folder", "");
}
