/* A program that dies as it is told, and a supervisor's other half: the note is descriptor 3, the bell 4, the word that all
 * stands 5. SPDX-License-Identifier: Apache-2.0 */
#include "clinux.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

char changed[64] = "as it was loaded";
static const char *how;

__attribute__((noinline)) static int overflow(volatile int depth) {
    volatile char room[4096];
    room[0] = (char)depth;
    return overflow(depth + 1) + room[0];
}

__attribute__((noinline)) static void receive(int answer) {
    volatile double half = 0.5;
    int doubled = answer * 2;
    if (strcmp(how, "segv") == 0 || strcmp(how, "thread") == 0) *(volatile int *)8 = doubled;
    if (strcmp(how, "abort") == 0) abort();
    if (strcmp(how, "trap") == 0) __builtin_trap();
    if (strcmp(how, "overflow") == 0) overflow(doubled);
    (void)half;
}

static void *work(void *argument) {
    (void)argument;
    clinux_use_fault_stack();
    if (strcmp(how, "thread") == 0) receive(21);
    for (;;) pause();
}

int main(int count, char **words) {
    how = count > 1 ? words[1] : "";
    void *note = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
    void *again = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
    if (note == MAP_FAILED || again == MAP_FAILED || clinux_install_fault_handler(note, 4) != 0) return 2;
    strcpy(changed, "as it has become");
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, NULL) != 0 || write(5, "r", 1) != 1) return 3;
    if (strcmp(how, "thread") != 0) receive(21);
    for (;;) pause();
}
