// SPDX-License-Identifier: Apache-2.0
#include "names.h"

static struct asked_name asked_for(const char *name)
{
    struct question question = { .name = name, .line = 1 };
    struct asked_name asked;
    make_dns(&question, false, &asked);
    return asked;
}

static void check_domain(const char *name, const char *domain)
{
    struct asked_name asked = asked_for(name);
    check_equal(asked.domain.len, strlen(domain));
    check(memcmp(asked.domain.at, domain, strlen(domain)) == 0);
}

static void the_registered_domain_is_the_suffix_and_a_label(void **state)
{
    (void)state;
    check_domain("www.example.com", "example.com");
    check_domain("example.com", "example.com");
    check_domain("a.b.example.co.jp", "example.co.jp");
    check_domain("a.example.city.kawasaki.jp",
                 "city.kawasaki.jp"); /* an exception of the list */
    check_domain("a.b.example.chuo.tokyo.jp", "example.chuo.tokyo.jp");
    check_domain("x.nobody.unlisted", "nobody.unlisted");
}

static void private_suffixes_are_suffixes(void **state)
{
    (void)state;
    check_domain("x.someone.github.io", "someone.github.io");
    check_domain("x.someone.duckdns.org", "someone.duckdns.org");
}

static void a_suffix_or_a_lone_label_has_no_domain(void **state)
{
    (void)state;
    check_domain("com", "");
    check_domain("co.jp", "");
    check_domain("wpad", "");
    struct asked_name asked = asked_for("wpad");
    check(asked.below_octets == 4 && asked.below_labels == 0);
}

static void what_stands_below_is_counted_and_not_kept(void **state)
{
    (void)state;
    struct asked_name asked = asked_for("ab12-_.c3.example.com");
    check_equal(asked.below_octets, 8);
    check_equal(asked.below_digits, 3);
    check_equal(asked.below_other, 2);
    check_equal(asked.below_labels, 2);
    check_equal(asked.name_octets, 21);
    asked = asked_for("a\\003\\255b.example.com"); /* four octets on the wire */
    check_equal(asked.below_octets, 4);
    check_equal(asked.below_other, 2);
    const char *octets = (const char *)&asked;
    check(memmem(octets, sizeof asked, "\\003", 4) == NULL);
}

static void names_that_spell_an_address_are_marked(void **state)
{
    (void)state;
    static const char nibbles[] =
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.";
    char name[FACT_NAME_MAX + 1];
    static const char *const zones[] = { "ip6.arpa", "list.example.com" };
    for (size_t i = 0; i < 2; i++) {
        memcpy(name, nibbles, sizeof nibbles);
        memcpy(name + sizeof nibbles - 1, zones[i], strlen(zones[i]) + 1);
        check(asked_for(name).is_number);
    }
    check(asked_for("5.2.0.192.in-addr.arpa").is_number);
    check(asked_for("2.0.192.in-addr.arpa").is_number);
    check(asked_for("5.2.0.192.list.example.com").is_number);
    check(!asked_for("256.2.0.192.list.example.com").is_number);
    check(!asked_for("5.2.0.list.example.com").is_number);
    check(!asked_for("_dns-sd._udp.192.in-addr.arpa").is_number);
    check(!asked_for("www.example.com").is_number);
}

static void any_name_is_taken(void **state)
{
    (void)state;
    struct random random = { 5 };
    for (int i = 0; i < 20000; i++) {
        char name[FACT_NAME_MAX + 1];
        size_t len = 1 + random_next(&random) % FACT_NAME_MAX;
        for (size_t at = 0; at < len; at++)
            name[at] = "..\\0129az-_"[random_next(&random) % 11];
        name[len] = '\0';
        struct asked_name asked = asked_for(name);
        check(asked.below_octets + asked.domain.len <= len);
        check(asked.below_digits + asked.below_other <= asked.below_octets);
    }
}

TESTS(TEST(the_registered_domain_is_the_suffix_and_a_label),
      TEST(private_suffixes_are_suffixes), TEST(a_suffix_or_a_lone_label_has_no_domain),
      TEST(what_stands_below_is_counted_and_not_kept),
      TEST(names_that_spell_an_address_are_marked), TEST(any_name_is_taken))
