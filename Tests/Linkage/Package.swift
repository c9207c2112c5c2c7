// swift-tools-version: 6.2
import PackageDescription

// A stranger's package that embeds the scorer; scripts/test-linkage builds it.
let package = Package(
    name: "linkage",
    dependencies: [.package(name: "RiskKit", path: "../..", traits: [])],
    targets: [
        .executableTarget(
            name: "embed", dependencies: [.product(name: "RiskScoring", package: "RiskKit")])
    ]
)
