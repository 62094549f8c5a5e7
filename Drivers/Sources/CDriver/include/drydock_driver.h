/* drydock_driver.h: the contract between a Drydock stack and a driver image.
 *
 * A driver image is a shared library (devnp-NAME.so) in Embedded Swift, C, or anything that speaks C. It exports one
 * symbol, `drydock_driver_entry`, which returns a table of callouts (struct drydock_driver). The stack hands every
 * attached instance a table of services (struct drydock_services). No other symbol crosses, and no Swift type does.
 *
 * Rules that hold for every callout
 *  - All callouts of one image run on one thread, the stack's; none is entered while another is running.
 *  - A callout returns soon: a wait is made with `delay_us`, is bounded, and a failed one is reported by its name.
 *  - Status is 0 or a negative errno value. Counts are counts of buffers.
 *  - A buffer has one owner. `provide_*` moves buffers to the driver (those accepted), `return_*` moves them back.
 *    After `stop`, the driver returns every buffer it still holds through `return_*` before `detach` is called.
 *  - A frame of several buffers (MORE) is never split over two calls, in either direction; `capacity` of `return_*` is
 *    at least 16; 40 while CAP_JOIN_RX is enabled. What is said of a frame (VLAN, checksums, FAILED) is said in its first buffer, ERROR in all of them.
 *  - The table of services stays valid until `detach` has returned.
 *
 * Copyright the Drydock authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_DRIVER_H
#define DRYDOCK_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this contract. A stack takes drivers built against any version from DRYDOCK_ABI_OLDEST to its own, and
 * refuses others by name. A later version only appends to the tables and gives meaning to what was reserved (and zero);
 * `size` says how many octets of a table its maker knows, and a stack tags the table of services with the driver's own
 * version. What came with version 2 says so: (2). */
#define DRYDOCK_ABI 2u
#define DRYDOCK_ABI_OLDEST 1u
#define DRYDOCK_ENTRY_SYMBOL "drydock_driver_entry"

/* ---- identity -------------------------------------------------------------------------------------------------- */

/* What config space says of one PCI function. */
typedef struct drydock_identity {
    uint16_t vendor, device, subsystem_vendor, subsystem_device;
    uint8_t revision, class_code, subclass, programming_interface;
} drydock_identity;

/* ---- buffers --------------------------------------------------------------------------------------------------- */

/* Flags of a buffer. */
#define DRYDOCK_BUFFER_MORE            0x0001u /* the frame continues in the next buffer of the batch            */
#define DRYDOCK_BUFFER_UNUSED          0x0002u /* comes back empty: stop, detach, a frame that is for others     */
#define DRYDOCK_BUFFER_ERROR           0x0004u /* receive: the frame is bad (and was counted by the driver)      */
#define DRYDOCK_BUFFER_IP_CHECKED      0x0010u /* receive: hardware verified the IPv4 header checksum            */
#define DRYDOCK_BUFFER_L4_CHECKED      0x0020u /* receive: hardware verified the TCP/UDP checksum                */
#define DRYDOCK_BUFFER_VLAN            0x0040u /* `vlan` holds a tag: stripped on receive, to insert on transmit */
#define DRYDOCK_BUFFER_INSERT_CHECKSUM 0x0100u /* transmit: sum from checksum_start, store at +checksum_offset;
                                                  never asked for a frame that was padded to 60 octets           */
#define DRYDOCK_BUFFER_INSERT_IP       0x0200u /* transmit: IPv4 header checksum, header at checksum_ip_start    */
#define DRYDOCK_BUFFER_FAILED          0x0400u /* transmit: returned without having been sent (and counted)      */
#define DRYDOCK_BUFFER_SEGMENT         0x0800u /* (2) transmit: to be cut into TCP segments; needs CAP_TSO4/6;
                                                  receive: of `segment_octets` each, joined; needs CAP_JOIN_RX   */

/* One slot of packet memory on its way between stack and driver. 40 octets. */
typedef struct drydock_buffer {
    uint64_t device_address;   /* of `data`, as the device must be told                                      */
    uint8_t *data;             /* first octet of the frame part in this process                              */
    uint32_t slot;             /* which slot of packet memory: the buffer's identity                         */
    uint16_t capacity;         /* octets from `data` to the slot's end                                       */
    uint16_t length;           /* octets of frame in it                                                      */
    uint16_t flags;            /* DRYDOCK_BUFFER_*                                                           */
    uint16_t vlan;             /* 802.1Q tag control information, host order                                 */
    uint16_t checksum_start;   /* octets from the frame's start to where the TCP/UDP sum begins              */
    uint16_t checksum_offset;  /* octets from checksum_start to the field that takes it                      */
    uint16_t checksum_ip_start;/* octets from the frame's start to the IPv4 header                           */
    uint16_t checksum_ip_end;  /* octets from the frame's start to the last octet of the IPv4 header         */
    uint16_t segment_octets;   /* (2) with SEGMENT: octets of TCP payload a segment                          */
    uint16_t header_octets;    /* (2) with SEGMENT: octets of Ethernet, IP and TCP header before the payload */
} drydock_buffer;

