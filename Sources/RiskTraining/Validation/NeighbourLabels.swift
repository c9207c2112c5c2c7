import RiskColumns

/// What is known of a row's neighbours: rows that it is linked with, such as subscribers with a contact in
/// common.
///
/// Features come from the labels that are given and from nothing else, and a row's own label is never among
/// them, so that a row that trains looks like one whose label nobody knows. To measure a model by folds,
/// give the labels of the training folds only.
///
/// | feature | |
/// | --- | --- |
/// | `neighbours` | how many there are |
/// | `neighbour_frauds` | how many of them are known positives |
/// | `neighbour_fraud_share` | known positives / neighbours with a known label; missing without one |
/// | `close_neighbour_fraud_share` | the same with each neighbour's weight divided by its own number of neighbours: one linked with everybody says little (the resource allocation index of Zhou, Lü and Zhang 2009, doi:10.1140/epjb/e2009-00335-8) |
///
/// Weights are whole multiples of 2^-32, so sums are exact and the order of links leaves no trace.
public struct NeighbourLabels: Sendable {
    /// The names of the features, in their order.
    public static let names = [
        "neighbours", "neighbour_frauds", "neighbour_fraud_share", "close_neighbour_fraud_share",
    ]

    /// Where the neighbours of each row begin, and behind the last row the number of all.
    private let starts: [Int]
    private let neighbours: [Int32]

    /// Takes links in.
    /// - Parameter links: pairs of rows, either way; pairs of one row with itself and repeated ones do not
    ///   count.
    /// - Precondition: rows are in 0..<rowCount.
    /// - Complexity: O(links log links).
    public init(rowCount: Int, links: [(Int32, Int32)]) {
        var both: [UInt64] = []
        both.reserveCapacity(2 * links.count)
        for (a, b) in links where a != b {
            precondition(a >= 0 && b >= 0 && a < rowCount && b < rowCount)
            both.append(UInt64(a) << 32 | UInt64(b))
            both.append(UInt64(b) << 32 | UInt64(a))
        }
        both.sort()
        var starts = [Int](repeating: 0, count: rowCount + 1)
        var neighbours: [Int32] = []
        neighbours.reserveCapacity(both.count)
        var last: UInt64?
        for pair in both where pair != last {
            last = pair
            starts[Int(pair >> 32) + 1] += 1
            neighbours.append(Int32(truncatingIfNeeded: pair))
        }
        for row in 0..<rowCount { starts[row + 1] += starts[row] }
        self.starts = starts
        self.neighbours = neighbours
    }

    /// The rows.
    public var rowCount: Int { starts.count - 1 }

    /// How many neighbours a row has.
    public func degree(_ row: Int) -> Int { starts[row + 1] - starts[row] }

    /// The features of every row.
    /// - Parameter labels: nil where a label is not known, or must not be.
    /// - Precondition: one label a row.
    /// - Complexity: O(rows + links).
    public func features(labels: [Bool?]) -> FeatureMatrix {
        precondition(labels.count == rowCount)
        var columns = [[Double]](
            repeating: [Double](repeating: .nan, count: rowCount), count: Self.names.count)
        for row in 0..<rowCount {
            var (known, positive): (Int64, Int64) = (0, 0)
            var (weight, positiveWeight): (Int64, Int64) = (0, 0)
            for neighbour in neighbours[starts[row]..<starts[row + 1]] {
                guard let label = labels[Int(neighbour)] else { continue }
                let part = (Int64(1) << 32) / Int64(degree(Int(neighbour)))
                known += 1
                weight += part
                if label {
                    positive += 1
                    positiveWeight += part
                }
            }
            columns[0][row] = Double(degree(row))
            columns[1][row] = Double(positive)
            if known > 0 {
                columns[2][row] = Double(positive) / Double(known)
                columns[3][row] = Double(positiveWeight) / Double(weight)
            }
        }
        return FeatureMatrix(names: Self.names, columns: columns, rowCount: rowCount)
    }
}
