// SPDX-License-Identifier: Apache-2.0
/* Elements to slots: IANA's by number (the types of NetFlow v9 are the same below 128), those
 * of vendors by enterprise.  Post-NAT ends (225 to 228) are left out on purpose: a flow's ends
 * are those before translation. */
#include "collect/slot_private.h"

enum {
    CISCO = 9,
    IXIA = 3054,
    CERT = 6871,
    CESNET = 8057,
    GIGAMON = 26866,
    NTOP = 35632,
    FLOWMON = 39499,
    NTOP_V9 = 57472 /* where nProbe's own elements begin among the types of v9 */
};

static const struct meaning meanings[] = {
    /* Firewalls' counters per side come before the sum of both that some add as 1 and 2. */
    { 0, 231, SLOT_OCTETS, 1, FORM_PLAIN }, /* initiatorOctets */
    { 0, 1, SLOT_OCTETS, 2, FORM_PLAIN },   /* octetDeltaCount */
    { 0, 85, SLOT_OCTETS, 3, FORM_TOTAL },  /* octetTotalCount */
    { 0, 352, SLOT_OCTETS, 4, FORM_PLAIN }, /* layer2OctetDeltaCount */
    { 0, 353, SLOT_OCTETS, 5, FORM_PLAIN },
    { 0, 23, SLOT_POST_OCTETS, 1, FORM_PLAIN }, /* postOctetDeltaCount */
    { 0, 171, SLOT_POST_OCTETS, 2, FORM_PLAIN },
    { 0, 298, SLOT_PACKETS, 1, FORM_PLAIN },
    { 0, 2, SLOT_PACKETS, 2, FORM_PLAIN },
    { 0, 86, SLOT_PACKETS, 3, FORM_TOTAL },
    { 0, 24, SLOT_POST_PACKETS, 1, FORM_PLAIN },
    { 0, 172, SLOT_POST_PACKETS, 2, FORM_PLAIN },
    { 0, 232, SLOT_REVERSE_OCTETS, 1, FORM_PLAIN },
    { ELEMENT_REVERSE, 1, SLOT_REVERSE_OCTETS, 2, FORM_PLAIN },
    { ELEMENT_REVERSE, 85, SLOT_REVERSE_OCTETS, 3, FORM_TOTAL },
    { 0, 299, SLOT_REVERSE_PACKETS, 1, FORM_PLAIN },
    { ELEMENT_REVERSE, 2, SLOT_REVERSE_PACKETS, 2, FORM_PLAIN },
    { ELEMENT_REVERSE, 86, SLOT_REVERSE_PACKETS, 3, FORM_TOTAL },

    { 0, 8, SLOT_SOURCE4, 1, FORM_PLAIN },
    { 0, 44, SLOT_SOURCE4, 2, FORM_PLAIN },        /* sourceIPv4Prefix, of aggregates */
    { CISCO, 12236, SLOT_SOURCE4, 3, FORM_PLAIN }, /* clientIPv4Address */
    { 0, 12, SLOT_DESTINATION4, 1, FORM_PLAIN },
    { CISCO, 12237, SLOT_DESTINATION4, 3, FORM_PLAIN }, /* serverIPv4Address */
    { 0, 45, SLOT_DESTINATION4, 2, FORM_PLAIN },
    { 0, 27, SLOT_SOURCE6, 1, FORM_PLAIN },
    { 0, 170, SLOT_SOURCE6, 2, FORM_PLAIN },
    { 0, 28, SLOT_DESTINATION6, 1, FORM_PLAIN },
    { 0, 169, SLOT_DESTINATION6, 2, FORM_PLAIN },
    { 0, 4, SLOT_PROTOCOL, 1, FORM_PLAIN },
    { 0, 193, SLOT_PROTOCOL, 2, FORM_PLAIN }, /* nextHeaderIPv6 */
    { 0, 7, SLOT_SOURCE_PORT, 1, FORM_PLAIN },
    { 0, 182, SLOT_SOURCE_PORT, 2, FORM_PLAIN },
    { 0, 180, SLOT_SOURCE_PORT, 3, FORM_PLAIN },
    { CISCO, 12240, SLOT_SOURCE_PORT, 4, FORM_PLAIN },
    { CISCO, 12241, SLOT_DESTINATION_PORT, 4, FORM_PLAIN },
    { 0, 11, SLOT_DESTINATION_PORT, 1, FORM_PLAIN },
    { 0, 183, SLOT_DESTINATION_PORT, 2, FORM_PLAIN },
    { 0, 181, SLOT_DESTINATION_PORT, 3, FORM_PLAIN },
    { 0, 32, SLOT_ICMP, 1, FORM_PLAIN },
    { 0, 139, SLOT_ICMP6, 1, FORM_PLAIN },
    { 0, 176, SLOT_ICMP_TYPE, 1, FORM_PLAIN },
    { 0, 177, SLOT_ICMP_CODE, 1, FORM_PLAIN },
    { 0, 178, SLOT_ICMP6_TYPE, 1, FORM_PLAIN },
    { 0, 179, SLOT_ICMP6_CODE, 1, FORM_PLAIN },
    { 0, 60, SLOT_VERSION, 1, FORM_PLAIN },
    { 0, 58, SLOT_VLAN, 1, FORM_PLAIN },
    { 0, 243, SLOT_VLAN, 2, FORM_PLAIN },
    { 0, 59, SLOT_VLAN, 3, FORM_PLAIN },
    { 0, 254, SLOT_VLAN, 4, FORM_PLAIN },

    { 0, 10, SLOT_INGRESS, 1, FORM_PLAIN },
    { 0, 252, SLOT_INGRESS, 2, FORM_PLAIN },
    { 0, 14, SLOT_EGRESS, 1, FORM_PLAIN },
    { 0, 253, SLOT_EGRESS, 2, FORM_PLAIN },
    { 0, 61, SLOT_DIRECTION, 1, FORM_PLAIN },
    { 0, 136, SLOT_END, 1, FORM_PLAIN },
    { 0, 239, SLOT_BIFLOW, 1, FORM_PLAIN },
    { 0, 233, SLOT_EVENT, 1, FORM_PLAIN },
    { ELEMENT_NETFLOW9, 40005, SLOT_EVENT, 2, FORM_PLAIN }, /* Cisco ASA before 8.4 */
    { 0, 230, SLOT_NAT_EVENT, 1, FORM_PLAIN },
    { 0, 302, SLOT_SELECTOR, 1, FORM_PLAIN },
    { 0, 48, SLOT_SELECTOR, 2, FORM_PLAIN },
    { 0, 34, SLOT_RATE, 1, FORM_PLAIN },
    { 0, 50, SLOT_RATE, 2, FORM_PLAIN },
    { 0, 305, SLOT_INTERVAL, 1, FORM_PLAIN },
    { 0, 306, SLOT_SPACE, 1, FORM_PLAIN },
    { 0, 309, SLOT_SIZE, 1, FORM_PLAIN },
    { 0, 310, SLOT_POPULATION, 1, FORM_PLAIN },
    { 0, 311, SLOT_PROBABILITY, 1, FORM_FLOAT64 },
    { 0, 49, SLOT_ALGORITHM, 1, FORM_PLAIN },
    { 0, 35, SLOT_ALGORITHM, 2, FORM_PLAIN },
    { 0, 304, SLOT_SELECTOR_ALGORITHM, 1, FORM_PLAIN },

    { 0, 152, SLOT_FIRST, 1, FORM_MILLISECONDS },
    { 0, 154, SLOT_FIRST, 2, FORM_NTP },
    { 0, 156, SLOT_FIRST, 3, FORM_NTP },
    { 0, 150, SLOT_FIRST, 4, FORM_SECONDS },
    { 0, 158, SLOT_FIRST, 5, FORM_DELTA },
    { 0, 22, SLOT_FIRST, 6, FORM_UPTIME },
    { 0, 153, SLOT_LAST, 1, FORM_MILLISECONDS },
    { 0, 155, SLOT_LAST, 2, FORM_NTP },
    { 0, 157, SLOT_LAST, 3, FORM_NTP },
    { 0, 151, SLOT_LAST, 4, FORM_SECONDS },
    { 0, 159, SLOT_LAST, 5, FORM_DELTA },
    { 0, 21, SLOT_LAST, 6, FORM_UPTIME },
    { ELEMENT_REVERSE, 152, SLOT_REVERSE_FIRST, 1, FORM_MILLISECONDS },
    { ELEMENT_REVERSE, 154, SLOT_REVERSE_FIRST, 2, FORM_NTP },
    { ELEMENT_REVERSE, 156, SLOT_REVERSE_FIRST, 3, FORM_NTP },
    { ELEMENT_REVERSE, 150, SLOT_REVERSE_FIRST, 4, FORM_SECONDS },
    { ELEMENT_REVERSE, 153, SLOT_REVERSE_LAST, 1, FORM_MILLISECONDS },
    { ELEMENT_REVERSE, 155, SLOT_REVERSE_LAST, 2, FORM_NTP },
    { ELEMENT_REVERSE, 157, SLOT_REVERSE_LAST, 3, FORM_NTP },
    { ELEMENT_REVERSE, 151, SLOT_REVERSE_LAST, 4, FORM_SECONDS },
    { 0, 323, SLOT_OBSERVED, 1, FORM_MILLISECONDS },
    { 0, 324, SLOT_OBSERVED, 2, FORM_NTP },
    { 0, 325, SLOT_OBSERVED, 3, FORM_NTP },
    { 0, 322, SLOT_OBSERVED, 4, FORM_SECONDS },
    { 0, 160, SLOT_SYSTEM_INIT, 1, FORM_MILLISECONDS },
    { 0, 161, SLOT_DURATION, 1, FORM_MILLISECONDS },
    { 0, 162, SLOT_DURATION, 2, FORM_MICROSECONDS },
    { CERT, 21, SLOT_REVERSE_DELTA, 1, FORM_PLAIN }, /* reverseFlowDeltaMilliseconds */

    { 0, 6, SLOT_FLAGS, 1, FORM_PLAIN },
    { ELEMENT_REVERSE, 6, SLOT_REVERSE_FLAGS, 1, FORM_PLAIN },
    { CERT, 14, SLOT_FIRST_FLAGS, 1, FORM_PLAIN }, /* initialTCPFlags */
    { CERT, 14 | 0x4000, SLOT_REVERSE_FIRST_FLAGS, 1, FORM_PLAIN },
    { CERT, 15, SLOT_OTHER_FLAGS, 1, FORM_PLAIN }, /* unionTCPFlags */
    { CERT, 15 | 0x4000, SLOT_REVERSE_OTHER_FLAGS, 1, FORM_PLAIN },

    { 0, 312, SLOT_FRAME_OCTETS, 1, FORM_PLAIN },
    { 0, 224, SLOT_FRAME_OCTETS, 2, FORM_PLAIN }, /* ipTotalLength */
    { 0, 408, SLOT_FRAME_TYPE, 1, FORM_PLAIN },
    { 0, 409, SLOT_SECTION_OFFSET, 1, FORM_PLAIN },
    { 0, 102, SLOT_SECTION_OFFSET, 2, FORM_PLAIN },
    { 0, 410, SLOT_SECTION_OCTETS, 1, FORM_PLAIN },
    { 0, 103, SLOT_SECTION_OCTETS, 2, FORM_PLAIN },
    { 0, 313, SLOT_IP_SECTION, 1, FORM_PLAIN },
    { 0, 315, SLOT_FRAME_SECTION, 1, FORM_PLAIN },
    { 0, 104, SLOT_FRAME_SECTION, 2, FORM_PLAIN }, /* layer2packetSectionData */
    { ELEMENT_NETFLOW9, 104, SLOT_FRAME_SECTION, 3, FORM_PLAIN },

    /* Names exporters read off handshakes. */
    { NTOP, 205, SLOT_DNS_NAME, 1, FORM_PLAIN }, /* DNS_QUERY */
    { ELEMENT_NETFLOW9, NTOP_V9 + 205, SLOT_DNS_NAME, 1, FORM_PLAIN },
    { NTOP, 188, SLOT_TLS_NAME, 1, FORM_PLAIN }, /* SSL_SERVER_NAME */
    { ELEMENT_NETFLOW9, NTOP_V9 + 188, SLOT_TLS_NAME, 1, FORM_PLAIN },
    { NTOP, 187, SLOT_HTTP_HOST, 1, FORM_PLAIN }, /* HTTP_HOST */
    { ELEMENT_NETFLOW9, NTOP_V9 + 187, SLOT_HTTP_HOST, 1, FORM_PLAIN },
    { CERT, 179, SLOT_DNS_NAME, 2, FORM_PLAIN },      /* dnsQName */
    { CESNET, 2, SLOT_DNS_NAME, 2, FORM_PLAIN },      /* DNSName */
    { FLOWMON, 121, SLOT_DNS_NAME, 2, FORM_PLAIN },   /* dnsQname */
    { GIGAMON, 204, SLOT_DNS_NAME, 2, FORM_PLAIN },   /* DnsQueryName */
    { IXIA, 189, SLOT_DNS_NAME, 2, FORM_PLAIN },      /* dnsQueryNames */
    { CERT, 294, SLOT_TLS_NAME, 1, FORM_PLAIN },      /* sslServerName */
    { CESNET, 808, SLOT_TLS_NAME, 2, FORM_PLAIN },    /* TLSSNI */
    { CESNET, 890, SLOT_TLS_NAME, 3, FORM_PLAIN },    /* quicSNI */
    { FLOWMON, 338, SLOT_TLS_NAME, 2, FORM_PLAIN },   /* tlsSni */
    { GIGAMON, 112, SLOT_TLS_NAME, 2, FORM_PLAIN },   /* SslServerNameIndication */
    { IXIA, 201, SLOT_TLS_NAME, 2, FORM_PLAIN },      /* tlsSni */
    { 0, 460, SLOT_HTTP_HOST, 1, FORM_PLAIN },        /* httpRequestHost */
    { CERT, 117, SLOT_HTTP_HOST, 2, FORM_PLAIN },     /* httpHost */
    { FLOWMON, 1, SLOT_HTTP_HOST, 2, FORM_PLAIN },    /* httpHost */
    { GIGAMON, 4676, SLOT_HTTP_HOST, 2, FORM_PLAIN }, /* http_host */
};

const struct meaning *meaning_find(struct element_key key)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].id == key.id && meanings[i].enterprise == key.enterprise)
            return &meanings[i];
    return NULL;
}
