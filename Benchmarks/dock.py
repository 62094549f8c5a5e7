"""What the measurements share: stacks, NICs and tools in a folder of their own."""
import atexit, json, os, subprocess, sys, tempfile

started = []


class Dock:
    """Tools by their names, and a runtime folder of its own."""

    def __init__(self, drydock, driver, preload=None):
        self.driver = driver
        self.folder = tempfile.TemporaryDirectory(prefix="ddc")
        self.path = self.folder.name
        os.mkdir(f"{self.path}/run", 0o700)
        names = "nic io-pkt-v4-hc mount ifconfig if_up nicinfo slay pidin arp ping netstat drydock"
        for name in names.split():
            os.symlink(drydock, f"{self.path}/{name}")
        self.names = dict(os.environ, DRYDOCK_RUNTIME_DIR=f"{self.path}/run", DRYDOCK_CRASHES=f"{self.path}/crashes")
        if preload:
            self.names["DRYDOCK_PRELOAD"] = preload
        self.nics, self.stacks = [], []

    def run(self, words, sock=None, check=True, timeout=60):
        names = dict(self.names, SOCK=sock) if sock else self.names
        words = words.split() if isinstance(words, str) else words
        done = subprocess.run([f"{self.path}/{words[0]}"] + words[1:], env=names, capture_output=True, text=True, timeout=timeout)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def begin(self, words, sock, **more):
        process = subprocess.Popen([f"{self.path}/{words[0]}"] + words[1:], env=dict(self.names, SOCK=sock), text=True, **more)
        started.append(process)
        return process

    def nic(self, name, cable):
        self.run(["nic", "add", name, "sim:82540em"] + (["--cable", cable] if cable else []))
        self.nics.append(name)

    def stack(self, number, sock, options=""):
        self.run(f"io-pkt-v4-hc -i{number} -ptcpip prefix={sock}{options}")
        self.stacks.append(sock)

    def mount(self, number, options, driver=None):
        self.run(["mount", f"-Tio-pkt{number}", "-o", options, driver or self.driver])

    def address(self, sock, interface, address):
        self.run(f"ifconfig {interface} {address}", sock)
        self.run(f"if_up -l {interface}", sock)

    def crossing(self, options="", driver=None, more=""):
        """A stack /crash that forwards from the cable `in` to the cable `out`; the words for outage and forwarded: IN OUT MAC."""
        for side in ("in", "out"):
            self.nic(f"em-{side}", f"seqpacket:{self.path}/{side}")
        self.stack(9, "/crash", ",forward" + more)
        self.mount(9, f"nic=em-in{options}", driver)
        self.mount(9, "nic=em-out")
        for interface, address in (("em0", "10.98.0.1/24"), ("em1", "10.99.0.1/24")):
            self.run(f"ifconfig {interface} {address}", "/crash")
        # crossing.h's own: an answer that is lost among a million frames would stop all others.
        self.run("arp -s 10.99.0.2 02:00:00:00:99:02", "/crash")
        mac = json.loads(self.run("nicinfo --json em0", "/crash"))[0]["currentAddress"].replace(" ", "")
        mac = ":".join(mac[i:i + 2] for i in range(0, 12, 2)) if ":" not in mac else mac
        return [f"{self.path}/in", f"{self.path}/out", mac]

    def close(self):
        for sock in self.stacks:
            self.run("slay -f io-pkt-v4-hc", sock, check=False)
        for name in self.nics:
            self.run(f"nic remove {name}", check=False)
        self.folder.cleanup()


def close_all():
    for process in started:
        process.kill()
atexit.register(close_all)


def log(text):
    print(text, file=sys.stderr, flush=True)