/* ---- services: what the host does for a driver ----------------------------------------------------------------- */

/* DMA memory: zeroed, physically usable by the device, owned by the driver until dma_free or detach. */
typedef struct drydock_dma {
    uint8_t *memory;
    uint64_t device_address;
    uint64_t length;
    uint32_t handle;
    uint32_t reserved;
} drydock_dma;

enum drydock_severity {
    DRYDOCK_LOG_CRITICAL = 1, DRYDOCK_LOG_ERROR = 2, DRYDOCK_LOG_WARNING = 3, DRYDOCK_LOG_NOTICE = 4,
    DRYDOCK_LOG_INFO = 5, DRYDOCK_LOG_DEBUG = 6
};

enum drydock_interrupt_kind { DRYDOCK_INTX = 0, DRYDOCK_MSI = 1, DRYDOCK_MSIX = 2 };

/* Every function takes `host` from this table as its first argument. Offsets and lengths are in octets. */
typedef struct drydock_services {
    uint32_t abi, size;
    void *host;
    drydock_identity identity;
    /* Configuration space; width 1, 2 or 4. An absent device reads as all ones. */
    uint32_t (*config_read)(void *host, uint32_t offset, uint32_t width);
    void (*config_write)(void *host, uint32_t offset, uint32_t width, uint32_t value);
    /* Regions are the PCI base address registers 0 to 5. Length 0: the region does not exist. */
    uint64_t (*region_length)(void *host, uint32_t region);
    /* Where the region is plain device memory of this process, its address; otherwise NULL: use load and store. */
    volatile uint8_t *(*region_address)(void *host, uint32_t region);
    uint32_t (*load)(void *host, uint32_t region, uint32_t offset, uint32_t width);
    void (*store)(void *host, uint32_t region, uint32_t offset, uint32_t width, uint32_t value);
    /* DMA memory for rings. `alignment` is a power of two. */
    int32_t (*dma_allocate)(void *host, uint64_t length, uint64_t alignment, drydock_dma *out);
    void (*dma_free)(void *host, const drydock_dma *memory);
    /* Interrupts: enabling returns the number of vectors granted (>= 1) or a negative errno. After an INTx interrupt
     * callout has cleared the cause, the host unmasks the line by itself. */
    int32_t (*interrupt_enable)(void *host, uint32_t kind, uint32_t vectors);
    void (*interrupt_disable)(void *host);
    /* One-shot timers 0 to 7: `timer` is called with the same number. Setting one again moves it. 0 us cancels. */
    void (*timer_set)(void *host, uint32_t timer, uint64_t microseconds);
    uint64_t (*now_us)(void *host);
    void (*delay_us)(void *host, uint32_t microseconds);
    void (*log)(void *host, uint32_t severity, const char *text);
    /* Tells the stack that the link changed; it asks `get_media` for the details. */
    void (*link_changed)(void *host);
    /* Declares the device unusable: the interface goes down, the reason is reported. */
    void (*device_failed)(void *host, const char *reason);
    /* Device reset by the bus where it has one (function-level reset); -ENOTSUP where not. */
    int32_t (*device_reset)(void *host);
    /* (2) For drivers without a device: while `descriptor` of the driver's own is readable, `interrupt` is called with
     * `vector` (0 to 7). -1 ends the watch. The driver closes the descriptor itself, after that. */
    int32_t (*watch)(void *host, uint32_t vector, int32_t descriptor);
    /* (2) All slots of packet memory at once: where they are here and for the device, for hardware and kernel interfaces
     * that want one region (AF_XDP). Owned by the host; `handle` is a descriptor of the memory (a memfd) or -1. */
    int32_t (*packet_memory)(void *host, drydock_dma *out);
} drydock_services;

/* ---- callouts: what a driver does for the stack ---------------------------------------------------------------- */

