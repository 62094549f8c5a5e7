/* drydock_calls.h: what the side of a program says to a stack about sockets, and how a socket looks in the program.
 *
 * A socket in a program is a real descriptor: one end of a Unix socket pair whose other end the stack holds. Reading,
 * writing, polling, duplicating and passing it on is the kernel's work. Only calls that name the network come here.
 *
 * Calls travel through the instance's `dev/socket/call` as messages of Drydock's (24 octets of envelope: magic "DOCK",
 * version 1, kind, descriptors, sequence, octets of body; little-endian), each with one `struct drydock_call` as its
 * body, answered by one `struct drydock_answer`. One connection may carry one call or many, one after the other.
 *
 * The stack's end is bound to the abstract name "\0drydock/SSSSSSSSSSSSSSSS/NNNNNNNN" (stack's number, socket's number,
 * in lower-case hexadecimal), so that getpeername(2) on the program's end tells whose socket it is, and which; also
 * after dup, fork, exec and descriptor passing.
 *
 * How each kind of socket looks on its pair:
 *
 * stream, connected: octets as they are, and one out of band (MSG_OOB) as such. The peer's end is the stack's
 *   shutdown(SHUT_WR): the program reads the end and sees POLLRDHUP. Death of the connection is shutdown(SHUT_RDWR): POLLHUP as well; DRYDOCK_CALL_ERROR tells why, once.
 * stream, connecting without waiting: before the call the program's side writes `fill` octets of anything into its end,
 *   enough that poll does not call it writable. The stack throws them away when the connection is open or has failed.
 * stream, listening: for each connection one `struct drydock_arrival` with one descriptor (SCM_RIGHTS). accept is
 *   recvmsg of 64 octets; an empty queue is EAGAIN by itself. The program's side marks such an end with
 *   SO_PRIORITY = DRYDOCK_MARK_LISTENER, which Unix sockets have no other use for.
 * datagram and raw: SOCK_SEQPACKET. One message a datagram, preceded by a header of 56 octets (Sources/Messages/
 *   DatagramHeader.swift) both ways; an all-zero address to send means the connected peer. A message of flag 1 is an
 *   error and no datagram. After DRYDOCK_CALL_CONNECT with DRYDOCK_CONNECT_BARE there are no headers from then on, in
 *   either direction (an empty datagram, which the pair cannot tell from its end, is lost and counted); the program's
 *   side first takes out what is queued. Its end is marked DRYDOCK_MARK_BARE.
 *
 * The pair's own buffers are not the socket's: SO_SNDBUF and SO_RCVBUF are the stack's.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CALLS_H
#define DRYDOCK_CALLS_H
#include <stdint.h>

enum {
    DRYDOCK_ENVELOPE_OCTETS = 24,
    DRYDOCK_ENVELOPE_MAGIC = 0x4b434f44,
    DRYDOCK_ENVELOPE_VERSION = 1,
    /* Kinds of message. A failure's body is text for people; a call's answer is never one, but a refused connection's is. */
    DRYDOCK_ENVELOPE_REQUEST = 1,
    DRYDOCK_ENVELOPE_REPLY = 2,
    DRYDOCK_ENVELOPE_FAILURE = 3,

    DRYDOCK_CALL_DATA = 256,
    DRYDOCK_ARRIVAL_MAGIC = 0x56525241,
    DRYDOCK_DATAGRAM_HEADER = 56,

    DRYDOCK_MARK_NONE = 0,
    DRYDOCK_MARK_LISTENER = 1,
    DRYDOCK_MARK_BARE = 2,
    /* A stream that connect(2) without waiting was called on: its filler is written, and must not be written again. */
    DRYDOCK_MARK_CONNECTING = 3,
    /* A datagram or raw socket of IPv6 with headers: the family is then known without a call. */
    DRYDOCK_MARK_INET6 = 4,
    /* The same of ICMP and ICMPv6, whose messages may be longer than a datagram's payload. */
    DRYDOCK_MARK_ICMP = 5,
    DRYDOCK_MARK_ICMP6 = 6,
    /* A stream whose stack is gone, of which its program has been told. */
    DRYDOCK_MARK_LOST = 7,
};

