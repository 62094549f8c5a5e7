/* clinux_shown.h: what a shell finds in a process by name, also when nobody in it answers, and in its core.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_SHOWN_H
#define DRYDOCK_CLINUX_SHOWN_H
#include <stdint.h>

enum { CLINUX_SHOWN_DRIVERS = 16, CLINUX_SHOWN_NAME = 16, CLINUX_SHOWN_PARTS = 16, CLINUX_SHOWN_PART = 4096 };

struct clinux_shown_driver {
    char interface[CLINUX_SHOWN_NAME];    /* empty: nothing is here */
    uint64_t instance, table, description, services; /* as the contract has them; 0: there is none */
};

/* One in a process, under this name. */
struct clinux_shown {
    struct clinux_shown_driver driver[CLINUX_SHOWN_DRIVERS];
    /* A shell's own: strings and new symbols, a part for each of some sessions. Nothing in the process looks at it. */
    unsigned char scratch[CLINUX_SHOWN_PARTS][CLINUX_SHOWN_PART] __attribute__((aligned(16)));
};
extern struct clinux_shown drydock_shown;

/* Says which driver has that place; a place that is too high is not shown. */
void clinux_show_driver(unsigned place, const char *interface, const void *instance, const void *table, const void *description,
                         const void *services);
void clinux_hide_driver(unsigned place);
#endif
