// SPDX-License-Identifier: Apache-2.0
/* An order to re-identify: what is read is written again as the same octets. */
#include <stdlib.h>

#include "base/must.h"
#include "warrant/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char room[ORDER_OCTETS_MAX];
    static struct order order;
    struct bytes input = { data, size };
    struct text again = text_over(room, sizeof room);
    struct error err = { 0 };
    order = (struct order){ 0 };
    if (order_read_payload(input, &order, &err)) {
        MUST(order_write(&order, &again, &err));
        MUST(bytes_equal(text_bytes(&again), input));
        MUST(order.pseudonym_count <= ORDER_PSEUDONYMS_MAX);
    }
    return 0;
}