/* The sixth argument of a system call that the notifier's filter lets through: the library's own. */
#define DRYDOCK_PASS 0x647279646f636b21ull

enum {
    /* a: AF_INET or AF_INET6; b: SOCK_STREAM, SOCK_DGRAM or SOCK_RAW; c: protocol, 0 for the type's own.
     * Answer: socket, and one descriptor, blocking, close-on-exec. */
    DRYDOCK_CALL_OPEN = 1,
    /* address. */
    DRYDOCK_CALL_BIND = 2,
    /* a: backlog. */
    DRYDOCK_CALL_LISTEN = 3,
    /* address (family 0 dissolves a datagram socket's connection); a: DRYDOCK_CONNECT_…; b: octets of fill.
     * Streams: answered when open or failed with DRYDOCK_CONNECT_WAIT, else at once with EINPROGRESS. EALREADY, EISCONN
     * as connect(2). A client that hangs up while it waits leaves the connection going on. */
    DRYDOCK_CALL_CONNECT = 4,
    /* Answer: local, peer (family 0: none); ENOTCONN is the asker's to make of that. */
    DRYDOCK_CALL_NAMES = 5,
    /* a: level; b: name; data: the value. ENOPROTOOPT for what the stack does not know. */
    DRYDOCK_CALL_SET_OPTION = 6,
    /* a: level; b: name; c: room. Answer: data. SO_ERROR is DRYDOCK_CALL_ERROR. */
    DRYDOCK_CALL_GET_OPTION = 7,
    /* Answer: value, an errno or 0: the pending error, now taken. */
    DRYDOCK_CALL_ERROR = 8,
    /* a: SHUT_RD, SHUT_WR or SHUT_RDWR. Streams: told before the program's side shuts its own end down, so that the stack can
     * tell a shutdown from a close. */
    DRYDOCK_CALL_SHUTDOWN = 10,
};

enum {
    DRYDOCK_CONNECT_WAIT = 1,
    DRYDOCK_CONNECT_BARE = 2,
};

/* An IPv4 or IPv6 address with its port. family: 0 none, 2 inet, 10 inet6 (Linux's numbers); port in host order; scope:
 * the interface's index, 0 any; octets in network order, IPv4 in the first four. */
struct drydock_address {
    uint16_t family;
    uint16_t port;
    uint32_t scope;
    uint8_t octets[16];
};

struct drydock_call {
    uint32_t call;
    int32_t a, b, c;
    /* The stack's number and the socket's, as in the end's name; 0 with DRYDOCK_CALL_OPEN. */
    uint64_t stack;
    uint32_t socket;
    uint32_t length;
    struct drydock_address address;
    uint8_t data[256];
    uint32_t zero[2];
};

struct drydock_answer {
    /* 0 or an errno. */
    int32_t error;
    int32_t value;
    uint32_t socket;
    uint32_t length;
    struct drydock_address local, peer;
    uint8_t data[256];
};

/* What precedes each datagram on a socket's pair, both ways: Sources/Messages/DatagramHeader.swift draws it. */
struct drydock_datagram {
    /* 2 or 24. */
    uint8_t family;
    uint8_t hop_limit, type_of_service, flags;
    uint16_t port, error;
    uint32_t interface, zero;
    uint64_t time;
    /* The address as numbers; IPv4 in `high`. */
    uint64_t high, low;
    /* Received: the address it came to. To send: the address of this host to send from; zero: chosen by the route. */
    uint64_t local_high, local_low;
};

enum {
    DRYDOCK_DATAGRAM_IS_ERROR = 1,
    DRYDOCK_DATAGRAM_DONT_FRAGMENT = 2,
    DRYDOCK_DATAGRAM_INET6 = 24,
};

/* What a listener's end carries for each connection. */
struct drydock_arrival {
    uint32_t magic;
    uint32_t socket;
    struct drydock_address local, peer;
    uint64_t zero;
};
#endif
