// swift-tools-version: 6.2
import PackageDescription

// What a row costs: Benchmarks/scoring.sh builds and runs it.
let package = Package(
    name: "ScoringBenchmark",
    dependencies: [.package(name: "RiskKit", path: "../..", traits: [])],
    targets: [
        .executableTarget(
            name: "ScoringBenchmark",
            dependencies: [
                .product(name: "RiskModelImport", package: "RiskKit"),
                .product(name: "RiskScoring", package: "RiskKit"),
            ])
    ]
)
