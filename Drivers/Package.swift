// swift-tools-version: 6.2
import PackageDescription

// Drivers are images: Embedded Swift, no runtime, libc only, one exported symbol. `swift build -c release
// --package-path Drivers` makes `libdevnp-NAME.so`; `Drivers/install DIRECTORY` copies them as `devnp-NAME.so`.
let embedded: [SwiftSetting] = [
    .enableExperimentalFeature("Embedded"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-wmo", "-g", "-Xcc", "-fno-omit-frame-pointer", "-Xcc", "-g"]),
]

/// The link of an image: no Swift runtime, everything local but the entry.
let image: [LinkerSetting] = [
    .unsafeFlags([
        "-enable-experimental-feature", "Embedded", "-nostartfiles",
        "-Xlinker", "--version-script=\(Context.packageDirectory)/image.map",
        "-Xlinker", "--gc-sections", "-Xlinker", "--no-undefined", "-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now",
    ]),
]

/// A module that images share.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: embedded)
}

/// A driver image.
func driver(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: ["DriverKit", "CDriver"] + dependencies, exclude: exclude, swiftSettings: embedded, linkerSettings: image)
}

let package = Package(
    name: "drydock-drivers",
    products: [
        .library(name: "devnp-e1000", type: .dynamic, targets: ["DriverE1000"]),
        .library(name: "devnp-e1000-faulty", type: .dynamic, targets: ["DriverE1000Faulty"]),
        // e1000e:
        .library(name: "devnp-e1000e", type: .dynamic, targets: ["DriverE1000E"]),
        // virtio-net:
        .library(name: "devnp-virtio-net", type: .dynamic, targets: ["DriverVirtioNet"]),
        // rtl8139:
        .library(name: "devnp-rtl8139", type: .dynamic, targets: ["DriverRTL8139"]),
        // pcnet:
        .library(name: "devnp-pcnet", type: .dynamic, targets: ["DriverPCnet"]),
        // Host links:
        .library(name: "devnp-tap", type: .dynamic, targets: ["DriverTap"]),
        .library(name: "devnp-afpacket", type: .dynamic, targets: ["DriverAFPacket"]),
        .library(name: "devnp-afxdp", type: .dynamic, targets: ["DriverAFXDP"]),
        // The teaching NIC:
        .library(name: "devnp-abc", type: .dynamic, targets: ["DriverAbc"]),
    ],
    targets: [
        .target(name: "CDriver"),
        module("DriverKit", ["CDriver"]),
        module("E1000Registers", ["DriverKit"]),
        // What the drivers of Intel's gigabit controllers share.
        module("DriverIntel", ["CDriver", "DriverKit", "E1000Registers"]),
        driver("DriverE1000", ["DriverIntel", "E1000Registers"]),
        // An example of what goes wrong: the sources of DriverE1000 (`Clean` is a link to them) around one planted mistake.
        driver("DriverE1000Faulty", ["DriverIntel", "E1000Registers"], exclude: ["Clean/Entry.swift", "Clean/Image.swift"]),
        // e1000e:
        module("E1000ERegisters", ["DriverKit", "E1000Registers"]),
        driver("DriverE1000E", ["DriverIntel", "E1000Registers", "E1000ERegisters"]),
        // virtio-net:
        module("VirtioRegisters", ["DriverKit"]),
        module("VirtioNetRegisters", ["CDriver", "DriverKit", "VirtioRegisters"]),
        // What the drivers of virtio devices share, of whatever kind.
        module("DriverVirtio", ["CDriver", "DriverKit", "VirtioRegisters"]),
        driver("DriverVirtioNet", ["DriverVirtio", "VirtioNetRegisters", "VirtioRegisters"]),
        // rtl8139:
        module("RTL8139Registers", ["DriverKit"]),
        driver("DriverRTL8139", ["RTL8139Registers"]),
        // pcnet:
        module("PCnetRegisters", ["DriverKit"]),
        driver("DriverPCnet", ["PCnetRegisters"]),
        // Host links:
        .target(name: "CHostLink"),
        module("HostLink", ["CHostLink", "DriverKit", "CDriver"]),
        driver("DriverTap", ["HostLink", "CHostLink"]),
        driver("DriverAFPacket", ["HostLink", "CHostLink"]),
        driver("DriverAFXDP", ["HostLink", "CHostLink"]),
        // The teaching NIC:
        module("AbcRegisters", ["DriverKit"]),
        driver("DriverAbc", ["AbcRegisters"]),
    ],
    swiftLanguageModes: [.v6]
)
