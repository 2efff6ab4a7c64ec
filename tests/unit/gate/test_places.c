// SPDX-License-Identifier: Apache-2.0
#include "gate/places.h"

#include <stdlib.h>

#include "check.h"

enum { ROOM = 1 << 20 };

static _Alignas(16) uint8_t room[ROOM];

static struct places *new_places(size_t prefix_max)
{
    check(places_size(prefix_max) <= sizeof room);
    struct arena arena = arena_over(room, places_size(prefix_max));
    return places_init(prefix_max, &arena);
}

static void add(struct places *places, const char *words, enum place place)
{
    struct ip_prefix prefix;
    check(ip_prefix_read(bytes_of_string(words), &prefix));
    check(places_add(places, &prefix, (struct place_label){ place, CLASS_UNKNOWN }));
}

static enum place find(const struct places *places, const char *words)
{
    struct ip_address address;
    check(ip_read(bytes_of_string(words), &address));
    return places_find(places, &address).place;
}

static void the_longest_prefix_wins(void **state)
{
    (void)state;
    struct places *places = new_places(8);
    add(places, "10.1.2.0/24", PLACE_OWN);
    add(places, "10.0.0.0/8", PLACE_DOMESTIC);
    add(places, "10.1.0.0/16", PLACE_FOREIGN);
    add(places, "10.1.2.128/32", PLACE_FOREIGN);
    add(places, "2001:db8::/32", PLACE_DOMESTIC);
    add(places, "2001:db8:8000::/33", PLACE_FOREIGN);
    places_build(places);
    check_equal(places_count(places), 6);
    check_equal(find(places, "9.255.255.255"), PLACE_UNKNOWN);
    check_equal(find(places, "10.0.0.0"), PLACE_DOMESTIC);
    check_equal(find(places, "10.1.0.0"), PLACE_FOREIGN);
    check_equal(find(places, "10.1.2.0"), PLACE_OWN);
    check_equal(find(places, "10.1.2.128"), PLACE_FOREIGN);
    check_equal(find(places, "10.1.2.129"), PLACE_OWN);
    check_equal(find(places, "10.1.3.0"), PLACE_FOREIGN);
    check_equal(find(places, "10.2.0.0"), PLACE_DOMESTIC);
    check_equal(find(places, "11.0.0.0"), PLACE_UNKNOWN);
    check_equal(find(places, "2001:db8::1"), PLACE_DOMESTIC);
    check_equal(find(places, "2001:db8:8000::1"), PLACE_FOREIGN);
    check_equal(find(places, "2001:db9::"), PLACE_UNKNOWN);
}

static void of_equal_prefixes_own_beats_domestic_beats_foreign(void **state)
{
    (void)state;
    struct places *places = new_places(8);
    add(places, "192.0.2.0/24", PLACE_FOREIGN);
    add(places, "192.0.2.0/24", PLACE_OWN);
    add(places, "192.0.2.0/24", PLACE_DOMESTIC);
    add(places, "198.51.100.0/24", PLACE_FOREIGN);
    add(places, "198.51.100.0/24", PLACE_DOMESTIC);
    places_build(places);
    check_equal(find(places, "192.0.2.7"), PLACE_OWN);
    check_equal(find(places, "198.51.100.7"), PLACE_DOMESTIC);
}

static void the_ends_of_the_address_space_are_covered(void **state)
{
    (void)state;
    struct places *places = new_places(4);
    add(places, "::/0", PLACE_FOREIGN);
    add(places, "0.0.0.0/0", PLACE_DOMESTIC);
    add(places, "255.255.255.255/32", PLACE_OWN);
    places_build(places);
    check_equal(find(places, "::"), PLACE_FOREIGN);
    check_equal(find(places, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), PLACE_FOREIGN);
    check_equal(find(places, "0.0.0.0"), PLACE_DOMESTIC);
    check_equal(find(places, "255.255.255.254"), PLACE_DOMESTIC);
    check_equal(find(places, "255.255.255.255"), PLACE_OWN);
}

static void add_label(struct places *places, const char *words, struct place_label label)
{
    struct ip_prefix prefix;
    check(ip_prefix_read(bytes_of_string(words), &prefix));
    check(places_add(places, &prefix, label));
}

static bool is_labelled(const struct places *places, const char *words,
                        struct place_label label)
{
    struct ip_address address;
    check(ip_read(bytes_of_string(words), &address));
    struct place_label found = places_find(places, &address);
    return found.place == label.place && found.line_class == label.line_class;
}

#define LABEL(place, line_class) ((struct place_label){ PLACE_##place, CLASS_##line_class })

