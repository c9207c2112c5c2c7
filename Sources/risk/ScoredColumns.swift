import Dispatch
import RiskColumns
import RiskModel
import RiskScoring

/// Turns a batch of vectors into the columns that `risk score` writes.
struct ScoredColumns: Sendable {
    let scorer: Scorer
    /// How many reasons a row.
    let reasonCount: Int
    let language: String
    let audience: Audience
    let threads: Int
    /// nil: no tiers.
    let policy: PolicyColumns?

    /// The names of the columns made here, in their order.
    var names: [String] {
        ["log_odds", "probability", "points"] + (policy == nil ? [] : PolicyColumns.names)
            + reasonNames
    }

    private var reasonNames: [String] {
        reasonCount == 0 ? [] : (1...reasonCount).map { "reason_\($0)" }
    }

    /// The vectors of a batch, by the model's names.
    func matrix(of batch: Table) -> FeatureMatrix {
        FeatureMatrix(
            names: scorer.layout, columns: scorer.layout.map { batch[$0]?.doubles ?? [] },
            rowCount: batch.rowCount)
    }

    /// The columns for these vectors and their scores, one row each.
    /// - Parameter tiers: the tier of each row; nil for what the policy says of each row by itself.
    func columns(of matrix: FeatureMatrix, _ scores: Scores, tiers: [Int?]? = nil) -> [Column] {
        var columns = [
            Column(
                name: "log_odds", type: .number,
                storage: .numbers(scores.units.map { LogOdds.value($0) })),
            Column(name: "probability", type: .number, storage: .numbers(scores.probability)),
            Column(
                name: "points", type: .integer, storage: .integers(scores.points.map { Int64($0) })),
        ]
        if let policy {
            columns += policy.columns(tiers ?? policy.tiers(scores.probability))
        }
        for (name, texts) in zip(reasonNames, reasons(of: matrix)) {
            columns.append(Column(name: name, type: .text, storage: .text(texts)))
        }
        return columns
    }

    /// A table of no rows with all the columns, so that an output without rows has its header.
    func empty(carried: [String]) throws -> Table {
        let none = FeatureMatrix(
            names: scorer.layout, columns: scorer.layout.map { _ in [] }, rowCount: 0)
        let kept = carried.map { Column(name: $0, type: .text, storage: .text(TextBuffer())) }
        return Table(columns: kept + columns(of: none, try scorer.score(none)), rowCount: 0)
    }

    /// The sentences of all rows, one buffer a rank: empty where a row has fewer reasons.
    private func reasons(of matrix: FeatureMatrix) -> [TextBuffer] {
        let rows = matrix.rowCount
        let parts = max(1, min(threads, rows))
        let results = Parts(count: parts)
        // Each part is a range of rows; joined in order, so that any number of threads writes the same.
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            let range = (part * rows / parts)..<((part + 1) * rows / parts)
            results[part] = reasons(of: matrix, rows: range)
        }
        return results.joined(reasonCount)
    }

    private func reasons(of matrix: FeatureMatrix, rows: Range<Int>) -> [TextBuffer] {
        var buffers = [TextBuffer](repeating: TextBuffer(), count: reasonCount)
        var row = [Double](repeating: .nan, count: matrix.columns.count)
        for index in rows {
            for column in row.indices { row[column] = matrix.columns[column][index] }
            let reasons = scorer.reasons(row: row, top: reasonCount)
            for rank in 0..<reasonCount {
                buffers[rank].append(rank < reasons.count ? sentence(reasons[rank]) : "")
            }
        }
        return buffers
    }

    /// A reason as a person reads it.
    func sentence(_ reason: Reason) -> String {
        reason.text(language: language, audience: audience)
    }
}

/// One result a part, each written by its own thread.
private final class Parts: @unchecked Sendable {
    private let results: UnsafeMutableBufferPointer<[TextBuffer]>

    init(count: Int) {
        results = .allocate(capacity: count)
        results.initialize(repeating: [])
    }

    deinit {
        results.deinitialize()
        results.deallocate()
    }

    subscript(part: Int) -> [TextBuffer] {
        get { results[part] }
        set { results[part] = newValue }
    }

    func joined(_ count: Int) -> [TextBuffer] {
        (0..<count).map { rank in
            var whole = results[0][rank]
            for part in results.dropFirst() {
                part[rank].bytes.withUnsafeBufferPointer { bytes in
                    for index in 0..<part[rank].count {
                        whole.append(UnsafeBufferPointer(rebasing: bytes[part[rank].range(index)]))
                    }
                }
            }
            return whole
        }
    }
}
