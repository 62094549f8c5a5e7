/* The contract is in the header; a C target needs one source file. */
#include "drydock_driver.h"
_Static_assert(sizeof(drydock_buffer) == 40, "drydock_buffer is part of the contract");
_Static_assert(offsetof(drydock_services, config_read) == 32, "drydock_services is part of the contract");
