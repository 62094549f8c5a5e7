import Glibc
import Host
import NICModels

/// The machine that holds one NIC and a processor that does nothing.
struct QEMUCommand {
    /// Where the claimed memory is, for the machine.
    static let memoryBase: UInt64 = 0x1_0000_0000
    /// The claimed memory is a memory module, and modules come in such steps.
    static let memoryStep: UInt64 = 2 << 20
    static let mostMemory: UInt64 = 16 << 30
    /// The NIC's place on bus 0.
    static let slot: UInt32 = 4
    /// The name of the NIC in QEMU's monitor.
    static let nic = "nic"

    /// Descriptors as the child numbers them.
    enum Inherited: Int32, CaseIterable { case rom = 3, scratch, memory, bus, monitor, cable, bells }

    var model: QEMUModel
    var address: [6 of UInt8]
    var memoryOctets: UInt64
    var isTraced = false

    /// Those that this machine needs, in order.
    var inherited: [Inherited] { Inherited.allCases.filter { $0 != .bells || hasMessages } }
    var hasMessages: Bool { model.msi + model.msix > 0 }

    private var bellArguments: [String] {
        guard hasMessages else { return [] }
        return [
            "-chardev", "socket,id=bells,fd=\(Inherited.bells.rawValue)",
            "-device", "ivshmem-doorbell,chardev=bells,vectors=\(BellBoard.capacity),addr=\(BellBoard.slot)",
        ]
    }

    var arguments: [String] {
        let packets = memoryOctets >> 20, scratch = PageTables.scratchOctets(for: memoryOctets) >> 20
        return [
            // Nothing that ticks or that nobody needs: no timers, no disk, no keyboard.
            "-machine", "q35,accel=tcg,pit=off,hpet=off,sata=off,smbus=off,i8042=off,smm=off,vmport=off,usb=off,memory-backend=scratch",
            "-device", "intel-iommu,intremap=off",
            "-cpu", "max", "-bios", path(.rom), "-display", "none", "-nodefaults", "-no-user-config",
            "-m", "\(scratch)M,slots=1,maxmem=\(scratch + packets)M",
            "-object", "memory-backend-file,id=scratch,size=\(scratch)M,mem-path=\(path(.scratch)),share=on",
            "-object", "memory-backend-file,id=packets,size=\(packets)M,mem-path=\(path(.memory)),share=on",
            "-device", "pc-dimm,id=module,memdev=packets,addr=0x\(String(Self.memoryBase, radix: 16))",
            "-chardev", "socket,id=bus,fd=\(Inherited.bus.rawValue)",
            "-object", "qtest,id=test,chardev=bus,log=/dev/null",
            "-chardev", "socket,id=monitor,fd=\(Inherited.monitor.rawValue)", "-mon", "chardev=monitor,mode=control",
            // The older spelling of `stream`: that one connects in a thread of its own, some time after QEMU's first
            // answers, and until then drops what the NIC sends without a word. Observed on QEMU 7.2.
            "-netdev", "socket,id=cable,fd=\(Inherited.cable.rawValue)",
            "-device", "\(model.type),netdev=cable,id=\(Self.nic),addr=\(Self.slot),romfile=,mac=\(addressText)",
            "-d", "guest_errors,unimp",
        ] + bellArguments + (isTraced ? model.traces.flatMap { ["-trace", $0] } : [])
    }

    /// 64 KiB that the processor starts in, 16 octets below the end: `cli; hlt; jmp` to the halt.
    static func haltingROM() throws(SystemError) -> SharedMemory {
        let rom = try SharedMemory(named: "halting-rom", length: 65_536)
        for (index, octet) in [0xfa, 0xf4, 0xeb, 0xfd].enumerated() {
            // SAFETY: four octets, sixteen below the end of the mapping.
            unsafe rom.base.storeBytes(of: UInt8(octet), toByteOffset: 0xfff0 + index, as: UInt8.self)
        }
        return rom
    }

    private func path(_ descriptor: Inherited) -> String { "/proc/self/fd/\(descriptor.rawValue)" }

    private var addressText: String {
        address.indices.map { (address[$0] < 16 ? "0" : "") + String(address[$0], radix: 16) }.joined(separator: ":")
    }

    /// The program: `given`, or the first `qemu-system-x86_64` along PATH.
    static func executable(_ given: String?) throws(NICFailure) -> String {
        let name = "qemu-system-x86_64"
        if let given {
            guard isExecutable(given) else {
                throw .cannotStart("\(given): not a program that can be run; give the path of \(name), or install qemu-system-x86")
            }
            return given
        }
        // SAFETY: getenv's string is copied before anything can change the environment.
        let folders = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
        for folder in folders.split(separator: ":") where isExecutable("\(folder)/\(name)") { return "\(folder)/\(name)" }
        throw .cannotStart("\(name) is not installed (looked along PATH), and qemu: NICs are its models; install qemu-system-x86")
    }

    private static func isExecutable(_ path: String) -> Bool {
        // SAFETY: access reads the string during the call only.
        unsafe access(path, X_OK) == 0
    }
}
