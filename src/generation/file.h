// SPDX-License-Identifier: Apache-2.0
/* Generation files: written at once and signed, and taken only when every octet of them is what
 * was signed.  The layout is select/generation.h's; docs/indicators.md describes all of it. */
#pragma once

#include "keys/keys.h"
#include "select/generation.h"

enum { GENERATION_SIGNERS_MAX = 2, GENERATION_NOTE_TEXT_MAX = 512 };

/* Who may have signed.  All of them have to have, and nobody else.  No keys: signatures are not
 * looked at, which finds damage but no forgery. */
struct generation_trust {
    const struct note_key *keys;
    size_t count;
};

enum generation_how {
    GENERATION_MAPPED, /* asked where it lies: costs no memory of its own */
    /* Read into memory of its own, in large pages: what was checked is what is asked, whatever
     * becomes of the file. */
    GENERATION_COPIED,
};

struct generation_file;

MUST_CHECK struct generation_file *generation_open(const char *path, enum generation_how how,
                                                   const struct generation_trust *trust,
                                                   struct error *err);
void generation_close(struct generation_file *file);
const struct generation *generation_header(const struct generation_file *file);
/* Stands as long as the file is open. */
const struct indicators *generation_set(const struct generation_file *file);
/* Its lists, generation_header's list_count. */
const struct generation_list *generation_lists(const struct generation_file *file);
size_t generation_octets(const struct generation_file *file);
/* The lines of who signed, unchecked, as they stand. */
struct bytes generation_signatures(const struct generation_file *file);
/* SHA-256 of the header, which is what signatures are over: the generation's name. */
void generation_digest(const struct generation *generation,
                       uint8_t out[GENERATION_DIGEST_OCTETS]);

/* Its octets in memory that nobody can change any more (a sealed memfd), for another process;
 * the descriptor is the caller's. */
MUST_CHECK bool generation_share(const struct generation_file *file, int *out,
                                 struct error *err);
/* What another process shared, of so many octets, mapped: it is checked as a file is, but for
 * who signed it, which whoever shared it did.  Needs nothing but mmap. */
MUST_CHECK struct generation_file *generation_adopt(int fd, size_t octets, struct error *err);

/* The generation with its overlay over it; stands as long as both are open. */
MUST_CHECK const struct indicators *generation_lay_over(const struct generation_file *main,
                                                        struct generation_file *overlay,
                                                        struct error *err);

/* Does the file begin as one, whatever comes after? */
bool generation_is(const char *path);

struct generation_signers {
    struct key *keys[GENERATION_SIGNERS_MAX];
    size_t count;
};

/* Seals the set, fills the rest of header (counts, digests) and writes it over path: all of it,
 * or nothing. */
MUST_CHECK bool generation_save(const char *path, struct indicators *set,
                                struct generation *header,
                                const struct generation_signers *signers, struct error *err);
