/* flood IFNAME CPU SECONDS: 64-byte frames (60 octets and the check sequence that no one makes here) as fast as they leave,
 * through an AF_PACKET socket, and how many frames came back on the interface in a window in the middle of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, OCTETS = 60 };
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}
static uint64_t counter(const char *name, const char *what) {
    char path[128];
    snprintf(path, sizeof path, "/sys/class/net/%s/statistics/%s", name, what);
    FILE *f = fopen(path, "r");
    unsigned long long n = 0;
    if (!f || fscanf(f, "%llu", &n) != 1) n = 0;
    if (f) fclose(f);
    return n;
}

int main(int c, char **v) {
    if (c != 4) return fprintf(stderr, "usage: flood IFNAME CPU SECONDS\n"), 2;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(atoi(v[2]), &set);
    sched_setaffinity(0, sizeof set, &set);
    double seconds = atof(v[3]);
    int s = socket(AF_PACKET, SOCK_RAW, 0), on = 1;
    struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(v[1]) };
    if (s < 0 || bind(s, (struct sockaddr *)&at, sizeof at) != 0) return perror("AF_PACKET"), 1;
    setsockopt(s, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    uint8_t frame[OCTETS] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xB5 };
    struct iovec part = { frame, sizeof frame };
    struct mmsghdr all[BATCH];
    memset(all, 0, sizeof all);
    for (int k = 0; k < BATCH; k++) { all[k].msg_hdr.msg_iov = &part; all[k].msg_hdr.msg_iovlen = 1; }
    double begin = now(), first = begin + seconds * 0.25, last = begin + seconds;
    uint64_t sent = 0, sent0 = 0, back0 = 0;
    for (int open = 0; now() < last;) {
        int n = sendmmsg(s, all, BATCH, MSG_DONTWAIT);
        if (n > 0) sent += (uint64_t)n;
        if (!open && now() >= first) {
            open = 1;
            first = now();
            sent0 = sent;
            back0 = counter(v[1], "rx_packets");
        }
    }
    double took = now() - first;
    printf("%.0f %.0f\n", (double)(counter(v[1], "rx_packets") - back0) / took, (double)(sent - sent0) / took);
    return 0;
}
