import RiskColumns
import RiskModel
import RiskScoring

/// The riskiest rows of a stream: at most so many are held, whatever the stream's length.
struct RankedList {
    /// A row that is held.
    struct Row {
        let units: Int64
        /// The place in the stream; of equal scores the earlier row comes first.
        let sequence: Int
        let carried: [String]
        let values: [Double]
    }

    let capacity: Int
    /// The index of the carried column by whose value only the riskiest row is kept; nil for all rows.
    let distinctBy: Int?
    /// The riskiest first.
    private(set) var rows: [Row] = []
    private var seen = 0

    init(capacity: Int, distinctBy: Int?) {
        self.capacity = capacity
        self.distinctBy = distinctBy
    }

    /// Takes in a batch.
    /// - Complexity: O(batch), and O(n log n) for the n rows that are above the least one held.
    mutating func add(_ scores: Scores, _ matrix: FeatureMatrix, carried: [Column]) {
        let least = rows.count == capacity ? rows[capacity - 1].units : .min
        for row in 0..<scores.count where scores.units[row] > least || rows.count < capacity {
            rows.append(
                Row(
                    units: scores.units[row], sequence: seen + row,
                    carried: carried.map { $0.text(at: row) },
                    values: matrix.columns.map { $0[row] }))
            if rows.count >= 4 * capacity + 4096 { settle() }
        }
        seen += scores.count
        settle()
    }

    private mutating func settle() {
        rows.sort { ($1.units, $0.sequence) < ($0.units, $1.sequence) }
        if let distinctBy {
            var known: Set<String> = []
            rows = rows.filter { known.insert($0.carried[distinctBy]).inserted }
        }
        if rows.count > capacity { rows.removeLast(rows.count - capacity) }
    }

    /// The vectors held, in their order.
    func matrix(names: [String]) -> FeatureMatrix {
        FeatureMatrix(
            names: names, columns: names.indices.map { column in rows.map { $0.values[column] } },
            rowCount: rows.count)
    }
}

extension RankedList {
    /// The rows for reading: rank, probability, points, what was carried, and the reasons below.
    func text(
        carried: [String], _ scores: Scores, tiers: [Int?]?, scored: ScoredColumns
    ) -> String {
        let width = String(rows.count).count
        let margin = String(repeating: " ", count: width + 2)
        var text = ""
        for (index, row) in rows.enumerated() {
            let rank = String(index + 1)
            text += String(repeating: " ", count: width - rank.count) + rank
            text +=
                ". \(Text.fixed(scores.probability[index] * 100, 1)) %  \(scores.points[index]) points"
            if let policy = scored.policy?.policy, let tier = tiers?[index] {
                text += "  \(policy.tiers[tier].name): \(policy.tiers[tier].action.rawValue)"
            }
            let facts = zip(carried, row.carried).map { "\($0) \($1)" }.joined(separator: ", ")
            text += facts.isEmpty ? "\n" : "  \(facts)\n"
            for reason in scored.scorer.reasons(row: row.values, top: scored.reasonCount) {
                text += margin + "- \(scored.sentence(reason))\n"
            }
        }
        return text
    }
}

extension Column {
    /// The value of a row as text; empty where it is missing.
    func text(at row: Int) -> String {
        switch storage {
        case .text(let buffer): buffer[row]
        case .codes(let codes, let dictionary): codes[row] < 0 ? "" : dictionary[codes[row]]
        case .numbers(let values): values[row].isNaN ? "" : values[row].description
        case .integers(let values):
            values[row] == Column.missing
                ? "" : type == .time ? Timestamps.format(values[row]) : String(values[row])
        }
    }
}
