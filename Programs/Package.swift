// swift-tools-version: 6.2
import PackageDescription

// What runs inside programs that were not written for us: an image as the drivers are (Embedded Swift, no runtime, libc
// only), preloaded. `swift build -c release --package-path Programs` makes `libdrydock-preload.so`;
// `Programs/install DIRECTORY` copies it.
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

/// The link of the image: no Swift runtime, everything local but the functions that it stands in for.
let image: [LinkerSetting] = [
    .unsafeFlags([
        "-enable-experimental-feature", "Embedded", "-nostartfiles",
        "-Xlinker", "--version-script=\(Context.packageDirectory)/preload.map",
        "-Xlinker", "--gc-sections", "-Xlinker", "--no-undefined", "-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now",
    ]),
]

let package = Package(
    name: "drydock-programs",
    products: [
        .library(name: "drydock-preload", type: .dynamic, targets: ["Preload"]),
    ],
    targets: [
        .target(name: "CCalls"),
        .target(name: "CProgram", dependencies: ["CCalls"]),
        .target(name: "ProgramSockets", dependencies: ["CCalls", "CProgram"], swiftSettings: embedded),
        .target(name: "CPreload"),
        .target(name: "Preload", dependencies: ["CPreload", "CProgram", "ProgramSockets"], swiftSettings: embedded, linkerSettings: image),
    ],
    swiftLanguageModes: [.v6]
)
