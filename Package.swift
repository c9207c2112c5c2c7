// swift-tools-version: 6.2
import PackageDescription

// Four floors. A target names only targets of floors below its own; docs/architecture.md says who
// knows what. Only RiskLinearAlgebra sees BLAS, only RiskTables sees file formats.
let package = Package(
    name: "RiskKit",
    products: [
        .library(name: "RiskScoring", targets: ["RiskModel", "RiskScoring"]),
        .library(name: "riskscore", type: .dynamic, targets: ["RiskScoreABI"]),
        .library(name: "RiskFeatures", targets: ["RiskColumns", "RiskFeatures"]),
        .library(name: "RiskModelImport", targets: ["RiskModelImport"]),
        .library(name: "RiskModelExport", targets: ["RiskModelExport"]),
        .library(name: "RiskEvaluation", targets: ["RiskEvaluation"]),
        .library(name: "RiskPolicy", targets: ["RiskPolicy"]),
        .library(name: "RiskTraining", targets: ["RiskTraining"]),
        .library(name: "RiskTables", targets: ["RiskTables"]),
        .executable(name: "risk", targets: ["risk"]),
    ],
    // What the command line needs beyond the toolchain. A package that embeds the scorer switches it
    // off, `.package(url: …, traits: [])`, and then resolves no other package at all.
    traits: [.default(enabledTraits: ["CommandLine"]), "CommandLine"],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // L0: the ground. C kernels, system libraries, and the two vocabularies of bytes.
        .target(
            name: "CRiskKernels",
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CRiskScore", dependencies: ["CRiskKernels"]),
        .target(name: "RiskColumns", dependencies: ["CRiskKernels"]),
        .target(name: "RiskJSON"),

        // L1: what a model is, and how good its scores are.
        .target(name: "RiskModel", dependencies: ["CRiskKernels", "RiskColumns", "RiskJSON"]),
        .target(
            name: "RiskEvaluation", dependencies: ["CRiskKernels", "RiskColumns", "RiskJSON"]),

        // L2: events to vectors, vectors to scores, scores to actions, and the one importer of BLAS.
        .target(
            name: "RiskFeatures", dependencies: ["CRiskKernels", "RiskColumns", "RiskJSON"]),
        .target(
            name: "RiskScoring",
            dependencies: ["CRiskKernels", "RiskColumns", "RiskJSON", "RiskModel"]),
        .target(name: "RiskPolicy", dependencies: ["RiskColumns", "RiskJSON"]),
        .target(name: "RiskLinearAlgebra", dependencies: ["COpenBLAS"]),

        // L3: the scorer for other languages, by the header of CRiskScore.
        .target(
            name: "RiskScoreABI",
            dependencies: ["CRiskKernels", "CRiskScore", "RiskModel", "RiskScoring"]),

        // L3: matrices to models, bytes to tables, and simulated worlds.
        .target(
            name: "RiskTraining",
            dependencies: [
                "CRiskKernels", "RiskColumns", "RiskEvaluation", "RiskJSON", "RiskLinearAlgebra",
                "RiskModel", "RiskScoring",
            ]),
        .target(
            name: "RiskTables",
            dependencies: [
                "CZlib", "RiskColumns", "RiskJSON",
                .product(name: "Yams", package: "Yams", condition: .when(traits: ["CommandLine"])),
            ]),
        .target(
            name: "RiskModelImport",
            dependencies: ["CRiskKernels", "RiskColumns", "RiskJSON", "RiskModel"]),
        .target(name: "RiskModelExport", dependencies: ["RiskJSON", "RiskModel"]),
        .target(name: "RiskSimulation", dependencies: ["CRiskKernels", "RiskColumns"]),

        // L4: the command line, a verb a file.
        .executableTarget(
            name: "risk",
            dependencies: [
                // All that it imports: of a module that is not named here, a changed layout would not
                // have the commands compiled again.
                "RiskColumns", "RiskEvaluation", "RiskFeatures", "RiskJSON", "RiskModel",
                "RiskModelExport", "RiskModelImport", "RiskPolicy", "RiskScoring", "RiskSimulation",
                "RiskTables", "RiskTraining",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser",
                    condition: .when(traits: ["CommandLine"])),
            ]),

        // What measures: in no product, so nobody who depends on the package builds it.
        .executableTarget(
            name: "bench-tables", dependencies: ["RiskColumns", "RiskTables"],
            path: "Benchmarks/Tables"),

        // Random models, for the tests of what a model is and of what scores it.
        .target(
            name: "ModelCases", dependencies: ["RiskJSON", "RiskModel"], path: "Tests/ModelCases"),

        .testTarget(name: "RiskColumnsTests", dependencies: ["RiskColumns"]),
        .testTarget(name: "RiskJSONTests", dependencies: ["RiskJSON"]),
        .testTarget(
            name: "RiskModelTests",
            dependencies: [
                "CRiskKernels", "ModelCases", "RiskColumns", "RiskJSON", "RiskModel", "RiskScoring",
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "RiskModelImportTests",
            dependencies: ["RiskJSON", "RiskModel", "RiskModelImport", "RiskScoring"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "RiskModelExportTests",
            dependencies: [
                "ModelCases", "RiskJSON", "RiskModel", "RiskModelExport", "RiskModelImport",
                "RiskScoring",
            ],
            exclude: ["Golden", "Engines"]),
        .testTarget(
            name: "RiskEvaluationTests",
            dependencies: ["RiskColumns", "RiskEvaluation", "RiskJSON"], exclude: ["Fixtures"]),
        .testTarget(
            name: "RiskFeaturesTests",
            dependencies: [
                "CRiskKernels", "RiskColumns", "RiskFeatures", "RiskJSON", "RiskTables",
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "RiskScoringTests",
            dependencies: ["CRiskKernels", "ModelCases", "RiskColumns", "RiskModel", "RiskScoring"]),
        .testTarget(
            name: "RiskPolicyTests", dependencies: ["RiskColumns", "RiskJSON", "RiskPolicy"]),
        .testTarget(
            name: "RiskTrainingTests",
            dependencies: [
                "CRiskKernels", "RiskColumns", "RiskJSON", "RiskLinearAlgebra", "RiskModel",
                "RiskScoring", "RiskTraining",
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "RiskTablesTests",
            dependencies: ["CZlib", "RiskColumns", "RiskJSON", "RiskTables"]),
        .testTarget(
            name: "RiskSimulationTests",
            dependencies: ["RiskColumns", "RiskEvaluation", "RiskJSON", "RiskSimulation"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "RiskColumns", "RiskEvaluation", "RiskJSON", "RiskModel", "RiskScoring",
            ],
            exclude: ["Help", "Specs"]
        ),
    ]
)
