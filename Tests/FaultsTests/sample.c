/* Machine code of many shapes for the tests of this folder: loops, pointers, calls, floating point and vectors. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ring { uint64_t *slots; uint32_t head, tail, mask; void (*done)(struct ring *, uint64_t, int); uint8_t name[24]; };
static volatile uint64_t sink;

__attribute__((noinline)) uint64_t sum(const uint8_t *octets, size_t count) {
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++) all = all * 31 + octets[i];
    return all;
}
__attribute__((noinline)) int push(struct ring *ring, uint64_t value) {
    if (ring->head - ring->tail > ring->mask) return -1;
    ring->slots[ring->head++ & ring->mask] = value;
    if (ring->done) ring->done(ring, value, (int)(value >> 3));
    return 0;
}
__attribute__((noinline)) void drain(struct ring *ring, uint64_t *out, unsigned count) {
    while (count-- && ring->tail != ring->head) {
        uint64_t value = ring->slots[ring->tail++ & ring->mask];
        *out++ = __builtin_bswap64(value) ^ (value << 7) ^ sum(ring->name, sizeof ring->name);
    }
}
__attribute__((noinline)) double mean(const float *values, int count) {
    double all = 0;
    for (int i = 0; i < count; i++) all += values[i] * 0.5f;
    return count ? all / count : 0;
}
__attribute__((noinline, target("avx2"))) void mix(uint32_t *a, const uint32_t *b, int count) {
    for (int i = 0; i < count; i++) a[i] = (a[i] ^ b[i] >> 3) * 0x9e3779b9u;
}
__attribute__((noinline)) int choose(unsigned kind, int64_t a, int64_t b) {
    switch (kind) {
    case 0: return (int)(a / (b | 1));
    case 1: return (int)(a % (b | 1));
    case 2: return __builtin_popcountll((uint64_t)a) + __builtin_ctzll((uint64_t)b | 1);
    case 3: return memcmp(&a, &b, sizeof a);
    case 4: return (int16_t)a * (int8_t)b;
    case 5: return a < b ? -1 : a > b;
    default: return __atomic_fetch_add(&sink, (uint64_t)a, __ATOMIC_SEQ_CST) > (uint64_t)b;
    }
}
__attribute__((noinline)) char *text(char *room, size_t count, int64_t number) {
    char *at = room + count;
    int negative = number < 0;
    *--at = 0;
    do *--at = (char)('0' + llabs(number % 10)); while ((number /= 10) && at > room + 1);
    if (negative) *--at = '-';
    return memmove(room, at, strlen(at) + 1);
}
static int order(const void *a, const void *b) { return memcmp(a, b, 8); }
__attribute__((noinline)) void arrange(uint64_t *list, size_t count, uint64_t grid[8][8]) {
    qsort(list, count, sizeof *list, order);
    for (int row = 0; row < 8; row++)
        for (int column = 0; column < 8; column++) grid[row][column] = list[(size_t)(row * 8 + column) % count] + (uint64_t)(row ^ column);
    uint64_t *copy = calloc(count, sizeof *copy);
    if (!copy) abort();
    memcpy(copy, list, count * sizeof *copy);
    for (size_t i = count; i-- > 1;) list[i] -= copy[i - 1];
    free(copy);
}
int main(int count, char **words) {
    uint64_t slots[16] = {0}, out[16], grid[8][8];
    struct ring ring = {slots, 0, 0, 15, 0, "ring"};
    float values[16];
    uint32_t a[16] = {0}, b[16] = {1};
    char room[32];
    for (int i = 0; i < 16; i++) push(&ring, (uint64_t)i * 77), values[i] = (float)i;
    drain(&ring, out, 16);
    mix(a, b, 16);
    arrange(out, 16, grid);
    sink += (uint64_t)mean(values, 16) + (uint64_t)choose((unsigned)count, count, (int64_t)a[3]) + (uint64_t)*text(room, sizeof room, count);
    return (int)(sum((uint8_t *)grid, sizeof grid) + (words[0] != 0)) & 1;
}
