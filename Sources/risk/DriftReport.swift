import RiskColumns
import RiskEvaluation
import RiskJSON
import RiskModel
import RiskScoring
import RiskTables

/// A table, or a sample of its rows.
struct DriftSample {
    let path: String
    /// The columns that are compared.
    let requests: [ColumnRequest]
    let rows: RowSample
    /// The texts behind the codes of a column of categories.
    let dictionaries: [CategoryDictionary?]

    /// The rows of each category of a column, and those that have none.
    func counts(_ column: Int) -> (categories: [String: Int], missing: Int) {
        guard let dictionary = dictionaries[column] else { return ([:], 0) }
        var counts: [Int32: Int] = [:]
        var missing = 0
        for code in rows.columns[column] {
            if code.isNaN { missing += 1 } else { counts[Int32(code), default: 0] += 1 }
        }
        // Texts of other bytes can be one text to Swift: an accent may be a character of its own.
        return (Dictionary(counts.map { (dictionary[$0], $1) }, uniquingKeysWith: +), missing)
    }
}

/// How far columns have moved between two populations.
struct DriftReport {
    /// The most rows of a table that are held: the index is then sure to about 10^-4.
    static let sampleRows = 200_000
    /// Categories with a bin of their own; the rarer ones share one.
    static let categoryLimit = 50

    /// A column, or the score.
    struct Shift {
        let name: String
        let stability: PopulationStability
        /// Of a column of categories: what each bin holds; the missing ones have none.
        var categories: [String]?
        /// Categories that the reference has not, the most frequent first.
        var unseen: [String] = []

        /// The share of missing values, before and now.
        var missing: (before: Double, now: Double) {
            let bins = stability.bins
            let (n, m) = (
                bins.reduce(0) { $0 + $1.reference }, bins.reduce(0) { $0 + $1.current }
            )
            guard let last = bins.last, last.upperBound == nil else { return (0, 0) }
            return (Double(last.reference) / Double(n), Double(last.current) / Double(m))
        }
    }

    let heading: String
    /// The largest index first; the score before all others.
    private(set) var shifts: [Shift] = []

    /// Two tables.
    init(reference: DriftSample, current: DriftSample, bins: Int, scorer: Scorer?) throws {
        heading = "\(Self.name(reference)) against \(Self.name(current))"
        for (column, request) in reference.requests.enumerated() {
            if request.type == .category {
                shifts.append(
                    try Self.categories(
                        request.name, reference.counts(column), current.counts(column)))
            } else {
                try add(
                    request.name,
                    PopulationBins(quantilesOf: reference.rows.columns[column], bins: bins),
                    current.rows.columns[column])
            }
        }
        if let scorer {
            try add(
                Self.score,
                PopulationBins(quantilesOf: Self.logOdds(reference, scorer), bins: bins),
                Self.logOdds(current, scorer))
        }
        sort()
    }

    /// What a model was trained on, and a table.
    init(reference: TrainingPopulation, current: DriftSample, scorer: Scorer) throws {
        heading =
            "what \(scorer.model.name) was trained on (\(Text.grouped(reference.score.rows)) rows "
            + "counted) against \(Self.name(current))"
        for (column, bins) in reference.features.enumerated() where bins.rows > 0 {
            try add(scorer.layout[column], bins, current.rows.columns[column])
        }
        try add(Self.score, reference.score, Self.logOdds(current, scorer))
        sort()
    }

    private static let score = "(score)"

    private mutating func sort() {
        shifts = shifts.enumerated().sorted { a, b in
            let (left, right) = (a.element, b.element)
            if (left.name == Self.score) != (right.name == Self.score) {
                return left.name == Self.score
            }
            return left.stability.index != right.stability.index
                ? left.stability.index > right.stability.index : a.offset < b.offset
        }.map(\.element)
    }

    private mutating func add(_ name: String, _ before: PopulationBins, _ values: [Double]) throws {
        var now = before.emptied
        for value in values { now.add(value) }
        shifts.append(
            Shift(name: name, stability: try PopulationStability(reference: before, current: now)))
    }

