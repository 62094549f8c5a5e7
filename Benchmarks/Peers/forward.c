/* forward IMAGE OPTIONS CPU SECONDS: a driver image in a plain process, driven through its contract, sends every frame back
 * with its addresses swapped: what a peer's forwarder does with its own drivers. Prints `ready`, then frames and time. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "drydock_driver.h"

enum { SLOTS = 8192, OCTETS = 2048, BATCH = 64, IDLE = 20000 };
static uint8_t *memory;
static uint32_t stock[SLOTS], stocked;
static int watched[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };
static uint64_t timer_at[8];
static volatile sig_atomic_t ending;

static uint64_t now_us(void *h) {
    (void)h;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}
static uint32_t config_read(void *h, uint32_t o, uint32_t w) { (void)h; (void)o; (void)w; return UINT32_MAX; }
static void config_write(void *h, uint32_t o, uint32_t w, uint32_t v) { (void)h; (void)o; (void)w; (void)v; }
static uint64_t region_length(void *h, uint32_t r) { (void)h; (void)r; return 0; }
static volatile uint8_t *region_address(void *h, uint32_t r) { (void)h; (void)r; return NULL; }
static uint32_t load(void *h, uint32_t r, uint32_t o, uint32_t w) { (void)h; (void)r; (void)o; (void)w; return UINT32_MAX; }
static void store(void *h, uint32_t r, uint32_t o, uint32_t w, uint32_t v) { (void)h; (void)r; (void)o; (void)w; (void)v; }
static int32_t dma_allocate(void *h, uint64_t l, uint64_t a, drydock_dma *out) { (void)h; (void)l; (void)a; (void)out; return -ENOMEM; }
static void dma_free(void *h, const drydock_dma *m) { (void)h; (void)m; }
static int32_t interrupt_enable(void *h, uint32_t k, uint32_t v) { (void)h; (void)k; (void)v; return -ENOTSUP; }
static void interrupt_disable(void *h) { (void)h; }
static void timer_set(void *h, uint32_t t, uint64_t us) { if (t < 8) timer_at[t] = us ? now_us(h) + us : 0; }
static void delay_us(void *h, uint32_t us) { (void)h; usleep(us); }
static void say(void *h, uint32_t s, const char *text) { (void)h; (void)s; fprintf(stderr, "%s\n", text); }
static void link_changed(void *h) { (void)h; }
static void device_failed(void *h, const char *why) { (void)h; fprintf(stderr, "failed: %s\n", why); ending = 1; }
static int32_t device_reset(void *h) { (void)h; return -ENOTSUP; }
static int32_t watch(void *h, uint32_t v, int32_t d) { (void)h; if (v > 7) return -EINVAL; watched[v] = d; return 0; }
static int32_t packet_memory(void *h, drydock_dma *out) {
    (void)h;
    *out = (drydock_dma){ .memory = memory, .device_address = 0, .length = (uint64_t)SLOTS * OCTETS, .handle = UINT32_MAX };
    return 0;
}

static drydock_buffer empty(uint32_t slot) {
    return (drydock_buffer){ .device_address = (uint64_t)slot * OCTETS, .data = memory + (size_t)slot * OCTETS, .slot = slot, .capacity = OCTETS };
}
static void end(int s) { (void)s; ending = 1; }

static const drydock_driver *d;
static void *instance;
static drydock_interface interface;
static uint32_t held;

static void refill(void) {
    drydock_buffer batch[BATCH];
    while (held < interface.receive_slots) {
        uint32_t n = 0;
        while (n < BATCH && n < interface.receive_slots - held && stocked > 0) batch[n++] = empty(stock[--stocked]);
        if (n == 0) return;
        uint32_t taken = d->provide_receive(instance, batch, n);
        for (uint32_t k = taken; k < n; k++) stock[stocked++] = batch[k].slot;
        held += taken;
        if (taken < n) return;
    }
}

static void reclaim(void) {
    drydock_buffer batch[BATCH];
    uint32_t n;
    while ((n = d->return_transmit(instance, batch, BATCH)) > 0) {
        for (uint32_t k = 0; k < n; k++) stock[stocked++] = batch[k].slot;
        if (n < BATCH) return;
    }
}

static uint64_t sent;
static uint32_t turn(void) {
    drydock_buffer batch[BATCH];
    uint32_t n = d->return_receive(instance, batch, BATCH), good = 0;
    if (n == 0) return 0;
    held -= n;
    for (uint32_t k = 0; k < n; k++) {
        if (batch[k].flags & (DRYDOCK_BUFFER_ERROR | DRYDOCK_BUFFER_UNUSED)) { stock[stocked++] = batch[k].slot; continue; }
        uint8_t address[6], *f = batch[k].data;
        memcpy(address, f, 6);
        memcpy(f, f + 6, 6);
        memcpy(f + 6, address, 6);
        batch[k].flags = 0;
        batch[good++] = batch[k];
    }
    uint32_t taken = d->provide_transmit(instance, batch, good);
    sent += taken;
    for (uint32_t k = taken; k < good; k++) stock[stocked++] = batch[k].slot;
    return n;
}

int main(int c, char **v) {
    if (c != 5) return fprintf(stderr, "usage: forward IMAGE OPTIONS CPU SECONDS\n"), 2;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(atoi(v[3]), &set);
    sched_setaffinity(0, sizeof set, &set);
    signal(SIGTERM, end);
    signal(SIGINT, end);
    memory = mmap(NULL, (size_t)SLOTS * OCTETS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) return perror("mmap"), 1;
    for (uint32_t k = 0; k < SLOTS; k++) stock[stocked++] = SLOTS - 1 - k;
    void *image = dlopen(v[1], RTLD_NOW | RTLD_LOCAL);
    if (!image) return fprintf(stderr, "%s\n", dlerror()), 1;
    drydock_entry entry = (drydock_entry)dlsym(image, DRYDOCK_ENTRY_SYMBOL);
    if (!entry || !(d = entry())) return fprintf(stderr, "%s has no table\n", v[1]), 1;
    drydock_services s = { DRYDOCK_ABI, sizeof s, NULL, { 0 }, config_read, config_write, region_length, region_address, load, store,
        dma_allocate, dma_free, interrupt_enable, interrupt_disable, timer_set, now_us, delay_us, say, link_changed, device_failed,
        device_reset, watch, packet_memory };
    int32_t status = d->attach(&s, v[2], &instance, &interface);
    if (status == 0) status = d->start(instance);
    if (status != 0) return fprintf(stderr, "attach: %s\n", strerror(-status)), 1;
    refill();
    puts("ready");
    fflush(stdout);
    uint64_t begin = now_us(NULL), limit = (uint64_t)(atof(v[4]) * 1e6), frames = 0, looked = 0;
    for (uint32_t round = 0, idle = 0; !ending; round++) {
        uint32_t n = turn();
        frames += n;
        reclaim();
        refill();
        if ((round & 63) == 0) {
            uint64_t now = now_us(NULL);
            if (now - begin > limit) break;
            if (now - looked > 10000) {
                looked = now;
                for (uint32_t k = 1; k < 8; k++) {
                    struct pollfd p = { watched[k], POLLIN, 0 };
                    if (watched[k] >= 0 && poll(&p, 1, 0) > 0) d->interrupt(instance, k);
                }
            }
            for (uint32_t t = 0; t < 8; t++) if (timer_at[t] && timer_at[t] <= now) { timer_at[t] = 0; d->timer(instance, t); }
        }
        idle = n ? 0 : idle + 1;
        /* Polled while frames come; asleep, a while at most, when they do not. */
        if (idle > IDLE && watched[0] >= 0) {
            struct pollfd p = { watched[0], POLLIN, 0 };
            poll(&p, 1, 10);
            idle = 0;
        }
    }
    double seconds = (double)(now_us(NULL) - begin) * 1e-6;
    d->stop(instance);
    drydock_buffer batch[BATCH];
    for (uint32_t n; (n = d->return_receive(instance, batch, BATCH)) > 0;) held -= n;
    while (d->return_transmit(instance, batch, BATCH) > 0) {}
    drydock_statistics t = { 0 };
    d->statistics(instance, &t);
    d->detach(instance);
    printf("missed %llu, transmit errors %llu; ", (unsigned long long)t.counter[DRYDOCK_RX_MISSED], (unsigned long long)t.counter[DRYDOCK_TX_ERRORS]);
    printf("received %llu sent %llu seconds %.3f left %u\n", (unsigned long long)frames, (unsigned long long)sent, seconds, held);
    return held == 0 ? 0 : 1;
}
