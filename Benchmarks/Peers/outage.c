/* outage IN OUT MAC RATE KILLS SIGNAL SETTLE COMMAND: how long frames stay away after a death.
 *
 * IN and OUT are cables of the kind `seqpacket:` of two NICs of one stack that forwards. Datagrams to 10.99.0.2 go into IN, to the
 * station MAC, RATE a second, and come out of OUT, where this program is the host 10.99.0.2. KILLS times, after at least SETTLE
 * milliseconds of undisturbed traffic and a random while more, the process that COMMAND prints the number of gets SIGNAL. A line
 * each: the milliseconds from the signal to the first frame that comes through of those sent a millisecond after it and later (what the
 * dead had taken in still comes); the frames that were lost; the milliseconds from the signal until the process has ended, or is held
 * as one that died (ten seconds: neither); and the longest silence after that first frame. With 0 as SIGNAL the process fails of itself: the times are counted from the last frame
 * before the longest silence, and that silence's end is the first. The last line is the rate that was forwarded while nothing was
 * wrong. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { OCTETS = 60, PAYLOAD = 42, ROUND = 200000 /* ns between bursts */ };
static const uint8_t us[6] = {2, 0, 0, 0, 0x99, 2}, them[6] = {2, 0, 0, 0, 0x98, 2};
static int in, out;
static double rate;
static uint8_t station[6];
static atomic_ullong sent, received;
static atomic_ullong marked, fresh; /* when the signal was sent, 0: nothing is looked for; the first frame sent well after it */
static atomic_ullong back, later; /* when the first frame came after it, and the longest silence since: nanoseconds */
static atomic_ullong began_gap, ended_gap; /* the longest silence since `marked` */
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
    fprintf(stderr, "outage: nobody answers at %s: %s\n", path, strerror(errno));
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
            else if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS) return perror("outage: IN"), exit(1), NULL;
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

/* A frame came at `t`, the one before at `last`: what that says of the death at `marked`. */
static void judge(uint64_t t, uint64_t last, uint64_t number) {
    uint64_t start = last > marked ? last : marked;
    if (t <= start) return;
    if (t - start > ended_gap - began_gap) {
        began_gap = start;
        ended_gap = t;
    }
    if (back && t - start > later) later = t - start;
    if (!back && number >= fresh) back = t;
}

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
        if (marked) judge(t, last, number);
        last = t;
    }
    return NULL;
}

static pid_t victim(const char *command) {
    FILE *f = popen(command, "r");
    long pid = 0;
    if (!f || fscanf(f, "%ld", &pid) != 1) pid = 0;
    if (f) pclose(f);
    return (pid_t)pid;
}

/* Waits until somebody has stopped a process (SIGSTOP), or it has ended: ten seconds at most. */
static uint64_t stopped(int handle, pid_t pid) {
    struct pollfd one = {.fd = handle, .events = POLLIN};
    char path[32], line[256];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (uint64_t limit = now() + 10000000000u; now() < limit && poll(&one, 1, 1) <= 0;) {
        FILE *f = fopen(path, "r");
        const char *state = f && fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
        if (f) fclose(f);
        if (!state || strchr("TtZX", state[2])) break;
    }
    return now();
}

/* Frames come without a longer silence for `settle` milliseconds; gives up after ten seconds. */
static void undisturbed(int settle) {
    uint64_t limit = now() + 10000000000u;
    for (int calm = 0; calm < settle && now() < limit;) {
        uint64_t before = received;
        rest(10000000);
        calm = received > before ? calm + 10 : 0;
    }
    if (now() >= limit) fprintf(stderr, "outage: no frames for ten seconds\n"), exit(1);
}

int main(int c, char **v) {
    if (c != 9) return fprintf(stderr, "usage: outage IN OUT MAC RATE KILLS SIGNAL SETTLE COMMAND\n"), 2;
    if (sscanf(v[3], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", station, station + 1, station + 2, station + 3, station + 4, station + 5) != 6)
        return fprintf(stderr, "outage: %s is no MAC address\n", v[3]), 2;
    rate = atof(v[4]);
    int kills = atoi(v[5]), number = atoi(v[6]), settle = atoi(v[7]);
    in = dial(v[1]), out = dial(v[2]);
    pthread_t sender, receiver;
    pthread_create(&sender, NULL, send_all, NULL), pthread_create(&receiver, NULL, receive_all, NULL);
    undisturbed(200);
    uint64_t calm = 0, calm_since;
    double steady = 0;
    unsigned seed = 1;
    for (int kill_number = 0; kill_number < kills; kill_number++) {
        undisturbed(settle);
        calm_since = now(), calm = received;
        rest((uint64_t)(50 + rand_r(&seed) % 100) * 1000000u + (uint64_t)(rand_r(&seed) % 1000) * 1000u);
        steady += (double)(received - calm) * 1e9 / (double)(now() - calm_since);
        pid_t pid = victim(v[8]);
        if (pid <= 1) return fprintf(stderr, "outage: %s printed no process\n", v[8]), 1;
        int handle = (int)syscall(SYS_pidfd_open, pid, 0);
        if (handle < 0) return perror("outage: pidfd_open"), 1;
        uint64_t lost = sent - received;
        began_gap = ended_gap = back = later = 0;
        uint64_t at = now();
        if (number != 0 && kill(pid, number) != 0) return perror("outage: kill"), 1;
        fresh = sent + (uint64_t)(rate / 1000);
        marked = at;
        uint64_t end = stopped(handle, pid);
        close(handle);
        undisturbed(settle);
        marked = 0;
        rest(20000000);
        if (number == 0) {
            at = began_gap;
            back = ended_gap;
            later = 0;
        }
        if (!back) return fprintf(stderr, "outage: no frame came through after the death of %d\n", pid), 1;
        printf("%.3f %llu %.3f %.3f\n", (double)(back - at) / 1e6, (unsigned long long)(sent - received - lost), (double)(end - at) / 1e6, (double)later / 1e6);
        fflush(stdout);
    }
    printf("rate %.0f\n", kills ? steady / kills : 0);
    over = 1;
    return 0;
}
