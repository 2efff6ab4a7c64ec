// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "system/mailbox.h"

enum { ITEMS = 20000 };

static void open_small(struct mailbox *mailbox)
{
    struct error err;
    size_t capacity[MAILBOX_LANES] = { 2, 3 };
    check(mailbox_open(mailbox, capacity, &err));
}

static void the_last_lane_is_emptied_first(void **state)
{
    (void)state;
    struct mailbox mailbox;
    int items[4];
    open_small(&mailbox);
    mailbox_put(&mailbox, 0, &items[0]);
    mailbox_put(&mailbox, 1, &items[1]);
    mailbox_put(&mailbox, 1, &items[2]);
    mailbox_put(&mailbox, 0, &items[3]);
    size_t lane = 0;
    check(mailbox_take(&mailbox, &lane) == &items[1]);
    check_equal(lane, 1);
    check(mailbox_try_take(&mailbox, 0) == &items[0]);
    check(mailbox_take(&mailbox, NULL) == &items[2]);
    check(mailbox_take(&mailbox, NULL) == &items[3]);
    check(mailbox_try_take(&mailbox, 1) == NULL);
    mailbox_end(&mailbox);
    check(mailbox_take(&mailbox, NULL) == NULL);
    mailbox_close(&mailbox);
}

static void a_full_lane_says_so_or_gives_up_its_oldest(void **state)
{
    (void)state;
    struct mailbox mailbox;
    int items[4];
    open_small(&mailbox);
    check(mailbox_push(&mailbox, 0, &items[0]) == NULL);
    check(mailbox_try_put(&mailbox, 0, &items[1]));
    check(!mailbox_try_put(&mailbox, 0, &items[2]));
    check(mailbox_push(&mailbox, 0, &items[2]) == &items[0]);
    check(mailbox_push(&mailbox, 0, &items[3]) == &items[1]);
    check(mailbox_take(&mailbox, NULL) == &items[2]);
    mailbox_close(&mailbox);
}

static void *put_all(void *context)
{
    static int items[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
        items[i] = i;
        mailbox_put(context, 0, &items[i]);
    }
    mailbox_end(context);
    return NULL;
}

static void a_slow_taker_gets_everything_in_order(void **state)
{
    (void)state;
    struct mailbox mailbox;
    pthread_t thread;
    open_small(&mailbox);
    check_equal(pthread_create(&thread, NULL, put_all, &mailbox), 0);
    int expected = 0;
    for (const int *item; (item = mailbox_take(&mailbox, NULL)) != NULL; expected++)
        check_equal(*item, expected);
    check_equal(expected, ITEMS);
    check_equal(pthread_join(thread, NULL), 0);
    mailbox_close(&mailbox);
}

TESTS(TEST(the_last_lane_is_emptied_first), TEST(a_full_lane_says_so_or_gives_up_its_oldest),
      TEST(a_slow_taker_gets_everything_in_order))
