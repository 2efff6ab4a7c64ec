// SPDX-License-Identifier: Apache-2.0
/* A generation's file as octets in memory. */
#pragma once

#include <stdlib.h>

#include "check.h"
#include "select/generation.h"

struct image {
    uint8_t *at; /* of malloc, so that a read past its end is noticed */
    size_t len;
    struct generation generation;
};

static inline struct image image_of(struct indicators *set, struct generation generation)
{
    check(indicators_seal(set, &generation));
    struct image image = { .generation = generation,
                           .len = (size_t)generation_end(&generation) };
    image.at = calloc(1, image.len);
    check(image.at != NULL);
    generation_write(&generation, image.at);
    for (enum generation_section i = 0; i < GENERATION_SECTIONS; i++) {
        struct bytes section = indicators_section(set, i);
        struct generation_span span = generation_span(&generation, i);
        check_equal(section.len, span.len);
        if (section.len > 0)
            memcpy(image.at + span.at, section.at, section.len);
    }
    return image;
}
