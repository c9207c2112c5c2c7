import RiskColumns

/// The features of all vectors while threads fill them, one vector after the other: what is computed
/// for a key value is scattered over the log, and a vector's features are neighbours.
final class VectorRows: @unchecked Sendable {
    /// Features of a vector, hidden ones included.
    let width: Int
    let count: Int
    /// `count * width` values.
    let values: UnsafeMutablePointer<Double>

    /// Vectors without values yet.
    init(width: Int, count: Int) {
        self.width = width
        self.count = count
        values = HugePages.allocate(width * count, of: Double.self)
    }

    deinit { values.deallocate() }

    /// A feature of some vectors.
    func column(_ feature: Int, rows: Range<Int>) -> [Double] {
        Array(unsafeUninitializedCapacity: rows.count) { column, count in
            var value = UnsafePointer(values) + rows.lowerBound * width + feature
            for row in 0..<rows.count {
                column.initializeElement(at: row, to: value.pointee)
                value += width
            }
            count = rows.count
        }
    }
}
