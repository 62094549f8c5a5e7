// swift-tools-version: 6.2
import PackageDescription

// Two builds of the same sources:
//   swift build -c release    the driver's image: Embedded Swift, no runtime, one exported symbol
//   swift test                the driver in an ordinary process, on a device that a test writes
let embedded: [SwiftSetting] = [
    // By its flag: declared as a feature, the package manager would link the tests as if they had no runtime either.
    .unsafeFlags(["-enable-experimental-feature", "Embedded", "-wmo", "-g", "-Xcc", "-fno-omit-frame-pointer", "-Xcc", "-g"], .when(configuration: .release)),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// The link of the image: no Swift runtime, everything local but the entry.
let image: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-enable-experimental-feature", "Embedded", "-nostartfiles",
            "-Xlinker", "--version-script=\(Context.packageDirectory)/image.map",
            "-Xlinker", "--gc-sections", "-Xlinker", "--no-undefined", "-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now",
        ], .when(configuration: .release)),
]

let package = Package(
    name: "devnp-@name@",
    products: [
        .library(name: "devnp-@name@", type: .dynamic, targets: ["Driver@Name@"]),
    ],
    targets: [
        // The kit, as it came: the contract, and its Swift face.
        .target(name: "CDriver", path: "Kit/CDriver"),
        .target(name: "DriverKit", dependencies: ["CDriver"], path: "Kit/DriverKit", swiftSettings: embedded),
        // The driver: its registers, and the rest.
        .target(name: "@Name@Registers", dependencies: ["DriverKit"], swiftSettings: embedded),
        .target(name: "Driver@Name@", dependencies: ["DriverKit", "CDriver", "@Name@Registers"], swiftSettings: embedded, linkerSettings: image),
        .testTarget(name: "Driver@Name@Tests", dependencies: ["Driver@Name@", "@Name@Registers", "DriverKit", "CDriver"], swiftSettings: embedded),
    ],
    swiftLanguageModes: [.v6]
)
