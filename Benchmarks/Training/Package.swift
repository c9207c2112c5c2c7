// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "bench-training",
    dependencies: [.package(name: "RiskKit", path: "../..")],
    targets: [
        .executableTarget(
            name: "bench-training",
            dependencies: [.product(name: "RiskTraining", package: "RiskKit")])
    ]
)