#define DRYDOCK_CAP_IP4CSUM_RX  0x00000001u
#define DRYDOCK_CAP_TCP4CSUM_RX 0x00000002u
#define DRYDOCK_CAP_UDP4CSUM_RX 0x00000004u
#define DRYDOCK_CAP_TCP6CSUM_RX 0x00000008u
#define DRYDOCK_CAP_UDP6CSUM_RX 0x00000010u
#define DRYDOCK_CAP_IP4CSUM_TX  0x00000100u
#define DRYDOCK_CAP_TCP4CSUM_TX 0x00000200u
#define DRYDOCK_CAP_UDP4CSUM_TX 0x00000400u
#define DRYDOCK_CAP_TCP6CSUM_TX 0x00000800u
#define DRYDOCK_CAP_UDP6CSUM_TX 0x00001000u
#define DRYDOCK_CAP_TSO4        0x00002000u
#define DRYDOCK_CAP_TSO6        0x00004000u
#define DRYDOCK_CAP_VLAN_MTU    0x00010000u /* carries a tag beyond the MTU                 */
#define DRYDOCK_CAP_VLAN_HW     0x00020000u /* inserts and strips tags                      */
#define DRYDOCK_CAP_VLAN_FILTER 0x00040000u
#define DRYDOCK_CAP_JUMBO       0x00080000u
#define DRYDOCK_CAP_JOIN_RX     0x00100000u /* (2) TCP segments come joined, in frames longer than the MTU: 65535 octets
                                               and 40 buffers at most. Off until the stack switches it on             */

/* What an attached instance is; filled by `attach`. */
typedef struct drydock_interface {
    uint8_t mac[6];           /* in use                                    */
    uint8_t permanent_mac[6]; /* as the hardware holds it                  */
    uint32_t capabilities;    /* DRYDOCK_CAP_*                             */
    uint32_t enabled;         /* those switched on                         */
    uint32_t mtu, maximum_mtu;/* octets of Ethernet payload                */
    uint32_t receive_slots;   /* buffers the driver wants to hold          */
    uint32_t transmit_slots;  /* frames' buffers it can hold for transmit  */
    uint16_t vectors;         /* interrupt vectors in use                  */
    uint16_t reserved;
    char description[64];     /* "Intel 82540EM Gigabit Ethernet Controller" */
} drydock_interface;

#define DRYDOCK_MEDIA_FULL_DUPLEX 0x1u
#define DRYDOCK_MEDIA_AUTO        0x2u
#define DRYDOCK_MEDIA_LINK_UP     0x4u
#define DRYDOCK_MEDIA_PAUSE_RX    0x8u
#define DRYDOCK_MEDIA_PAUSE_TX    0x10u
typedef struct drydock_media {
    uint32_t megabits; /* 0: unknown, or automatic when setting */
    uint32_t flags;    /* DRYDOCK_MEDIA_*                       */
    uint32_t phy_address;
    uint32_t phy_identifier;
} drydock_media;

#define DRYDOCK_FILTER_PROMISCUOUS   0x1u
#define DRYDOCK_FILTER_ALL_MULTICAST 0x2u
#define DRYDOCK_FILTER_VLAN          0x4u /* accept only the VLANs listed */
typedef struct drydock_filter {
    uint32_t flags;
    uint32_t multicast_count, vlan_count;
    const uint8_t (*multicast)[6];
    const uint16_t *vlans;
    uint8_t mac[6];
    uint16_t reserved;
} drydock_filter;

/* Counters a driver keeps: bit n of `valid` tells that counter n is kept. Counted since attach, never reset. */
enum drydock_counter {
    DRYDOCK_TX_PACKETS, DRYDOCK_TX_OCTETS, DRYDOCK_TX_BROADCAST, DRYDOCK_TX_MULTICAST, DRYDOCK_TX_NO_MEMORY,
    DRYDOCK_RX_PACKETS, DRYDOCK_RX_OCTETS, DRYDOCK_RX_BROADCAST, DRYDOCK_RX_MULTICAST, DRYDOCK_RX_NO_MEMORY,
    DRYDOCK_TX_SINGLE_COLLISIONS, DRYDOCK_TX_MULTIPLE_COLLISIONS, DRYDOCK_TX_DEFERRED, DRYDOCK_TX_LATE_COLLISIONS,
    DRYDOCK_TX_EXCESSIVE_COLLISIONS, DRYDOCK_TX_UNDERRUNS, DRYDOCK_TX_NO_CARRIER, DRYDOCK_RX_ALIGNMENT_ERRORS,
    DRYDOCK_RX_CRC_ERRORS, DRYDOCK_RX_MISSED, DRYDOCK_RX_UNDERSIZED, DRYDOCK_RX_OVERSIZED, DRYDOCK_RX_LENGTH_ERRORS,
    DRYDOCK_RX_SYMBOL_ERRORS, DRYDOCK_TX_ERRORS, DRYDOCK_RX_ERRORS, DRYDOCK_TX_HANGS, DRYDOCK_INTERRUPTS,
    DRYDOCK_COUNTERS
};
typedef struct drydock_statistics {
    uint64_t valid;
    uint64_t counter[40];
} drydock_statistics;

