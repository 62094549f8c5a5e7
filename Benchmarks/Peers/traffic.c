/* traffic: what a program over the kernel's sockets does with a stack at the other end; server and client, plain sockets.
 *
 *   traffic serve                       all services, until killed; says "ready"
 *   traffic in|out ADDR SECONDS [CPU]   octets to the server's discard, or from its source: gigabits a second
 *   traffic carry in|out ADDR OCTETS    the same with a fixed amount: what was carried
 *   traffic rr ADDR SECONDS [CPU]       one octet there and back over one connection: microseconds, median
 *   traffic crr ADDR SECONDS [CPU]      connect, one octet there and back, close: microseconds, median; failures
 *   traffic udp ADDR SECONDS [CPU]      datagrams of 18 octets as fast as they leave: arrived a second
 *   traffic hold ADDR COUNT             connections that say nothing, until the input ends
 *   traffic bare IFNAME                 switches off whatever an interface offers beyond frames
 *
 * TCP 7001 discard, 7002 echo, 7003 source, 7004 one octet back and close, 7007 hold; UDP 7006 counts, 'Q' asks how many. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DISCARD = 7001, ECHO = 7002, SOURCE = 7003, ONCE = 7004, COUNT = 7006, HOLD = 7007, CHUNK = 1 << 18 };

static const char *server = "127.0.0.1";
static const int one = 1;

static void fail(const char *what) {
    fprintf(stderr, "traffic: %s: %m\n", what);
    exit(1);
}
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}
static struct sockaddr_in at(const char *address, int port) {
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    if (inet_pton(AF_INET, address, &a.sin_addr) != 1) { fprintf(stderr, "traffic: %s is no address\n", address); exit(1); }
    return a;
}
static void patience(int s, long microseconds) {
    struct timeval t = { microseconds / 1000000, microseconds % 1000000 };
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
}
/* The same algorithm at both ends of a comparison, whatever the machine prefers. */
static int stream(void) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0) fail("socket");
    if (setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) != 0) fail("TCP_CONGESTION cubic");
    return s;
}
static int reach(int kind, int port) {
    int s = kind == SOCK_STREAM ? stream() : socket(AF_INET, kind, 0);
    struct sockaddr_in a = at(server, port);
    if (s < 0) fail("socket");
    if (connect(s, (struct sockaddr *)&a, sizeof a) != 0) { close(s); return -1; }
    if (kind == SOCK_STREAM) setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return s;
}

/* Server. */
static void *converse(void *argument) {
    int s = (int)((intptr_t)argument & 0xffffff), port = (int)((intptr_t)argument >> 24);
    char *b = malloc(CHUNK);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    memset(b, 'x', CHUNK);
    if (port == DISCARD) while (recv(s, b, CHUNK, 0) > 0) continue;
    if (port == SOURCE) while (send(s, b, 1 << 16, MSG_NOSIGNAL) > 0) continue;
    if (port == ECHO) for (ssize_t n; (n = recv(s, b, CHUNK, 0)) > 0;) if (send(s, b, (size_t)n, MSG_NOSIGNAL) != n) break;
    close(s);
    free(b);
    return NULL;
}
static void *accepting(void *argument) {
    int port = (int)(intptr_t)argument, s = stream();
    struct sockaddr_in a = at("0.0.0.0", port);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (struct sockaddr *)&a, sizeof a) != 0 || listen(s, 4096) != 0) fail("listen");
    for (;;) {
        int c = accept(s, NULL, NULL);
        char octet;
        pthread_t thread;
        if (c < 0) { usleep(1000); continue; }
        if (port == HOLD) continue;
        if (port == ONCE) {
            if (recv(c, &octet, 1, 0) == 1) send(c, &octet, 1, MSG_NOSIGNAL);
            close(c);
        } else if (pthread_create(&thread, NULL, converse, (void *)((intptr_t)port << 24 | c)) == 0) pthread_detach(thread);
    }
    return NULL;
}
static void *counting(void *argument) {
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = at("0.0.0.0", COUNT), from;
    char b[2048];
    (void)argument;
    if (bind(s, (struct sockaddr *)&a, sizeof a) != 0) fail("bind");
    for (unsigned long count = 0;;) {
        socklen_t octets = sizeof from;
        ssize_t n = recvfrom(s, b, sizeof b, 0, (struct sockaddr *)&from, &octets);
        if (n == 1 && b[0] == 'Q') sendto(s, b, (size_t)sprintf(b, "%lu", count), 0, (struct sockaddr *)&from, octets);
        else if (n >= 0) count++;
    }
    return NULL;
}
static void serve(void) {
    const int ports[] = { DISCARD, ECHO, SOURCE, ONCE, HOLD };
    pthread_t thread;
    for (size_t k = 0; k < sizeof ports / sizeof *ports; k++) pthread_create(&thread, NULL, accepting, (void *)(intptr_t)ports[k]);
    pthread_create(&thread, NULL, counting, NULL);
    usleep(20000);
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}

