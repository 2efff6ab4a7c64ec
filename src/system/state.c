// SPDX-License-Identifier: Apache-2.0
#include "system/state.h"

#include <stdlib.h>

#include "base/text.h"

bool state_path(const char *name, char *room, size_t room_len, struct error *err)
{
    struct text path = text_over(room, room_len);
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && state[0] == '/')
        text_format(&path, "%s/sekisho/%s", state, name);
    else if (home && home[0] == '/')
        text_format(&path, "%s/.local/state/sekisho/%s", home, name);
    else
        return error_set(err, 0, "neither XDG_STATE_HOME nor HOME says where state is kept");
    return !path.cut || error_set(err, 0, "the path of %s is too long", name);
}
