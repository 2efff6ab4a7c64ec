// SPDX-License-Identifier: Apache-2.0
/* What the verbs of `sekisho warrant` share: the call, the law, the files. */
#pragma once

#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/language.h"
#include "cmd/passphrase.h"
#include "warrant/envelope.h"
#include "warrant/warrant.h"

enum { WARRANT_FILES_MAX = 17 };

struct warrant_call {
    const char *law, *trust, *basis, *serial, *issuer, *extends, *equipment;
    const char *key, *output, *reason;
    const char *conditions[WARRANT_CONDITIONS_MAX];
    const char *earlier[WARRANT_FILES_MAX], *revocations[WARRANT_FILES_MAX];
    const char *files[WARRANT_FILES_MAX]; /* what stands behind the options */
    size_t condition_count, earlier_count, revocation_count, file_count;
    const char *from, *to, *issued, *at; /* times as they were written, or NULL */
    uint32_t directions;
    uint64_t capacity_bits_per_second;
    unsigned share_permille;
    bool json, yes;
    enum report_language language;
    struct passphrase passphrase;
    /* What is made of them. */
    struct law rules;
    int64_t now_ns;
};

/* A whole file of at most ENVELOPE_OCTETS_MAX octets; lives until the next. */
MUST_CHECK bool warrant_read_file(const char *path, struct bytes *out, struct error *err);
/* A day is that day's midnight in the law's time zone. */
MUST_CHECK bool warrant_read_time(const struct warrant_call *call, const char *text,
                                  int64_t *out, struct error *err);
/* To --output, or standard output. */
MUST_CHECK bool warrant_write_file(const struct warrant_call *call,
                                   const struct envelope *envelope, const char *path,
                                   struct error *err);
/* The ruling in the call's language, in one line. */
void warrant_print_ruling(const struct warrant_call *call, const char *about,
                          const struct law_ruling *ruling, FILE *to);
int warrant_fail(const struct error *err);

/* In plain words what a warrant, or a revocation, says; nothing of it is verified. */
void warrant_tell(const struct warrant_call *call, const struct warrant *warrant,
                  const struct envelope *envelope);
void warrant_tell_revocation(const struct warrant_call *call,
                             const struct revocation *revocation,
                             const struct envelope *envelope);

/* Adds the signature of --key to the envelope. */
MUST_CHECK bool warrant_add_signature(struct warrant_call *call, struct envelope *envelope,
                                      struct error *err);
/* Does who sits at the terminal agree to sign?  With --yes, or in words. */
MUST_CHECK bool warrant_confirm(const struct warrant_call *call, struct error *err);

int warrant_draft(struct warrant_call *call);
int warrant_sign(struct warrant_call *call);
int warrant_verify(struct warrant_call *call);
int warrant_show(struct warrant_call *call);
int warrant_revoke_file(struct warrant_call *call);
