// SPDX-License-Identifier: Apache-2.0
#include "behaviour/letters_private.h"

enum { END = LETTERS_PLACES - 1 };

/* Digits and hyphens end a word, and a digit in the midst of one is dear. */
uint32_t letters_cost(struct bytes label, uint32_t *places)
{
    enum { DIGIT = 6 * LETTERS_SCALE };
    uint32_t cost = 0;
    unsigned before = END;
    for (size_t i = 0; i <= label.len; i++) {
        uint8_t byte = i < label.len ? label.at[i] : '.';
        bool is_letter = byte >= 'a' && byte <= 'z';
        unsigned place = is_letter ? (unsigned)(byte - 'a') : (unsigned)END;
        bool is_digit = byte >= '0' && byte <= '9';
        if (before != END || place != END)
            cost += is_digit ? DIGIT : letters_table[before][place];
        else if (is_digit)
            cost += DIGIT;
        before = place;
    }
    *places += (uint32_t)label.len + 1;
    return cost;
}
