// SPDX-License-Identifier: Apache-2.0
/* Signed notes, checkpoints and keys: what is taken says the same when it is written again, and
 * nothing is taken for signed. */
#include <stdlib.h>

#include "base/must.h"
#include "proof/checkpoint.h"
#include "proof/note.h"

static void read_key(struct bytes octets)
{
    char room[NOTE_KEY_TEXT_MAX];
    struct text again = text_over(room, sizeof room);
    struct note_key key, same;
    if (note_key_read(octets, &key) != FAULT_NONE)
        return;
    note_key_write(&key, &again);
    MUST(!again.cut && note_key_read(text_bytes(&again), &same) == FAULT_NONE);
    MUST(memcmp(&key, &same, sizeof key) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t octets[NOTE_PUBLIC_OCTETS] = { 1 };
    struct bytes whole = { data, size };
    struct note note;
    struct note_key key;
    struct checkpoint checkpoint;
    read_key(whole);
    MUST(note_key_init(BYTES("example.org/log"), octets, &key) == FAULT_NONE);
    if (note_read(whole, &note) != FAULT_NONE)
        return 0;
    MUST(note.text.len + 1 + note.signatures.len == size);
    MUST(note_check(&note, &key) == FAULT_CRYPTO);
    if (checkpoint_read(note.text, &checkpoint) != FAULT_NONE)
        return 0;
    char *room = malloc(size + 1);
    MUST(room);
    struct text again = text_over(room, size + 1);
    checkpoint_write(&checkpoint, &again);
    MUST(!again.cut && bytes_start_with(note.text, text_bytes(&again)));
    free(room);
    return 0;
}
