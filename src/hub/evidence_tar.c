// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hub/evidence_private.h"

enum { BLOCK = 512, NAME_MAX_OCTETS = 100, FILE_MAX = 64 << 20 };

/* POSIX.1-1988, ustar interchange format. */
struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
    char linkname[100], magic[6], version[2], uname[32], gname[32], major[8], minor[8];
    char prefix[155], pad[12];
};

static bool grow(struct evidence *evidence, size_t more, struct error *err)
{
    if (evidence->at == evidence->len)
        evidence->at = evidence->len = 0;
    if (evidence->len + more <= evidence->room)
        return true;
    uint8_t *octets = realloc(evidence->octets, evidence->len + more);
    if (!octets)
        return error_set(err, ENOMEM, "export");
    evidence->octets = octets;
    evidence->room = evidence->len + more;
    return true;
}

static void put_octal(char *out, size_t digits, uint64_t number)
{
    for (size_t i = digits; i-- > 0; number >>= 3)
        out[i] = (char)('0' + (number & 7));
}

static void put_header(struct header *header, const struct evidence *evidence, const char *path,
                       size_t len)
{
    unsigned sum = 0;
    memset(header, 0, sizeof *header);
    memcpy(header->name, path, strlen(path));
    put_octal(header->mode, 7, 0644);
    put_octal(header->uid, 7, 0);
    put_octal(header->gid, 7, 0);
    put_octal(header->size, 11, len);
    put_octal(header->mtime, 11, (uint64_t)evidence->time_s);
    memset(header->checksum, ' ', sizeof header->checksum);
    header->type = '0';
    memcpy(header->magic, "ustar", 6);
    memcpy(header->version, "00", 2);
    for (size_t i = 0; i < sizeof *header; i++)
        sum += ((const uint8_t *)header)[i];
    put_octal(header->checksum, 6, sum);
    header->checksum[6] = '\0';
}

bool evidence_put(struct evidence *evidence, const char *path, struct bytes octets,
                  struct error *err)
{
    struct header header;
    size_t padded = (octets.len + BLOCK - 1) / BLOCK * BLOCK;
    _Static_assert(sizeof header == BLOCK, "a header is a block");
    if (strlen(path) > NAME_MAX_OCTETS)
        return error_set(err, ENAMETOOLONG, "%s", path);
    if (!grow(evidence, sizeof header + padded, err))
        return false;
    put_header(&header, evidence, path, octets.len);
    uint8_t *to = evidence->octets + evidence->len;
    memcpy(to, &header, sizeof header);
    if (octets.len > 0)
        memcpy(to + sizeof header, octets.at, octets.len);
    memset(to + sizeof header + octets.len, 0, padded - octets.len);
    evidence->len += sizeof header + padded;
    return true;
}

static bool read_all(FILE *file, const char *from, uint8_t **out, size_t *len,
                     struct error *err)
{
    struct stat is;
    if (fstat(fileno(file), &is) != 0 || is.st_size < 0 || is.st_size > FILE_MAX)
        return error_set(err, EFBIG, "%s", from);
    *out = malloc((size_t)is.st_size + 1);
    if (!*out)
        return error_set(err, ENOMEM, "%s", from);
    *len = fread(*out, 1, (size_t)is.st_size, file);
    return *len == (size_t)is.st_size || error_set(err, EIO, "cannot read %s", from);
}

bool evidence_put_file(struct evidence *evidence, const char *path, const char *from,
                       struct error *err)
{
    uint8_t *octets = NULL;
    size_t len = 0;
    FILE *file = fopen(from, "re");
    if (!file)
        return error_set(err, errno, "cannot open %s", from);
    bool is_put = read_all(file, from, &octets, &len, err) &&
                  evidence_put(evidence, path, (struct bytes){ octets, len }, err);
    (void)fclose(file);
    free(octets);
    return is_put;
}

bool evidence_put_end(struct evidence *evidence, struct error *err)
{
    if (!grow(evidence, 2 * (size_t)BLOCK, err))
        return false;
    memset(evidence->octets + evidence->len, 0, 2 * (size_t)BLOCK);
    evidence->len += 2 * (size_t)BLOCK;
    return true;
}
