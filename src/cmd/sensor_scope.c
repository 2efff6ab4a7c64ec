// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_scope.h"

#include <stdlib.h>

#include "law/law.h"
#include "system/clock.h"

static bool find_scope(const struct law *law, const struct sensor_config *config,
                       struct sensor_scope *out, struct error *err)
{
    const struct law_basis *basis = law_find_basis(law, bytes_of_string(config->basis));
    if (!basis)
        return error_set(err, 0, "basis: the law of \"%s\" has no \"%s\"", law->id,
                         config->basis);
    *out = (struct sensor_scope){
        .directions = basis->kind == BASIS_STATUTORY ? basis->directions : 0,
        .kinds_withheld = law_kinds_withheld(law, basis, clock_now_ns()),
    };
    return true;
}

bool sensor_scope_read(const struct sensor_config *config, struct sensor_scope *out,
                       struct error *err)
{
    char folder[4096];
    struct law law;
    void *memory = malloc(LAW_MEMORY);
    if (!memory)
        return error_set(err, 0, "no memory for the law");
    struct arena keep = arena_over(memory, LAW_MEMORY);
    bool is_good = law_find_folder(config->law, folder, sizeof folder, err) &&
                   law_load(folder, &keep, &law, err) && find_scope(&law, config, out, err);
    free(memory);
    return is_good;
}
