// SPDX-License-Identifier: Apache-2.0
/* Numbers in the byte order of the machine that wrote a capture: its magic tells whether that
 * is ours or the other one.  The caller has checked that the octets are there. */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"

static ALWAYS_INLINE uint16_t load_u16(const uint8_t *at, bool swapped)
{
    uint16_t number;
    memcpy(&number, at, sizeof number);
    return swapped ? __builtin_bswap16(number) : number;
}

static ALWAYS_INLINE uint32_t load_u32(const uint8_t *at, bool swapped)
{
    uint32_t number;
    memcpy(&number, at, sizeof number);
    return swapped ? __builtin_bswap32(number) : number;
}

static ALWAYS_INLINE uint64_t load_u64(const uint8_t *at, bool swapped)
{
    uint64_t number;
    memcpy(&number, at, sizeof number);
    return swapped ? __builtin_bswap64(number) : number;
}
