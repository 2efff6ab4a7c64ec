// SPDX-License-Identifier: Apache-2.0
#include "hub/session_private.h"

bool session_may_try(struct asking *asking, const char *name)
{
    (void)asking;
    (void)name;
    return true;
}

void session_failed(struct asking *asking, const char *name)
{
    (void)asking;
    (void)name;
}

void session_succeeded(struct asking *asking, const char *name)
{
    (void)asking;
    (void)name;
}
