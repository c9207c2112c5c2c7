// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "bench-features",
    dependencies: [
        .package(name: "RiskKit", path: "../.."),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .executableTarget(
            name: "bench-features",
            dependencies: [
                .product(name: "RiskFeatures", package: "RiskKit"),
                .product(name: "RiskTables", package: "RiskKit"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ])
    ]
)
