package import Rings

/// What is known of a crash: one value, read from a crash folder, printed as text, JSON or HTML.
///
/// Whatever a folder does not hold is a part without a value, and with the reason. Names of its parts are those of its JSON.
package struct Dossier: Codable, Equatable, Sendable {
    /// A part of the dossier: a value, or why there is none.
    package struct Part<Value: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
        package var value: Value?
        /// Why there is no value, or what is missing of it.
        package var note: String?

        package static func known(_ value: Value, note: String? = nil) -> Self { Self(value: value, note: note) }
        package static func missing(_ why: String) -> Self { Self(value: nil, note: why) }
    }

    /// What died and why, for a person.
    package var sentence: String
    /// The rule that found the cause: `null-pointer`, `trap`, `hang` …
    package var rule: String
    package var folder: String
    package var death: Death
    package var causes: [LikelyCause]
    package var threads: Part<[ThreadStack]>
    package var callout: Part<RunningCallout>
    package var registers: Part<[DeviceRegisters]>
    package var rings: Part<[RingState]>
    package var memory: Part<PacketCensus>
    package var events: Part<[TraceRecord]>
    package var frames: Part<[FrameLine]>
    package var log: Part<[String]>
    package var versions: [Version]
    /// Shell commands.
    package var reproduce: Part<[String]>
}

extension Dossier {
    package struct Death: Codable, Equatable, Sendable {
        /// Seconds since 1970.
        package var when: Double
        package var pid: Int32
        /// `SIGSEGV`; nil: no signal ended it.
        package var signal: String?
        package var code: Int32?, exitCode: Int32?
        package var address: UInt64?, instruction: UInt64?
        package var driver: String?, callout: String?, interface: String?
        package var command: String
    }

    /// A hint, with what it rests on.
    package struct LikelyCause: Codable, Equatable, Sendable {
        package var text: String
        package var evidence: String
        package init(_ text: String, evidence: String) { (self.text, self.evidence) = (text, evidence) }
    }

    package struct Frame: Codable, Equatable, Sendable {
        package var address: UInt64
        /// The file's name; of a driver, the one that was mounted.
        package var module: String
        /// Octets from where the file is mapped.
        package var offset: UInt64
        package var symbol: String?
        package var file: String?, line: Int?
        /// Of the driver that was running.
        package var isDriver = false
        /// Part of the frame below it, by the compiler's doing.
        package var isInlined = false
        /// Found by looking through the stack, not by the chain of frames.
        package var isGuess = false

        package var place: String? { file.map { Self.last($0) + (line.map { $0 > 0 ? ":\($0)" : "" } ?? "") } }
        static func last(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
    }

    package struct ThreadStack: Codable, Equatable, Sendable {
        package var thread: Int32
        /// Whether it is the one that died.
        package var isFaulting: Bool
        package var frames: [Frame]
        /// Where the frames end before the thread's first function.
        package var note: String?
    }

    package struct RunningCallout: Codable, Equatable, Sendable {
        package var name: String
        package var interface: String
        /// Nanoseconds that it had run for at least; nil: nothing was recorded within it.
        package var atLeast: UInt64?
        /// Recorded events since it began.
        package var events: Int
    }

    package struct DeviceRegisters: Codable, Equatable, Sendable {
        package struct Register: Codable, Equatable, Sendable {
            package struct Field: Codable, Equatable, Sendable {
                package var name: String
                package var value: UInt64
            }
            package var name: String
            package var offset: UInt32
            package var value: UInt64
            /// Fields that are not zero.
            package var fields: [Field] = []
            /// Nanoseconds before the death that it was seen; nil: it was read after the death.
            package var age: UInt64?
            /// Whether the driver stored this value.
            package var isStore = false
        }
        package var interface: String
        package var nic: String
        /// How the values were come by.
        package var source: String
        /// What was done to the device after the death, and read back.
        package var quiet: [String] = []
        package var registers: [Register]
    }

    package struct RingState: Codable, Equatable, Sendable {
        package enum Direction: String, Codable, Sendable { case receive, transmit }
        package var interface: String
        package var direction: Direction
        /// Buffers that the recorder saw given to the driver, and taken back.
        package var given: Int, returned: Int
        /// Nanoseconds before the death, of the last of each.
        package var lastGiven: UInt64?, lastReturned: UInt64?
        /// The last slots of packet memory that went over, newest last, with their present owner.
        package var slots: [Slot]
        /// Head, tail and size registers of the ring, as they are known.
        package var registers: [String]

        package struct Slot: Codable, Equatable, Sendable {
            package var slot: UInt32
            /// The last thing that happened to it.
            package var state: String
            package var owner: String?
            /// The recorder's event.
            package var event: UInt64
        }
    }

    package struct FrameLine: Codable, Equatable, Sendable {
        /// Nanoseconds before the death.
        package var age: UInt64
        package var interface: String
        package var direction: String
        package var octets: Int
        package var summary: String
        package var loss: String?
    }

    package struct Version: Codable, Equatable, Sendable {
        package var name: String, value: String
        package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }
}
