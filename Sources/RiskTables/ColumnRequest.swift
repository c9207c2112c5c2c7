import RiskColumns

/// The form of a file of rows.
public enum TableFormat: String, CaseIterable, Sendable {
    /// Comma-separated values by RFC 4180, with a header.
    case csv
    /// One JSON object a line.
    case jsonLines = "jsonl"

    /// The form that a path's ending names: `.jsonl`, `.ndjson` and `.json` are JSON Lines, all
    /// others CSV; a `.gz` behind it does not count.
    public init(path: String) {
        var path = path.lowercased()
        if path.hasSuffix(".gz") { path.removeLast(3) }
        let isJSON = [".jsonl", ".ndjson", ".json"].contains { path.hasSuffix($0) }
        self = isJSON ? .jsonLines : .csv
    }
}

/// How a column of times is written.
public enum TimeFormat: String, CaseIterable, Sendable {
    /// `2018-04-01T00:00:31Z` and the other forms of `Timestamps.parse`.
    case iso8601
    /// Seconds since 1970-01-01T00:00:00Z, with up to six digits behind the point.
    case epochSeconds
    /// Milliseconds, with up to three digits behind the point.
    case epochMilliseconds
    /// Microseconds.
    case epochMicroseconds

    /// The digits behind the point that make a microsecond.
    var scale: Int {
        switch self {
        case .iso8601, .epochMicroseconds: 0
        case .epochSeconds: 6
        case .epochMilliseconds: 3
        }
    }
}

/// A column that the caller wants, by name and type.
public struct ColumnRequest: Equatable, Sendable {
    /// The name in the header, or the key in JSON Lines.
    public var name: String
    /// What the values are read as.
    public var type: ColumnType
    /// Whether the file may lack the column; all its values are missing then.
    public var isOptional: Bool
    /// How times are written; of no effect on other types.
    public var timeFormat: TimeFormat

    /// Whether decimals with more digits than their scale are rounded to the nearest unit, half a
    /// unit away from zero, instead of refused: for files whose writer let binary fractions show
    /// (85.64999999999999 for 85.65). Of no effect on other types.
    public var isRounded: Bool

    /// Whether a row without a value does not parse. Of effect on times, integers, decimals and
    /// booleans.
    public var isRequired: Bool

    /// Makes a request.
    public init(
        _ name: String, _ type: ColumnType, optional: Bool = false,
        timeFormat: TimeFormat = .iso8601, rounded: Bool = false, required: Bool = false
    ) {
        self.name = name
        self.type = type
        self.isOptional = optional
        self.timeFormat = timeFormat
        self.isRounded = rounded
        self.isRequired = required
    }
}

/// Which columns of a file are read. The others are skipped without being looked at.
public enum ColumnSelection: Sendable {
    /// These, in this order, by distinct names.
    case columns([ColumnRequest])
    /// Every column of the file in its order: those in `except` as they ask, the others as a type.
    case all(as: ColumnType, except: [ColumnRequest])
}

/// What happens to rows that do not parse.
public enum ErrorMode {
    /// Reading ends with an error that names the first ten.
    case fail
    /// They go to a file with the reason, and reading goes on.
    case reject(RejectsWriter)
}
