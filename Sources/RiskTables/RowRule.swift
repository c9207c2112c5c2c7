import RiskColumns

/// What a row must satisfy beyond each of its values being of its type. One that does not is treated
/// as one that does not parse: named with its line, or rejected.
///
/// A missing value satisfies every rule but `needed`. All columns that a rule names are requested.
public enum RowRule: Equatable, Sendable {
    /// A time that must not come before another one of the row.
    case time(String, notBefore: String)
    /// A value that must be there where another one is.
    case needed(String, where: String)
    /// An integer whose magnitude must not be larger.
    case magnitude(String, atMost: Int64)
    /// A number that must be finite and at least 0, where another value is there.
    case weight(String, where: String)

    /// The columns that the rule names: the one that is complained of first.
    var columns: [String] {
        switch self {
        case .time(let name, let other), .needed(let name, let other), .weight(let name, let other):
            [name, other]
        case .magnitude(let name, _): [name]
        }
    }
}

/// A rule with the columns that it looks at.
struct RowCheck {
    let rule: RowRule
    private let column: ColumnBuilder
    private let other: ColumnBuilder

    /// - Precondition: the columns are among the builders.
    init(_ rule: RowRule, builders: [ColumnBuilder]) {
        let columns = rule.columns.map { name -> ColumnBuilder in
            guard let builder = builders.first(where: { $0.request.name == name }) else {
                preconditionFailure("a rule names column \(name), which is not requested")
            }
            return builder
        }
        self.rule = rule
        column = columns[0]
        other = columns[columns.count - 1]
    }

    /// The fields that break the rule.
    /// - Parameters:
    ///   - rows: those that were added last, texts not yet.
    ///   - limit: how many are noted at most.
    func broken(_ block: RecordBlock, rows: Range<Int>, limit: Int) -> [BadField] {
        var bad: [BadField] = []
        for row in rows {
            guard let reason = reason(block, row: row, of: rows) else { continue }
            bad.append(BadField(row: row, slot: column.slot, reason: reason))
            if bad.count == limit { break }
        }
        return bad
    }

    private func reason(_ block: RecordBlock, row: Int, of rows: Range<Int>) -> String? {
        switch rule {
        case .time(_, let name):
            let value = column.integer(row, of: rows)
            let bound = other.integer(row, of: rows)
            guard value < bound, value != Column.missing else { return nil }
            return "expected a time not before \(name), \(Timestamps.format(bound)), "
                + "found \(Timestamps.format(value))"
        case .needed:
            guard column.isMissing(block, row: row, of: rows),
                !other.isMissing(block, row: row, of: rows)
            else { return nil }
            return "expected a value, found nothing"
        case .magnitude(_, let largest):
            let value = column.integer(row, of: rows)
            guard value != Column.missing, value.magnitude > largest.magnitude else { return nil }
            return "the whole number \(value) is beyond \(largest), up to which sums are exact"
        case .weight:
            let value = column.number(row, of: rows)
            guard !(value >= 0 && value.isFinite), !other.isMissing(block, row: row, of: rows)
            else {
                return nil
            }
            return "expected a weight, a finite number of 0 or more, "
                + (value.isNaN ? "found nothing" : "found \(value)")
        }
    }
}
