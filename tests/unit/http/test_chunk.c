// SPDX-License-Identifier: Apache-2.0
#include "http/chunk.h"

#include "check.h"

/* Reads text in pieces of step octets; the body into room, as long as *len says then. */
static enum http_chunk_verdict read_chunks(const char *text, size_t step, char *room,
                                           size_t *len)
{
    struct http_chunks chunks = { 0 };
    struct bytes whole = bytes_of_string(text), data;
    enum http_chunk_verdict verdict = HTTP_CHUNK_MORE;
    *len = 0;
    for (size_t at = 0; at < whole.len; at += step) {
        struct bytes in = bytes_slice(whole, at, step);
        while ((verdict = http_chunks_take(&chunks, &in, &data)) == HTTP_CHUNK_DATA) {
            memcpy(room + *len, data.at, data.len);
            *len += data.len;
        }
        if (verdict != HTTP_CHUNK_MORE)
            return verdict;
    }
    return verdict;
}

static void chunks_are_read_however_they_come(void **state)
{
    (void)state;
    static const char text[] = "1\r\na\r\n0A\r\n0123456789\r\n000\r\n\r\n";
    for (size_t step = 1; step < sizeof text; step++) {
        char room[64];
        size_t len;
        check_equal(read_chunks(text, step, room, &len), HTTP_CHUNK_END);
        check_equal(len, 11);
        check(memcmp(room, "a0123456789", len) == 0);
    }
}

static void every_shorter_body_wants_more(void **state)
{
    (void)state;
    static const char text[] = "3\r\nabc\r\n0\r\n\r\n";
    for (size_t end = 1; end < sizeof text - 1; end++) {
        char cut[sizeof text] = { 0 }, room[64];
        size_t len;
        memcpy(cut, text, end);
        check_equal(read_chunks(cut, sizeof cut, room, &len), HTTP_CHUNK_MORE);
    }
}

static void what_is_no_chunk_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "\r\n",        "g\r\n",     "1\na",    "1\r\nab",        "1\r\na\n",
        "1;a\r\n",     " 1\r\n",    "1 \r\n",  "-1\r\n",         "0x1\r\n",
        "000000001\r", "0\r\na: b", "0\r\n\n", "1\r\na\r\n\r\n", "0\r\n\r\r",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char room[64];
        size_t len;
        check_equal(read_chunks(wrong[i], 1, room, &len), HTTP_CHUNK_BAD);
        check_equal(read_chunks(wrong[i], 64, room, &len), HTTP_CHUNK_BAD);
    }
}

static void what_follows_the_last_chunk_stays(void **state)
{
    (void)state;
    struct http_chunks chunks = { 0 };
    struct bytes in = BYTES("0\r\n\r\nGET /"), data;
    check_equal(http_chunks_take(&chunks, &in, &data), HTTP_CHUNK_END);
    check_text(in, "GET /");
}

TESTS(TEST(chunks_are_read_however_they_come), TEST(every_shorter_body_wants_more),
      TEST(what_is_no_chunk_is_refused), TEST(what_follows_the_last_chunk_stays))
