/// A program in C that does with its sockets what only C does, one part a run: `calls ADDRESS PORT PART`. It prints `ok` at its end, and
/// else the line that does not hold.
let callsSource = #"""
    #define _GNU_SOURCE
    #include <arpa/inet.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <linux/io_uring.h>
    #include <poll.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <sys/socket.h>
    #include <sys/syscall.h>
    #include <sys/uio.h>
    #include <sys/wait.h>
    #include <unistd.h>

    #define HOLDS(x) do { if (!(x)) { printf("line %d: %s (%s)\n", __LINE__, #x, strerror(errno)); exit(1); } } while (0)

    static struct sockaddr_in server;

    static int to_server(int kind) {
        int s = socket(AF_INET, kind, 0);
        HOLDS(s >= 0);
        HOLDS(connect(s, (struct sockaddr *)&server, sizeof server) == 0);
        return s;
    }

    static void echoed(int s, const char *word) {
        char back[64];
        size_t n = strlen(word);
        HOLDS(send(s, word, n, 0) == (ssize_t)n);
        HOLDS(recv(s, back, n, MSG_WAITALL) == (ssize_t)n && memcmp(word, back, n) == 0);
    }

    /* One request at a time, on rings that the kernel shares with us. */
    static int ring;
    static struct io_uring_params layout;
    static char *submission, *completion;
    static struct io_uring_sqe *entries;

    static int submit(int operation, int fd, void *octets, unsigned count, unsigned events) {
        unsigned *tail = (unsigned *)(submission + layout.sq_off.tail), *head = (unsigned *)(completion + layout.cq_off.head);
        unsigned mask = *(unsigned *)(submission + layout.sq_off.ring_mask), at = *tail & mask;
        struct io_uring_sqe *entry = entries + at;
        memset(entry, 0, sizeof *entry);
        entry->opcode = operation, entry->fd = fd, entry->addr = (unsigned long)octets, entry->len = count, entry->poll32_events = events;
        ((unsigned *)(submission + layout.sq_off.array))[at] = at;
        __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
        HOLDS(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1);
        struct io_uring_cqe *done = (struct io_uring_cqe *)(completion + layout.cq_off.cqes);
        int result = done[*head & *(unsigned *)(completion + layout.cq_off.ring_mask)].res;
        __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
        return result;
    }

    static void rings(void) {
        ring = syscall(SYS_io_uring_setup, 4, &layout);
        HOLDS(ring >= 0);
        size_t sent = layout.sq_off.array + layout.sq_entries * 4, done = layout.cq_off.cqes + layout.cq_entries * sizeof(struct io_uring_cqe);
        submission = mmap(0, sent, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
        completion = mmap(0, done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_CQ_RING);
        entries = mmap(0, layout.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
        HOLDS(submission != MAP_FAILED && completion != MAP_FAILED && entries != MAP_FAILED);
        int s = to_server(SOCK_STREAM);
        char back[64];
        for (int i = 0; i < 100; i++) {
            HOLDS(submit(IORING_OP_WRITE, s, "by rings", 8, 0) == 8);
            HOLDS(submit(IORING_OP_POLL_ADD, s, NULL, 0, POLLIN) & POLLIN);
            for (int got = 0, n; got < 8; got += n) HOLDS((n = submit(IORING_OP_READ, s, back + got, 8 - got, 0)) > 0);
            HOLDS(memcmp(back, "by rings", 8) == 0);
        }
        HOLDS(submit(IORING_OP_SEND, s, "sent", 4, 0) == 4 && submit(IORING_OP_RECV, s, back, 4, 0) == 4);
        close(s);
    }

    /* A socket becomes input and output of a program that knows nothing of sockets. */
    static void borrowed(void) {
        int s = to_server(SOCK_STREAM);
        HOLDS(send(s, "echo", 4, 0) == 4);
        pid_t child = vfork();
        if (child == 0) {
            dup2(s, 0);
            execlp("head", "head", "-c", "4", (char *)0);
            _exit(1);
        }
        int status;
        HOLDS(child > 0 && waitpid(child, &status, 0) == child && status == 0);
        puts("");
        close(s);
    }

    /* What a program of its own says of descriptor 50 and 51 after exec. */
    static void across_exec(char *self) {
        int kept = to_server(SOCK_STREAM), gone = to_server(SOCK_STREAM | SOCK_CLOEXEC);
        HOLDS(dup2(kept, 50) == 50 && dup3(gone, 51, O_CLOEXEC) == 51);
        pid_t child = fork();
        if (child == 0) {
            char port[8];
            snprintf(port, sizeof port, "%d", ntohs(server.sin_port));
            execl(self, self, inet_ntoa(server.sin_addr), port, "heir", (char *)0);
            _exit(9);
        }
        int status;
        HOLDS(waitpid(child, &status, 0) == child && status == 0);
        echoed(kept, "still here");
        closefrom(3);
        HOLDS(fcntl(kept, F_GETFD) < 0 && errno == EBADF && fcntl(50, F_GETFD) < 0);
        int s = to_server(SOCK_STREAM);
        echoed(s, "after closefrom");
        close(s);
    }

    static void inherited(void) {
        HOLDS(fcntl(50, F_GETFD) == 0 && fcntl(51, F_GETFD) < 0 && errno == EBADF);
        struct sockaddr_in peer;
        socklen_t n = sizeof peer;
        HOLDS(getpeername(50, (struct sockaddr *)&peer, &n) == 0 && peer.sin_port == server.sin_port);
        echoed(50, "by the heir");
    }

    static void passed(void) {
        int ends[2], s = to_server(SOCK_STREAM);
        HOLDS(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        pid_t child = fork();
        if (child == 0) {
            char room[CMSG_SPACE(sizeof(int))], word;
            struct iovec piece = {&word, 1};
            struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
            close(s);
            HOLDS(recvmsg(ends[1], &m, 0) == 1);
            int mine;
            memcpy(&mine, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof mine);
            echoed(mine, "by descriptor passing");
            struct sockaddr_in peer;
            socklen_t n = sizeof peer;
            HOLDS(getpeername(mine, (struct sockaddr *)&peer, &n) == 0 && peer.sin_addr.s_addr == server.sin_addr.s_addr);
            exit(0);
        }
        char room[CMSG_SPACE(sizeof(int))] = {0};
        struct iovec piece = {"x", 1};
        struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &s, sizeof s);
        HOLDS(sendmsg(ends[0], &m, 0) == 1);
        close(s);
        int status;
        HOLDS(waitpid(child, &status, 0) == child && status == 0);
    }

    static void many_at_once(void) {
        int s = to_server(SOCK_DGRAM);
        struct mmsghdr out[8], in[8];
        struct iovec pieces[8], places[8];
        char rooms[8][16];
        memset(out, 0, sizeof out), memset(in, 0, sizeof in);
        for (int i = 0; i < 8; i++) {
            pieces[i] = (struct iovec){"datagram" + i, 8 - i}, places[i] = (struct iovec){rooms[i], 16};
            out[i].msg_hdr.msg_iov = pieces + i, out[i].msg_hdr.msg_iovlen = 1;
            in[i].msg_hdr.msg_iov = places + i, in[i].msg_hdr.msg_iovlen = 1;
        }
        HOLDS(sendmmsg(s, out, 8, 0) == 8);
        int got = 0;
        while (got < 8) {
            struct timespec most = {5, 0};
            int n = recvmmsg(s, in + got, 8 - got, MSG_WAITFORONE, &most);
            HOLDS(n > 0);
            got += n;
        }
        for (int i = 0; i < 8; i++) HOLDS(in[i].msg_len == 8u - i && memcmp(rooms[i], "datagram" + i, 8 - i) == 0);
        close(s);
    }

    int main(int count, char **words) {
        setvbuf(stdout, NULL, _IONBF, 0);
        server.sin_family = AF_INET, server.sin_port = htons(atoi(words[2]));
        inet_pton(AF_INET, words[1], &server.sin_addr);
        const char *part = count > 3 ? words[3] : "";
        if (!strcmp(part, "heir")) return inherited(), 0;
        if (!strcmp(part, "rings")) rings();
        if (!strcmp(part, "borrowed")) borrowed();
        if (!strcmp(part, "exec")) across_exec(words[0]);
        if (!strcmp(part, "passed")) passed();
        if (!strcmp(part, "many")) many_at_once();
        puts("ok");
    }
    """#
