/// Look-ups in sorted lists, as SQL.
extension SQLDialect {
    /// `values[k]` where limits[k-1] < x ≤ limits[k], for an x that is no NaN and not missing.
    ///
    /// A search tree of CASE, four branches a node: a few comparisons a row, and of small depth, since
    /// SQLite bounds the depth of expressions by 1000 and that of its parser's stack by 100.
    /// ClickHouse bounds the size of a query's tree instead; so there it is three lists.
    /// - Parameters:
    ///   - limits: literals, strictly increasing.
    ///   - values: literals or expressions, one more than limits.
    /// - Complexity: O(limits).
    func lookup(_ x: String, limits: [String], values: [String], asList: Lists? = nil) -> String {
        if limits.isEmpty { return values[0] }
        if self == .clickhouse, let asList, limits.count > 4 {
            return asList.lookup(x, last: limits[limits.count - 1])
        }
        var text = ""
        writeTree(x, limits, values, 0..<values.count, into: &text)
        return text
    }

    private func writeTree(
        _ x: String, _ limits: [String], _ values: [String], _ bins: Range<Int>,
        into text: inout String
    ) {
        if bins.count == 1 {
            text += values[bins.lowerBound]
            return
        }
        let branches = min(4, bins.count)
        text += "CASE"
        var start = bins.lowerBound
        for branch in 1...branches {
            let end = bins.lowerBound + bins.count * branch / branches
            text += branch < branches ? " WHEN \(x) <= \(limits[end - 1]) THEN " : " ELSE "
            writeTree(x, limits, values, start..<end, into: &text)
            start = end
        }
        text += " END"
    }

    /// A sorted list for ClickHouse: `roundDown` finds the largest entry that is not above a number, so
    /// numbers are negated to find the smallest limit that is not below; `transform` gives its value.
    struct Lists {
        /// The limits negated, in increasing order.
        let negated: [String]
        /// The values, in that order, without the one above the last limit.
        let values: [String]
        /// The value above the last limit.
        let above: String

        init(negated: [String], values: [String]) {
            self.negated = negated.reversed()
            self.values = values.dropLast().reversed()
            above = values[values.count - 1]
        }

        func lookup(_ x: String, last: String) -> String {
            let from = "[\(negated.joined(separator: ","))]"
            let to = "[\(values.joined(separator: ","))]"
            return "CASE WHEN \(x) > \(last) THEN \(above) "
                + "ELSE transform(roundDown(-\(x), \(from)), \(from), \(to), 0) END"
        }
    }

    /// A look-up of doubles.
    func lookup(_ x: String, cutPoints: [Double], values: [String]) -> String {
        lookup(
            x, limits: cutPoints.map(real), values: values,
            asList: Lists(negated: cutPoints.map { real(-$0) }, values: values))
    }

    /// A look-up of whole numbers.
    func lookup(_ x: String, whole limits: [Int64], values: [String]) -> String {
        lookup(
            x, limits: limits.map(integer), values: values,
            asList: Lists(negated: limits.map { integer(-$0) }, values: values))
    }

    /// A whole number that can stand wherever an expression can.
    func integer(_ value: Int64) -> String {
        value < 0 && self != .clickhouse ? "(\(value))" : "\(value)"
    }

    /// The sum of whole numbers, as a balanced tree: thousands of summands must not be as deep.
    func sum(_ summands: [String]) -> String {
        var level = summands
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 8).map { start in
                let group = level[start..<min(start + 8, level.count)]
                return group.count == 1
                    ? group[start] : "(\(group.joined(separator: "\n + ")))"
            }
        }
        return level.first ?? "0"
    }
}
