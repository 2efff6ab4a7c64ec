// SPDX-License-Identifier: Apache-2.0
#include "proof/tree.h"

#include <nettle/sha2.h>

#include "base/must.h"

/* RFC 9162 2.1.1: leaves and nodes are hashed apart, so that none is taken for the other. */
static const uint8_t leaf_prefix = 0x00, node_prefix = 0x01;

bool tree_hash_equal(const struct tree_hash *a, const struct tree_hash *b)
{
    return memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

static struct tree_hash digest(struct sha256_ctx *sha256)
{
    struct tree_hash hash;
    sha256_digest(sha256, sizeof hash.octets, hash.octets);
    return hash;
}

struct tree_hash tree_leaf(struct bytes entry)
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    sha256_update(&sha256, 1, &leaf_prefix);
    if (entry.len > 0)
        sha256_update(&sha256, entry.len, entry.at);
    return digest(&sha256);
}

struct tree_hash tree_parent(const struct tree_hash *left, const struct tree_hash *right)
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    sha256_update(&sha256, 1, &node_prefix);
    sha256_update(&sha256, sizeof left->octets, left->octets);
    sha256_update(&sha256, sizeof right->octets, right->octets);
    return digest(&sha256);
}

static struct tree_hash empty_root(void)
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    return digest(&sha256);
}

void tree_range_add(struct tree_range *range, const struct tree_hash *leaf)
{
    MUST(range->size < TREE_SIZE_MAX);
    struct tree_hash hash = *leaf;
    for (uint64_t size = range->size; size & 1; size >>= 1)
        hash = tree_parent(&range->roots[--range->count], &hash);
    range->roots[range->count++] = hash;
    range->size++;
}

/* Perfect subtrees, left to right, become one tree from the right. */
static struct tree_hash fold(const struct tree_hash *roots, size_t count)
{
    if (count == 0)
        return empty_root();
    struct tree_hash hash = roots[count - 1];
    for (size_t i = count - 1; i > 0; i--)
        hash = tree_parent(&roots[i - 1], &hash);
    return hash;
}

struct tree_hash tree_range_root(const struct tree_range *range)
{
    return fold(range->roots, range->count);
}

/* The leaves [start, end).  All that come up here start where a subtree of their size may. */
struct span {
    uint64_t start, end;
};

static unsigned level_of(uint64_t len)
{
    unsigned level = 0;
    while (len >> level > 1)
        level++;
    return level;
}

/* Where RFC 9162 2.1.1 splits: after the largest power of two smaller than the length. */
static uint64_t split_of(struct span span)
{
    return span.start + (UINT64_C(1) << level_of(span.end - span.start - 1));
}

static bool span_root(const struct tree_source *source, struct span span, struct tree_hash *out)
{
    struct tree_hash roots[TREE_LEVELS_MAX];
    size_t count = 0;
    while (span.start < span.end) {
        unsigned level = level_of(span.end - span.start);
        if (!source->read(source->context, level, span.start >> level, &roots[count++]))
            return false;
        span.start += UINT64_C(1) << level;
    }
    *out = fold(roots, count);
    return true;
}

bool tree_root(const struct tree_source *source, uint64_t size, struct tree_hash *out)
{
    MUST(size <= TREE_SIZE_MAX);
    return span_root(source, (struct span){ 0, size }, out);
}

/* Spans are found from the root down; a proof is written from the leaf up. */
static bool prove(const struct tree_source *source, const struct span *spans, size_t count,
                  struct tree_proof *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!span_root(source, spans[count - 1 - i], &out->hashes[i]))
            return false;
    }
    out->count = count;
    return true;
}

bool tree_prove_inclusion(const struct tree_source *source, uint64_t index, uint64_t size,
                          struct tree_proof *out)
{
    MUST(index < size && size <= TREE_SIZE_MAX);
    struct span spans[TREE_PROOF_MAX], span = { 0, size };
    size_t count = 0;
    while (span.end - span.start > 1) {
        uint64_t split = split_of(span);
        if (index < split) {
            spans[count++] = (struct span){ split, span.end };
            span.end = split;
        } else {
            spans[count++] = (struct span){ span.start, split };
            span.start = split;
        }
    }
    return prove(source, spans, count, out);
}

bool tree_prove_consistency(const struct tree_source *source, uint64_t old_size, uint64_t size,
                            struct tree_proof *out)
{
    MUST(old_size <= size && size <= TREE_SIZE_MAX);
    struct span spans[TREE_PROOF_MAX], span = { 0, size };
    size_t count = 0;
    out->count = 0;
    if (old_size == 0 || old_size == size)
        return true;
    while (old_size != span.end) {
        uint64_t split = split_of(span);
        if (old_size <= split) {
            spans[count++] = (struct span){ split, span.end };
            span.end = split;
        } else {
            spans[count++] = (struct span){ span.start, split };
            span.start = split;
        }
    }
    if (span.start > 0) /* else it is the old root, which the verifier has */
        spans[count++] = span;
    return prove(source, spans, count, out);
}

bool tree_check_inclusion(const struct tree_proof *proof, uint64_t index,
                          const struct tree_hash *leaf, const struct tree_head *head)
{
    if (head->size > TREE_SIZE_MAX || index >= head->size || proof->count > TREE_PROOF_MAX)
        return false;
    uint64_t node = index, last = head->size - 1;
    struct tree_hash hash = *leaf;
    for (size_t i = 0; i < proof->count; i++) {
        if (last == 0)
            return false;
        if ((node & 1) || node == last) {
            hash = tree_parent(&proof->hashes[i], &hash);
            while (!(node & 1) && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = tree_parent(&hash, &proof->hashes[i]);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && tree_hash_equal(&hash, &head->root);
}

/* Both roots at once: what lies left of the old edge counts for both, what lies right of it
 * for the new one only. */
static bool climb(const struct tree_hash *first, const struct tree_proof *proof, size_t from,
                  const struct tree_head *old, const struct tree_head *head)
{
    uint64_t node = old->size - 1, last = head->size - 1;
    while (node & 1) {
        node >>= 1;
        last >>= 1;
    }
    struct tree_hash old_hash = *first, hash = *first;
    for (size_t i = from; i < proof->count; i++) {
        if (last == 0)
            return false;
        if ((node & 1) || node == last) {
            old_hash = tree_parent(&proof->hashes[i], &old_hash);
            hash = tree_parent(&proof->hashes[i], &hash);
            while (!(node & 1) && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = tree_parent(&hash, &proof->hashes[i]);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && tree_hash_equal(&old_hash, &old->root) &&
           tree_hash_equal(&hash, &head->root);
}

bool tree_check_consistency(const struct tree_proof *proof, const struct tree_head *old,
                            const struct tree_head *head)
{
    if (old->size > head->size || head->size > TREE_SIZE_MAX || proof->count > TREE_PROOF_MAX)
        return false;
    if (old->size == head->size)
        return proof->count == 0 && tree_hash_equal(&old->root, &head->root);
    if (old->size == 0) {
        struct tree_hash empty = empty_root();
        return proof->count == 0 && tree_hash_equal(&old->root, &empty);
    }
    if (proof->count == 0)
        return false;
    bool is_perfect = (old->size & (old->size - 1)) == 0;
    return is_perfect ? climb(&old->root, proof, 0, old, head)
                      : climb(&proof->hashes[0], proof, 1, old, head);
}
