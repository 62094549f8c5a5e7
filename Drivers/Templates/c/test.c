/* The driver of @name@.c on a fake device, in an ordinary process: run by `make test`, in a debugger, under valgrind.
 *
 * The fake is a few registers, and takes descriptors when a bell is rung. A test that fails says its line and ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "drydock_driver.h"

#define CHECK(condition) do { if (!(condition)) { fprintf(stderr, "test.c:%d: not so: %s\n", __LINE__, #condition); exit(1); } } while (0)

/* ---- the fake device ------------------------------------------------------------------------------------------- */

static uint32_t registers[64];                       /* by offset / 4 */
static struct { uint32_t vendor, command; } config;
static int gone, reset_hangs, allocations, blocks, fail_allocation, failures;
static uint8_t sent[2048], arena[1 << 20];
static uint32_t sent_octets, tx_position, rx_position;
static uint64_t microseconds;
static char last_line[200];
static const uint64_t START = 0x240000000ull;        /* where the device finds the arena */

typedef struct { uint64_t address; uint32_t length, flags; } descriptor;
static void *memory(uint64_t address) { return address < START || address >= START + sizeof arena ? NULL : arena + (address - START); }
static descriptor *in_ring(int base, uint32_t at) { return memory((uint64_t)registers[base + 1] << 32 | (registers[base] + 16ull * at)); }

static void power_on(void) {
    memset(registers, 0, sizeof registers);
    registers[0] = 0x41424301;
    registers[2] = 0x00640003;                       /* STATUS: 100 Mb/s, full duplex, link */
    registers[6] = 0x12005452, registers[7] = 0x5634;
    tx_position = rx_position = 0;
}

static void transmit(void) {
    for (descriptor *d; (d = in_ring(16, tx_position)) && d->flags & 1u << 31; tx_position = (tx_position + 1) % registers[18]) {
        memcpy(sent + sent_octets, memory(d->address), d->length);
        sent_octets += d->length;
        d->flags &= 1u << 29;
        if (!d->flags) registers[3] |= 2;
    }
}

static int deliver(const uint8_t *frame, uint32_t octets, uint32_t claimed) {
    descriptor *d = in_ring(12, rx_position);
    if (!d || !(d->flags & 1u << 31)) return 0;
    memcpy(memory(d->address), frame, octets);
    d->length = claimed;
    d->flags = 0;
    rx_position = (rx_position + 1) % registers[14];
    registers[3] |= 1;
    return 1;
}

/* ---- the fake host --------------------------------------------------------------------------------------------- */

static uint32_t config_read(void *h, uint32_t offset, uint32_t width) { return (void)h, (void)width, gone ? ~0u : offset == 4 ? config.command : config.vendor; }
static void config_write(void *h, uint32_t offset, uint32_t width, uint32_t value) { (void)h, (void)width; if (offset == 4) config.command = value; }
static uint64_t region_length(void *h, uint32_t region) { return (void)h, region == 0 ? 0x1000 : 0; }
static volatile uint8_t *region_address(void *h, uint32_t region) { return (void)h, (void)region, NULL; }
static uint32_t load(void *h, uint32_t region, uint32_t offset, uint32_t width) {
    (void)h, (void)region, (void)width;
    return gone ? ~0u : registers[offset / 4];
}
static void store(void *h, uint32_t region, uint32_t offset, uint32_t width, uint32_t value) {
    (void)h, (void)region, (void)width;
    if (gone) return;
    switch (offset) {
    case 0x04: if (value & 1) { power_on(); registers[1] = reset_hangs ? 1 : 0; } else registers[1] = value; break;
    case 0x0C: registers[3] &= ~value; break;
    case 0x14: if (value & 2) transmit(); break;
    default: registers[offset / 4] = value;
    }
}
static int32_t dma_allocate(void *h, uint64_t length, uint64_t alignment, drydock_dma *out) {
    (void)h, (void)alignment;
    if (++allocations == fail_allocation) return -12;
    *out = (drydock_dma){arena + 4096 * (unsigned)allocations, START + 4096ull * (unsigned)allocations, length, 0, 0};
    memset(out->memory, 0, length);
    blocks++;
    return 0;
}
static void dma_free(void *h, const drydock_dma *m) { (void)h, (void)m, blocks--; }
static int32_t interrupt_enable(void *h, uint32_t kind, uint32_t vectors) { return (void)h, (void)vectors, kind == DRYDOCK_INTX ? 1 : -95; }
static void interrupt_disable(void *h) { (void)h; }
static void timer_set(void *h, uint32_t timer, uint64_t us) { (void)h, (void)timer, (void)us; }
static uint64_t now_us(void *h) { return (void)h, microseconds; }
static void delay_us(void *h, uint32_t us) { (void)h, microseconds += us; }
static void log_line(void *h, uint32_t severity, const char *text) { (void)h, (void)severity, snprintf(last_line, sizeof last_line, "%s", text); }
static void link_changed(void *h) { (void)h; }
static void device_failed(void *h, const char *reason) { (void)h, (void)reason, failures++; }
static int32_t device_reset(void *h) { return (void)h, -95; }

static drydock_services services = {.abi = DRYDOCK_ABI, .size = sizeof services, .identity = {0x1234, 0x0ABC, 0, 0, 1, 2, 0, 0},
    .config_read = config_read, .config_write = config_write, .region_length = region_length, .region_address = region_address,
    .load = load, .store = store, .dma_allocate = dma_allocate, .dma_free = dma_free, .interrupt_enable = interrupt_enable,
    .interrupt_disable = interrupt_disable, .timer_set = timer_set, .now_us = now_us, .delay_us = delay_us, .log = log_line,
    .link_changed = link_changed, .device_failed = device_failed, .device_reset = device_reset};

