/* drydock_hardware.h: what Swift cannot say about hardware: accesses that may not be merged, split or moved.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_HARDWARE_H
#define DRYDOCK_HARDWARE_H
#include <stdint.h>

static inline uint8_t drydock_load8(const volatile void *p) { return *(const volatile uint8_t *)p; }
static inline uint16_t drydock_load16(const volatile void *p) { return *(const volatile uint16_t *)p; }
static inline uint32_t drydock_load32(const volatile void *p) { return *(const volatile uint32_t *)p; }
static inline uint64_t drydock_load64(const volatile void *p) { return *(const volatile uint64_t *)p; }
static inline void drydock_store8(volatile void *p, uint8_t v) { *(volatile uint8_t *)p = v; }
static inline void drydock_store16(volatile void *p, uint16_t v) { *(volatile uint16_t *)p = v; }
static inline void drydock_store32(volatile void *p, uint32_t v) { *(volatile uint32_t *)p = v; }
static inline void drydock_store64(volatile void *p, uint64_t v) { *(volatile uint64_t *)p = v; }

/* Orders descriptor stores before the doorbell store that hands them over (pairs with the device's fetch). */
static inline void drydock_dma_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }
/* Orders the load of a descriptor's done bit before the loads of what it covers (pairs with the device's write-back). */
static inline void drydock_dma_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
/* Orders a store before a later load: the re-check after announcing sleep. */
static inline void drydock_full_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

/* Words shared between processes, with the ordering named at the call. */
static inline uint32_t drydock_load_acquire32(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline void drydock_store_release32(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline uint64_t drydock_load_acquire64(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline void drydock_store_release64(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline uint32_t drydock_exchange32(uint32_t *p, uint32_t v) { return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST); }
static inline int drydock_compare_exchange32(uint32_t *p, uint32_t expected, uint32_t desired) {
    return __atomic_compare_exchange_n(p, &expected, desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
static inline void drydock_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
#endif
