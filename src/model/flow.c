// SPDX-License-Identifier: Apache-2.0
#include "model/flow.h"

enum flow_tcp flow_tcp_state(uint8_t protocol, uint8_t forward, uint8_t reverse)
{
    if (protocol != PROTOCOL_TCP)
        return FLOW_TCP_NONE;
    if (!((forward | reverse) & TCP_SYN))
        return FLOW_TCP_MIDSTREAM;
    /* With one direction captured, an acknowledgment tells that the other side spoke. */
    bool answered = (reverse & TCP_SYN) || (forward & TCP_ACK);
    if ((forward | reverse) & TCP_RST)
        return !answered && (reverse & TCP_RST) ? FLOW_TCP_REFUSED : FLOW_TCP_RESET;
    if (forward & reverse & TCP_FIN)
        return FLOW_TCP_CLOSED;
    return answered ? FLOW_TCP_ESTABLISHED : FLOW_TCP_ATTEMPT;
}
