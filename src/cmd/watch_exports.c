// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_exports.h"

#include <stdio.h>

bool watch_exports_open(const struct watch_options *options, bool is_live,
                        struct watch_exports *out, struct error *err)
{
    for (size_t i = 0; i < options->export_count; i++) {
        struct send_options send = { .to = options->exports[i],
                                     .certificate = options->tls_certificate,
                                     .key = options->tls_key,
                                     .authority = options->tls_authority,
                                     .waits = !is_live };
        out->list[i].to = send.to;
        out->list[i].link = send_open(&send, err);
        if (!out->list[i].link)
            return false;
        out->count++;
    }
    return true;
}

void watch_exports_put(struct watch_exports *exports, const struct minimised_flow *flow)
{
    for (size_t i = 0; i < exports->count; i++)
        send_put(exports->list[i].link, flow);
}

void watch_exports_tell(struct watch_exports *exports)
{
    for (size_t i = 0; i < exports->count; i++) {
        struct watch_export *export = &exports->list[i];
        struct send_account account = send_count(export->link);
        if (account.failures == export->failures_told)
            continue;
        export->failures_told = account.failures;
        fprintf(stderr, "sekisho watch: %s: %s; it is tried again\n", export->to,
                account.trouble);
    }
}

static bool tell_end(const struct watch_export *export)
{
    struct send_account account = send_count(export->link);
    unsigned long long unsent = account.unsent, refused = account.refused;
    const char *why = account.trouble[0] ? account.trouble : "it did not take them in time";
    if (unsent > 0)
        fprintf(stderr, "sekisho watch: %s: %llu of %llu records were not sent: %s\n",
                export->to, unsent, unsent + (unsigned long long)account.sent, why);
    if (refused > 0)
        fprintf(stderr, "sekisho watch: %s: nobody listens there\n", export->to);
    return unsent > 0 || refused > 0;
}

bool watch_exports_end(struct watch_exports *exports)
{
    bool is_partial = false;
    for (size_t i = 0; i < exports->count; i++) {
        send_end(exports->list[i].link);
        is_partial = tell_end(&exports->list[i]) || is_partial;
    }
    return is_partial;
}

void watch_exports_count(const struct watch_exports *exports, struct summary *summary)
{
    for (size_t i = 0; i < exports->count; i++) {
        struct send_account account = send_count(exports->list[i].link);
        summary_count(summary, "send", "sent", "records", account.sent);
        summary_count(summary, "send", "not sent", "records", account.unsent);
    }
}

void watch_exports_close(struct watch_exports *exports)
{
    for (size_t i = 0; i < exports->count; i++)
        send_close(exports->list[i].link);
    exports->count = 0;
}
