// SPDX-License-Identifier: Apache-2.0
/* Certificates written by hand for tests. */
#pragma once

#include "octets.h"

static inline size_t open_element(struct octets *w, uint8_t tag)
{
    put_number(w, tag, 1);
    put_number(w, 0x82, 1);
    return open_length(w, 2);
}

static inline void put_element(struct octets *w, uint8_t tag, struct bytes contents)
{
    size_t element = open_element(w, tag);
    put(w, contents);
    close_length(w, element, 2);
}

struct der_parts {
    struct bytes issuer, subject;
    uint8_t time_tag;
    struct bytes not_before, not_after;
    struct bytes key_oid;        /* with tag and length, as all below */
    struct bytes key_parameters; /* behind the identifier */
    struct bytes key;            /* of the BIT STRING, behind the count of unused bits */
    struct bytes signature_oid;
};

static inline struct der_parts der_good(void)
{
    return (struct der_parts){
        .issuer = BYTES("issuer"),
        .subject = BYTES("subject"),
        .time_tag = 0x17,
        .not_before = BYTES("240229120000Z"),
        .not_after = BYTES("490101000000Z"),
        .key_oid = BYTES("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"),
        .key_parameters = BYTES("\x05\x00"),
        .key = BYTES("\x30\x09\x02\x04\x00\xff\x00\x01\x02\x01\x03"),
        .signature_oid = BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"),
    };
}

static inline struct octets der_certificate(const struct der_parts *parts)
{
    struct octets w = { 0 };
    size_t certificate = open_element(&w, 0x30);
    size_t body = open_element(&w, 0x30);
    put(&w, BYTES("\xa0\x03\x02\x01\x02\x02\x01\x07"));
    put_element(&w, 0x30, parts->signature_oid);
    put_element(&w, 0x30, parts->issuer);
    size_t validity = open_element(&w, 0x30);
    put_element(&w, parts->time_tag, parts->not_before);
    put_element(&w, parts->time_tag, parts->not_after);
    close_length(&w, validity, 2);
    put_element(&w, 0x30, parts->subject);
    size_t info = open_element(&w, 0x30);
    size_t algorithm = open_element(&w, 0x30);
    put(&w, parts->key_oid);
    put(&w, parts->key_parameters);
    close_length(&w, algorithm, 2);
    size_t key = open_element(&w, 0x03);
    put_number(&w, 0, 1);
    put(&w, parts->key);
    close_length(&w, key, 2);
    close_length(&w, info, 2);
    close_length(&w, body, 2);
    put_element(&w, 0x30, parts->signature_oid);
    put(&w, BYTES("\x03\x02\x00\x00"));
    close_length(&w, certificate, 2);
    return w;
}
