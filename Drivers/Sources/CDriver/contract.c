/* The contract is in the header; a C target needs one source file. */
#include "drydock_driver.h"
_Static_assert(sizeof(drydock_buffer) == 40, "drydock_buffer is part of the contract");
_Static_assert(offsetof(drydock_services, config_read) == 32, "drydock_services is part of the contract");
#include "drydock_recorder.h"
_Static_assert(sizeof(drydock_event) == DRYDOCK_RECORDER_CELL, "an event is a cell");
_Static_assert(sizeof(drydock_recorder_slot) == 192, "part of the recorder's layout");
_Static_assert(offsetof(drydock_recorder_header, claimed) == 128, "part of the recorder's layout");
