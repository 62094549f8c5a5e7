/* SPDX-License-Identifier: Apache-2.0 */
#include "clinux.h"
#include <linux/vfio.h>
#include <string.h>
#include <sys/ioctl.h>

_Static_assert(CLINUX_VFIO_CONFIG_REGION == VFIO_PCI_CONFIG_REGION_INDEX, "numbers of the kernel");
_Static_assert(CLINUX_VFIO_INTX == VFIO_PCI_INTX_IRQ_INDEX && CLINUX_VFIO_MSI == VFIO_PCI_MSI_IRQ_INDEX, "numbers of the kernel");
_Static_assert(CLINUX_VFIO_MSIX == VFIO_PCI_MSIX_IRQ_INDEX && CLINUX_VFIO_REMOVAL == VFIO_PCI_REQ_IRQ_INDEX, "numbers of the kernel");

/* Room for a reply with its chain of capabilities. */
enum { REPLY_OCTETS = 4096, MOST_VECTORS = 8 };
union reply {
    char octets[REPLY_OCTETS];
    struct vfio_region_info region;
    struct vfio_iommu_type1_info iommu;
};

/* The capability `id` in a reply of `length` octets, if all `size` octets of it are there. Offsets are the kernel's. */
static const void *capability(const union reply *reply, uint32_t length, uint32_t first, uint16_t id, size_t size) {
    if (length > REPLY_OCTETS) length = REPLY_OCTETS;
    for (uint32_t at = first, hops = 0; at != 0 && hops < 64; hops++) {
        if (at > length || length - at < sizeof(struct vfio_info_cap_header)) return NULL;
        struct vfio_info_cap_header header;
        memcpy(&header, reply->octets + at, sizeof header);
        if (header.id == id) return length - at >= size ? reply->octets + at : NULL;
        at = header.next;
    }
    return NULL;
}

int clinux_vfio_check(int container) {
    if (ioctl(container, VFIO_GET_API_VERSION) == VFIO_API_VERSION && ioctl(container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) == 1) return 0;
    return errno = EPROTO, -1;
}

int clinux_vfio_is_viable(int group) {
    struct vfio_group_status status = { .argsz = sizeof status };
    if (ioctl(group, VFIO_GROUP_GET_STATUS, &status) != 0) return -1;
    return (status.flags & VFIO_GROUP_FLAGS_VIABLE) != 0;
}

int clinux_vfio_join(int group, int container) {
    if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) != 0) return -1;
    return ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) == 0 ? 0 : -1;
}

int clinux_vfio_device(int group, const char *name) { return ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name); }

int clinux_vfio_can_reset(int device) {
    struct vfio_device_info info = { .argsz = sizeof info };
    if (ioctl(device, VFIO_DEVICE_GET_INFO, &info) != 0) return -1;
    return (info.flags & VFIO_DEVICE_FLAGS_RESET) != 0;
}

int clinux_vfio_region(int device, uint32_t index, struct clinux_vfio_region *out) {
    union reply reply;
    memset(&reply, 0, sizeof reply);
    reply.region.argsz = sizeof reply;
    reply.region.index = index;
    if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &reply.region) != 0) return -1;
    uint32_t flags = reply.region.flags;
    /* Sparse: holes in it may not be mapped. */
    int sparse = (flags & VFIO_REGION_INFO_FLAG_CAPS) != 0
        && capability(&reply, reply.region.argsz, reply.region.cap_offset, VFIO_REGION_INFO_CAP_SPARSE_MMAP, sizeof(struct vfio_info_cap_header)) != NULL;
    *out = (struct clinux_vfio_region){
        .length = reply.region.size, .offset = reply.region.offset, .mappable = (flags & VFIO_REGION_INFO_FLAG_MMAP) != 0 && !sparse };
    return 0;
}

int clinux_vfio_vectors(int device, uint32_t index) {
    struct vfio_irq_info info = { .argsz = sizeof info, .index = index };
    if (ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info) != 0) return -1;
    return (info.flags & VFIO_IRQ_INFO_EVENTFD) != 0 ? (int)info.count : 0;
}

int clinux_vfio_interrupts(int device, uint32_t index, const int *descriptors, uint32_t count) {
    union { char octets[sizeof(struct vfio_irq_set) + MOST_VECTORS * sizeof(int)]; struct vfio_irq_set set; } request;
    if (count > MOST_VECTORS) return errno = EINVAL, -1;
    memset(&request, 0, sizeof request);
    request.set.argsz = (uint32_t)(sizeof request.set + count * sizeof(int));
    request.set.flags = VFIO_IRQ_SET_ACTION_TRIGGER | (count ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE);
    request.set.index = index;
    request.set.count = count;
    if (count) memcpy(request.octets + sizeof request.set, descriptors, count * sizeof(int));
    return ioctl(device, VFIO_DEVICE_SET_IRQS, &request.set) == 0 ? 0 : -1;
}

int clinux_vfio_unmask(int device, uint32_t index) {
    struct vfio_irq_set set = { .argsz = sizeof set, .flags = VFIO_IRQ_SET_ACTION_UNMASK | VFIO_IRQ_SET_DATA_NONE, .index = index, .count = 1 };
    return ioctl(device, VFIO_DEVICE_SET_IRQS, &set) == 0 ? 0 : -1;
}

int clinux_vfio_reset(int device) { return ioctl(device, VFIO_DEVICE_RESET) == 0 ? 0 : -1; }

int clinux_vfio_map(int container, void *start, uint64_t length, uint64_t address) {
    struct vfio_iommu_type1_dma_map map = {
        .argsz = sizeof map, .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, .vaddr = (uintptr_t)start, .iova = address, .size = length };
    return ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0 ? 0 : -1;
}

int clinux_vfio_unmap(int container, uint64_t length, uint64_t address) {
    struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof unmap, .iova = address, .size = length };
    return ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap) == 0 ? 0 : -1;
}

int clinux_vfio_ranges(int container, uint64_t *pairs, int most) {
    union reply reply;
    memset(&reply, 0, sizeof reply);
    reply.iommu.argsz = sizeof reply;
    if (ioctl(container, VFIO_IOMMU_GET_INFO, &reply.iommu) != 0) return -1;
    if ((reply.iommu.flags & VFIO_IOMMU_INFO_CAPS) == 0) return 0;
    const struct vfio_iommu_type1_info_cap_iova_range *found = capability(
        &reply, reply.iommu.argsz, reply.iommu.cap_offset, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, sizeof *found);
    if (!found) return 0;
    size_t room = (size_t)(reply.octets + REPLY_OCTETS - (const char *)found->iova_ranges) / sizeof found->iova_ranges[0];
    int count = 0;
    for (uint32_t i = 0; i < found->nr_iovas && i < room && count < most; i++, count++) {
        pairs[2 * count] = found->iova_ranges[i].start;
        pairs[2 * count + 1] = found->iova_ranges[i].end;
    }
    return count;
}