    private static func categories(
        _ name: String, _ before: (categories: [String: Int], missing: Int),
        _ now: (categories: [String: Int], missing: Int)
    ) throws -> Shift {
        func ranked(_ counts: [String: Int]) -> [String] {
            counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        }
        let names = Array(ranked(before.categories).prefix(categoryLimit))
        let own = Set(names)
        func rest(_ counts: [String: Int]) -> Int {
            counts.reduce(0) { own.contains($1.key) ? $0 : $0 + $1.value }
        }
        var bins = names.enumerated().map { index, name in
            PopulationStability.Bin(
                upperBound: Double(index), reference: before.categories[name] ?? 0,
                current: now.categories[name] ?? 0)
        }
        var labels = names
        let (others, othersNow) = (rest(before.categories), rest(now.categories))
        if others + othersNow > 0 {
            bins.append(.init(upperBound: .infinity, reference: others, current: othersNow))
            labels.append("(others)")
        }
        if before.missing + now.missing > 0 {
            bins.append(.init(upperBound: nil, reference: before.missing, current: now.missing))
        }
        return Shift(
            name: name, stability: try PopulationStability(bins: bins), categories: labels,
            unseen: ranked(now.categories.filter { before.categories[$0.key] == nil }))
    }

    private static func logOdds(_ sample: DriftSample, _ scorer: Scorer) throws -> [Double] {
        try scorer.score(
            FeatureMatrix(
                names: sample.requests.map(\.name), columns: sample.rows.columns,
                rowCount: sample.rows.rowCount)
        ).units.map { LogOdds.value($0) }
    }

    private static func name(_ sample: DriftSample) -> String {
        let (held, seen) = (sample.rows.rowCount, sample.rows.seen)
        return "\(sample.path) ("
            + (held < seen ? "\(Text.grouped(held)) of " : "") + "\(Text.grouped(seen)) rows)"
    }

    /// For reading.
    var text: String {
        var rows = [["", "index", "by chance", "missing before", "now", ""]]
        for shift in shifts {
            let missing = shift.missing
            let unseen =
                shift.unseen.isEmpty ? "" : "; not in the reference: \(Text.listed(shift.unseen))"
            rows.append([
                shift.name, Text.fixed(shift.stability.index, 4),
                Text.fixed(shift.stability.expectedByChance, 4),
                "\(Text.fixed(missing.before * 100, 2)) %", "\(Text.fixed(missing.now * 100, 2)) %",
                Self.verdict(shift.stability) + unseen,
            ])
        }
        return heading + "\n\n" + Text.table(rows, right: [1, 2, 3, 4], indent: "  ") + "\n"
    }

    private static func verdict(_ stability: PopulationStability) -> String {
        if stability.index <= 3 * stability.expectedByChance { return "as chance would have it" }
        return stability.index > ScoreSummary.shifted
            ? "shifted" : stability.index > 0.1 ? "moved" : "stable"
    }

    /// For machines.
    var node: Node {
        .array(
            shifts.map { shift in
                var members: [Node.Member] = [
                    .init("name", Node(shift.name)),
                    .init("stabilityIndex", Node(shift.stability.index)),
                    .init("expectedByChance", Node(shift.stability.expectedByChance)),
                    .init("verdict", Node(Self.verdict(shift.stability))),
                    .init("missingBefore", Node(shift.missing.before)),
                    .init("missing", Node(shift.missing.now)),
                    .init(
                        "bins",
                        .array(
                            shift.stability.bins.enumerated().map { index, bin in
                                .object([
                                    "upTo": upTo(shift, index, bin),
                                    "reference": Node(bin.reference), "current": Node(bin.current),
                                ])
                            })),
                ]
                if shift.categories != nil {
                    members.append(.init("unseen", .array(shift.unseen.map { Node($0) })))
                }
                return .object(members)
            })
    }

    private func upTo(_ shift: Shift, _ index: Int, _ bin: PopulationStability.Bin) -> Node {
        guard let bound = bin.upperBound else { return "missing" }
        if let categories = shift.categories { return Node(categories[index]) }
        return bound == .infinity ? "inf" : Node(bound)
    }
}
