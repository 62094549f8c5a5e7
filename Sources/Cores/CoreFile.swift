internal import CLinux
internal import Glibc
package import Host

/// Writes the core of a process that stands still.
package struct CoreFile: Sendable {
    /// What may be said about it.
    package struct Options: Equatable, Sendable {
        /// Octets of memory that are stored, at most.
        package var most: UInt64 = 256 << 20
        /// Names of shared memory that is left out.
        package var omitted: Set<String> = ["drydock-packets", "drydock-recorder", "drydock-driver-recorder"]
        /// The fault that the process waits after; its thread comes first, with the registers of the fault.
        package var fault: CrashNote.Report.Fault?
        /// Where the copies of files are kept that are gone when the process is, by the paths that it has them under.
        package var kept: [String: String] = [:]
        package init() {}
    }

    /// What came of it.
    package struct Summary: Equatable, Sendable {
        package var threads = 0, mappings = 0
        /// Octets of the file, and of those that are no holes.
        package var length: UInt64 = 0, stored: UInt64 = 0
        /// Mappings that the limit has shortened or emptied.
        package var shortened = 0
        /// What of them is left out.
        package var left: [CorePlan.Left] = []
        /// Nanoseconds that the process stood still.
        package var held: UInt64 = 0
    }

    /// A note of our own.
    package struct Note: Sendable {
        let type: UInt32, owner: String, contents: [UInt8]
        package init(_ type: UInt32, owner: String, _ contents: [UInt8]) { (self.type, self.owner, self.contents) = (type, owner, contents) }
    }

    /// Holds a process, writes its core into an empty file, and lets it go on.
    ///
    /// - Throws: why it could not be held, or the file not be written.
    package static func write(_ pid: Int32, to file: borrowing FileDescriptor, _ options: Options = Options()) throws(SystemError) -> Summary {
        try write(StoppedProcess(pid), to: file, options)
    }

    /// The same of one that stands already.
    ///
    /// - Parameter own: another note.
    package static func write(
        _ process: borrowing StoppedProcess, to file: borrowing FileDescriptor, _ options: Options, _ own: Note? = nil
    ) throws(SystemError) -> Summary {
        let mappings = Array(try process.mappings().prefix(ELFCore.mostSegments))
        guard !mappings.isEmpty else { throw SystemError("maps", .noProcess) }
        var notes = ThreadNotes(process, options.fault)
        notes.core.add(UInt32(CLINUX_NOTE_AUXILIARY), process.file("auxv"))
        notes.core.add(UInt32(CLINUX_NOTE_FILES), ELFCore.files(mappings) { mapping in
            // Shared memory has a name that no debugger finds.
            mapping.isShared ? nil : mapping.file.map { options.kept[$0] ?? $0 }
        })
        if let own { notes.core.add(own.type, owner: own.owner, own.contents) }
        let known = mappings.map { mapping in
            let looked = mapping.isReadable && !mapping.isReservation && (!mapping.isShared || mapping.memoryName != nil)
            // The page table of what others have, too, tells only what this process has touched.
            let pages = looked && !mapping.isShared && mapping.path != "[vdso]" ? process.pages(mapping) : PageMap(unknownPages: Int(mapping.octets / PageMap.pageOctets))
            return (mapping: mapping, pages: pages, contents: CorePlan.contents(of: mapping, pages, omitting: options.omitted))
        }
        let head = notes.core.headOctets(segments: known.count)
        let plan = CorePlan(known, head: head, stacks: notes.stackPointers, most: options.most)
        var writer = CoreWriter(file: file.raw)
        try writer.write(notes.core.head(plan), at: 0)
        for (index, segment) in plan.segments.enumerated() where segment.stored > 0 && !segment.isRepeated {
            try writer.copy(segment, known[index].pages, from: process)
        }
        guard ftruncate(file.raw, off_t(plan.length)) == 0 else { throw .last("ftruncate") }
        return Summary(
            threads: process.threads.count, mappings: mappings.count, length: plan.length, stored: writer.stored,
            shortened: plan.shortened, left: plan.left, held: MonotonicClock.now() &- process.since)
    }
}

