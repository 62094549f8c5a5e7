/* Datagrams that cross a stack which forwards: in by one cable of the kind `seqpacket:`, out by another.
 *
 * They go to 10.99.0.2 by the station `station`, `rate` a second, and come out where this program is the host 10.99.0.2. Who includes
 * this defines arrived(). */
#ifndef CROSSING_H
#define CROSSING_H
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { OCTETS = 60, PAYLOAD = 42, ROUND = 200000 /* ns between bursts */ };
static const uint8_t us[6] = {2, 0, 0, 0, 0x99, 2}, them[6] = {2, 0, 0, 0, 0x98, 2};
static int in, out;
static double rate;
static uint8_t station[6];
static atomic_ullong sent, received;
static atomic_int over;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static void rest(uint64_t nanoseconds) {
    struct timespec t = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
    nanosleep(&t, NULL);
}
static int dial(const char *path) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    strncpy(a.sun_path, path, sizeof a.sun_path - 1);
    for (int i = 0; i < 500; i++) {
        int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
        if (s >= 0 && connect(s, (struct sockaddr *)&a, sizeof a) == 0) return s;
        if (s >= 0) close(s);
        rest(10000000);
    }
    fprintf(stderr, "nobody answers at %s: %s\n", path, strerror(errno));
    exit(1);
}

static uint16_t sum(const uint8_t *octets, int count) {
    uint32_t all = 0;
    for (int i = 0; i < count; i += 2) all += (uint32_t)(octets[i] << 8 | octets[i + 1]);
    while (all >> 16) all = (all & 0xffff) + (all >> 16);
    return (uint16_t)~all;
}

/* From 10.98.0.2 to 10.99.0.2, UDP without a sum, as 4 and 8.. say: RFC 791, RFC 768. */
static void *send_all(void *unused) {
    (void)unused;
    uint8_t frame[OCTETS] = {0};
    memcpy(frame, station, 6), memcpy(frame + 6, them, 6);
    uint8_t header[] = {8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 98, 0, 2, 10, 99, 0, 2, 0x30, 0x39, 0, 9, 0, 26, 0, 0};
    memcpy(frame + 12, header, sizeof header);
    uint16_t check = sum(frame + 14, 20);
    frame[24] = (uint8_t)(check >> 8), frame[25] = (uint8_t)check;
    double owed = 0;
    uint64_t last = now();
    while (!over) {
        uint64_t t = now();
        owed += (double)(t - last) * rate / 1e9, last = t;
        if (owed > rate / 200) owed = rate / 200; /* What a pause kept back is not made up for in one burst: it would be another load. */
        for (; owed >= 1 && !over; owed -= 1) {
            uint64_t number = sent;
            memcpy(frame + PAYLOAD, &number, sizeof number);
            if (send(in, frame, OCTETS, MSG_NOSIGNAL) == OCTETS) sent++;
            else if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS) return perror("the cable IN"), exit(1), NULL;
        }
        rest(ROUND);
    }
    return NULL;
}

static void answer(const uint8_t *question) {
    uint8_t reply[OCTETS] = {0};
    memcpy(reply, question + 6, 6), memcpy(reply + 6, us, 6), memcpy(reply + 12, question + 12, 8);
    reply[20] = 0, reply[21] = 2;
    memcpy(reply + 22, us, 6), memcpy(reply + 28, question + 38, 4), memcpy(reply + 32, question + 22, 10);
    send(out, reply, OCTETS, MSG_NOSIGNAL);
}

/* A frame of that number came at `t`, the one before at `last`. */
static void arrived(uint64_t t, uint64_t last, uint64_t number);

static void *receive_all(void *unused) {
    (void)unused;
    uint8_t frame[2048];
    uint64_t last = now();
    while (!over) {
        ssize_t n = recv(out, frame, sizeof frame, 0);
        if (n <= 0) break;
        if (n >= 42 && frame[12] == 8 && frame[13] == 6 && frame[21] == 1) answer(frame);
        if (n < PAYLOAD + 8 || frame[12] != 8 || frame[13] != 0 || frame[23] != 17) continue;
        uint64_t t = now(), number;
        memcpy(&number, frame + PAYLOAD, sizeof number);
        received++;
        arrived(t, last, number);
        last = t;
    }
    return NULL;
}

/* Frames come without a longer silence for `settle` milliseconds; gives up after ten seconds. */
static void undisturbed(int settle) {
    uint64_t limit = now() + 10000000000u;
    for (int calm = 0; calm < settle && now() < limit;) {
        uint64_t before = received;
        rest(10000000);
        calm = received > before ? calm + 10 : 0;
    }
    if (now() >= limit) fprintf(stderr, "no frames for ten seconds\n"), exit(1);
}

/* Connects both ends, and waits until frames cross. */
static void begin_crossing(const char *from, const char *to, const char *mac, const char *per_second) {
    uint8_t *m = station;
    if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", m, m + 1, m + 2, m + 3, m + 4, m + 5) != 6) fprintf(stderr, "%s is no MAC address\n", mac), exit(2);
    rate = atof(per_second);
    in = dial(from), out = dial(to);
    pthread_t sender, receiver;
    pthread_create(&sender, NULL, send_all, NULL), pthread_create(&receiver, NULL, receive_all, NULL);
    undisturbed(200);
}
#endif
