// SPDX-License-Identifier: Apache-2.0
/* What an X.509 certificate tells about its key, by a walk over the few DER elements that
 * matter: no recursion, no interpretation of names, extensions or signatures. */
#pragma once

#include "model/facts.h"

/* Fills key_type, key_bits, signature_type, the two times and is_self_issued.  What is broken
 * or unknown stays as it is: a certificate is known by its hash even so. */
void certificate_read(struct bytes der, struct tls_certificate_fact *fact);
