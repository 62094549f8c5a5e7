/* The options: mac=XX:..,mtu=,receive=,...  SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "e1000.h"

static int32_t refuse(const struct e1000 *e, const char *option, size_t length, const char *wrong, const char *allowed) {
    say(e, DRYDOCK_LOG_ERROR, "option '%.*s' %s; allowed: %s", (int)(length < 64 ? length : 64), option, wrong, allowed);
    return -22;
}

static bool number(const char *text, size_t length, uint32_t low, uint32_t high, uint32_t step, uint32_t *out) {
    uint64_t value = 0;
    if (!length || length > 9) return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = (uint32_t)value;
    return value >= low && value <= high && value % step == 0;
}

static int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

static bool address(const char *text, size_t length, uint8_t *out) {
    if (length != 17) return false;
    for (int i = 0; i < 6; i++) {
        int high = nibble(text[i * 3]), low = nibble(text[i * 3 + 1]);
        if (high < 0 || low < 0 || (i < 5 && text[i * 3 + 2] != ':')) return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return !(out[0] & 1) && memcmp(out, (uint8_t[6]){0}, 6) != 0;
}

int32_t parse_options(const struct e1000 *e, const char *text, struct options *o) {
    struct numeric { const char *name, *allowed; uint32_t low, high, step, *out; } numbers[] = {
        {"mtu", "68 to 9000 octets", 68, 9000, 1, &o->mtu},
        {"receive", "64 to 4096 descriptors, a multiple of 8", 64, 4096, 8, &o->receive},
        {"transmit", "64 to 4096 descriptors, a multiple of 8", 64, 4096, 8, &o->transmit},
        {"irq_thresh", "0 to 100000 interrupts a second", 0, 100000, 1, &o->interrupts_per_second},
        {"verbose", "0, 1 or 2", 0, 2, 1, &o->verbose},
    };
    for (; *text; text += *text == ',') {
        size_t length = strcspn(text, ","), key = strcspn(text, ",=");
        const char *option = text, *value = text + key + (key < length);
        size_t value_length = length - (size_t)(value - text);
        bool known = length == 0;
        text += length;
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !known; i++) {
            struct numeric *n = &numbers[i];
            if (strlen(n->name) != key || strncmp(option, n->name, key)) continue;
            known = true;
            if (key == length && n->out == &o->verbose) o->verbose = 1;
            else if (!number(value, value_length, n->low, n->high, n->step, n->out)) return refuse(e, option, length, "is not such a number", n->allowed);
        }
        if (!known && key == 3 && !strncmp(option, "mac", 3)) {
            if (!address(value, value_length, o->mac)) return refuse(e, option, length, "is not an address", "a station's address, XX:XX:XX:XX:XX:XX");
            known = o->has_mac = true;
        }
        if (!known && length == 11 && !strncmp(option, "promiscuous", 11)) known = o->promiscuous = true;
        if (!known && length == 11 && !strncmp(option, "nomulticast", 11)) known = o->no_multicast = true;
        if (!known) return refuse(e, option, length, "is not known", "mac= promiscuous nomulticast verbose mtu= receive= transmit= irq_thresh=");
    }
    return 0;
}
