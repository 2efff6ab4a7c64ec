// SPDX-License-Identifier: Apache-2.0
#include "cmd/selector_file.h"

#include <errno.h>
#include <stdio.h>

#include "cmd/article.h"
#include "cmd/cmd.h"
#include "system/memory.h"

int selector_file_tell(const char *path, const struct selector_error *fault,
                       enum report_language language, FILE *out)
{
    bool is_ja = language == REPORT_JAPANESE;
    fprintf(out, "%s:%u:%u: %s", path, fault->line, fault->column,
            is_ja ? fault->words_ja : fault->words);
    if (fault->article[0] != '\0')
        article_put(fault->article, is_ja, out);
    fputc('\n', out);
    return COMMAND_FOUND;
}

static bool read_text(const char *path, char *room, size_t max, struct bytes *out,
                      struct error *err)
{
    bool is_standard = path[0] == '-' && path[1] == '\0';
    FILE *file = is_standard ? stdin : fopen(path, "rbe");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    *out = (struct bytes){ (const uint8_t *)room, fread(room, 1, max, file) };
    bool is_read = !ferror(file);
    if (!is_standard)
        (void)fclose(file);
    return is_read || error_set(err, errno, "cannot read %s", path);
}

/* An octet more than any may have, so that a longer one is seen to be. */
bool selector_file_read(const char *path, const struct selector **out,
                        struct selector_error *fault, struct error *err)
{
    static char room[SELECTOR_TEXT_MAX + 1];
    struct bytes text = { NULL, 0 };
    if (!read_text(path, room, sizeof room, &text, err))
        return false;
    struct arena keep;
    if (!memory_reserve(selector_size(), MEMORY_SMALL_PAGES, &keep, err))
        return false;
    *out = selector_read(text, &keep, fault);
    return true;
}

/* Those written down to be refused by name are left out. */
static void take_purposes(const struct law *law, struct selector_demand *out)
{
    static const char *purposes[LAW_ROWS_MAX];
    for (size_t i = 0; i < law->purpose_count; i++) {
        if (!law->purposes[i].is_refused)
            purposes[out->purpose_count++] = law->purposes[i].id;
    }
    out->purposes = purposes;
}

static void take_row(const struct law_basis *basis, struct selector_demand *out)
{
    *out = (struct selector_demand){ .basis = basis->id,
                                     .article = basis->items_article ? basis->items_article
                                                                     : basis->article,
                                     .items = basis->items,
                                     .item_kinds = basis->item_kinds,
                                     .kinds = basis->kinds,
                                     .directions = basis->directions,
                                     .lines_hidden = !basis->lines_in_clear };
}

bool selector_demand_of(const char *law, const char *basis, struct selector_demand *out,
                        struct error *err)
{
    char folder[4096];
    static struct law loaded;
    *out = (struct selector_demand){ .items = 1,
                                     .item_kinds = UINT32_MAX,
                                     .directions = UINT32_MAX };
    if (!basis)
        return true;
    struct arena keep;
    if (!memory_reserve(LAW_MEMORY, MEMORY_SMALL_PAGES, &keep, err) ||
        !law_find_folder(law, folder, sizeof folder, err) ||
        !law_load(folder, &keep, &loaded, err))
        return false;
    const struct law_basis *row = law_find_basis(&loaded, bytes_of_string(basis));
    if (!row)
        return error_set(err, 0, "the law \"%s\" knows no basis \"%s\"", law, basis);
    take_row(row, out);
    take_purposes(&loaded, out);
    return true;
}
