// SPDX-License-Identifier: Apache-2.0
/* The compiler attributes we use, by the names we use them under.  Nothing else in the tree
 * writes __attribute__ itself. */
#pragma once

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#define CLEANUP(function) __attribute__((cleanup(function)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define HOT __attribute__((hot))
#define COLD __attribute__((cold))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NOT_INLINE __attribute__((noinline))
/* The function leaves zeros in every register a caller does not count on (gcc 11, clang 15). */
#if defined __has_attribute && __has_attribute(zero_call_used_regs)
#define WIPES_REGISTERS __attribute__((zero_call_used_regs("all")))
#else
#define WIPES_REGISTERS
#endif
#define LIKELY(claim) __builtin_expect(!!(claim), 1)
#define UNLIKELY(claim) __builtin_expect(!!(claim), 0)
/* The empty statement keeps a function of nothing else alive: gcc 12 takes prefetching for no
 * effect at all and drops the call. */
#define PREFETCH(address)            \
    do {                             \
        __builtin_prefetch(address); \
        __asm__ volatile("");        \
    } while (0)