static const drydock_driver *driver;
static void *instance;
static drydock_interface interface;

static int32_t attach(const char *options) {
    power_on();
    gone = reset_hangs = allocations = blocks = fail_allocation = failures = 0;
    memset(&interface, 0, sizeof interface);
    return driver->attach(&services, options, &instance, &interface);
}

static drydock_buffer buffer(uint32_t slot, uint32_t length) {
    uint32_t at = 65536 + slot * 2048;
    return (drydock_buffer){.device_address = START + at, .data = arena + at, .slot = slot, .capacity = 2048, .length = (uint16_t)length};
}

/* ---- the tests ------------------------------------------------------------------------------------------------- */

static void attaches_and_leaves_nothing(void) {
    CHECK(driver->match(&services.identity) > 0);
    CHECK(attach("") == 0 && blocks == 2);
    CHECK(interface.mac[0] == 0x52 && interface.mac[5] == 0x56 && interface.mtu == 1500);
    driver->detach(instance);
    CHECK(blocks == 0 && !(config.command & 4) && registers[4] == 0);
}

static void refuses(void) {
    CHECK(attach("colour=red") == -22 && blocks == 0 && strstr(last_line, "@name@: "));
    for (int n = 1; n <= 2; n++) {
        power_on();
        allocations = blocks = 0;
        fail_allocation = n;
        CHECK(driver->attach(&services, "", &instance, &interface) == -12 && blocks == 0);
    }
    fail_allocation = 0, reset_hangs = 1;
    CHECK(driver->attach(&services, "", &instance, &interface) == -110 && blocks == 0);
    reset_hangs = 0, services.abi = DRYDOCK_ABI + 1;
    CHECK(driver->attach(&services, "", &instance, &interface) == -71);
    services.abi = DRYDOCK_ABI;
}

static void frames_go_out(void) {
    CHECK(attach("") == 0 && driver->start(instance) == 0);
    drydock_buffer list[2] = {buffer(0, 100), buffer(1, 400)}, back[64];
    for (int round = 0; round < 200; round++) {
        list[0].flags = DRYDOCK_BUFFER_MORE;
        memset(list[0].data, round, 100);
        memset(list[1].data, round + 1, 400);
        sent_octets = 0;
        CHECK(driver->provide_transmit(instance, list, 2) == 2);
        CHECK(sent_octets == 500 && sent[99] == (uint8_t)round && sent[100] == (uint8_t)(round + 1));
        CHECK(driver->interrupt(instance, 0) == DRYDOCK_EVENT_TRANSMIT);
        CHECK(driver->return_transmit(instance, back, 64) == 2 && back[0].flags == DRYDOCK_BUFFER_MORE && back[1].flags == 0);
    }
    driver->detach(instance);
}

static void frames_come_in(void) {
    CHECK(attach("") == 0 && driver->start(instance) == 0);
    drydock_buffer empty[4] = {buffer(0, 0), buffer(1, 0), buffer(2, 0), buffer(3, 0)}, back[64];
    uint8_t frame[60];
    for (int round = 0; round < 200; round++) {
        memset(frame, round, sizeof frame);
        CHECK(driver->provide_receive(instance, empty, 4) == 4);
        for (int n = 0; n < 3; n++) CHECK(deliver(frame, 60, 60));
        CHECK(deliver(frame, 60, 5000));             /* a device that lies about the length */
        CHECK(driver->interrupt(instance, 0) == DRYDOCK_EVENT_RECEIVE);
        CHECK(driver->return_receive(instance, back, 64) == 4);
        CHECK(back[0].length == 60 && back[0].flags == 0 && back[0].data[59] == (uint8_t)round);
        CHECK(back[3].length == 0 && back[3].flags == DRYDOCK_BUFFER_ERROR);
    }
    drydock_statistics counts;
    CHECK(driver->statistics(instance, &counts) == 0 && counts.counter[DRYDOCK_RX_PACKETS] == 600 && counts.counter[DRYDOCK_RX_ERRORS] == 200);
    driver->detach(instance);
}

static void buffers_come_home(void) {
    CHECK(attach("") == 0 && driver->start(instance) == 0);
    drydock_buffer empty[3] = {buffer(0, 0), buffer(1, 0), buffer(2, 0)}, back[64];
    CHECK(driver->provide_receive(instance, empty, 3) == 3);
    CHECK(driver->stop(instance) == 0);
    CHECK(driver->return_receive(instance, back, 64) == 3 && back[2].flags == DRYDOCK_BUFFER_UNUSED);
    CHECK(driver->start(instance) == 0 && driver->provide_receive(instance, empty, 3) == 3);
    gone = 1;
    CHECK(driver->interrupt(instance, 0) == 0 && driver->interrupt(instance, 0) == DRYDOCK_EVENT_FOREIGN && failures == 1);
    CHECK(driver->return_receive(instance, back, 64) == 3);
    driver->detach(instance);
}

int main(void) {
    driver = drydock_driver_entry();
    CHECK(driver->abi == DRYDOCK_ABI && driver->size == sizeof *driver);
    attaches_and_leaves_nothing();
    refuses();
    frames_go_out();
    frames_come_in();
    buffers_come_home();
    puts("all tests passed");
    return 0;
}
