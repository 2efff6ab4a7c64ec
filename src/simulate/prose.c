// SPDX-License-Identifier: Apache-2.0
#include "simulate/message.h"
#include "simulate/profile.h"

static const char *const words[] = { "report", "river",   "summer",  "minutes", "station",
                                     "garden", "invoice", "holiday", "meeting", "letter",
                                     "budget", "ticket",  "recipe",  "photo",   "notice" };

enum { WORDS = sizeof words / sizeof *words };

static const char *word(struct random *random)
{
    return words[random_below(random, WORDS)];
}

static struct random random_of(const struct telling *telling)
{
    return random_from(random_mix(telling->talk->seed) + 41 + telling->step->argument);
}

static const char *canary(const struct telling *telling, enum canary_place place)
{
    return telling->context->canaries.text[place];
}

static void put_number(struct octets *out, uint64_t number)
{
    char room[24];
    struct text text = text_over(room, sizeof room);
    text_put_u64(&text, number);
    octets_put(out, text_bytes(&text));
}

void prose_write(const char *canary_text, size_t offset, uint8_t *out, size_t len)
{
    static const char filler[] = "and so the letter went on in words that no one kept, \r\n";
    enum { FILLER = sizeof filler - 1, PERIOD = CANARY_LEN + 1 + 8 * FILLER };
    for (size_t i = 0; i < len; i++) {
        size_t at = (offset + i) % PERIOD;
        if (at < CANARY_LEN)
            out[i] = (uint8_t)canary_text[at];
        else
            out[i] = at == CANARY_LEN ? ' ' : (uint8_t)filler[(at - CANARY_LEN - 1) % FILLER];
    }
}

static void put_target(const struct telling *telling, struct random *random, struct octets *out)
{
    octets_string(out, "/");
    octets_string(out, word(random));
    octets_string(out, "/");
    octets_string(out, canary(telling, CANARY_WEB_PATH));
    octets_string(out, "/");
    octets_string(out, word(random));
    octets_string(out, "?page=");
    put_number(out, random_below(random, 90));
}

void http_say_request(const struct telling *telling, struct octets *out)
{
    struct random random = random_of(telling);
    uint32_t form = telling->step->octets;
    octets_string(out, form > 0 ? "POST " : "GET ");
    put_target(telling, &random, out);
    octets_string(out, " HTTP/1.1\r\nHost: ");
    octets_put(out, telling->talk->site->name);
    octets_string(out, "\r\nUser-Agent: ");
    octets_string(out, profile_get(telling->talk->profile)->user_agent);
    octets_string(out, "\r\nAccept: */*\r\nCookie: session=");
    octets_string(out, canary(telling, CANARY_WEB_COOKIE));
    if (form > 0) {
        octets_string(out, "\r\nContent-Type: text/plain\r\nContent-Length: ");
        put_number(out, form);
    }
    octets_string(out, "\r\n\r\n");
}

void http_say_response(const struct telling *telling, struct octets *out)
{
    octets_string(out, "HTTP/1.1 200 OK\r\nServer: example\r\n"
                       "Content-Type: text/plain\r\nContent-Length: ");
    put_number(out, telling->step->octets);
    octets_string(out, "\r\n\r\n");
}

static void put_mailbox(const struct telling *telling, bool is_sender, struct octets *out)
{
    octets_string(out, "<");
    octets_string(out, is_sender ? "sender." : "reader.");
    octets_string(out, canary(telling, CANARY_MAIL_LOCAL_PART));
    octets_string(out, is_sender ? "@lines.example>" : "@");
    if (!is_sender) {
        octets_put(out, telling->talk->site->name);
        octets_string(out, ">");
    }
}

void smtp_say_line(const struct telling *telling, struct octets *out)
{
    switch ((enum smtp_line)telling->step->argument) {
    case SMTP_GREETING:
        octets_string(out, "220 ");
        octets_put(out, telling->talk->site->name);
        octets_string(out, " ESMTP\r\n");
        return;
    case SMTP_EHLO: octets_string(out, "EHLO mail.lines.example\r\n"); return;
    case SMTP_CAPABLE:
        octets_string(out, "250-");
        octets_put(out, telling->talk->site->name);
        octets_string(out, "\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n");
        return;
    case SMTP_FROM:
        octets_string(out, "MAIL FROM:");
        put_mailbox(telling, true, out);
        octets_string(out, "\r\n");
        return;
    case SMTP_TO:
        octets_string(out, "RCPT TO:");
        put_mailbox(telling, false, out);
        octets_string(out, "\r\n");
        return;
    case SMTP_OK: octets_string(out, "250 2.0.0 Ok\r\n"); return;
    case SMTP_DATA: octets_string(out, "DATA\r\n"); return;
    case SMTP_GO_AHEAD: octets_string(out, "354 End data with <CR><LF>.<CR><LF>\r\n"); return;
    case SMTP_END: octets_string(out, "\r\n--part--\r\n.\r\n"); return;
    case SMTP_QUIT: octets_string(out, "QUIT\r\n"); return;
    case SMTP_BYE: octets_string(out, "221 2.0.0 Bye\r\n"); return;
    case SMTP_LINES: return; /* none */
    }
}

static void put_mail_headers(const struct telling *telling, struct random *random,
                             struct octets *out)
{
    octets_string(out, "From: ");
    put_mailbox(telling, true, out);
    octets_string(out, "\r\nTo: ");
    put_mailbox(telling, false, out);
    octets_string(out, "\r\nSubject: ");
    octets_string(out, word(random));
    octets_string(out, " ");
    octets_string(out, canary(telling, CANARY_MAIL_SUBJECT));
    octets_string(out, "\r\nMIME-Version: 1.0\r\n"
                       "Content-Type: multipart/mixed; boundary=part\r\n\r\n");
}

/* Up to the start of the attachment: the attachment's text is the next step. */
void smtp_say_mail(const struct telling *telling, struct octets *out)
{
    struct random random = random_of(telling);
    put_mail_headers(telling, &random, out);
    octets_string(out, "--part\r\nContent-Type: text/plain\r\n\r\n");
    size_t len = random_between(&random, 300, 2400);
    prose_write(canary(telling, CANARY_MAIL_BODY), 0, octets_take(out, len), len);
    octets_string(out, "\r\n--part\r\nContent-Type: text/plain; name=\"");
    octets_string(out, canary(telling, CANARY_MAIL_ATTACHMENT));
    octets_string(out, ".txt\"\r\nContent-Disposition: attachment\r\n\r\n");
}
