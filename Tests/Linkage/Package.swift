// swift-tools-version: 6.2
import PackageDescription

// What a service does that embeds the scorer and nothing else; check.sh looks at what that drags in.
let package = Package(
    name: "Linkage",
    dependencies: [.package(name: "RiskKit", path: "../..")],
    targets: [
        .executableTarget(
            name: "Embed", dependencies: [.product(name: "RiskScoring", package: "RiskKit")])
    ]
)
