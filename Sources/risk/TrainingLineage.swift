import Foundation
import RiskColumns
import RiskJSON
import RiskTables
import RiskTraining

/// The SHA-256 of a file's bytes as they lie on the disk.
struct FileDigest {
    /// The file's own name, without its folder.
    let name: String
    /// Hexadecimal; nil for standard input, which can be read only once.
    let sha256: String?

    /// - Complexity: O(bytes).
    init(_ path: String) throws {
        name = path.split(separator: "/").last.map(String.init) ?? path
        guard path != "-", let file = FileHandle(forReadingAtPath: path) else {
            sha256 = nil
            return
        }
        var digest = SHA256()
        while let piece = try? file.read(upToCount: 1 << 20), !piece.isEmpty {
            piece.withUnsafeBytes { digest.update($0.assumingMemoryBound(to: UInt8.self)) }
        }
        sha256 = digest.finish()
    }
}

/// Where a model comes from, as it stands in the model and in the report.
struct TrainingLineage {
    private var members: [Node.Member]

    init(_ report: TrainingReport, data: FileDigest, rows: Int, unlabelled: Int) {
        members = [
            .init("learner", Node(report.learner)), .init("settings", report.settings),
            .init(
                "data",
                .object([
                    "file": Node(data.name), "sha256": data.sha256.map { Node($0) } ?? nil,
                    "rows": Node(rows), "withoutLabel": Node(unlabelled),
                ])),
        ]
    }

    /// Adds a period with its rows, and what was measured on them.
    mutating func add(
        _ what: String, _ table: LabelledTable, period: (from: Int64?, until: Int64?),
        metrics: Node? = nil
    ) {
        let from = period.from ?? table.times?.min()
        var node: [Node.Member] = []
        if let from { node.append(.init("from", Node(Timestamps.format(from)))) }
        if let until = period.until {
            node.append(.init("until", Node(Timestamps.format(until))))
        } else if let last = table.times?.max() {
            node.append(.init("last", Node(Timestamps.format(last))))
        }
        node.append(.init("rows", Node(table.rowCount)))
        node.append(.init("positives", Node(table.positives)))
        if let metrics { node.append(.init("metrics", metrics)) }
        members.append(.init(what, .object(node)))
    }

    /// Adds the rate to which probabilities were corrected, and by how much.
    mutating func add(populationRate: Double, _ report: TrainingReport) {
        members.append(.init("populationRate", Node(populationRate)))
        members.append(.init("priorShift", Node(report.priorShift)))
    }

    /// Adds the model whose scale the points have, and what its thresholds do now.
    mutating func add(pointsLike: Node) { members.append(.init("pointsLike", pointsLike)) }

    /// Adds the bands of the model's tables, for `risk show`.
    mutating func add(bands: Node) { members.append(.init("bands", bands)) }

    /// Adds the model that boosting went on from.
    mutating func add(initModel file: FileDigest) {
        members.append(
            .init(
                "initModel",
                .object([
                    "file": Node(file.name), "sha256": file.sha256.map { Node($0) } ?? nil,
                ])))
    }

    /// What goes into the model.
    var node: Node { .object(members) }

    /// What goes into the report: the same, the losses along the way, the folds, the
    /// evaluation in full.
    func document(_ report: TrainingReport, _ evaluation: Node?, folds: Node? = nil) -> Node {
        // The run has the bands too, on the bins in which they were learned.
        var members = members.filter { $0.key != "bands" }
        members.append(.init("run", report.node))
        if let folds { members.append(.init("folds", folds)) }
        if let evaluation { members.append(.init("evaluation", evaluation)) }
        return .object(members)
    }

    /// A few lines for reading.
    func text(_ report: TrainingReport) -> String {
        var lines: [String] = []
        let learned = node["training"]
        func field(_ node: Node?, _ key: String) -> String? {
            switch node?[key]?.content {
            case .string(let text): text
            case .integer(let value): Text.grouped(Int(value))
            default: nil
            }
        }
        let period = [field(learned, "from"), field(learned, "until") ?? field(learned, "last")]
            .compactMap { $0 }
        lines.append(
            "Trained: \(report.learner), \(field(learned, "rows") ?? "?") rows, "
                + "\(field(learned, "positives") ?? "?") positive"
                + (period.count == 2 ? ", \(period[0]) to \(period[1])" : ""))
        lines.append("  \(Text.grouped(report.rounds)) rounds; \(report.end)")
        if let calibration = report.calibration {
            lines.append("  calibration: \(calibration.chosen.rawValue), \(calibration.reason)")
        }
        if report.priorShift != 0 {
            lines.append(
                "  corrected to the population's rate: log-odds shifted by "
                    + Text.fixed(report.priorShift, 3))
        }
        return lines.joined(separator: "\n") + "\n" + report.coefficientText
    }
}
