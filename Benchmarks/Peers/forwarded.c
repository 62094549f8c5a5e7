/* forwarded IN OUT MAC RATE: counts what crosses a stack (crossing.h), span by span.
 *
 * For every line on standard input, a number of milliseconds, a line comes when they are over: the frames that came out meanwhile, and
 * those that were sent. It ends with its input. */
#include "crossing.h"

static void arrived(uint64_t t, uint64_t last, uint64_t number) { (void)t, (void)last, (void)number; }

int main(int c, char **v) {
    if (c != 5) return fprintf(stderr, "usage: forwarded IN OUT MAC RATE\n"), 2;
    begin_crossing(v[1], v[2], v[3], v[4]);
    char line[32];
    while (fgets(line, sizeof line, stdin)) {
        uint64_t came = received, went = sent;
        rest(strtoul(line, NULL, 10) * 1000000u);
        printf("%llu %llu\n", (unsigned long long)(received - came), (unsigned long long)(sent - went));
        fflush(stdout);
    }
    over = 1;
    return 0;
}
