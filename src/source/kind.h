// SPDX-License-Identifier: Apache-2.0
/* What a file holds, by its content and not its name. */
#pragma once

#include "base/error.h"

enum source_kind {
    SOURCE_KIND_CAPTURE, /* packets: pcap, pcapng */
    SOURCE_KIND_EXPORTS, /* raw messages of exporters, IPFIX files */
    SOURCE_KIND_LOGS     /* Zeek, EVE, binetflow */
};

/* Unpacks as much as it needs of gzip and zstd.  A capture of exports is a capture: only a
 * person knows whether the exports or the packets that carry them are meant.  False and *err
 * when the file cannot be opened or is none of these. */
MUST_CHECK bool source_kind_of(const char *path, enum source_kind *out, struct error *err);