static void a_prefix_has_what_it_does_not_say_from_the_one_around_it(void **state)
{
    (void)state;
    struct places *places = new_places(12);
    add_label(places, "192.0.2.0/24", LABEL(UNKNOWN, SHARED));
    add_label(places, "192.0.2.0/24", LABEL(OWN, UNKNOWN));
    add_label(places, "192.0.2.64/26", LABEL(UNKNOWN, UNUSED));
    add_label(places, "192.0.2.65/32", LABEL(FOREIGN, UNKNOWN));
    add_label(places, "192.0.2.66/32", LABEL(FOREIGN, HOSTING));
    add_label(places, "198.51.100.0/24", LABEL(UNKNOWN, PUBLIC_RELAY));
    add_label(places, "2001:db8::/32", LABEL(DOMESTIC, MOBILE));
    add_label(places, "2001:db8:1::/48", LABEL(UNKNOWN, EQUIPMENT));
    places_build(places);
    check(is_labelled(places, "192.0.2.1", LABEL(OWN, SHARED)));
    check(is_labelled(places, "192.0.2.64", LABEL(OWN, UNUSED)));
    check(is_labelled(places, "192.0.2.65", LABEL(FOREIGN, UNUSED)));
    check(is_labelled(places, "192.0.2.66", LABEL(FOREIGN, HOSTING)));
    check(is_labelled(places, "192.0.2.128", LABEL(OWN, SHARED)));
    check(is_labelled(places, "192.0.3.0", LABEL(UNKNOWN, UNKNOWN)));
    check(is_labelled(places, "198.51.100.1", LABEL(UNKNOWN, PUBLIC_RELAY)));
    check(is_labelled(places, "2001:db8::1", LABEL(DOMESTIC, MOBILE)));
    check(is_labelled(places, "2001:db8:1::1", LABEL(DOMESTIC, EQUIPMENT)));
}

static void of_equal_prefixes_the_first_class_of_the_list_wins(void **state)
{
    (void)state;
    struct places *places = new_places(4);
    add_label(places, "192.0.2.0/24", LABEL(OWN, UNUSED));
    add_label(places, "192.0.2.0/24", LABEL(OWN, FIXED));
    add_label(places, "192.0.2.0/24", LABEL(FOREIGN, FIXED));
    places_build(places);
    check(is_labelled(places, "192.0.2.9", LABEL(OWN, FIXED)));
}

static void an_empty_table_knows_nothing_and_a_full_one_says_so(void **state)
{
    (void)state;
    struct places *empty = new_places(0);
    places_build(empty);
    check_equal(find(empty, "192.0.2.1"), PLACE_UNKNOWN);
    check(!places_tell_border(empty));
    struct places *one = new_places(1);
    struct ip_prefix prefix = { ip_from_v4(0xc0000200), 96 + 24 };
    struct place_label own = { PLACE_OWN, CLASS_UNKNOWN };
    check(places_add(one, &prefix, own));
    check(!places_tell_border(one));
    check(!places_add(one, &prefix, own));
}

/* The same question answered by trying every prefix. */
static enum place find_slowly(const struct ip_prefix *prefixes, const enum place *kinds,
                              size_t count, const struct ip_address *address)
{
    int best = -1;
    enum place place = PLACE_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        if (!ip_prefix_holds(&prefixes[i], address) || prefixes[i].len < best)
            continue;
        if (prefixes[i].len == best && kinds[i] > place)
            continue;
        best = prefixes[i].len;
        place = kinds[i];
    }
    return place;
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

static struct ip_address random_address(uint64_t *seed)
{
    struct ip_address address = ip_from_v4(next_random(seed) & 0xc000ff03u);
    if (next_random(seed) % 3 == 0)
        memset(address.octets, (int)(next_random(seed) & 0xff), 9 + next_random(seed) % 7);
    return address;
}

static void the_flat_table_agrees_with_trying_every_prefix(void **state)
{
    (void)state;
    enum { COUNT = 400 };
    static struct ip_prefix prefixes[COUNT];
    static enum place kinds[COUNT];
    uint64_t seed = 2;
    struct places *places = new_places(COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct ip_prefix prefix = { random_address(&seed),
                                    (uint8_t)(next_random(&seed) % 129) };
        if (ip_is_v4(&prefix.address) && prefix.len < 96)
            prefix.len = (uint8_t)(128 - prefix.len / 3);
        for (size_t bit = prefix.len; bit < 128; bit++)
            prefix.address.octets[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
        prefixes[i] = prefix;
        kinds[i] = (enum place)(1 + next_random(&seed) % 3);
        check(places_add(places, &prefix, (struct place_label){ kinds[i], CLASS_UNKNOWN }));
    }
    places_build(places);
    for (size_t i = 0; i < 20000; i++) {
        struct ip_address address =
            i % 2 ? random_address(&seed) : prefixes[next_random(&seed) % COUNT].address;
        check_equal(places_find(places, &address).place,
                    find_slowly(prefixes, kinds, COUNT, &address));
    }
}

TESTS(TEST(the_longest_prefix_wins), TEST(of_equal_prefixes_own_beats_domestic_beats_foreign),
      TEST(a_prefix_has_what_it_does_not_say_from_the_one_around_it),
      TEST(of_equal_prefixes_the_first_class_of_the_list_wins),
      TEST(the_ends_of_the_address_space_are_covered),
      TEST(an_empty_table_knows_nothing_and_a_full_one_says_so),
      TEST(the_flat_table_agrees_with_trying_every_prefix))
