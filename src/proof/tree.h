// SPDX-License-Identifier: Apache-2.0
/* The arithmetic of a Merkle tree over a growing list (RFC 9162 2.1, SHA-256): roots, proofs
 * and their verification.  Where the hashes are kept is not known here; a proof asks for them.
 */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"

enum {
    TREE_HASH_OCTETS = 32,
    TREE_LEVELS_MAX = 63,
    TREE_PROOF_MAX = TREE_LEVELS_MAX + 1,
};

/* Sizes beyond it are refused by the verifiers and never asked of the rest. */
#define TREE_SIZE_MAX (UINT64_C(1) << 62)

struct tree_hash {
    uint8_t octets[TREE_HASH_OCTETS];
};

bool tree_hash_equal(const struct tree_hash *a, const struct tree_hash *b);
struct tree_hash tree_leaf(struct bytes entry);
struct tree_hash tree_parent(const struct tree_hash *left, const struct tree_hash *right);

/* All that a tree needs to grow: the roots of its perfect subtrees, the largest and leftmost
 * first, one for each bit set in size.  All zero is the empty tree. */
struct tree_range {
    uint64_t size;
    size_t count;
    struct tree_hash roots[TREE_LEVELS_MAX];
};

/* Appends a leaf.  size must be below TREE_SIZE_MAX. */
void tree_range_add(struct tree_range *range, const struct tree_hash *leaf);
struct tree_hash tree_range_root(const struct tree_range *range);

/* Gives the root of the perfect subtree over the leaves [index << level, (index + 1) << level),
 * which lies in the tree asked about; false when it cannot, which fails what asked. */
typedef bool tree_read_fn(void *context, unsigned level, uint64_t index, struct tree_hash *out);

struct tree_source {
    tree_read_fn *read;
    void *context;
};

struct tree_proof {
    size_t count;
    struct tree_hash hashes[TREE_PROOF_MAX];
};

/* The root of the first size leaves. */
MUST_CHECK bool tree_root(const struct tree_source *source, uint64_t size,
                          struct tree_hash *out);
/* That leaf index is in the tree of so many leaves (RFC 9162 2.1.3.1); index < size. */
MUST_CHECK bool tree_prove_inclusion(const struct tree_source *source, uint64_t index,
                                     uint64_t size, struct tree_proof *out);
/* That the tree of old_size leaves is the start of that of size leaves (2.1.4.1);
 * old_size <= size.  Empty for an old_size of 0 or of size. */
MUST_CHECK bool tree_prove_consistency(const struct tree_source *source, uint64_t old_size,
                                       uint64_t size, struct tree_proof *out);

struct tree_head {
    uint64_t size;
    struct tree_hash root;
};

/* RFC 9162 2.1.3.2.  Takes any input; false is a refusal. */
MUST_CHECK bool tree_check_inclusion(const struct tree_proof *proof, uint64_t index,
                                     const struct tree_hash *leaf,
                                     const struct tree_head *head);
/* RFC 9162 2.1.4.2; the empty tree is the start of every tree, by the empty proof. */
MUST_CHECK bool tree_check_consistency(const struct tree_proof *proof,
                                       const struct tree_head *old,
                                       const struct tree_head *head);
