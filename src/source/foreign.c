// SPDX-License-Identifier: Apache-2.0
#include "source/foreign_private.h"

static const struct foreign {
    struct bytes start;
    const char *words;
} foreigners[] = {
#define START(literal)                                  \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }
    { START("BZh"), "it is packed with bzip2: give `bzip2 -dc FILE` by a pipe and name -" },
    { START("\xfd"
            "7zXZ"),
      "it is packed with xz: give `xz -dc FILE` by a pipe and name -" },
    { START("\x04\x22\x4d\x18"),
      "it is packed with lz4: give `lz4 -dc FILE` by a pipe and name -" },
    { START("\x1f\x8b\x08"), "it is packed twice: unpack it once" },
    { START("\x28\xb5\x2f\xfd"), "it is packed twice: unpack it once" },
    { START("PK\x03\x04"), "it is a zip archive: unzip it first" },
    { START("7z\xbc\xaf"), "it is a 7z archive: unpack it first" },
    { START("Rar!"), "it is a rar archive: unpack it first" },
    { START("\x7f"
            "ELF"),
      "it is a program" },
    { START("MZ"), "it is a program for Windows" },
    { START("%PDF"), "it is a PDF document" },
    { START("\x89PNG"), "it is a picture" },
    { START("SQLite format 3"), "it is an SQLite database" },
    { START("snoop\0\0\0"), "it is a snoop capture: convert it with `editcap -F pcap`" },
    { START("GMBU"), "it is a Network Monitor capture: convert it with `editcap -F pcap`" },
    { START("RTSS"), "it is a Network Monitor capture: convert it with `editcap -F pcap`" },
    { START("XCP"), "it is a Sniffer capture: convert it with `editcap -F pcap`" },
    { START("TRSNIFF data"), "it is a Sniffer capture: convert it with `editcap -F pcap`" },
    { START("\x0c\xa5"), "it is a file of nfdump: flows are not packets" },
    { START("\xa5\x0c"), "it is a file of nfdump: flows are not packets" },
#undef START
};

static bool is_zero(struct bytes head)
{
    for (size_t i = 0; i < head.len; i++) {
        if (head.at[i] != 0)
            return false;
    }
    return true;
}

/* UTF-8 counts as text; control characters other than blanks do not. */
static bool is_text(struct bytes head)
{
    for (size_t i = 0; i < head.len; i++) {
        uint8_t c = head.at[i];
        if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f'))
            return false;
    }
    return true;
}

const char *foreign_describe(struct bytes head)
{
    enum { TAR_MAGIC_AT = 257, LOOKED_AT_MAX = 512 };
    for (size_t i = 0; i < sizeof foreigners / sizeof *foreigners; i++) {
        if (bytes_start_with(head, foreigners[i].start))
            return foreigners[i].words;
    }
    if (bytes_equal(bytes_slice(head, TAR_MAGIC_AT, 5), BYTES("ustar")))
        return "it is a tar archive: unpack it first";
    head = bytes_slice(head, 0, LOOKED_AT_MAX);
    if (is_zero(head))
        return "it begins with nothing but zeros";
    if (is_text(head))
        return "it looks like text";
    return "nothing tells what it is";
}
