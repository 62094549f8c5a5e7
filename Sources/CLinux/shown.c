/* SPDX-License-Identifier: Apache-2.0
 * The drivers of this process, where a shell finds them from outside. */
#include "clinux.h"
#include <string.h>

struct clinux_shown drydock_shown;

void clinux_hide_driver(unsigned place) {
    if (place < CLINUX_SHOWN_DRIVERS) memset(&drydock_shown.driver[place], 0, sizeof drydock_shown.driver[place]);
}

void clinux_show_driver(unsigned place, const char *interface, const void *instance, const void *table, const void *description,
                         const void *services) {
    if (place >= CLINUX_SHOWN_DRIVERS) return;
    struct clinux_shown_driver *shown = &drydock_shown.driver[place];
    clinux_hide_driver(place);
    shown->instance = (uintptr_t)instance;
    shown->table = (uintptr_t)table;
    shown->description = (uintptr_t)description;
    shown->services = (uintptr_t)services;
    strncpy(shown->interface, interface, sizeof shown->interface - 1);
}
