// swift-tools-version: 6.2
import PackageDescription

/// The settings of every target: one place, so that no module is laxer than another.
let house: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

/// A library target with the house settings.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: house)
}

/// A test target; its folder mirrors the sources of the module that it is named after.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, exclude: exclude, swiftSettings: house)
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "drydock",
    products: [
        .executable(name: "drydock", targets: ["drydock"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // Level 0: what Swift cannot say, and the driver image's contract.
        .target(name: "CDriver", path: "Drivers/Sources/CDriver"),
        .target(name: "CLinux"),
        // What a program's side says to a stack about sockets.
        .target(name: "CCalls", path: "Programs/Sources/CCalls"),
        // Linux as a library inside any program speaks to it; what each socket call means there.
        .target(name: "CProgram", dependencies: ["CCalls"], path: "Programs/Sources/CProgram"),
        module("ProgramSockets", ["CCalls", "CProgram"], path: "Programs/Sources/ProgramSockets"),

        // Debug information, through libdw where it is installed.
        .target(name: "CDwarf"),
        // Lines of a terminal, through libedit where it is installed.
        .target(name: "CLine"),

        // Level 1: octets to meaning; packet memory, owners, shared rings, counters.
        module("Wire"),
        module("Rings", ["CDriver"]),
        // Faults in machine code, for campaigns.
        module("Faults"),

        // Level 2: the pure protocol core; what a driver may touch; what processes say; Linux.
        .target(name: "Stack", dependencies: ["Wire", "Rings"], exclude: ["README.md"], swiftSettings: house),
        module("DHCP", ["Wire"]),
        module("DriverKit", ["CDriver"], path: "Drivers/Sources/DriverKit"),
        module("Messages", ["Wire", "Host", "CLinux"]),
        module("Host", ["Rings", "CDriver", "CLinux"]),
        module("Recorder", ["CDriver"]),
        module("Cores", ["Host", "CLinux"]),
        // Names, types and lines of ELF files; C's expressions over a target's memory.
        module("Symbols", ["CDwarf", "Host"]),
        module("Shell", ["Symbols"]),
        module("Bus", ["Messages", "Host", "CDriver", "CLinux"]),

        // Level 3: drivers, their register maps, and the hardware that needs no hardware.
        module("E1000Registers", ["DriverKit"], path: "Drivers/Sources/E1000Registers"),
        module("DriverIntel", ["CDriver", "DriverKit", "E1000Registers"], path: "Drivers/Sources/DriverIntel"),
        module("DriverE1000", ["DriverIntel", "DriverKit", "E1000Registers"], path: "Drivers/Sources/DriverE1000"),
        // e1000e:
        module("E1000ERegisters", ["DriverKit", "E1000Registers"], path: "Drivers/Sources/E1000ERegisters"),
        module("DriverE1000E", ["DriverIntel", "DriverKit", "E1000Registers", "E1000ERegisters"], path: "Drivers/Sources/DriverE1000E"),
        // virtio-net:
        module("VirtioRegisters", ["DriverKit"], path: "Drivers/Sources/VirtioRegisters"),
        module("VirtioNetRegisters", ["CDriver", "DriverKit", "VirtioRegisters"], path: "Drivers/Sources/VirtioNetRegisters"),
        module("DriverVirtio", ["CDriver", "DriverKit", "VirtioRegisters"], path: "Drivers/Sources/DriverVirtio"),
        module(
            "DriverVirtioNet", ["CDriver", "DriverVirtio", "DriverKit", "VirtioNetRegisters", "VirtioRegisters"],
            path: "Drivers/Sources/DriverVirtioNet"),
        // rtl8139:
        module("RTL8139Registers", ["DriverKit"], path: "Drivers/Sources/RTL8139Registers"),
        module("DriverRTL8139", ["DriverKit", "RTL8139Registers"], path: "Drivers/Sources/DriverRTL8139"),
        // pcnet:
        module("PCnetRegisters", ["DriverKit"], path: "Drivers/Sources/PCnetRegisters"),
        module("DriverPCnet", ["DriverKit", "PCnetRegisters"], path: "Drivers/Sources/DriverPCnet"),
        // Host links:
        .target(name: "CHostLink", path: "Drivers/Sources/CHostLink"),
        module("HostLink", ["CHostLink", "DriverKit", "CDriver"], path: "Drivers/Sources/HostLink"),
        module("DriverTap", ["HostLink", "CHostLink", "DriverKit", "CDriver"], path: "Drivers/Sources/DriverTap"),
        module("DriverAFPacket", ["HostLink", "CHostLink", "DriverKit", "CDriver"], path: "Drivers/Sources/DriverAFPacket"),
        module("DriverAFXDP", ["HostLink", "CHostLink", "DriverKit", "CDriver"], path: "Drivers/Sources/DriverAFXDP"),
        // The teaching NIC:
        module("AbcRegisters", ["DriverKit"], path: "Drivers/Sources/AbcRegisters"),
        module("DriverAbc", ["DriverKit", "AbcRegisters"], path: "Drivers/Sources/DriverAbc"),
        module(
            "NICModels",
            [
                "DriverKit", "E1000Registers", "Wire",
                // e1000e:
                "E1000ERegisters",
                // virtio-net:
                "VirtioNetRegisters", "VirtioRegisters",
                // The teaching NIC:
                "AbcRegisters",
            ]),
        module("Cables", ["Wire", "Rings", "Stack", "Host", "CLinux"]),

        // What the dead leave, read by name.
        module("Dossier", ["Symbols", "Cables", "Recorder", "Rings", "Messages", "Host", "Wire", "CLinux"]),

        // Level 4: the processes.
        module("netd", ["Stack", "Rings", "Recorder", "Wire", "Messages", "Host", "Bus", "CCalls", "CDriver", "CLinux", logging]),
        module("supervisor", ["Bus", "Cores", "Messages", "Host", "Rings", "Recorder", "CLinux", logging]),
        module("QEMUBus", ["NICModels", "Host", "CLinux"]),
        module("VFIOBus", ["NICModels", "Host", "CLinux"]),
        module("nicd", ["Recorder", "DriverKit", "E1000Registers", "E1000ERegisters", "VirtioRegisters", "VirtioNetRegisters", "RTL8139Registers", "AbcRegisters", "NICModels", "QEMUBus", "VFIOBus", "Cables", "Messages", "Host", "Bus", "Wire", "Rings", "CDriver", "CLinux", logging]),
        // Programs that were not written for us, helped from outside.
        module("runner", ["ProgramSockets", "CProgram", "CCalls", "Host", "CLinux"]),
        module("tools", ["Cables", "CLine", "Shell", "Symbols", "Cores", "Dossier", "Faults", "runner", "DHCP", "Messages", "Host", "Bus", "Recorder", "Wire", "CLinux", "CDriver", arguments]),
        module("Conformance", ["netd", "Cables", "Bus", "Messages", "Host", "Rings", "Wire", "CDriver", "CLinux"]),
        .executableTarget(name: "drydock", dependencies: ["netd", "supervisor", "nicd", "tools", "Conformance", arguments], swiftSettings: house),

        // The programs behind Benchmarks/run.
        .executableTarget(
            name: "benchmarks",
            dependencies: ["netd", "NICModels", "E1000Registers", "DriverKit", "CDriver", "Host", "Recorder", "Stack", "Rings", "Wire", logging],
            path: "Benchmarks/Sources", swiftSettings: house),

        tests("Wire", ["Wire"]),
        tests("Rings", ["Rings"]),
        tests("Faults", ["Faults"], exclude: ["sample.c"]),
        tests("DHCP", ["DHCP", "Wire"]),
        tests("Stack", ["Stack", "Wire", "Rings"]),
        tests("DriverKit", ["DriverKit", "CDriver"]),
        tests("DriverE1000", ["DriverE1000", "DriverIntel", "E1000Registers", "DriverKit", "CDriver", "NICModels", "Wire"]),
        // e1000e:
        tests("DriverE1000E", ["DriverE1000E", "DriverIntel", "E1000ERegisters", "E1000Registers", "DriverKit", "CDriver", "NICModels", "Wire"]),
        // virtio-net:
        tests("DriverVirtioNet", ["DriverVirtioNet", "DriverVirtio", "VirtioNetRegisters", "VirtioRegisters", "DriverKit", "CDriver", "NICModels", "Wire"]),
        // rtl8139:
        tests("DriverRTL8139", ["DriverRTL8139", "RTL8139Registers", "DriverKit", "CDriver"]),
        // pcnet:
        tests("DriverPCnet", ["DriverPCnet", "PCnetRegisters", "DriverKit", "CDriver"]),
        // Host links:
        tests("HostLink", ["HostLink", "CHostLink", "DriverKit", "CDriver"]),
        tests("DriverAFPacket", ["DriverAFPacket", "HostLink", "CHostLink", "DriverKit", "CDriver"]),
        tests("DriverAFXDP", ["DriverAFXDP", "HostLink", "CHostLink", "DriverKit", "CDriver"]),
        tests("DriverTap", ["DriverTap", "HostLink", "CHostLink", "DriverKit", "CDriver"]),
        // The teaching NIC:
        tests("DriverAbc", ["DriverAbc", "AbcRegisters", "DriverKit", "CDriver", "NICModels", "Wire"]),
        tests("NICModels", ["NICModels", "E1000Registers", "E1000ERegisters", "AbcRegisters", "VirtioNetRegisters", "VirtioRegisters", "DriverKit", "Wire"], exclude: ["Datasheet"]),
        tests("Cables", ["Cables", "Wire", "Host"]),
        tests("Bus", ["Bus", "Messages", "Host", "CDriver", "CLinux"]),
        tests("nicd", ["nicd", "Bus", "Cables", "Messages", "Host", "NICModels", "QEMUBus", "Wire", "CLinux"]),
        tests("VFIOBus", ["VFIOBus", "NICModels", "Host"]),
        tests("QEMUBus", ["QEMUBus", "NICModels", "Host"]),
        tests("ProgramSockets", ["ProgramSockets", "CProgram", "CCalls"]),
        tests("Symbols", ["Symbols"], exclude: ["sample.c"]),
        tests("Shell", ["Shell", "Symbols"]),
        tests("Dossier", ["Dossier", "Symbols", "CDriver", "Messages", "Recorder", "Host", "Rings"]),
        tests("Messages", ["Messages", "Host", "Wire"]),
        tests("Host", ["Host", "Rings"]),
        tests("Recorder", ["Recorder", "CDriver"]),
        tests("Cores", ["Cores", "Host", "CLinux"], exclude: ["dying.c"]),
        tests("supervisor", ["supervisor", "Messages", "Host", "Recorder"]),
        tests("netd", ["netd", "Stack", "Messages", "Host", "Recorder", "Rings", "Wire", "CCalls", "CDriver", logging]),
        tests("runner", ["runner", "ProgramSockets", "CProgram", "CCalls", "Host", "CLinux"]),
        tests("tools", ["tools", "Cables", "Shell", "Symbols", "Dossier", "DHCP", "Messages", "Host", "Recorder", "Wire", "CDriver", arguments]),
        tests("Conformance", ["Conformance", "CLinux"]),
        // The whole system as a user meets it: built binaries, real processes.
        tests("Session", ["Faults", "Messages", "Host"]),
        // What holds the tree together: import arrows, file and function ceilings.
        tests("Tree", [], exclude: ["rfc9293.tsv"]),
    ],
    swiftLanguageModes: [.v6]
)
