// SPDX-License-Identifier: Apache-2.0
/* The face of cmocka in our tests: names are sentences, `check` is the one assertion. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

#define check(claim) assert_true(claim)
#define check_equal(a, b) assert_int_equal(a, b)
#define check_text(actual, expected)                                                       \
    do {                                                                                   \
        struct bytes check_bytes = (actual);                                               \
        char check_room[2048];                                                             \
        size_t check_len =                                                                 \
            check_bytes.len < sizeof check_room ? check_bytes.len : sizeof check_room - 1; \
        memcpy(check_room, check_bytes.at, check_len);                                     \
        check_room[check_len] = '\0';                                                      \
        assert_string_equal(check_room, expected);                                         \
    } while (0)

#define TEST(function)                           \
    {                                            \
        .name = #function, .test_func = function \
    }
#define TESTS(...)                                         \
    int main(void)                                         \
    {                                                      \
        const struct CMUnitTest tests[] = { __VA_ARGS__ }; \
        return cmocka_run_group_tests(tests, NULL, NULL);  \
    }
