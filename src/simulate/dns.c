// SPDX-License-Identifier: Apache-2.0
#include "simulate/message.h"

enum {
    FLAGS_QUERY = 0x0100,
    FLAGS_RESPONSE = 0x8180,
    CODE_NO_NAME = 3,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_OPT = 41,
    NAME_OF_QUESTION = 0xc00c, /* RFC 1035 4.1.4 */
};

static struct random random_of(const struct telling *telling)
{
    return random_from(random_mix(telling->talk->seed) + 21 + telling->step->argument);
}

/* "www.example" as labels; the end of the name is left open. */
static void put_labels(struct octets *out, struct bytes name)
{
    size_t label = octets_open(out, 1);
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] != '.') {
            octets_u8(out, name.at[i]);
            continue;
        }
        octets_close(out, label, 1);
        label = octets_open(out, 1);
    }
    octets_close(out, label, 1);
}

static void put_letters(struct octets *out, struct random *random, size_t len)
{
    size_t label = octets_open(out, 1);
    for (size_t i = 0; i < len; i++)
        octets_u8(out, (unsigned)"abcdefghijklmnopqrstuvwxyz234567"[random_below(random, 32)]);
    octets_close(out, label, 1);
}

static void put_question(const struct telling *telling, struct random *random,
                         struct octets *out)
{
    if (telling->talk->dns_answer == DNS_TUNNEL) {
        put_letters(out, random, random_between(random, 40, 60));
        put_letters(out, random, random_between(random, 30, 60));
    }
    if (telling->talk->dns_answer == DNS_NO_NAME)
        put_letters(out, random, random_between(random, 6, 14));
    put_labels(out, telling->talk->site->name);
    octets_u8(out, 0);
    octets_be16(out, telling->talk->dns_type);
    octets_be16(out, 1); /* IN */
}

struct counts {
    unsigned answers, authorities;
};

static void put_header(struct random *random, unsigned flags, struct counts counts,
                       struct octets *out)
{
    octets_be16(out, random_below(random, 65536));
    octets_be16(out, flags);
    octets_be16(out, 1);
    octets_be16(out, counts.answers);
    octets_be16(out, counts.authorities);
    octets_be16(out, 1);
}

static void put_opt(struct octets *out)
{
    octets_u8(out, 0);
    octets_be16(out, DNS_TYPE_OPT);
    octets_be16(out, 1232); /* the payload we take (RFC 6891) */
    octets_be32(out, 0);
    octets_be16(out, 0);
}

static size_t open_record(struct octets *out, unsigned type, uint32_t ttl_s)
{
    octets_be16(out, type);
    octets_be16(out, 1);
    octets_be32(out, ttl_s);
    return octets_open(out, 2);
}

static void put_address(const struct talk *talk, struct octets *out)
{
    size_t record = open_record(out, talk->dns_type, 60);
    bool is_v6 = talk->dns_type == DNS_TYPE_AAAA;
    const uint8_t *octets = talk->site->address[is_v6 ? 1 : 0].octets;
    octets_put(out, (struct bytes){ octets + (is_v6 ? 0 : 12), is_v6 ? 16 : 4 });
    octets_close(out, record, 2);
}

static void put_answers(const struct talk *talk, struct random *random, struct octets *out)
{
    octets_be16(out, NAME_OF_QUESTION);
    if (talk->dns_answer == DNS_TUNNEL) {
        size_t record = open_record(out, DNS_TYPE_TXT, 0);
        size_t len = random_between(random, 40, 220);
        put_letters(out, random, len);
        octets_close(out, record, 2);
        return;
    }
    if (talk->dns_answer == DNS_ALIAS) {
        size_t record = open_record(out, DNS_TYPE_CNAME, 300);
        size_t alias = out->len;
        octets_put(out, BYTES("\x04"
                              "edge"));
        octets_be16(out, NAME_OF_QUESTION);
        octets_close(out, record, 2);
        octets_be16(out, 0xc000 | alias);
    }
    put_address(talk, out);
}

static void put_no_name(struct octets *out)
{
    octets_put(out, BYTES("\x07"
                          "example\0"));
    size_t record = open_record(out, DNS_TYPE_SOA, 900);
    octets_put(out, BYTES("\x02ns\x07"
                          "example\0"
                          "\x05"
                          "admin\x07"
                          "example\0"));
    for (uint32_t i = 0; i < 5; i++)
        octets_be32(out, 3600 + i);
    octets_close(out, record, 2);
}

void dns_say_query(const struct telling *telling, struct octets *out)
{
    struct random random = random_of(telling);
    put_header(&random, FLAGS_QUERY, (struct counts){ 0, 0 }, out);
    put_question(telling, &random, out);
    put_opt(out);
}

void dns_say_response(const struct telling *telling, struct octets *out)
{
    const struct talk *talk = telling->talk;
    struct random random = random_of(telling); /* the query's: the same question again */
    if (talk->dns_answer == DNS_NO_NAME) {
        put_header(&random, FLAGS_RESPONSE | CODE_NO_NAME, (struct counts){ 0, 1 }, out);
        put_question(telling, &random, out);
        put_no_name(out);
    } else {
        unsigned answers = talk->dns_answer == DNS_ALIAS ? 2 : 1;
        put_header(&random, FLAGS_RESPONSE, (struct counts){ answers, 0 }, out);
        put_question(telling, &random, out);
        put_answers(talk, &random, out);
    }
    put_opt(out);
}
