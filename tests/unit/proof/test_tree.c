// SPDX-License-Identifier: Apache-2.0
#include "proof/tree.h"

#include "base/text.h"
#include "check.h"

enum { LEAVES = 64 };

/* The eight leaves every implementation of RFC 6962 and 9162 is tried with, and their roots. */
static const char *const known_leaves[8] = {
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
};
static const char *const known_roots[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static struct tree_hash leaves[LEAVES];

static void plant(void)
{
    for (uint8_t i = 0; i < 8; i++) {
        uint8_t room[16];
        size_t len = strlen(known_leaves[i]) / 2;
        check(text_read_hex(bytes_of_string(known_leaves[i]), room, len));
        leaves[i] = tree_leaf((struct bytes){ room, len });
    }
    for (uint8_t i = 8; i < LEAVES; i++)
        leaves[i] = tree_leaf((struct bytes){ &i, 1 });
}

/* Perfect subtrees from the leaves, each time anew: slow, and plainly right. */
static bool read_node(void *context, unsigned level, uint64_t index, struct tree_hash *out)
{
    struct tree_hash row[LEAVES];
    size_t count = (size_t)1 << level;
    const uint64_t *size = context;
    check((index + 1) << level <= *size); /* nothing outside the tree is asked for */
    memcpy(row, leaves + (index << level), count * sizeof *row);
    for (; count > 1; count /= 2) {
        for (size_t i = 0; i < count / 2; i++)
            row[i] = tree_parent(&row[2 * i], &row[2 * i + 1]);
    }
    *out = row[0];
    return true;
}

static struct tree_head head_of(uint64_t size)
{
    struct tree_head head = { size, { { 0 } } };
    check(tree_root(&(struct tree_source){ read_node, &size }, size, &head.root));
    return head;
}

static struct tree_hash hash_of_text(const char *text)
{
    struct tree_hash hash;
    check(text_read_hex(bytes_of_string(text), hash.octets, sizeof hash.octets));
    return hash;
}

static void flip(struct tree_hash *hash, size_t bit)
{
    hash->octets[bit / 8] = (uint8_t)(hash->octets[bit / 8] ^ 1 << bit % 8);
}

static void the_roots_are_the_known_ones(void **state)
{
    (void)state;
    struct tree_range range = { 0 };
    plant();
    for (size_t size = 0; size <= 8; size++) {
        struct tree_hash known = hash_of_text(known_roots[size]),
                         root = tree_range_root(&range);
        struct tree_head head = head_of(size);
        check(tree_hash_equal(&root, &known));
        check(tree_hash_equal(&head.root, &known));
        if (size < 8)
            tree_range_add(&range, &leaves[size]);
    }
}

static void a_range_and_the_stored_nodes_agree_on_every_root(void **state)
{
    (void)state;
    struct tree_range range = { 0 };
    plant();
    for (size_t i = 0; i < LEAVES; i++) {
        tree_range_add(&range, &leaves[i]);
        struct tree_hash root = tree_range_root(&range);
        struct tree_head head = head_of(i + 1);
        check(tree_hash_equal(&root, &head.root));
    }
}

static void check_proof(const struct tree_proof *proof, const char *const *known, size_t count)
{
    check_equal(proof->count, count);
    for (size_t i = 0; i < count; i++) {
        struct tree_hash hash = hash_of_text(known[i]);
        check(tree_hash_equal(&proof->hashes[i], &hash));
    }
}

static void the_proofs_are_the_known_ones(void **state)
{
    (void)state;
    static const char *const first_of_eight[] = {
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    };
    static const char *const six_to_eight[] = {
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    };
    uint64_t size = 8;
    struct tree_source source = { read_node, &size };
    struct tree_proof proof;
    plant();
    check(tree_prove_inclusion(&source, 0, 8, &proof));
    check_proof(&proof, first_of_eight, 3);
    check(tree_prove_consistency(&source, 6, 8, &proof));
    check_proof(&proof, six_to_eight, 3);
}

/* Every bit at sizes up to 32 and around 64; one in eight between, which differ in nothing. */
static size_t step_of(uint64_t size)
{
    return size <= 32 || size >= LEAVES - 1 ? 1 : 8;
}

/* Each bit of each hash, one hash more, one less. */
static void refuse_changed_inclusion(struct tree_proof *proof, uint64_t index,
                                     struct tree_head head)
{
    for (size_t i = 0; i < proof->count; i++) {
        for (size_t bit = 0; bit < 256; bit += step_of(head.size)) {
            flip(&proof->hashes[i], bit);
            check(!tree_check_inclusion(proof, index, &leaves[index], &head));
            flip(&proof->hashes[i], bit);
        }
    }
    for (size_t bit = 0; bit < 256; bit++) {
        struct tree_hash leaf = leaves[index];
        struct tree_head other = head;
        flip(&leaf, bit);
        flip(&other.root, bit);
        check(!tree_check_inclusion(proof, index, &leaf, &head));
        check(!tree_check_inclusion(proof, index, &leaves[index], &other));
    }
    proof->hashes[proof->count++] = head.root;
    check(!tree_check_inclusion(proof, index, &leaves[index], &head));
    proof->count--;
    if (proof->count > 0) {
        proof->count--;
        check(!tree_check_inclusion(proof, index, &leaves[index], &head));
        proof->count++;
    }
}

static void every_inclusion_is_proved_and_every_flipped_bit_refused(void **state)
{
    (void)state;
    plant();
    for (uint64_t size = 1; size <= LEAVES; size++) {
        struct tree_source source = { read_node, &size };
        struct tree_head head = head_of(size);
        for (uint64_t index = 0; index < size; index++) {
            struct tree_proof proof;
            check(tree_prove_inclusion(&source, index, size, &proof));
            check(tree_check_inclusion(&proof, index, &leaves[index], &head));
            for (uint64_t other = 0; other < size; other++)
                check(other == index ||
                      !tree_check_inclusion(&proof, other, &leaves[index], &head));
            check(!tree_check_inclusion(&proof, size, &leaves[index], &head));
            refuse_changed_inclusion(&proof, index, head);
        }
    }
}

static void refuse_changed_consistency(struct tree_proof *proof, struct tree_head old,
                                       struct tree_head head)
{
    for (size_t i = 0; i < proof->count; i++) {
        for (size_t bit = 0; bit < 256; bit += step_of(head.size)) {
            flip(&proof->hashes[i], bit);
            check(!tree_check_consistency(proof, &old, &head));
            flip(&proof->hashes[i], bit);
        }
    }
    for (size_t bit = 0; bit < 256; bit++) {
        flip(&old.root, bit);
        check(!tree_check_consistency(proof, &old, &head));
        flip(&old.root, bit);
        flip(&head.root, bit);
        check(!tree_check_consistency(proof, &old, &head));
        flip(&head.root, bit);
    }
    proof->hashes[proof->count++] = head.root;
    check(!tree_check_consistency(proof, &old, &head));
    proof->count--;
    if (proof->count > 0) {
        proof->count--;
        check(!tree_check_consistency(proof, &old, &head));
        proof->count++;
    }
}

static void every_consistency_is_proved_and_every_flipped_bit_refused(void **state)
{
    (void)state;
    plant();
    for (uint64_t size = 0; size <= LEAVES; size++) {
        struct tree_source source = { read_node, &size };
        struct tree_head head = head_of(size);
        for (uint64_t old_size = 0; old_size <= size; old_size++) {
            struct tree_proof proof;
            struct tree_head old = head_of(old_size);
            check(tree_prove_consistency(&source, old_size, size, &proof));
            check(tree_check_consistency(&proof, &old, &head));
            check(old_size == size || !tree_check_consistency(&proof, &head, &old));
            if (old_size > 0)
                refuse_changed_consistency(&proof, old, head);
        }
    }
}

static void a_size_beyond_reason_is_refused(void **state)
{
    (void)state;
    plant();
    struct tree_proof proof = { 0 };
    struct tree_head huge = { UINT64_MAX, leaves[0] }, one = { 1, leaves[0] };
    check(!tree_check_inclusion(&proof, 0, &leaves[0], &huge));
    check(!tree_check_consistency(&proof, &one, &huge));
    proof.count = TREE_PROOF_MAX + 1;
    check(!tree_check_inclusion(&proof, 0, &leaves[0], &one));
    check(!tree_check_consistency(&proof, &one, &one));
}

static bool read_nothing(void *context, unsigned level, uint64_t index, struct tree_hash *out)
{
    (void)context, (void)level, (void)index, (void)out;
    return false;
}

static void a_node_that_cannot_be_read_fails_the_proof(void **state)
{
    (void)state;
    struct tree_source source = { read_nothing, NULL };
    struct tree_proof proof;
    struct tree_hash root;
    check(!tree_root(&source, 5, &root));
    check(!tree_prove_inclusion(&source, 3, 5, &proof));
    check(!tree_prove_consistency(&source, 3, 5, &proof));
}

TESTS(TEST(the_roots_are_the_known_ones),
      TEST(a_range_and_the_stored_nodes_agree_on_every_root),
      TEST(the_proofs_are_the_known_ones),
      TEST(every_inclusion_is_proved_and_every_flipped_bit_refused),
      TEST(every_consistency_is_proved_and_every_flipped_bit_refused),
      TEST(a_size_beyond_reason_is_refused), TEST(a_node_that_cannot_be_read_fails_the_proof))
