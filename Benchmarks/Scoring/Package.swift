// swift-tools-version: 6.2
import PackageDescription

// What a row costs: swift run -c release --package-path Benchmarks/Scoring
let package = Package(
    name: "ScoringBenchmark",
    dependencies: [.package(name: "RiskKit", path: "../..")],
    targets: [
        .executableTarget(
            name: "ScoringBenchmark",
            dependencies: [.product(name: "RiskScoring", package: "RiskKit")])
    ]
)
