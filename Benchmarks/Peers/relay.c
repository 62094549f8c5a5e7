/* relay NEAR FAR[,FAR] LOST DELAY RATE QUEUE: a long way between interfaces, frame by frame.
 *
 * Of a thousand frames LOST are lost, each is DELAY microseconds under way, RATE megabits a second pass towards NEAR (0: all),
 * behind a queue of QUEUE frames. What comes from NEAR goes to every FAR, unhindered but for the delay and the losses.
 * Frames are taken from and given to interfaces by packet sockets: they must join no segments (traffic bare). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4096, OCTETS = 2048, FARS = 4 };

struct frame {
    uint64_t due;
    int length;
    uint8_t octets[OCTETS];
};
struct way {
    struct frame *frames;
    unsigned head, tail, limit;
    uint64_t free; /* when the bottleneck has sent what it has */
    double nanosecondsAnOctet;
};

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static uint64_t chance = 88172645463325252u;
static unsigned below(unsigned bound) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (unsigned)(chance >> 33) % bound;
}
static int tap(const char *name) {
    int s = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL)), one = 1, room = 8 << 20;
    struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name) };
    if (s < 0 || at.sll_ifindex == 0 || bind(s, (struct sockaddr *)&at, sizeof at) != 0) {
        fprintf(stderr, "relay: %s: %m\n", name);
        exit(1);
    }
    struct packet_mreq all = { .mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC };
    setsockopt(s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
    setsockopt(s, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
    setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    return s;
}
static void take(int s, struct way *way, unsigned lost, uint64_t delay) {
    for (int k = 0; k < 64; k++) {
        struct frame *frame = &way->frames[way->tail % MOST];
        int length = (int)recv(s, frame->octets, OCTETS, MSG_TRUNC);
        if (length < 0) return;
        if (length > OCTETS || below(1000) < lost || way->tail - way->head >= way->limit) continue;
        uint64_t t = now();
        way->free = (way->free > t ? way->free : t) + (uint64_t)(way->nanosecondsAnOctet * (length + 24));
        frame->due = way->free + delay;
        frame->length = length;
        way->tail++;
    }
}
static void give(struct way *way, const int *to, int count) {
    for (uint64_t t = now(); way->head != way->tail && way->frames[way->head % MOST].due <= t; way->head++) {
        const struct frame *frame = &way->frames[way->head % MOST];
        for (int k = 0; k < count; k++) (void)!send(to[k], frame->octets, (size_t)frame->length, 0);
    }
}

int main(int count, char **words) {
    if (count != 7) {
        fputs("usage: relay NEAR FAR[,FAR] LOST-OF-THOUSAND DELAY-US MEGABITS QUEUE\n", stderr);
        return 2;
    }
    int sockets[1 + FARS], fars = 0;
    sockets[0] = tap(words[1]);
    for (char *name = strtok(words[2], ","); name && fars < FARS; name = strtok(NULL, ",")) sockets[1 + fars++] = tap(name);
    unsigned lost = (unsigned)atoi(words[3]), queue = (unsigned)atoi(words[6]);
    uint64_t delay = strtoull(words[4], NULL, 10) * 1000;
    double megabits = atof(words[5]);
    struct way there = { .frames = calloc(MOST, sizeof(struct frame)), .limit = MOST - 1 };
    struct way back = { .frames = calloc(MOST, sizeof(struct frame)), .limit = queue < MOST ? queue : MOST - 1,
                        .nanosecondsAnOctet = megabits > 0 ? 8000 / megabits : 0 };
    struct pollfd list[1 + FARS];
    for (int k = 0; k <= fars; k++) list[k] = (struct pollfd){ .fd = sockets[k], .events = POLLIN };
    puts("ready");
    fflush(stdout);
    for (;;) {
        uint64_t next = UINT64_MAX, t = now();
        if (there.head != there.tail) next = there.frames[there.head % MOST].due;
        if (back.head != back.tail && back.frames[back.head % MOST].due < next) next = back.frames[back.head % MOST].due;
        uint64_t left = next > t ? next - t : 0;
        struct timespec time = { (time_t)(left / 1000000000u), (long)(left % 1000000000u) };
        ppoll(list, (nfds_t)fars + 1, next == UINT64_MAX ? NULL : &time, NULL);
        take(sockets[0], &there, lost, delay);
        for (int k = 1; k <= fars; k++) take(sockets[k], &back, lost, delay);
        give(&there, sockets + 1, fars);
        give(&back, sockets, 1);
    }
}
