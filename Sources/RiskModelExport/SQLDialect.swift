/// A database whose SQL is written.
public enum SQLDialect: String, CaseIterable, Sendable {
    /// PostgreSQL, and what speaks as it does.
    case postgresql
    /// SQLite from 3.8 on.
    case sqlite
    /// DuckDB.
    case duckdb
    /// ClickHouse.
    case clickhouse
    /// Apache Spark from 3.0 on.
    case spark
}

/// How names, texts and numbers are written so that the engine reads back exactly what was meant.
extension SQLDialect {
    /// A name of a table or column. Whatever it contains, it stays one name.
    ///
    /// SQLite's are in backticks: it takes a name in double quotes that it does not know for a text,
    /// and so a missing column for a constant.
    func identifier(_ name: String) -> String {
        switch self {
        case .postgresql, .duckdb: enclosed(name, in: "\"")
        case .sqlite, .spark: enclosed(name, in: "`")
        case .clickhouse: escaped(name, in: "`")
        }
    }

    /// A name of a table whose parts are divided by points: schema.table.
    func qualified(_ name: String) -> String {
        name.split(separator: ".", omittingEmptySubsequences: false)
            .map { identifier(String($0)) }.joined(separator: ".")
    }

    /// A text.
    func text(_ text: String) -> String {
        switch self {
        case .sqlite, .duckdb: enclosed(text, in: "'")
        case .postgresql:
            // E'' means the same whatever standard_conforming_strings is.
            text.contains("\\") ? "E" + escaped(text, in: "'") : enclosed(text, in: "'")
        case .clickhouse, .spark: escaped(text, in: "'")
        }
    }

    private func enclosed(_ text: String, in quote: Unicode.Scalar) -> String {
        Self.quoted(text, in: quote) { $0 == quote ? quote : nil }
    }

    private func escaped(_ text: String, in quote: Unicode.Scalar) -> String {
        Self.quoted(text, in: quote) { $0 == quote || $0 == "\\" ? "\\" : nil }
    }

    /// A text in quotes, with what has to stand before some of its characters.
    private static func quoted(
        _ text: String, in quote: Unicode.Scalar, before: (Unicode.Scalar) -> Unicode.Scalar?
    ) -> String {
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in text.unicodeScalars {
            if let escape = before(scalar) { result.append(escape) }
            result.append(scalar)
        }
        result.append(quote)
        return String(result)
    }

    /// A double, read back to the same bits; -0 is written as 0, which compares alike.
    ///
    /// An exponent keeps DuckDB and Spark from reading a decimal; SQLite gets a quotient of whole
    /// numbers, because its own reading of decimals may miss the last bit.
    func real(_ value: Double) -> String {
        if value.isInfinite { return value > 0 ? infinity : negated(infinity) }
        let value = value == 0 ? 0 : value
        switch self {
        case .postgresql: return "float8 '\(value)'"
        case .sqlite: return value < 0 ? negated(quotient(-value)) : quotient(value)
        case .duckdb, .clickhouse: return exponential(value)
        case .spark: return exponential(value) + "D"
        }
    }

    private func exponential(_ value: Double) -> String {
        let text = value.description
        return text.contains("e") ? text : text + "e0"
    }

    private func negated(_ text: String) -> String { "(-\(text))" }

    /// A positive number as a whole number of at most 53 bits, times or divided by powers of two.
    private func quotient(_ value: Double) -> String {
        let largest = 9_007_199_254_740_992.0
        if value <= largest, value == value.rounded(.towardZero) { return "\(Int64(value)).0" }
        var whole = value.significandBitPattern
        var exponent = value.isNormal ? Int(value.exponent) - 52 : -1074
        if value.isNormal { whole |= 1 << 52 }
        let zeros = whole.trailingZeroBitCount
        whole >>= UInt64(zeros)
        exponent += zeros
        let sign = exponent < 0 ? "/" : "*"
        var text = "(\(whole).0"
        var left = abs(exponent)
        while left > 0 {
            let step = min(left, 52)
            text += "\(sign)\(UInt64(1) << UInt64(step)).0"
            left -= step
        }
        return text + ")"
    }

    /// Infinity.
    var infinity: String {
        switch self {
        case .postgresql: "float8 'Infinity'"
        case .sqlite: "9e999"
        case .duckdb: "CAST('Infinity' AS DOUBLE)"
        case .clickhouse: "inf"
        case .spark: "double('Infinity')"
        }
    }

    /// An expression as a double; nothing stays nothing.
    func asReal(_ expression: String) -> String {
        switch self {
        case .postgresql: "CAST(\(expression) AS double precision)"
        case .sqlite: "CAST(\(expression) AS REAL)"
        case .duckdb, .spark: "CAST(\(expression) AS DOUBLE)"
        case .clickhouse: "toFloat64(\(expression))"
        }
    }

    /// A whole number as an integer of 64 bits.
    func asInteger(_ expression: String) -> String {
        switch self {
        case .postgresql, .duckdb, .spark: "CAST(\(expression) AS bigint)"
        case .sqlite: "CAST(\(expression) AS INTEGER)"
        case .clickhouse: "toInt64(\(expression))"
        }
    }

    /// The larger, or with `least` the smaller, of numbers none of which is missing.
    func extreme(_ expressions: [String], least: Bool = false) -> String {
        let name: String
        switch self {
        case .sqlite: name = least ? "min" : "max"
        default: name = least ? "least" : "greatest"
        }
        // SQLite's functions take at most 100 arguments.
        var level = expressions
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 64).map { start in
                let group = level[start..<min(start + 64, level.count)]
                return group.count == 1
                    ? group[start] : "\(name)(\(group.joined(separator: ", ")))"
            }
        }
        return level.first ?? "0"
    }

    /// What comes behind a subquery so that its columns are computed once, however often they are used
    /// outside, and what the query around it then needs: planners put the expressions of a plain
    /// subquery wherever its columns stand.
    var fence: (inside: String, outside: String) {
        switch self {
        case .postgresql: (" OFFSET 0", "")
        case .sqlite: (" LIMIT -1", " WHERE 1")
        default: ("", "")
        }
    }

    /// What has to be said first: ClickHouse reads no query of more than 256 KiB unless it is told.
    func preamble(bytes: Int) -> String {
        self == .clickhouse && bytes > 200_000
            ? "SET max_query_size = \(2 * bytes + 1_000_000);\n" : ""
    }

    /// What the engine takes for the same name of a column.
    func folded(_ name: String) -> String {
        switch self {
        case .postgresql, .clickhouse: name
        case .sqlite, .duckdb, .spark: name.lowercased()
        }
    }

    /// Bytes of a name; the engine cuts off what is more.
    var nameLimit: Int? { self == .postgresql ? 63 : nil }
}
