// SPDX-License-Identifier: Apache-2.0
#include "report/counters.h"

#include "check.h"

static void check_said(struct counter counter, const char *english, const char *kind)
{
    struct slot said = slot_counter(&counter, REPORT_ENGLISH);
    check_text(bytes_of_string(said.at), english);
    check_text(bytes_of_string(counter_kind_name(counter_kind_of(&counter))), kind);
}

static void a_counter_is_told_in_words_with_its_kind(void **state)
{
    (void)state;
    check_said((struct counter){ "decode", "facts_dns", "facts", 1 },
               "DNS questions and answers", "read");
    check_said((struct counter){ "meter", "ended_idle", "flows", 1 }, "ended by silence",
               "ended");
    check_said((struct counter){ "meter", "evicted", "flows", 1 },
               "evicted from the full table", "lost");
    check_said((struct counter){ "collect", "without template", "octets", 1 },
               "of data whose template never came", "lost");
    check_said((struct counter){ "mediate", "received_halves", "halves", 1 }, "received in all",
               "noted");
    struct counter counter = { "meter", "ended_idle", "flows", 1 };
    struct slot said = slot_counter(&counter, REPORT_JAPANESE);
    check_text(bytes_of_string(said.at), "無通信により終了");
    said = slot_unit(&counter, REPORT_JAPANESE);
    check_text(bytes_of_string(said.at), "フロー");
    check(!counter_is_loss(&counter));
}

static void a_decoder_s_fault_is_told_in_two_parts(void **state)
{
    (void)state;
    check_said((struct counter){ "decode", "tls_client_unsupported", "handshakes", 1 },
               "TLS client: not supported", "refused");
    check_said((struct counter){ "decode", "ip_truncated", "frames", 1 }, "IP: cut short",
               "lost");
}

static void an_unknown_counter_is_a_refusal_in_its_own_words(void **state)
{
    (void)state;
    check_said((struct counter){ "decode", "new_reason", "things", 1 }, "decode: new_reason",
               "refused");
    check_said((struct counter){ "gate", "ip_truncated", "flows", 1 }, "gate: ip_truncated",
               "refused");
    struct counter counter = { "gate", "moon", "things", 1 };
    struct slot unit = slot_unit(&counter, REPORT_JAPANESE);
    check_text(bytes_of_string(unit.at), "things");
    check(counter_is_loss(&counter));
}

TESTS(TEST(a_counter_is_told_in_words_with_its_kind),
      TEST(a_decoder_s_fault_is_told_in_two_parts),
      TEST(an_unknown_counter_is_a_refusal_in_its_own_words))
