/// What must be true of a command's run for the story to go on.
enum DemoExpectation: Equatable {
    /// Exit code 0, and this in what it prints.
    case success(containing: String)
    /// Another exit code, and this in what it prints.
    case failure(containing: String)
    /// `slay`: so many were ended.
    case exit(Int32)
}

/// One thing that happens on stage.
enum DemoAct: Equatable {
    /// A command as a user types it: `SOCK=/sock2 ifconfig em0`. `$DRIVERS` stands for the drivers' folder.
    case command(String, DemoExpectation)
    /// A ping that runs on until `watched`.
    case watch(String)
    /// Ends that ping: not one of its requests may have been lost.
    case watched
    /// Commands, one of which ends the stack at this prefix.
    case crash([String], prefix: String)
}

/// Some lines of explanation, and what happens then.
struct DemoChapter: Equatable {
    var text: String
    var acts: [DemoAct]
}

/// The article's session.
enum DemoScript {
    static let done = DemoExpectation.success(containing: "")

    static let chapters: [DemoChapter] = [
        DemoChapter(
            text: """
                First the hardware. Each of these NICs is a process with the registers of an Intel 82540EM. Two are joined
                by a cable; the third has a built-in peer at its other end, which answers ping.
                """,
            acts: [
                .command("nic add em-a sim:82540em --cable nic:em-b", done),
                .command("nic add em-b sim:82540em", done),
                .command("nic add em-c sim:82540em --cable peer:10.9.0.1/24", done),
                .command("nic list", .success(containing: "em-c")),
            ]),
        DemoChapter(
            text: """
                The first stack: the one that everything else depends on. A stack is an ordinary process; a driver is a
                shared library that it loads. This stack drives em-b and em-c.
                """,
            acts: [
                .command("io-pkt-v6-hc -ptcpip prefix=/sock1", done),
                .command("SOCK=/sock1 mount -T io-pkt -o nic=em-b $DRIVERS/devnp-e1000.so", done),
                .command("SOCK=/sock1 mount -T io-pkt -o nic=em-c $DRIVERS/devnp-e1000.so", done),
                .command("SOCK=/sock1 ifconfig em0 10.1.0.1/24", done),
                .command("SOCK=/sock1 ifconfig em1 10.9.0.2/24", done),
                .command("SOCK=/sock1 if_up -a -r 100 -m 100 em0 em1", done),
            ]),
        DemoChapter(
            text: "The second stack, and the driver under test in it: these are the article's commands.",
            acts: [
                .command("io-pkt-v6-hc -i2 -ptcpip prefix=/sock2", done),
                .command("mount -Tio-pkt2 $DRIVERS/devnp-e1000.so", done),
                .command("SOCK=/sock2 ifconfig em0 10.1.0.2/24", done),
                .command("SOCK=/sock2 if_up -a -l -r 100 -m 100 em0", done),
                .command("SOCK=/sock2 ifconfig em0", .success(containing: "inet 10.1.0.2 netmask 0xffffff00")),
                .command("SOCK=/sock2 ping -c 3 -i 0.2 10.1.0.1", .success(containing: "3 packets received, 0% packet loss")),
                .command("SOCK=/sock1 ping -c 3 -i 0.2 10.1.0.2", .success(containing: "3 packets received, 0% packet loss")),
                .command("SOCK=/sock2 nicinfo em0", .success(containing: "Packets Transmitted OK")),
            ]),
        DemoChapter(
            text: """
                Now something that must not be disturbed: the first stack pings the built-in peer, twenty times a second,
                and goes on doing so while the second stack is about to die.
                """,
            acts: [.watch("SOCK=/sock1 ping -i 0.05 --json 10.9.0.1")]),
        DemoChapter(
            text: """
                A driver with a bug takes the place of the good one: the fourth frame that it receives makes it write
                through a null pointer.
                """,
            acts: [
                .command("SOCK=/sock2 ifconfig em0 destroy", done),
                .crash([
                    "mount -Tio-pkt2 -o nic=em-a,fault=null-receive,after=3 $DRIVERS/devnp-e1000-faulty.so",
                    "SOCK=/sock2 ifconfig em0 10.1.0.2/24",
                    "SOCK=/sock2 ping -c 20 -i 0.2 10.1.0.1",
                ], prefix: "/sock2"),
            ]),
        DemoChapter(
            text: "The second stack is gone, and every tool says what killed it. The first one has not noticed.",
            acts: [
                .command("SOCK=/sock2 ifconfig em0", .failure(containing: "died")),
                .command("drydock instances", .success(containing: "running")),
                .watched,
            ]),
        DemoChapter(
            text: "The same commands again: the second stack is back.",
            acts: [
                .command("io-pkt-v6-hc -i2 -ptcpip prefix=/sock2", done),
                .command("mount -Tio-pkt2 $DRIVERS/devnp-e1000.so", done),
                .command("SOCK=/sock2 ifconfig em0 10.1.0.2/24", done),
                .command("SOCK=/sock2 if_up -a -l -r 100 -m 100 em0", done),
                .command("SOCK=/sock2 ping -c 3 -i 0.2 10.1.0.1", .success(containing: "3 packets received, 0% packet loss")),
            ]),
        DemoChapter(
            text: "Order again: the stacks end, and the NICs are removed.",
            acts: [
                .command("SOCK=/sock2 slay io-pkt-v6-hc", .exit(1)),
                .command("SOCK=/sock1 slay io-pkt-v6-hc", .exit(1)),
                .command("nic remove em-a em-b em-c", done),
            ]),
    ]
}
