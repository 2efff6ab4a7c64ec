// SPDX-License-Identifier: Apache-2.0
/* Runs a fuzz target over every file of the folders named, so that each past finding is tried
 * again in every build.  An empty or missing folder is a failure: it would test nothing. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *folder, const char *name)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return -1;
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    enum { ROOM = 1 << 20 };
    uint8_t *bytes = malloc(ROOM);
    size_t len = bytes ? fread(bytes, 1, ROOM, file) : 0;
    (void)fclose(file);
    /* An exact copy, so that a sanitizer sees a read one past the end. */
    uint8_t *exact = malloc(len ? len : 1);
    if (bytes && exact) {
        for (size_t i = 0; i < len; i++)
            exact[i] = bytes[i];
        (void)LLVMFuzzerTestOneInput(exact, len);
    }
    free(exact);
    free(bytes);
    return 1;
}

static int replay_folder(const char *folder)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return -1;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        if (replay_file(folder, entry->d_name) < 0) {
            (void)closedir(directory);
            return -1;
        }
        count++;
    }
    (void)closedir(directory);
    return count;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int count = replay_folder(argv[i]);
        if (count <= 0) {
            fprintf(stderr, "replay: no corpus in %s\n", argv[i]);
            return EXIT_FAILURE;
        }
        printf("%s: %d files\n", argv[i], count);
    }
    return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