/* Client. The first fifth of a transfer warms up and does not count. */
static int transfer(int in, double seconds) {
    int s = reach(SOCK_STREAM, in ? DISCARD : SOURCE);
    char *b = malloc(CHUNK);
    if (s < 0) fail("connect");
    memset(b, 'x', CHUNK);
    patience(s, 5000000);
    if (!in) send(s, "x", 1, MSG_NOSIGNAL);
    double begin = now(), warm = begin + seconds / 5, end = begin + seconds, from = 0, t = begin;
    uint64_t octets = 0, before = 0;
    while ((t = now()) < end) {
        ssize_t n = in ? send(s, b, 1 << 16, MSG_NOSIGNAL) : recv(s, b, CHUNK, 0);
        if (n <= 0) fail(in ? "send" : "recv");
        octets += (uint64_t)n;
        if (from == 0 && t > warm) { from = t; before = octets; }
    }
    printf("%.4f\n", (double)(octets - before) * 8e-9 / (t - from));
    return 0;
}
static int carry(int in, uint64_t wanted) {
    int s = reach(SOCK_STREAM, in ? DISCARD : SOURCE);
    char *b = malloc(CHUNK);
    uint64_t octets = 0;
    if (s < 0) fail("connect");
    memset(b, 'x', CHUNK);
    patience(s, 60000000);
    if (!in) send(s, "x", 1, MSG_NOSIGNAL);
    while (octets < wanted) {
        ssize_t n = in ? send(s, b, 1 << 16, MSG_NOSIGNAL) : recv(s, b, CHUNK, 0);
        if (n <= 0) fail(in ? "send" : "recv");
        octets += (uint64_t)n;
    }
    printf("%lu\n", (unsigned long)octets);
    return 0;
}
static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}
static double middle(double *all, size_t count) {
    qsort(all, count, sizeof *all, ascending);
    return count ? all[count / 2] * 1e6 : -1;
}
static int roundTrips(double seconds) {
    size_t room = 4u << 20, count = 0;
    double *all = malloc(room * sizeof *all);
    int s = reach(SOCK_STREAM, ECHO);
    char octet = 'x';
    if (s < 0) fail("connect");
    patience(s, 5000000);
    for (double begin = now(), t = begin, warm = begin + seconds / 10; t < begin + seconds && count < room;) {
        if (send(s, &octet, 1, 0) != 1 || recv(s, &octet, 1, 0) != 1) fail("round trip");
        double u = now();
        if (u > warm) all[count++] = u - t;
        t = u;
    }
    printf("%.3f\n", middle(all, count));
    return 0;
}
static int connections(double seconds) {
    size_t room = 1u << 20, count = 0, lost = 0;
    double *all = malloc(room * sizeof *all), begin = now();
    char octet = 'x';
    for (double t = begin; t < begin + seconds && count < room && lost < 1000; t = now()) {
        int s = reach(SOCK_STREAM, ONCE);
        if (s < 0) { lost++; usleep(1000); continue; }
        patience(s, 2000000);
        /* The server closes first: the waiting is its own. */
        if (send(s, &octet, 1, MSG_NOSIGNAL) != 1 || recv(s, &octet, 1, 0) != 1 || recv(s, &octet, 1, 0) != 0) lost++;
        close(s);
        all[count++] = now() - t;
    }
    double took = now() - begin;
    printf("%.3f %zu %zu %.0f\n", middle(all, count), lost, count, (double)count / took);
    return 0;
}
static unsigned long counted(int s) {
    char b[64];
    for (int k = 0; k < 20; k++) {
        send(s, "Q", 1, 0);
        ssize_t n = recv(s, b, sizeof b - 1, 0);
        if (n > 0) {
            b[n] = 0;
            return strtoul(b, NULL, 10);
        }
    }
    return 0;
}
static int datagrams(double seconds) {
    int s = reach(SOCK_DGRAM, COUNT);
    char b[18] = "datagram";
    patience(s, 300000);
    unsigned long before = counted(s);
    double begin = now(), end = begin + seconds;
    while (now() < end) for (int k = 0; k < 64; k++) (void)!send(s, b, sizeof b, 0);
    double took = now() - begin;
    usleep(200000);
    printf("%.0f\n", (double)(counted(s) - before) / took);
    return 0;
}
static int hold(int wanted) {
    int open = 0;
    char octet;
    while (open < wanted && reach(SOCK_STREAM, HOLD) >= 0) open++;
    printf("%d\n", open);
    fflush(stdout);
    while (read(0, &octet, 1) > 0) continue;
    return open == wanted ? 0 : 1;
}
static int bare(const char *name) {
    const uint32_t wishes[] = { ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM, ETHTOOL_SSG };
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    for (size_t k = 0; k < sizeof wishes / sizeof *wishes; k++) {
        struct ethtool_value value = { .cmd = wishes[k] };
        struct ifreq r = { 0 };
        strncpy(r.ifr_name, name, IFNAMSIZ - 1);
        r.ifr_data = (char *)&value;
        ioctl(s, SIOCETHTOOL, &r); /* What it does not know it does not do. */
    }
    return 0;
}

static int usage(void) {
    fputs("usage: traffic serve | in|out|rr|crr|udp ADDR SECONDS [CPU] | carry in|out ADDR OCTETS | hold ADDR COUNT | bare IFNAME\n", stderr);
    return 2;
}
int main(int count, char **words) {
    struct rlimit files = { 1 << 20, 1 << 20 };
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    if (count == 2 && strcmp(words[1], "serve") == 0) serve();
    if (count == 3 && strcmp(words[1], "bare") == 0) return bare(words[2]);
    if (count < 4) return usage();
    const char *what = words[1];
    if (strcmp(what, "carry") == 0) {
        if (count != 5) return usage();
        server = words[3];
        return carry(strcmp(words[2], "in") == 0, strtoull(words[4], NULL, 10));
    }
    server = words[2];
    if (strcmp(what, "hold") == 0) return hold(atoi(words[3]));
    double seconds = atof(words[3]);
    if (count > 4) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(atoi(words[4]), &set);
        sched_setaffinity(0, sizeof set, &set);
    }
    alarm((unsigned)seconds + 30);
    if (strcmp(what, "in") == 0) return transfer(1, seconds);
    if (strcmp(what, "out") == 0) return transfer(0, seconds);
    if (strcmp(what, "rr") == 0) return roundTrips(seconds);
    if (strcmp(what, "crr") == 0) return connections(seconds);
    if (strcmp(what, "udp") == 0) return datagrams(seconds);
    return usage();
}
