/// A piece of a process's address space, as a line of `/proc/PID/maps` has it.
///
/// - Source: proc_pid_maps(5).
package struct Mapping: Equatable, Sendable {
    package var range: Range<UInt64>
    package var isReadable = true, isWritable = false, isExecutable = false, isShared = false
    /// Of the first octet, in the file.
    package var offset: UInt64 = 0
    /// Major and minor number, as written; with the inode, whether two mappings show one file.
    package var device = "00:00"
    /// 0: no file.
    package var inode: UInt64 = 0
    /// A file, `[heap]`, `[stack]` …; empty for memory of no name.
    package var path = ""

    package var octets: UInt64 { range.upperBound - range.lowerBound }

    package init(range: Range<UInt64>) { self.range = range }

    /// The file's path without the words that the kernel puts behind one that has been removed.
    package var file: String? {
        guard inode != 0, path.hasPrefix("/") else { return nil }
        return path.hasSuffix(Self.removed) ? String(path.dropLast(Self.removed.count)) : path
    }

    /// Address space that was taken in advance, as a sanitizer does: even its page map would be gigabytes.
    package var isReservation: Bool { octets > 16 << 30 }

    private static let removed = " (deleted)"

    /// The name that memory was created with by `memfd_create`; nil for what is none.
    package var memoryName: String? {
        guard let file, file.hasPrefix("/memfd:") else { return nil }
        return String(file.dropFirst("/memfd:".count))
    }

    /// Reads the whole text. A line that makes no sense is left out: what cannot be understood cannot be stored either.
    package static func all(_ text: [UInt8]) -> [Mapping] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { Mapping(line: $0) }
    }

    private init?(line: ArraySlice<UInt8>) {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 5, omittingEmptySubsequences: true)
        guard words.count >= 5, words[1].count == 4 else { return nil }
        let bounds = words[0].split(separator: UInt8(ascii: "-"))
        guard bounds.count == 2, let low = Self.hexadecimal(bounds[0]), let high = Self.hexadecimal(bounds[1]), low < high,
            let offset = Self.hexadecimal(words[2]), let inode = UInt64(String(decoding: words[4], as: UTF8.self))
        else { return nil }
        range = low..<high
        let rights = Array(words[1])
        (isReadable, isWritable) = (rights[0] == UInt8(ascii: "r"), rights[1] == UInt8(ascii: "w"))
        (isExecutable, isShared) = (rights[2] == UInt8(ascii: "x"), rights[3] == UInt8(ascii: "s"))
        (self.offset, self.inode) = (offset, inode)
        device = String(decoding: words[3], as: UTF8.self)
        path = words.count > 5 ? String(decoding: words[5].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self) : ""
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard (1...16).contains(digits.count) else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(digit - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}

/// What the page tables say of a mapping's pages: `/proc/PID/pagemap`, eight octets a page.
///
/// - Source: proc_pid_pagemap(5): bit 63 present, 62 swapped, 61 a page of a file or of shared memory.
package struct PageMap: Equatable, Sendable {
    package static let pageOctets: UInt64 = 4096

    /// Pages that have contents at all.
    package var populated = 0
    /// Pages that are this process's own: never in a file, or changed since they were.
    package var isPrivate = false
    /// Which pages have contents; nil where that is not known, and then all may.
    package var present: [Bool]?

    /// Nothing is known: every page may have contents.
    package init(unknownPages: Int) { (populated, isPrivate) = (unknownPages, true) }

    package init(entries: [UInt64]) {
        var present = [Bool](repeating: false, count: entries.count)
        for (index, entry) in entries.enumerated() where entry >> 62 != 0 {
            present[index] = true
            populated += 1
            if entry >> 61 & 1 == 0 { isPrivate = true }
        }
        self.present = present
    }
}
