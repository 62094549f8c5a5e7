import Glibc
import Host
import Messages
import Synchronization

@testable import tools

/// A folder for one test, removed with all that is in it.
final class Scratch: Sendable {
    let path: String

    init() {
        var name = Array("/tmp/drydock-tools.XXXXXX\0".utf8.map { CChar($0) })
        precondition(unsafe mkdtemp(&name) != nil)
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        FileSystem.clear(path)
        FileSystem.removeFolder(path)
    }

    func file(_ name: String, _ text: String) throws -> String {
        try FileSystem.replace("\(path)/\(name)", with: Array(text.utf8))
        return "\(path)/\(name)"
    }
}

/// What a tool printed and how it ended.
struct ToolRunOutcome: Equatable {
    var exit: Int32
    var output: String
    var complaint: String
}

/// Runs a tool in this process.
func runTool(
    _ name: String, _ arguments: [String], in scratch: Scratch, sock: String? = nil, patience: Duration = .seconds(5)
) -> ToolRunOutcome {
    let output = Mutex(""), complaint = Mutex("")
    var world = World(
        environment: ["DRYDOCK_RUNTIME_DIR": scratch.path],
        output: { text in output.withLock { $0 += text } }, complaint: { text in complaint.withLock { $0 += text } })
    world.environment["SOCK"] = sock
    world.patience = patience
    let exit = ToolRun.run(name, arguments, world)
    return ToolRunOutcome(exit: exit, output: output.withLock { $0 }, complaint: complaint.withLock { $0 })
}

/// A stack's sockets without a stack: answers what it is told to, in a thread of its own.
final class FakeStack: Sendable {
    enum Answer {
        case reply(StackReply)
        case refuse(Failure)
        /// Never answers.
        case silence
        /// Cuts everybody off and leaves this tombstone.
        case die(tombstone: String)
        /// Opens a socket on which each datagram is answered with these.
        case socket(@Sendable ([UInt8]) -> [[UInt8]])
    }

    private let asked = Mutex<[StackRequest]>([])
    private let stop = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(false)

    var requests: [StackRequest] { asked.withLock { $0 } }

    init(
        in scratch: Scratch, prefix: String = "/sock2", number: Int? = 2, _ answer: @escaping @Sendable (StackRequest) -> Answer
    ) throws {
        let body = Body(owner: self, answer: answer, scratch: scratch, prefix: prefix, number: number)
        let box = unsafe Unmanaged.passRetained(body).toOpaque()
        var thread = pthread_t()
        unsafe pthread_create(&thread, nil, fakeStackMain, box)
        pthread_detach(thread)
        let deadline = Deadline(in: .seconds(5))
        while !body.isReady.load(ordering: .acquiring), !deadline.hasPassed { usleep(500) }
        precondition(body.isReady.load(ordering: .acquiring), "the fake stack did not start")
    }

    /// Ends the thread and waits for it.
    func end() {
        stop.store(true, ordering: .releasing)
        let deadline = Deadline(in: .seconds(5))
        while !ended.load(ordering: .acquiring), !deadline.hasPassed { usleep(500) }
    }

    fileprivate final class Body: Sendable {
        let owner: FakeStack
        let answer: @Sendable (StackRequest) -> Answer
        let scratch: Scratch
        let prefix: String
        let number: Int?
        let isReady = Atomic<Bool>(false)

        init(owner: FakeStack, answer: @escaping @Sendable (StackRequest) -> Answer, scratch: Scratch, prefix: String, number: Int?) {
            (self.owner, self.answer, self.scratch, self.prefix, self.number) = (owner, answer, scratch, prefix, number)
        }

        func run() throws {
            defer { owner.ended.store(true, ordering: .releasing) }
            let folder = try ClaimedFolder.claim(RuntimeDirectory(path: scratch.path), .stack, FolderName(prefix: prefix)!, number: number)
            try FileSystem.makeFolder("\(folder.path)/dev")
            try FileSystem.makeFolder("\(folder.path)/dev/socket")
            try ClientTable.create("\(folder.path)/clients")
            let port = try Port(path: "\(folder.path)/dev/socket/2")
            isReady.store(true, ordering: .releasing)
            var ends: [Int32] = []
            defer { for raw in ends { close(raw) } }
            var responder: (@Sendable ([UInt8]) -> [[UInt8]])?
            while !owner.stop.load(ordering: .acquiring) {
                _ = Poll.readable(port.raw, Deadline(in: .milliseconds(1)))
                while let event = port.next() {
                    guard case .request(let received) = event else { continue }
                    let request = try received.decode(StackRequest.self)
                    owner.asked.withLock { $0.append(request) }
                    switch answer(request) {
                    case .reply(let reply): try port.reply(to: received.sender, reply)
                    case .refuse(let failure): port.reply(to: received.sender, failure)
                    case .silence: break
                    case .die(let tombstone):
                        try FileSystem.replace("\(folder.path)/died.json", with: Array(tombstone.utf8))
                        folder.remove(keeping: ["died.json"])
                        return
                    case .socket(let answers):
                        var pair = try UnixSocket.pair()
                        responder = answers
                        var ours = FileDescriptor(owning: -1)
                        swap(&pair.first, &ours)
                        ends.append(ours.surrender())
                        try port.reply(to: received.sender, StackReply.socket(id: 1, local: SocketAddress(address: "10.1.0.2")),
                                       descriptors: [pair.second.raw])
                    }
                }
                for raw in ends { try serve(raw, responder) }
            }
            folder.remove()
        }

        private func serve(_ raw: Int32, _ responder: (@Sendable ([UInt8]) -> [[UInt8]])?) throws {
            var room = [UInt8](repeating: 0, count: 70_000)
            while true {
                let count = unsafe recv(raw, &room, room.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { return }
                for answer in responder?(Array(room[..<count])) ?? [] {
                    _ = unsafe send(raw, answer, answer.count, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }
}

private func fakeStackMain(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    let body = unsafe Unmanaged<FakeStack.Body>.fromOpaque(raw!).takeRetainedValue()
    do { try body.run() } catch { print("fake stack: \(error)") }
    return nil
}
