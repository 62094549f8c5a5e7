/* calls.c: the contract's sizes, checked where it is compiled.
 * SPDX-License-Identifier: Apache-2.0 */
#include "drydock_calls.h"

_Static_assert(sizeof(struct drydock_address) == 24, "an address has 24 octets");
_Static_assert(sizeof(struct drydock_call) == 320, "a call has 320 octets");
_Static_assert(sizeof(struct drydock_answer) == 320, "an answer has 320 octets");
_Static_assert(sizeof(struct drydock_arrival) == 64, "an arrival has 64 octets");
_Static_assert(sizeof(struct drydock_datagram) == DRYDOCK_DATAGRAM_HEADER, "a datagram's header has 56 octets");
