// SPDX-License-Identifier: Apache-2.0
/* The first octet chooses the side.  What is taken is within what is given and the same in
 * one octet less waits; what is kept can be printed; a whole stream has the banner that can
 * be had of it alone. */
#include "base/must.h"
#include "decode/parsers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(const char *at, size_t len, size_t room)
{
    MUST(len <= room);
    for (size_t i = 0; i < len; i++)
        MUST(at[i] >= ' ' && at[i] < 0x7f);
}

static void check_fact(const struct ssh_fact *ssh)
{
    check_printable(ssh->banner, ssh->banner_len, sizeof ssh->banner);
    check_printable(ssh->kex, ssh->kex_len, sizeof ssh->kex);
    check_printable(ssh->host_key, ssh->host_key_len, sizeof ssh->host_key);
    check_printable(ssh->cipher, ssh->cipher_len, sizeof ssh->cipher);
    check_printable(ssh->kex_list, ssh->kex_list_len, sizeof ssh->kex_list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    bool is_server = data[0] & 1;
    struct bytes stream = { data + 1, size - 1 };
    struct fact banner;
    bool has_banner = ssh_banner_read(stream, is_server, &banner) == FAULT_NONE;
    if (has_banner)
        check_fact(&banner.ssh);
    struct fact whole;
    size_t taken = 0;
    if (ssh_read(stream, is_server, &taken, &whole) != FAULT_NONE)
        return 0;
    check_fact(&whole.ssh);
    MUST(taken > 0 && taken <= stream.len);
    MUST(has_banner && banner.ssh.banner_len == whole.ssh.banner_len);
    struct fact none;
    MUST(ssh_read(bytes_slice(stream, 0, taken - 1), is_server, &taken, &none) ==
         FAULT_TRUNCATED);
    return 0;
}
