#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: check-capture.sh SEKISHO SCENARIO
# Plays a scenario, and again, and with another seed; then lets tshark judge the capture: no
# malformed packet, no wrong checksum, every protocol recognised.  Without tshark that part is
# skipped and says so (exit code 77).
set -eu
sekisho=$1
scenario=$2
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT

fail() {
    echo "FAIL: $*"
    exit 1
}

"$sekisho" simulate "$scenario" -q -o "$here/a.pcapng" --truth "$here/a.json" \
    --networks "$here/networks.yaml"
"$sekisho" simulate "$scenario" -q -o - >"$here/b.pcapng"
"$sekisho" simulate "$scenario" -q -o "$here/c.pcapng" --seed 4711
cmp "$here/a.pcapng" "$here/b.pcapng" || fail "the same seed gives other bytes"
cmp -s "$here/a.pcapng" "$here/c.pcapng" && fail "another seed gives the same bytes"
for canary in $(grep -o 'CANARY-[0-9a-f]*' "$here/a.json"); do
    grep -qa "$canary" "$here/a.pcapng" || fail "$canary is not in the capture"
done
grep -q '^own:' "$here/networks.yaml" || fail "no own networks written"

# What cannot be written leaves nothing behind.
if "$sekisho" simulate "$scenario" -q -o "$here/missing/a.pcapng" 2>"$here/err"; then
    fail "wrote into a folder that does not exist"
fi
grep -q "missing/a.pcapng" "$here/err" || fail "the error does not name the file"
if [ -w /dev/full ]; then
    "$sekisho" simulate "$scenario" -q -o /dev/full 2>"$here/err" && fail "a full disk is no error"
    grep -q "No space left" "$here/err" || fail "a full disk is not named"
fi

if ! command -v tshark >/dev/null; then
    echo "SKIP: tshark is not installed, nobody judged the capture"
    exit 77
fi
# One pass counts them all: the table has the frames of each filter in every second column.
count() {
    statistic=io,stat,0
    for filter in "$@"; do
        statistic="$statistic,$filter"
    done
    tshark -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
        -r "$here/a.pcapng" -q -z "$statistic" 2>/dev/null |
        awk -F'|' '/<>/ { for (i = 3; i < NF; i += 2) print $i + 0 }'
}
set -- '_ws.malformed' 'ip.checksum.status==0' 'tcp.checksum.status==0' \
    'udp.checksum.status==0' 'icmp.checksum.status==0' 'icmpv6.checksum.status==0'
for found in $(count "$@"); do
    [ "$found" -eq 0 ] || fail "$found frames: $1"
    shift
done
[ $# -eq 0 ] || fail "tshark did not judge $*"
set -- 'tls.handshake.type==1 && tcp' 'tls.handshake.type==2 && tcp' \
    'tls.handshake.type==11' 'quic && tls.handshake.type==1' 'quic && tls.handshake.type==2' \
    'tls.handshake.extensions_key_share_group==4588' 'dns.flags.response==1' \
    'dns.flags.rcode==3' 'ssh.message_code==20' 'ssh.message_code==21' 'http.request' \
    'http.response' 'smtp.req' 'imf.subject' 'ntp' 'icmp || icmpv6' 'tcp.flags==0x014' \
    'tcp.analysis.retransmission' 'tcp.analysis.out_of_order'
for found in $(count "$@"); do
    [ "$found" -gt 0 ] || fail "nothing is $1"
    echo "$found frames: $1"
    shift
done
[ $# -eq 0 ] || fail "tshark did not judge $*"
