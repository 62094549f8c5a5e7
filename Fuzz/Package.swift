// swift-tools-version: 6.2
import PackageDescription

// Apart from the root package, since fuzzing flags are unsafe flags, and since a plain build must not need libFuzzer.
// The sources are the root's own, by symbolic link: nothing is fuzzed that is not shipped.

let house: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    // Debug checks stay on in the optimised build: an unchecked load out of place traps even inside a larger buffer.
    .unsafeFlags(["-sanitize=fuzzer,address", "-assert-config", "Debug", "-enable-testing"]),
]
// SwiftPM's default linker does not link libFuzzer here.
let linking: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]

let package = Package(
    name: "fuzz",
    targets: [
        .target(name: "Wire", swiftSettings: house),
        .target(name: "CFuzzer"),
        .target(name: "CDriver"),
        .target(name: "Rings", dependencies: ["CDriver"], swiftSettings: house),
        .target(name: "Stack", dependencies: ["Wire", "Rings"], exclude: ["README.md", "Stack.docc"], swiftSettings: house),
        .executableTarget(name: "fuzz-wire", dependencies: ["Wire", "CFuzzer"], swiftSettings: house, linkerSettings: linking),
        .executableTarget(name: "fuzz-stack", dependencies: ["Stack", "Rings", "Wire", "CFuzzer"], swiftSettings: house, linkerSettings: linking),
    ],
    swiftLanguageModes: [.v6]
)
