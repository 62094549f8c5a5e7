/// Which memory a core holds, where in the file, and what is left out. Pure: what is known of a process in, a layout out.
package struct CorePlan: Equatable, Sendable {
    /// One mapping, and how much of it from its beginning is stored.
    package struct Segment: Equatable, Sendable {
        package var mapping: Mapping
        /// Octets in the file; less than the mapping has where the rest is left out.
        package var stored: UInt64 = 0
        /// Of the first of them, in the file.
        package var offset: UInt64 = 0
        /// Whether an earlier segment has the same memory: its octets are not written a second time.
        package var isRepeated = false
    }

    /// What a mapping contributes.
    package enum Contents: Equatable, Sendable {
        case nothing
        /// The first page: of a file's unchanged text, what tells which file it was.
        case firstPage
        case everything
    }

    /// Memory of one kind that is left out: octets of pages with contents.
    package struct Left: Equatable, Sendable {
        package var kind: String
        package var octets: UInt64
    }

    package var segments: [Segment] = []
    /// Mappings that the limit of size has shortened or emptied.
    package var shortened = 0
    /// What of them is left out, the most telling first.
    package var left: [Left] = []
    /// Octets of the file, holes counted.
    package var length: UInt64 = 0

    /// What is stored of a mapping, as the kernel's `coredump_filter` does by default: memory of the process's own, and of
    /// files only what it has changed, and their first page.
    ///
    /// - Parameter omitted: names of shared memory that is left out.
    /// - Source: core(5), "Controlling which mappings are written to the core dump".
    package static func contents(of mapping: Mapping, _ pages: PageMap, omitting omitted: Set<String>) -> Contents {
        guard mapping.isReadable, !mapping.path.hasPrefix("[vv"), mapping.path != "[vsyscall]", !mapping.isReservation else { return .nothing }
        if mapping.isShared {
            if let name = mapping.memoryName { return omitted.contains(name) ? .nothing : .everything }
            // Others of the kernel's own: shared memory without a file, and that of System V. A device is not looked at:
            // reading its registers changes them.
            let ofTheKernel = mapping.path.hasPrefix("/dev/zero") || mapping.path.hasPrefix("/SYSV")
            return ofTheKernel ? .everything : .nothing
        }
        guard mapping.inode != 0 else { return .everything }
        if mapping.path.hasPrefix("/dev/"), !mapping.path.hasPrefix("/dev/shm/"), !mapping.path.hasPrefix("/dev/zero") { return .nothing }
        if pages.isPrivate { return .everything }
        return mapping.offset == 0 ? .firstPage : .nothing
    }

    /// Lays the file out: headers and notes, then the memory in order of address.
    ///
    /// - Parameters:
    ///   - head: octets before the memory.
    ///   - stacks: a stack pointer of each thread.
    ///   - most: octets of memory that may be stored, holes not counted. What does not fit is left out in a fixed order:
    ///     shared memory first, then large memory without a name, then what belongs to files, the heap, and stacks last.
    package init(_ known: [(mapping: Mapping, pages: PageMap, contents: Contents)], head: UInt64, stacks: [UInt64], most: UInt64) {
        segments = known.map { Segment(mapping: $0.mapping) }
        var left = most
        for index in Self.order(known.map(\.mapping), stacks) {
            let (mapping, pages, contents) = known[index]
            let whole = contents == .everything ? mapping.octets : contents == .firstPage ? min(PageMap.pageOctets, mapping.octets) : 0
            let fits = pages.prefix(of: whole, mostOctets: left)
            segments[index].stored = fits.octets
            left -= fits.counted
            if fits.octets < whole { leaveOut(mapping, stacks, pages.prefix(of: whole, mostOctets: .max).counted - fits.counted) }
        }
        place(after: head)
    }

    private mutating func leaveOut(_ mapping: Mapping, _ stacks: [UInt64], _ octets: UInt64) {
        shortened += 1
        guard octets > 0 else { return }
        let kind = ["stacks", "the heap", "files", "memory without a name", "shared memory"][Self.rank(mapping, stacks)]
        if let index = left.firstIndex(where: { $0.kind == kind }) { left[index].octets += octets } else { left.append(Left(kind: kind, octets: octets)) }
    }

    /// Which of the kinds of memory it is: the stacks, the heap, files, memory without a name, shared memory.
    private static func rank(_ mapping: Mapping, _ stacks: [UInt64]) -> Int {
        if mapping.path == "[stack]" || stacks.contains(where: mapping.range.contains) { return 0 }
        if mapping.path == "[heap]" || mapping.path == "[vdso]" { return 1 }
        if mapping.isShared { return 4 }
        return mapping.inode != 0 ? 2 : 3
    }

    /// Indices of the mappings, the most telling first.
    static func order(_ mappings: [Mapping], _ stacks: [UInt64]) -> [Int] {
        let ranks = mappings.map { mapping in
            let rank = rank(mapping, stacks)
            return (rank, rank > 2 ? mapping.octets : 0)
        }
        return mappings.indices.sorted { (ranks[$0].0, ranks[$0].1, $0) < (ranks[$1].0, ranks[$1].1, $1) }
    }

    private struct Place: Hashable { var device: String, inode: UInt64, offset: UInt64, octets: UInt64 }

    private mutating func place(after head: UInt64) {
        var next = Self.aligned(head), places: [Place: UInt64] = [:]
        for index in segments.indices {
            // Of one without octets, too: a debugger looks for a file's header there, and must not find the core's own.
            segments[index].offset = next
            guard segments[index].stored > 0 else { continue }
            let mapping = segments[index].mapping
            let place = Place(device: mapping.device, inode: mapping.inode, offset: mapping.offset, octets: segments[index].stored)
            if mapping.isShared, mapping.inode != 0, let earlier = places[place] {
                (segments[index].offset, segments[index].isRepeated) = (earlier, true)
                continue
            }
            if mapping.isShared { places[place] = next }
            next = Self.aligned(next + segments[index].stored)
        }
        length = next
    }

    private static func aligned(_ octets: UInt64) -> UInt64 { (octets + PageMap.pageOctets - 1) & ~(PageMap.pageOctets - 1) }
}

extension PageMap {
    /// The longest beginning of `whole` octets whose pages with contents take at most `mostOctets`.
    func prefix(of whole: UInt64, mostOctets: UInt64) -> (octets: UInt64, counted: UInt64) {
        let pages = Int((whole + Self.pageOctets - 1) / Self.pageOctets)
        guard let present else {
            let octets = min(whole, mostOctets & ~(Self.pageOctets - 1))
            return (octets, octets)
        }
        var counted: UInt64 = 0
        for page in 0..<min(pages, present.count) where present[page] {
            guard counted + Self.pageOctets <= mostOctets else { return (UInt64(page) * Self.pageOctets, counted) }
            counted += Self.pageOctets
        }
        return (whole, counted)
    }
}
