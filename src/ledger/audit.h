// SPDX-License-Identifier: Apache-2.0
/* The check of a whole log from its files alone, reading only: nothing of the writer is used or
 * trusted.  Every entry is read and hashed again, held against every tile, and the root of all
 * against what was signed.  Memory is bounded, whatever the log. */
#pragma once

#include "base/error.h"
#include "proof/checkpoint.h"
#include "proof/entry.h"
#include "proof/note.h"
#include "proof/tile.h"

enum { AUDIT_WORDS_MAX = 256 };

struct audit;

/* What is wrong, and where: the first of it. */
struct audit_wrong {
    bool is_wrong;
    bool has_entry;       /* else what is wrong is not in one place, as a signature */
    uint64_t first, last; /* the entry; more than one where no hash tells them apart */
    char file[TILE_PATH_MAX];
    char words[AUDIT_WORDS_MAX];
};

/* Where the checkpoint can be read; otherwise NULL, and *wrong says why when the world did not
 * fail (err->text is empty then).  Without a key no signature is checked. */
MUST_CHECK struct audit *audit_open(const char *folder, const struct note_key *key,
                                    struct audit_wrong *wrong, struct error *err);
void audit_close(struct audit *audit);
const struct checkpoint *audit_checkpoint(const struct audit *audit);
/* The checkpoint as it stands in its file. */
struct bytes audit_note(const struct audit *audit);

/* Called for each entry that audit_run reads, in their order; those of a log that is found
 * wrong prove nothing.  The entry is gone when it returns. */
typedef void audit_visit_fn(void *context, uint64_t number, const struct entry *entry);
void audit_visit(struct audit *audit, audit_visit_fn *visit, void *context);

/* The whole log.  False when a file could not be read for another reason than not being there.
 */
MUST_CHECK bool audit_run(struct audit *audit, struct audit_wrong *out, struct error *err);
/* Tiles go on after the last entry that is signed: an interrupted commit, or a checkpoint put
 * back.  Only a later checkpoint, kept elsewhere, tells which. */
bool audit_has_more(const struct audit *audit);

/* For a log found whole.  The entry stays until the next call. */
MUST_CHECK bool audit_prove_inclusion(struct audit *audit, uint64_t index, struct bytes *entry,
                                      struct tree_proof *out, struct error *err);
/* That an earlier checkpoint of this log still holds: *wrong says where it does not. */
MUST_CHECK bool audit_prove_consistency(struct audit *audit, struct bytes old_note,
                                        struct audit_wrong *wrong, struct tree_head *old,
                                        struct tree_proof *out);
