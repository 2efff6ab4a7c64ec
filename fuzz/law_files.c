// SPDX-License-Identifier: Apache-2.0
/* A law whose procedure comes from outside: refused with file and line, or each of its
 * procedures can be begun and asked what may be done, whatever it says. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "law/law.h"
#include "procedure/procedure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH = 300 };

static alignas(max_align_t) uint8_t memory[LAW_MEMORY];
static char folder[64];

static void write_file(const char *name, const char *octets, size_t len)
{
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wbe");
    MUST(file && fwrite(octets, 1, len, file) == len && fclose(file) == 0);
}

static void write_text(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

#define ROW(id) "- { id: " id ", name: { en: a, ja: a }, article: s. 1"

/* The smallest law that a procedure can be of. */
static void write_law(void)
{
    static const char *const empty[] = { "notices.yaml",  "purposes.yaml",    "access.yaml",
                                         "kinds.yaml",    "recipients.yaml",  "report.yaml",
                                         "sectors.yaml",  "definitions.yaml", "directions.yaml",
                                         "labels.yaml",   "subjects.yaml",    "handling.yaml",
                                         "calendar.yaml", "matrix.yaml" };
    char path[PATH];
    (void)snprintf(folder, sizeof folder, "/tmp/sekisho-fuzz-law-%d", (int)getpid());
    (void)snprintf(path, sizeof path, "%s/procedures", folder);
    (void)mkdir(folder, 0700);
    (void)mkdir(path, 0700);
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        write_text(empty[i], "[]\n");
    write_text("law.yaml", "id: small\nname: { en: a, ja: a }\ncitation: a\n"
                           "time_zone: \"+00:00\"\nfirst_day_counts: true\n"
                           "purpose_article: s. 1\naccess_article: s. 1\n"
                           "handing_article: s. 1\n");
    write_text("roles.yaml", ROW("judge") " }\n" ROW("clerk") " }\n" ROW("machine") " }\n");
    write_text("time.yaml", "- { id: soon, name: { en: a, ja: a }, within: 12h }\n"
                            "- { id: later, name: { en: a, ja: a }, working_days: 3 }\n");
    write_text("retention.yaml", "- { id: month, article: s. 1, days: 30 }\n");
    write_text("bases.yaml", ROW("court") ", kind: exercise, approval: none, approver: judge,\n"
                                          "  signatures: 1, directions: [FD], items: 1,\n"
                                          "  item_kinds: [equipment], retention: month }\n");
}

static void remove_law(void)
{
    char command[PATH];
    static const char *const files[] = {
        "notices",  "purposes", "access",      "kinds",      "recipients",
        "report",   "sectors",  "definitions", "directions", "labels",
        "subjects", "handling", "calendar",    "matrix",     "law",
        "roles",    "time",     "retention",   "bases",      "procedures/p",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(command, sizeof command, "%s/%s.yaml", folder, files[i]);
        (void)unlink(command);
    }
    (void)snprintf(command, sizeof command, "%s/procedures", folder);
    (void)rmdir(command);
    (void)rmdir(folder);
}

static void ask(const struct law *law, const struct procedure *procedure)
{
    struct procedure_case subject;
    struct procedure_outcome outcome;
    const struct procedure_field *needs[PROCEDURE_FIELDS_MAX];
    if (!procedure_begin(law, procedure, "court", "X-1", &subject))
        return;
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        const struct procedure_event event = { .name = step->event,
                                               .actor = "a",
                                               .role = step->role ? step->role : "machine" };
        MUST(procedure_needs(procedure, step, needs) <= procedure->field_count);
        (void)procedure_offer(&subject, step, &event);
        struct procedure_outcome taken = procedure_apply(&subject, &event);
        MUST(taken.ruling.is_allowed || taken.after == taken.before);
    }
    for (unsigned i = 0; i < 4 && procedure_tick(&subject, INT64_MAX - 1, &outcome); i++)
        MUST(outcome.step->at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct law law;
    struct error err = { 0 };
    struct arena keep = arena_over(memory, sizeof memory);
    if (folder[0] == '\0') {
        write_law();
        (void)atexit(remove_law);
    }
    write_file("procedures/p.yaml", (const char *)data, size);
    if (!law_load(folder, &keep, &law, &err)) {
        MUST(strstr(err.text, folder) != NULL);
        return 0;
    }
    for (size_t i = 0; i < law.procedure_count; i++)
        ask(&law, &law.procedures[i]);
    return 0;
}
