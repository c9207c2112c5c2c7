import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring

/// The riskiest rows of a stream: at most so many are held, whatever the stream's length.
///
/// A binary heap with the least of them at its root: a row that is not riskier than that one is passed
/// over at once. Of equal scores the earlier row is the riskier one, so the list depends on nothing but
/// the rows and their order.
struct RankedList {
    /// A row that is held.
    struct Row: Sendable {
        let units: Int64
        /// The place in the stream; of equal scores the earlier row comes first.
        var sequence: Int
        let carried: [String]
        let values: [Double]
    }

    let capacity: Int
    /// The index of the carried column by whose value only the riskiest row is kept; nil for all rows.
    let distinctBy: Int?
    /// A heap while rows come in; after `rank`, the riskiest first.
    private(set) var rows: [Row] = []
    /// Where in the heap the row of a value is.
    private var places: [String: Int] = [:]

    init(capacity: Int, distinctBy: Int?) {
        self.capacity = capacity
        self.distinctBy = distinctBy
    }

    /// Rows with so many units or fewer need not be brought: the list is full of riskier ones.
    var floor: Int64 { rows.count == capacity ? rows[0].units : .min }

    /// Takes in a row that comes behind all the others.
    /// - Complexity: O(log rows).
    mutating func add(_ row: Row) {
        if let key = key(of: row), let place = places[key] {
            guard Self.isLess(rows[place], row) else { return }
            rows[place] = row
            sink(place)
        } else if rows.count < capacity {
            rows.append(row)
            rise(rows.count - 1)
        } else if Self.isLess(rows[0], row) {
            if let key = key(of: rows[0]) { places[key] = nil }
            rows[0] = row
            sink(0)
        }
    }

    /// Brings the rows into their order; nothing can be added any more.
    mutating func rank() {
        places = [:]
        rows.sort { Self.isLess($1, $0) }
    }

    private func key(of row: Row) -> String? { distinctBy.map { row.carried[$0] } }

    private static func isLess(_ a: Row, _ b: Row) -> Bool {
        a.units != b.units ? a.units < b.units : a.sequence > b.sequence
    }

    /// A row has moved: where its value's row is has to be known.
    private mutating func settle(_ place: Int) {
        if let key = key(of: rows[place]) { places[key] = place }
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, Self.isLess(rows[place], rows[(place - 1) / 2]) {
            rows.swapAt(place, (place - 1) / 2)
            settle(place)
            place = (place - 1) / 2
        }
        settle(place)
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < rows.count && Self.isLess(rows[child], rows[least]) { least = child }
            if least == place { break }
            rows.swapAt(place, least)
            settle(place)
            place = least
        }
        settle(place)
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
                text += "  \(policy.tiers[tier].name): \(policy.tiers[tier].action.name)"
            }
            let facts = zip(carried, row.carried).map { printable("\($0) \($1)") }
                .joined(separator: ", ")
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
