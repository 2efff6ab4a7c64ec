// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>

#include "base/time.h"
#include "base/utf8.h"
#include "cmd/output.h"
#include "cmd/warrant.h"
#include "keys/keys.h"

bool warrant_read_file(const char *path, struct bytes *out, struct error *err)
{
    static uint8_t room[ENVELOPE_OCTETS_MAX + 1];
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    size_t len = fread(room, 1, sizeof room, file);
    bool is_read = !ferror(file);
    (void)fclose(file);
    *out = (struct bytes){ room, len };
    return is_read || error_set(err, errno, "cannot read %s", path);
}

bool warrant_read_time(const struct warrant_call *call, const char *text, int64_t *out,
                       struct error *err)
{
    struct bytes bytes = bytes_of_string(text);
    bool is_day = bytes.len == strlen("2028-01-15");
    if (!time_read(bytes, out) || *out < TIME_DAY_NS || *out >= WARRANT_TIME_END_NS)
        return error_set(err, 0, "a time is as 2028-01-15 or 2028-01-15T09:00:00Z, not %s",
                         text);
    if (is_day)
        *out -= call->rules.ahead_ns;
    return true;
}

bool warrant_write_file(const struct warrant_call *call, const struct envelope *envelope,
                        const char *path, struct error *err)
{
    static char room[ENVELOPE_OCTETS_MAX + 1];
    struct text text = text_over(room, sizeof room);
    struct output output;
    (void)call;
    if (!envelope_write(envelope, &text, err) || !output_open(&output, path, err))
        return false;
    bool is_written = fwrite(text.at, 1, text.len, output.file) == text.len;
    return output_close(&output, is_written, err);
}

void warrant_print_ruling(const struct warrant_call *call, const char *about,
                          const struct law_ruling *ruling, FILE *to)
{
    char room[1024];
    struct text clean = text_over(room, sizeof room);
    bool is_japanese = call->language == REPORT_JAPANESE;
    utf8_put_clean(&clean, bytes_of_string(is_japanese ? ruling->words_ja : ruling->words));
    if (ruling->is_allowed)
        fprintf(to, is_japanese ? "%s：許可（%s）\n" : "%s: granted (article %s)\n", about,
                ruling->article);
    else
        fprintf(to, is_japanese ? "%s：拒否（%s）：%s\n" : "%s: refused (article %s): %s\n",
                about, ruling->article, room);
}

bool warrant_add_signature(struct warrant_call *call, struct envelope *envelope,
                           struct error *err)
{
    uint8_t octets[ENVELOPE_SIGNATURE_OCTETS];
    struct key *key = key_open(call->key, passphrase_ask, &call->passphrase, err);
    if (!key) {
        if (*call->passphrase.err.text)
            *err = call->passphrase.err;
        return false;
    }
    bool is_signed = key_sign(key, envelope->message, octets, err) &&
                     envelope_sign(envelope, key_public(key), octets, err);
    key_close(key);
    return is_signed;
}

bool warrant_confirm(const struct warrant_call *call, struct error *err)
{
    bool is_japanese = call->language == REPORT_JAPANESE;
    char answer[16] = "";
    if (call->yes)
        return true;
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (!terminal)
        return error_set(err, 0, "no terminal to ask at: say --yes to sign without");
    fputs(is_japanese ? "署名しますか（はい／いいえ）: " : "Sign this (yes/no)? ", terminal);
    (void)fflush(terminal);
    bool is_yes = fgets(answer, sizeof answer, terminal) != NULL &&
                  (strcmp(answer, "yes\n") == 0 || strcmp(answer, "はい\n") == 0);
    (void)fclose(terminal);
    return is_yes || error_set(err, 0, "not signed");
}
