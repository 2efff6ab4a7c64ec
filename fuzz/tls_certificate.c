// SPDX-License-Identifier: Apache-2.0
/* A server's first flight up to its certificates, and the walk over one certificate. */
#include "base/must.h"
#include "decode/certificate_private.h"
#include "decode/parsers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fact first, second;
    struct tls_certificate_fact leaf = { 0 };
    size_t taken = 0, again = 0;
    certificate_read((struct bytes){ data, size }, &leaf);
    MUST(leaf.key_type < KEY_TYPES && leaf.signature_type < KEY_TYPES);
    if (tls_certificate_read((struct bytes){ data, size }, &taken, &first) != FAULT_NONE)
        return 0;
    MUST(taken > 0 && taken <= size && first.certificate.chain_length > 0);
    MUST(tls_certificate_read((struct bytes){ data, taken }, &again, &second) == FAULT_NONE);
    MUST(again == taken &&
         memcmp(first.certificate.sha256, second.certificate.sha256, 32) == 0);
    MUST(tls_certificate_read((struct bytes){ data, taken - 1 }, &again, &second) ==
         FAULT_TRUNCATED);
    return 0;
}
