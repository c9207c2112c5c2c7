import RiskColumns

/// Rows of a stream, each as likely as any other, in memory that does not grow with it.
///
/// A row stays where the hash of its number is below a bound; once there are too many rows, the bound is
/// halved. So the sample depends on the numbers of the rows alone, a stream of no more rows than there is
/// room for is taken whole, and no rhythm of the data is met by one of the sampling.
struct RowSample {
    let capacity: Int
    /// One array a column.
    private(set) var columns: [[Double]]
    /// The rows of the stream so far.
    private(set) var seen = 0

    private var hashes: [UInt64] = []
    private var bound = UInt64.max

    /// - Parameter capacity: how many rows there is room for, at least 1.
    init(columnCount: Int, capacity: Int) {
        self.capacity = capacity
        columns = [[Double]](repeating: [], count: columnCount)
    }

    /// The rows that are held.
    var rowCount: Int { hashes.count }

    /// Takes in rows that follow the others.
    /// - Complexity: O(rows), and O(columns) for each that is held.
    mutating func add(_ values: [[Double]], rowCount: Int) {
        var chosen: [Int] = []
        for row in 0..<rowCount {
            var generator = SplitMix64(seed: UInt64(seen + row))
            let hash = generator.next()
            guard hash <= bound else { continue }
            chosen.append(row)
            hashes.append(hash)
        }
        seen += rowCount
        for column in columns.indices {
            columns[column].append(contentsOf: chosen.lazy.map { values[column][$0] })
        }
        while hashes.count > capacity { halve() }
    }

    private mutating func halve() {
        bound /= 2
        let kept = hashes.indices.filter { hashes[$0] <= bound }
        hashes = kept.map { hashes[$0] }
        for column in columns.indices { columns[column] = kept.map { columns[column][$0] } }
    }
}