/// Puts octets at their places and leaves holes where there are none but zeros.
// SAFETY: `room` is whole from init to deinit, and its parts are used inside calls only.
@safe private struct CoreWriter: ~Copyable {
    let file: Int32
    var stored: UInt64 = 0
    /// One for all mappings: fresh pages for each would cost more than the copying.
    private let room: UnsafeMutableRawBufferPointer
    /// Pages that it holds.
    private static let most = 256

    init(file: Int32) {
        self.file = file
        unsafe room = .allocate(byteCount: Self.most * Int(PageMap.pageOctets), alignment: 4096)
    }

    deinit { unsafe room.deallocate() }

    mutating func write(_ octets: [UInt8], at offset: UInt64) throws(SystemError) {
        guard !octets.isEmpty else { return }
        let error: SystemError? = unsafe octets.withUnsafeBytes { unsafe put($0, at: offset) }
        if let error { throw error }
    }

    /// Copies a mapping, as many pages at a time as lie behind each other.
    mutating func copy(_ segment: CorePlan.Segment, _ pages: PageMap, from process: borrowing StoppedProcess) throws(SystemError) {
        let count = Int((segment.stored + PageMap.pageOctets - 1) / PageMap.pageOctets)
        // A file's pages are in the file's page cache, whatever the page table says.
        let present = segment.mapping.inode == 0 ? pages.present : nil
        var page = 0
        while page < count {
            if let present, page < present.count, !present[page] { page += 1; continue }
            var end = page + 1
            while end < count, end - page < Self.most, present.map({ end < $0.count && $0[end] }) ?? true { end += 1 }
            let offset = UInt64(page) * PageMap.pageOctets
            let octets = Int(min(UInt64(end) * PageMap.pageOctets, segment.stored) - offset)
            try unsafe copy(UnsafeMutableRawBufferPointer(rebasing: room[..<octets]), segment, offset, process)
            page = end
        }
    }

    private mutating func copy(
        _ room: UnsafeMutableRawBufferPointer, _ segment: CorePlan.Segment, _ offset: UInt64, _ process: borrowing StoppedProcess
    ) throws(SystemError) {
        var done = 0
        while done < room.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[done...])
            let got = unsafe process.read(segment.mapping.range.lowerBound + offset + UInt64(done), into: rest)
            // A page that cannot be read, as behind the end of a file, is a hole.
            guard got > 0 else { done += Int(PageMap.pageOctets); continue }
            let error = unsafe putPages(UnsafeRawBufferPointer(rebasing: rest[..<got]), at: segment.offset + offset + UInt64(done))
            if let error { throw error }
            done += got
        }
    }

    /// Writes runs of pages that are not all zeros.
    private mutating func putPages(_ octets: UnsafeRawBufferPointer, at offset: UInt64) -> SystemError? {
        let size = Int(PageMap.pageOctets)
        var start = 0
        while start < octets.count {
            var end = start
            while end < octets.count, unsafe !Self.isZero(octets, end, min(end + size, octets.count)) { end += size }
            let stop = min(end, octets.count)
            if stop > start, let error = unsafe put(UnsafeRawBufferPointer(rebasing: octets[start..<stop]), at: offset + UInt64(start)) {
                return error
            }
            start = end == start ? start + size : end
        }
        return nil
    }

    private static func isZero(_ octets: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        unsafe clinux_is_zero(octets.baseAddress! + start, end - start) == 1
    }

    private mutating func put(_ octets: UnsafeRawBufferPointer, at offset: UInt64) -> SystemError? {
        var done = 0
        while done < octets.count {
            let count = unsafe pwrite(file, octets.baseAddress! + done, octets.count - done, off_t(offset) + off_t(done))
            if count <= 0 {
                if count < 0, Errno.last == .interrupted { continue }
                return .last("pwrite")
            }
            done += count
        }
        stored += UInt64(octets.count)
        return nil
    }
}
