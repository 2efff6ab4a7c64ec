// SPDX-License-Identifier: Apache-2.0
#include "access/access.h"

#include "check.h"

#define ALWAYS               \
    {                        \
        INT64_MIN, INT64_MAX \
    }

static const struct law_basis bases[] = {
    { .id = "own",
      .article = "own",
      .force = ALWAYS,
      .kind = BASIS_OWN,
      .lines_in_clear = true },
    { .id = "a17", .article = "17", .force = ALWAYS, .kind = BASIS_STATUTORY },
};
static const struct law_role roles[] = { { .id = "owner" },
                                         { .id = "analyst" },
                                         { .id = "inspector" } };
static const struct law_purpose purposes[] = {
    { .id = "defence", .article = "23(2)", .force = ALWAYS },
    { .id = "inspection", .article = "63(1)", .force = ALWAYS },
    { .id = "investigation",
      .name = { "investigation", "捜査" },
      .article = "23(2)",
      .force = ALWAYS,
      .is_refused = true },
};
static const struct law_permission permissions[] = {
    { "owner", "read", "defence", "own", "own", ALWAYS },
    { "analyst", "read", "defence", "a17", "23(2)", ALWAYS },
    { "inspector", "read", "inspection", "*", "65(2)", ALWAYS },
    { "inspector", "verify", "inspection", "*", "63(2)", ALWAYS },
};
static const struct law law = { .citation = "the Act",
                                .purpose_article = "23(2)",
                                .access_article = "26(1)",
                                .bases = bases,
                                .basis_count = 2,
                                .roles = roles,
                                .role_count = 3,
                                .purposes = purposes,
                                .purpose_count = 3,
                                .permissions = permissions,
                                .permission_count = 4 };

static const struct access_request reading = { .actor = "Sato",
                                               .role = "analyst",
                                               .action = "read",
                                               .purpose = "defence",
                                               .basis = "a17",
                                               .now_ns = 7 };

static struct law_ruling refusal_of(struct access_request request)
{
    struct access_grant grant = { .now_ns = -1 };
    struct law_ruling ruling;
    check(!access_decide(&law, &request, &grant, &ruling));
    check_equal(grant.now_ns, -1); /* untouched */
    check(!ruling.is_allowed && ruling.article[0] && ruling.words[0] && ruling.words_ja[0]);
    return ruling;
}

static void what_a_row_allows_is_granted_with_its_article(void **state)
{
    (void)state;
    struct access_grant grant;
    struct law_ruling ruling;
    check(access_decide(&law, &reading, &grant, &ruling));
    assert_string_equal(ruling.article, "23(2)");
    assert_string_equal(grant.actor, "Sato");
    assert_string_equal(grant.role, "analyst");
    assert_string_equal(grant.purpose, "defence");
    assert_string_equal(grant.basis, "a17");
    check(!grant.lines_in_clear);
    check_equal(grant.now_ns, 7);
}

static void what_no_row_allows_is_refused(void **state)
{
    (void)state;
    struct access_request request = reading;
    request.action = "export";
    assert_string_equal(refusal_of(request).article, "26(1)");
    request = reading;
    request.basis = "own";
    (void)refusal_of(request);
    request.basis = "*";
    (void)refusal_of(request);
    request = reading;
    request.role = "owner";
    (void)refusal_of(request);
    request = reading;
    request.purpose = "curiosity";
    assert_string_equal(refusal_of(request).article, "23(2)");
}

static void investigation_of_crimes_is_refused_for_every_role(void **state)
{
    (void)state;
    for (size_t i = 0; i < law.role_count; i++) {
        struct access_request request = reading;
        request.role = roles[i].id;
        request.purpose = "investigation";
        assert_string_equal(refusal_of(request).article, "23(2)");
    }
}

static void an_inspector_may_read_and_verify_all_and_alter_nothing(void **state)
{
    (void)state;
    static const char *const altering[] = { "erase", "extend", "reidentify", "export" };
    struct access_grant grant;
    struct law_ruling ruling;
    struct access_request request = reading;
    request.role = "inspector";
    request.purpose = "inspection";
    static const char *const all[] = { "*", "own", "a17" };
    for (size_t i = 0; i < 3; i++) {
        request.basis = all[i];
        request.action = i == 0 ? "verify" : "read";
        check(access_decide(&law, &request, &grant, &ruling));
        check_equal(grant.lines_in_clear, strcmp(all[i], "own") == 0);
    }
    for (size_t i = 0; i < 4; i++) {
        request.action = altering[i];
        (void)refusal_of(request);
    }
}

static void owners_see_their_own_lines_in_clear(void **state)
{
    (void)state;
    struct access_grant grant;
    struct law_ruling ruling;
    struct access_request request = reading;
    request.role = "owner";
    request.basis = "own";
    check(access_decide(&law, &request, &grant, &ruling));
    check(grant.lines_in_clear);
}

static void who_is_not_named_in_full_is_refused(void **state)
{
    (void)state;
    char name[ACCESS_ACTOR_MAX + 1];
    struct access_request request = reading;
    request.actor = "";
    (void)refusal_of(request);
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    request.actor = name;
    (void)refusal_of(request);
    request = reading;
    request.purpose = "";
    (void)refusal_of(request);
}

TESTS(TEST(what_a_row_allows_is_granted_with_its_article), TEST(what_no_row_allows_is_refused),
      TEST(investigation_of_crimes_is_refused_for_every_role),
      TEST(an_inspector_may_read_and_verify_all_and_alter_nothing),
      TEST(owners_see_their_own_lines_in_clear), TEST(who_is_not_named_in_full_is_refused))
