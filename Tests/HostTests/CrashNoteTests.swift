@testable import Host
import Testing

struct CrashNoteTests {
    @Test func `an empty note says nothing`() throws {
        #expect(try CrashNote.create().read() == CrashNote.Report())
    }

    @Test func `the callout that runs is named with its driver and interface`() throws {
        let note = try CrashNote.create()
        note.name(callout: 3, "return_receive")
        note.name(slot: 1, driver: "devnp-e1000.so", interface: "em0")
        unsafe note.calloutWord.pointee = CrashNote.word(slot: 1, callout: 3)
        let other = try CrashNote.map(note.memory.descriptor.duplicate())
        let report = other.read()
        #expect(report.driver == "devnp-e1000.so" && report.interface == "em0" && report.callout == "return_receive")
        #expect(report.fault == nil && !report.isInDriver)
    }

    @Test func `names too long are cut, and a wild page is not believed`() throws {
        let note = try CrashNote.create()
        note.name(slot: 0, driver: String(repeating: "d", count: 200), interface: "em0")
        unsafe note.calloutWord.pointee = CrashNote.word(slot: 0, callout: 31)
        #expect(note.read().driver?.count == 47)
        unsafe note.memory.base.initializeMemory(as: UInt8.self, repeating: 0xff, count: CrashNote.octets)
        #expect(note.read().driver == nil)
    }

    @Test func `memory that could shrink is refused`() throws {
        let pipe = try FileDescriptor.pipe()
        var why: SystemError?
        do throws(SystemError) { _ = try CrashNote.map(pipe.first.duplicate()) } catch { why = error }
        #expect(why?.number == .invalid)
    }
}