/* What `interrupt` and `timer` found. AGAIN: there is more, call me again after others had their turn. */
#define DRYDOCK_EVENT_NONE     0x0u
#define DRYDOCK_EVENT_RECEIVE  0x1u
#define DRYDOCK_EVENT_TRANSMIT 0x2u
#define DRYDOCK_EVENT_LINK     0x4u
#define DRYDOCK_EVENT_AGAIN    0x8u
#define DRYDOCK_EVENT_FOREIGN  0x10u /* not this device's interrupt (shared line) */

/* One field of a register: bits low to high. */
typedef struct drydock_field { const char *name; uint8_t low, high; uint16_t reserved; } drydock_field;
enum drydock_access { DRYDOCK_READ_WRITE, DRYDOCK_READ_ONLY, DRYDOCK_WRITE_ONLY, DRYDOCK_READ_CLEARS,
                      DRYDOCK_WRITE_ONE_CLEARS, DRYDOCK_DOORBELL /* (2) written when the device asks for it */ };
typedef struct drydock_register {
    const char *name, *section; /* "CTRL", "8254x 13.4.1" */
    uint32_t offset, reset;
    uint32_t count, stride;     /* an array of registers: count > 1 */
    uint8_t region, width, access, field_count;
    uint32_t reserved;          /* (2) DRYDOCK_INDIRECT; 0: the register is at `offset` */
    const drydock_field *fields;
} drydock_register;
/* (2) The register has no place of its own: `offset` is its number, which is stored at `index` of the region; then the
 * register is at `data` of the region. Both accesses have the register's width. */
#define DRYDOCK_INDIRECT(index, data) ((uint32_t)(index) | (uint32_t)(data) << 16)
/* A variable that a shell may show and change. `offset` is from the instance pointer; kind 'u','i','b' of `width`. */
typedef struct drydock_variable { const char *name, *help; uint32_t offset; uint8_t width; char kind; uint8_t writable, reserved; } drydock_variable;
typedef struct drydock_method { const char *name, *help; int64_t (*call)(void *instance, const int64_t *arguments, uint32_t count); } drydock_method;
typedef struct drydock_description {
    const drydock_register *registers;
    const drydock_variable *variables;
    const drydock_method *methods;
    uint32_t register_count, variable_count, method_count, reserved;
} drydock_description;

/* (2) Flags of a driver. */
#define DRYDOCK_DRIVER_NO_DEVICE 0x1u /* drives no NIC: attached once a mount, with an identity of zeros and no regions */

typedef struct drydock_driver {
    uint32_t abi, size;
    const char *name;           /* "e1000": the library is devnp-e1000.so       */
    const char *prefix;         /* "em": interfaces are em0, em1, ...           */
    const char *version;
    const char *help;           /* option help, one option a line               */
    /* > 0 when this driver drives such a device; among images, the highest wins. */
    int32_t (*match)(const drydock_identity *identity);
    /* Brings one device up to the point where `start` may be called. On failure everything is undone, `*instance`
     * is not written, and the device is quiet. `options` is a comma-separated list, never NULL. */
    int32_t (*attach)(const drydock_services *services, const char *options, void **instance, drydock_interface *out);
    int32_t (*start)(void *instance);
    int32_t (*stop)(void *instance);
    void (*detach)(void *instance);
    uint32_t (*provide_receive)(void *instance, const drydock_buffer *buffers, uint32_t count);
    uint32_t (*return_receive)(void *instance, drydock_buffer *buffers, uint32_t capacity);
    uint32_t (*provide_transmit)(void *instance, const drydock_buffer *buffers, uint32_t count);
    uint32_t (*return_transmit)(void *instance, drydock_buffer *buffers, uint32_t capacity);
    uint32_t (*interrupt)(void *instance, uint32_t vector);
    uint32_t (*timer)(void *instance, uint32_t timer);
    int32_t (*set_filter)(void *instance, const drydock_filter *filter);
    int32_t (*get_media)(void *instance, drydock_media *out);
    int32_t (*set_media)(void *instance, const drydock_media *media);
    int32_t (*set_offloads)(void *instance, uint32_t enabled);
    int32_t (*set_mtu)(void *instance, uint32_t mtu);
    int32_t (*statistics)(void *instance, drydock_statistics *out);
    /* The process is going: silence the device at once, free nothing, touch no lock. */
    void (*quiesce)(void *instance);
    const drydock_description *(*describe)(void);
    uint32_t flags;             /* (2) DRYDOCK_DRIVER_* */
    uint32_t reserved;
} drydock_driver;

typedef const drydock_driver *(*drydock_entry)(void);
const drydock_driver *drydock_driver_entry(void);

#ifdef __cplusplus
}
#endif
#endif
