/* steady serve ADDRESS PORT | steady ask ADDRESS PORT BULK EXCHANGES: connections that have to outlive what is under them.
 *
 * The server sends back what it gets. The client keeps BULK connections full of octets that are known beforehand, and on EXCHANGES more
 * says 64 octets and waits for them; each octet that comes back is compared. It prints `open` once all are connected, and ends at
 * SIGTERM: nothing more is said, what was said has 30 seconds to come back, and one line tells: lost N wrong N octets N exchanges N. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 16384, WORD = 64, PATIENCE = 30 };
static struct sockaddr_in server;
static atomic_int enough;
static atomic_ullong lost, wrong, octets, exchanges;

/* The octet at a place of the stream of connection `which`: no two streams, and no two near places, are alike. */
static uint8_t octet(uint64_t which, uint64_t place) {
    uint64_t x = (place >> 3) * 0x9e3779b97f4a7c15u + which * 0xc2b2ae3d27d4eb4fu;
    x ^= x >> 29, x *= 0xbf58476d1ce4e5b9u, x ^= x >> 32;
    return (uint8_t)(x >> (place % 8 * 8));
}

struct stream { int s; uint64_t number; atomic_ullong said; atomic_int closed; };

static void *echo(void *place) {
    int s = (int)(intptr_t)place;
    uint8_t piece[PIECE];
    for (ssize_t n; (n = recv(s, piece, sizeof piece, 0)) > 0;)
        for (ssize_t at = 0, m; at < n; at += m)
            if ((m = send(s, piece + at, (size_t)(n - at), MSG_NOSIGNAL)) <= 0) return close(s), NULL;
    close(s);
    return NULL;
}

static void *say(void *place) {
    struct stream *stream = place;
    uint8_t piece[PIECE];
    while (!enough) {
        uint64_t from = stream->said;
        for (int i = 0; i < PIECE; i++) piece[i] = octet(stream->number, from + (uint64_t)i);
        for (ssize_t at = 0, n; at < PIECE; at += n) {
            if ((n = send(stream->s, piece + at, (size_t)(PIECE - at), MSG_NOSIGNAL)) <= 0) break;
            stream->said += (uint64_t)n;
        }
        if (from + PIECE != stream->said) break;
    }
    stream->closed = 1;
    shutdown(stream->s, SHUT_WR); /* The server ends, too, and so the one that hears. */
    return NULL;
}

static void *is_lost(void) {
    lost++;
    return NULL;
}

static int more(int s, uint8_t *room, size_t count) {
    ssize_t n;
    while ((n = recv(s, room, count, 0)) < 0 && errno == EINTR) {}
    return (int)n;
}

static void *hear(void *place) {
    struct stream *stream = place;
    uint8_t piece[PIECE];
    uint64_t heard = 0;
    for (;;) {
        int n = more(stream->s, piece, sizeof piece);
        if (n == 0 && stream->closed && heard == stream->said) return NULL;
        if (n <= 0) return is_lost();
        for (int i = 0; i < n; i++) wrong += piece[i] != octet(stream->number, heard + (uint64_t)i);
        heard += (uint64_t)n, octets += (uint64_t)n;
    }
}

static void *exchange(void *place) {
    struct stream *stream = place;
    uint8_t word[WORD], back[WORD];
    for (uint64_t turn = 0; !enough; turn++) {
        for (int i = 0; i < WORD; i++) word[i] = octet(stream->number, turn * WORD + (uint64_t)i);
        if (send(stream->s, word, WORD, MSG_NOSIGNAL) != WORD) return is_lost();
        for (int got = 0, n; got < WORD; got += n)
            if ((n = more(stream->s, back + got, (size_t)(WORD - got))) <= 0) return is_lost();
        for (int i = 0; i < WORD; i++) wrong += back[i] != word[i];
        exchanges++;
    }
    return NULL;
}

static int serve(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&server, sizeof server) != 0 || listen(listener, 64) != 0) return perror("steady"), 1;
    for (;;) {
        int s = accept(listener, NULL, NULL);
        if (s < 0) return perror("steady: accept"), 1;
        pthread_t thread;
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (pthread_create(&thread, NULL, echo, (void *)(intptr_t)s) == 0) pthread_detach(thread);
    }
}

static int ask(int bulk, int others) {
    sigset_t end;
    sigemptyset(&end), sigaddset(&end, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &end, NULL);
    int count = bulk + others, on = 1;
    struct stream *streams = calloc((size_t)count, sizeof *streams);
    pthread_t *threads = calloc((size_t)count * 2, sizeof *threads);
    for (int i = 0; i < count; i++) {
        streams[i].s = socket(AF_INET, SOCK_STREAM, 0), streams[i].number = (uint64_t)i + 1;
        if (connect(streams[i].s, (struct sockaddr *)&server, sizeof server) != 0) return perror("steady: connect"), 1;
        setsockopt(streams[i].s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    int started = 0;
    for (int i = 0; i < count; i++) {
        pthread_create(&threads[started++], NULL, i < bulk ? hear : exchange, &streams[i]);
        if (i < bulk) pthread_create(&threads[started++], NULL, say, &streams[i]);
    }
    puts("open"), fflush(stdout);
    int signal;
    sigwait(&end, &signal);
    enough = 1;
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += PATIENCE;
    int silent = 0;
    for (int i = 0; i < started; i++) silent += pthread_timedjoin_np(threads[i], NULL, &limit) != 0;
    printf("lost %llu wrong %llu octets %llu exchanges %llu\n", lost + (unsigned long long)silent, (unsigned long long)wrong, (unsigned long long)octets, (unsigned long long)exchanges);
    fflush(stdout);
    _exit(lost || wrong || silent);
}

int main(int c, char **v) {
    if (c < 4 || (strcmp(v[1], "serve") && (c != 6 || strcmp(v[1], "ask")))) return fprintf(stderr, "usage: steady serve ADDRESS PORT | steady ask ADDRESS PORT BULK EXCHANGES\n"), 2;
    server.sin_family = AF_INET, server.sin_port = htons((uint16_t)atoi(v[3]));
    if (inet_pton(AF_INET, v[2], &server.sin_addr) != 1) return fprintf(stderr, "steady: %s is no address\n", v[2]), 2;
    return strcmp(v[1], "serve") ? ask(atoi(v[4]), atoi(v[5])) : serve();
}
