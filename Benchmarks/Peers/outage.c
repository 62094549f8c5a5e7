/* outage IN OUT MAC RATE KILLS SIGNAL SETTLE COMMAND: how long frames stay away after a death.
 *
 * IN and OUT are cables of the kind `seqpacket:` of two NICs of one stack that forwards. Datagrams to 10.99.0.2 go into IN, to the
 * station MAC, RATE a second, and come out of OUT, where this program is the host 10.99.0.2. KILLS times, after at least SETTLE
 * milliseconds of undisturbed traffic and a random while more, the process that COMMAND prints the number of gets SIGNAL. A line
 * each: the milliseconds from the signal to the first frame that comes through of those sent a millisecond after it and later (what the
 * dead had taken in still comes); the frames that were lost; the milliseconds from the signal until the process has ended, or is held
 * as one that died (ten seconds: neither); and the longest silence after that first frame. With 0 as SIGNAL the process fails of
 * itself: the times are counted from the last frame before the longest silence, and that silence's end is the first. The last line is
 * the rate that was forwarded while nothing was wrong. */
#include "crossing.h"

#include <signal.h>
#include <sys/syscall.h>

static atomic_ullong marked, fresh; /* when the signal was sent, 0: nothing is looked for; the first frame sent well after it */
static atomic_ullong back, later; /* when the first frame came after it, and the longest silence since: nanoseconds */
static atomic_ullong began_gap, ended_gap; /* the longest silence since `marked` */

/* What a frame says of the death at `marked`. */
static void arrived(uint64_t t, uint64_t last, uint64_t number) {
    if (!marked) return;
    uint64_t start = last > marked ? last : marked;
    if (t <= start) return;
    if (t - start > ended_gap - began_gap) {
        began_gap = start;
        ended_gap = t;
    }
    if (back && t - start > later) later = t - start;
    if (!back && number >= fresh) back = t;
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

int main(int c, char **v) {
    if (c != 9) return fprintf(stderr, "usage: outage IN OUT MAC RATE KILLS SIGNAL SETTLE COMMAND\n"), 2;
    int kills = atoi(v[5]), number = atoi(v[6]), settle = atoi(v[7]);
    begin_crossing(v[1], v[2], v[3], v[4]);
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
