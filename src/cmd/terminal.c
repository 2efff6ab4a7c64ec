// SPDX-License-Identifier: Apache-2.0
#include "cmd/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

unsigned terminal_width(unsigned otherwise, unsigned max)
{
    enum { NARROWEST = 40 };
    struct winsize size = { 0 };
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= NARROWEST)
        return size.ws_col < max ? size.ws_col : max;
    return otherwise;
}
