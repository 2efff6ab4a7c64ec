// SPDX-License-Identifier: Apache-2.0
/* A request to us: its head ends at the same octet however it comes, and what is taken has a
 * plain path and one length; its chunks give the same body however they come. */
#include "base/must.h"
#include "http/chunk.h"
#include "http/head.h"
#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t find_end(struct bytes all, size_t step, enum http_fault *fault)
{
    size_t looked = 0, end = 0;
    *fault = HTTP_FAULT_NONE;
    for (size_t len = step; end == 0 && *fault == HTTP_FAULT_NONE; len += step) {
        end = http_head_end(bytes_slice(all, 0, len), &looked, fault);
        MUST(looked <= all.len && end <= all.len);
        if (len >= all.len)
            break;
    }
    return end;
}

static void check_path(char *path)
{
    MUST(path[0] == '/');
    struct http_variables variables;
    (void)http_pattern_meets("/a/{id}/{rest*}", path, &variables);
    MUST(variables.count <= 2);
    size_t slashes = 0, decoded = 0;
    for (const char *at = path; *at != '\0'; at++)
        slashes += *at == '/';
    http_percent_decode(path, false);
    for (const char *at = path; *at != '\0'; at++) {
        MUST((unsigned char)*at >= 0x20 && *at != 0x7f && *at != '\\');
        decoded += *at == '/';
    }
    MUST(slashes == decoded);
    MUST(strstr(path, "/../") == NULL && strstr(path, "/./") == NULL);
    MUST(strstr(path, "//") == NULL);
}

static void check_head(struct http_head *head)
{
    MUST(!head->is_chunked || head->length == 0);
    MUST(!head->is_chunked || http_head_field(head, "Content-Length") == NULL);
    MUST(head->is_old || http_head_field(head, "Host") != NULL);
    for (size_t i = 0; i < head->field_count; i++)
        for (const char *at = head->fields[i].value; *at != '\0'; at++)
            MUST(*at != '\r' && *at != '\n');
    if (head->query != NULL)
        http_percent_decode(head->query, true);
    check_path(head->path);
}

static enum http_chunk_verdict read_chunks(struct bytes all, size_t step, size_t *len)
{
    struct http_chunks chunks = { 0 };
    enum http_chunk_verdict verdict = HTTP_CHUNK_MORE;
    *len = 0;
    for (size_t at = 0; at < all.len && verdict == HTTP_CHUNK_MORE; at += step) {
        struct bytes in = bytes_slice(all, at, step), piece;
        while ((verdict = http_chunks_take(&chunks, &in, &piece)) == HTTP_CHUNK_DATA) {
            MUST(piece.len > 0 && piece.len <= step);
            *len += piece.len;
        }
    }
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char room[HTTP_HEAD_MAX];
    struct bytes all = { data, size < sizeof room ? size : sizeof room };
    enum http_fault whole_fault, cut_fault;
    size_t end = find_end(all, all.len + 1, &whole_fault);
    MUST(end == find_end(all, 1, &cut_fault) && whole_fault == cut_fault);
    size_t whole, cut;
    struct bytes rest = bytes_slice(all, end, all.len);
    MUST(read_chunks(rest, rest.len + 1, &whole) == read_chunks(rest, 1, &cut));
    MUST(whole == cut);
    if (end == 0)
        return 0;
    memcpy(room, all.at, end);
    struct http_head head;
    if (http_head_read(room, end, &head) == HTTP_FAULT_NONE)
        check_head(&head);
    return 0;
}
