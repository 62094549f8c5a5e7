import Glibc
import Synchronization

/// Plain threads for servers under test: no test may depend on how many threads the test library has.
enum Thread {
    final class Work { let body: @Sendable () -> Void; init(_ body: @escaping @Sendable () -> Void) { self.body = body } }

    static func start(_ body: @escaping @Sendable () -> Void) {
        var id = pthread_t()
        let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
        unsafe pthread_create(&id, nil, threadMain, work)
        pthread_detach(id)
    }

    static func pause() { usleep(1000) }
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    unsafe Unmanaged<Thread.Work>.fromOpaque(context!).takeRetainedValue().body()
    return nil
}

/// Set once, waited for with a bound.
final class Started: Sendable {
    private let flag = Atomic<Bool>(false)
    func set() { flag.store(true, ordering: .releasing) }
    var isSet: Bool { flag.load(ordering: .acquiring) }
    func wait(seconds: Int = 5) { for _ in 0..<seconds * 1000 where !isSet { usleep(1000) } }
}
