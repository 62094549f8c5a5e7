/* clinux_vfio.h: VFIO's requests, whose structures end in arrays that Swift cannot lay out. Kernel documentation: vfio.rst.
 * All return -1 with errno when they fail. SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_VFIO_H
#define DRYDOCK_CLINUX_VFIO_H
#include <stdint.h>

enum { CLINUX_VFIO_CONFIG_REGION = 7, CLINUX_VFIO_INTX = 0, CLINUX_VFIO_MSI = 1, CLINUX_VFIO_MSIX = 2, CLINUX_VFIO_REMOVAL = 4 };

/* A region of a device; `mappable`: all of it may be mapped at `offset` of the device's descriptor. */
struct clinux_vfio_region { uint64_t length, offset; uint32_t mappable; };

/* 0: the container speaks version 0 of the interface and has the type 1 v2 IOMMU. */
int clinux_vfio_check(int container);
/* 1: viable, 0: not. */
int clinux_vfio_is_viable(int group);
/* Puts the group into the container, and gives the container its IOMMU. */
int clinux_vfio_join(int group, int container);
/* The device's descriptor. */
int clinux_vfio_device(int group, const char *name);
/* 1: it has a reset of its own, 0: not. */
int clinux_vfio_can_reset(int device);
int clinux_vfio_region(int device, uint32_t index, struct clinux_vfio_region *out);
/* Vectors of a kind of interrupt; 0: there is none. */
int clinux_vfio_vectors(int device, uint32_t index);
/* Eventfds for vectors 0 to count - 1; count 0: off. */
int clinux_vfio_interrupts(int device, uint32_t index, const int *descriptors, uint32_t count);
int clinux_vfio_unmask(int device, uint32_t index);
int clinux_vfio_reset(int device);
int clinux_vfio_map(int container, void *start, uint64_t length, uint64_t address);
int clinux_vfio_unmap(int container, uint64_t length, uint64_t address);
/* Device addresses that may be used: first and last of up to `most` ranges. Returns how many; 0: the kernel does not say. */
int clinux_vfio_ranges(int container, uint64_t *pairs, int most);
#endif
