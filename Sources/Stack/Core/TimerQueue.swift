/// Every timer of the stack by number: a binary heap in which each timer knows its place.
///
/// A timer belongs to one position of one table, so the queue's size is fixed at start and re-arming never leaves
/// anything stale behind. O(log n) to set or cancel, O(1) for the next deadline.
struct TimerQueue: ~Copyable {
    struct Node { var deadline: Instant, timer: UInt32 }
    private var heap: Table<Node>
    /// Place in the heap plus one; zero while not armed.
    private var places: Table<UInt32>
    private(set) var armed = 0

    init(timers: Int) {
        heap = Table(count: timers, repeating: Node(deadline: .never, timer: 0))
        places = Table(count: timers, repeating: 0)
    }

    var nextDeadline: Instant? { armed > 0 ? heap[0].deadline : nil }

    func deadline(_ timer: UInt32) -> Instant? { places[timer] == 0 ? nil : heap[places[timer] &- 1].deadline }

    /// Arms the timer, or moves it.
    mutating func set(_ timer: UInt32, at deadline: Instant) {
        var place = Int(places[timer]) - 1
        if place < 0 {
            place = armed
            armed &+= 1
        }
        store(Node(deadline: deadline, timer: timer), place)
        settle(place)
    }

    mutating func cancel(_ timer: UInt32) {
        let place = Int(places[timer]) - 1
        guard place >= 0 else { return }
        places[timer] = 0
        armed &-= 1
        guard place != armed else { return }
        store(heap[armed], place)
        settle(place)
    }

    /// The earliest timer due at `now`, disarmed.
    mutating func popDue(_ now: Instant) -> UInt32? {
        guard armed > 0, heap[0].deadline <= now else { return nil }
        let timer = heap[0].timer
        cancel(timer)
        return timer
    }

    private mutating func store(_ node: Node, _ place: Int) {
        heap[place] = node
        places[node.timer] = UInt32(place + 1)
    }

    private mutating func settle(_ start: Int) {
        var place = start
        let node = heap[place]
        while place > 0, node.deadline < heap[(place - 1) / 2].deadline {
            store(heap[(place - 1) / 2], place)
            place = (place - 1) / 2
        }
        while true {
            var child = place * 2 + 1
            guard child < armed else { break }
            if child + 1 < armed, heap[child + 1].deadline < heap[child].deadline { child += 1 }
            guard heap[child].deadline < node.deadline else { break }
            store(heap[child], place)
            place = child
        }
        store(node, place)
    }
}
