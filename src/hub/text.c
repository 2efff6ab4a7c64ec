// SPDX-License-Identifier: Apache-2.0
#include "hub/text_private.h"

#include <stdio.h>
#include <string.h>

json_t *law_text_json(struct law_text text)
{
    return json_pack("{s:s, s:s}", "en", text.en ? text.en : "", "ja", text.ja ? text.ja : "");
}

json_t *id_json(int64_t id)
{
    char room[24];
    if (id == 0)
        return json_null();
    snprintf(room, sizeof room, "%lld", (long long)id);
    return json_string(room);
}

json_t *sectors_json(const struct law *law, uint64_t bits)
{
    json_t *array = json_array();
    for (size_t i = 0; i < law->sector_count; i++) {
        if (bits & UINT64_C(1) << (law->sectors[i].number - 1))
            json_array_append_new(array, json_string(law->sectors[i].id));
    }
    return array;
}

unsigned sector_number(const struct law *law, const char *id)
{
    for (size_t i = 0; id && i < law->sector_count; i++) {
        if (strcmp(law->sectors[i].id, id) == 0)
            return law->sectors[i].number;
    }
    return 0;
}

const char *sector_name(const struct law *law, unsigned sector)
{
    for (size_t i = 0; i < law->sector_count; i++) {
        if (law->sectors[i].number == sector)
            return law->sectors[i].id;
    }
    return "";
}
