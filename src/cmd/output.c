// SPDX-License-Identifier: Apache-2.0
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* Devices and pipes are written as they are: there is nothing to keep whole. */
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

bool output_open(struct output *output, const char *path, struct error *err)
{
    *output = (struct output){ .path = path };
    if (strcmp(path, "-") == 0) {
        output->file = stdout;
        return true;
    }
    struct text name = text_over(output->temporary, sizeof output->temporary);
    if (is_special(path)) {
        output->file = fopen(path, "we");
        return output->file || error_set(err, errno, "cannot write %s", path);
    }
    text_format(&name, "%s.XXXXXX", path);
    if (name.cut)
        return error_set(err, ENAMETOOLONG, "%s", path);
    int fd = mkstemp(output->temporary);
    if (fd < 0)
        return error_set(err, errno, "cannot write %s", path);
    output->file = fdopen(fd, "w");
    if (!output->file) {
        int code = errno;
        (void)close(fd);
        (void)unlink(output->temporary);
        return error_set(err, code, "cannot write %s", path);
    }
    return true;
}

bool output_open_growing(struct output *output, const char *path, struct error *err)
{
    *output = (struct output){ .path = path, .file = stdout };
    if (strcmp(path, "-") == 0)
        return true;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    output->file = fd < 0 ? NULL : fdopen(fd, "w");
    return output->file || error_set(err, errno, "cannot write %s", path);
}

bool output_close(struct output *output, bool is_good, struct error *err)
{
    int code = is_good ? 0 : errno;
    if (output->file == stdout)
        return (is_good && fflush(stdout) == 0) || error_set(err, errno, "standard output");
    if (is_good && fflush(output->file) != 0) {
        code = errno;
        is_good = false;
    }
    if (fclose(output->file) != 0 && is_good) {
        code = errno;
        is_good = false;
    }
    if (output->temporary[0] == '\0')
        return is_good || error_set(err, code, "cannot write %s", output->path);
    if (is_good && rename(output->temporary, output->path) != 0) {
        code = errno;
        is_good = false;
    }
    if (!is_good)
        (void)unlink(output->temporary);
    return is_good || error_set(err, code, "cannot write %s", output->path);
}

static ssize_t write_whole(void *cookie, const char *at, size_t len)
{
    (void)cookie;
    size_t done = 0;
    while (done < len) {
        ssize_t written = write(STDOUT_FILENO, at + done, len - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return 0; /* that is how a failure is told here */
        done += (size_t)written;
    }
    return (ssize_t)len;
}

bool output_keep_whole(struct error *err)
{
    FILE *whole = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = write_whole });
    if (!whole)
        return error_set(err, errno, "standard output");
    stdout = whole; /* which the GNU C library lets one do */
    return true;
}
