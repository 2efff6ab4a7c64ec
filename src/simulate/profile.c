// SPDX-License-Identifier: Apache-2.0
#include "simulate/profile.h"

#include "base/must.h"

#define LIST(...)                                                  \
    {                                                              \
        (const uint16_t[]){ __VA_ARGS__ },                         \
            sizeof((uint16_t[]){ __VA_ARGS__ }) / sizeof(uint16_t) \
    }

static const struct profile profiles[PROFILES] = {
    [PROFILE_BROWSER_A] = {
        .ciphers = LIST(0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
                        0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035),
        .extensions = LIST(0, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27, 17613),
        .groups = LIST(29, 23, 24),
        .signatures = LIST(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601),
        .protocols = { "h2", "http/1.1" },
        .user_agent = "Mozilla/5.0 (Example Desktop) Synthetic/131.0",
        .has_tls13 = true,
        .has_grease = true,
    },
    [PROFILE_BROWSER_B] = {
        .ciphers = LIST(0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030,
                        0xc00a, 0xc009, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035),
        .extensions = LIST(0, 23, 65281, 10, 11, 35, 16, 5, 34, 51, 43, 13, 45, 28),
        .groups = LIST(29, 23, 24, 25, 256, 257),
        .signatures = LIST(0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501,
                           0x0601, 0x0203, 0x0201),
        .protocols = { "h2", "http/1.1" },
        .user_agent = "Mozilla/5.0 (Example Desktop; rv:132.0) Synthetic/20261001",
        .has_tls13 = true,
    },
    [PROFILE_BROWSER_C] = {
        .ciphers = LIST(0x1301, 0x1302, 0x1303, 0xc02c, 0xc02b, 0xcca9, 0xc030, 0xc02f, 0xcca8,
                        0xc00a, 0xc009, 0xc014, 0xc013, 0x009d, 0x009c, 0x0035, 0x002f),
        .extensions = LIST(0, 23, 65281, 10, 11, 16, 5, 13, 18, 51, 45, 43, 27),
        .groups = LIST(29, 23, 24, 25),
        .signatures = LIST(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0805, 0x0501, 0x0806,
                           0x0601, 0x0201),
        .protocols = { "h2", "http/1.1" },
        .user_agent = "Mozilla/5.0 (Example Phone) Synthetic/18.1 Mobile",
        .has_tls13 = true,
        .has_grease = true,
    },
    [PROFILE_TOOL] = {
        .ciphers = LIST(0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8, 0xccaa,
                        0xc02b, 0xc02f, 0x009e, 0xc024, 0xc028, 0x006b, 0xc023, 0xc027, 0x0067,
                        0xc00a, 0xc014, 0x0039, 0xc009, 0xc013, 0x0033, 0x009d, 0x009c, 0x003d,
                        0x003c, 0x0035, 0x002f, 0x00ff),
        .extensions = LIST(0, 11, 10, 35, 22, 23, 13, 43, 45, 51),
        .groups = LIST(29, 23, 30, 25, 24),
        .signatures = LIST(0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b,
                           0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601),
        .user_agent = "example-updater/4.2",
        .has_tls13 = true,
    },
    [PROFILE_DEVICE] = {
        .ciphers = LIST(0xc02b, 0xc02f, 0xc023, 0xc027, 0xc009, 0xc013, 0x009c, 0x003c, 0x002f,
                        0x00ff),
        .extensions = LIST(0, 13, 10, 11, 22, 23),
        .groups = LIST(23, 24),
        .signatures = LIST(0x0603, 0x0601, 0x0503, 0x0501, 0x0403, 0x0401),
        .user_agent = "example-device/1.0.7",
    },
    [PROFILE_DEVICE_NEW] = {
        .ciphers = LIST(0x1301, 0x1303, 0xc02b, 0xc02f, 0xcca9, 0xcca8),
        .extensions = LIST(0, 43, 10, 51, 13, 16),
        .groups = LIST(23, 29),
        .signatures = LIST(0x0403, 0x0804, 0x0401),
        .protocols = { "mqtt" },
        .user_agent = "example-device/3.1",
        .has_tls13 = true,
    },
    [PROFILE_MALWARE] = {
        .ciphers = LIST(0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a,
                        0xc014, 0x1301, 0x1302, 0x1303),
        .extensions = LIST(0, 5, 10, 11, 13, 65281, 18, 43, 51),
        .groups = LIST(29, 23, 24, 25),
        .signatures = LIST(0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601,
                           0x0503, 0x0603, 0x0201, 0x0203),
        .user_agent = "Mozilla/4.0 (compatible; Example 6.0)",
        .has_tls13 = true,
    },
    [PROFILE_MALWARE_OLD] = {
        .ciphers = LIST(0xc028, 0xc027, 0xc014, 0xc013, 0x009d, 0x009c, 0x003d, 0x003c, 0x0035,
                        0x002f, 0x000a),
        .extensions = LIST(0, 10, 11, 13, 35, 23, 65281),
        .groups = LIST(29, 23, 24),
        .signatures = LIST(0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203, 0x0202, 0x0601,
                           0x0603),
        .user_agent = "Mozilla/4.0 (compatible)",
    },
    [PROFILE_QUIC] = {
        .ciphers = LIST(0x1301, 0x1302, 0x1303),
        .extensions = LIST(0, 10, 16, 45, 43, 51, 13, 57, 27),
        .groups = LIST(29, 23, 24),
        .signatures = LIST(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
                           0x0201),
        .protocols = { "h3" },
        .user_agent = "",
        .has_tls13 = true,
    },
};

const struct profile *profile_get(uint8_t id)
{
    MUST(id < PROFILES);
    return &profiles[id];
}
