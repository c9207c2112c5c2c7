import RiskColumns
import Testing

@testable import RiskTraining

@Suite("Labels of neighbours")
struct NeighbourLabelsTests {
    /// A row's features by their definition, from all pairs of rows.
    static func naive(
        _ row: Int, links: [(Int32, Int32)], labels: [Bool?]
    ) -> [Double] {
        func neighbours(_ row: Int) -> Set<Int> {
            var found: Set<Int> = []
            for (a, b) in links where a != b {
                if Int(a) == row { found.insert(Int(b)) }
                if Int(b) == row { found.insert(Int(a)) }
            }
            return found
        }
        let own = neighbours(row)
        let known = own.filter { labels[$0] != nil }
        let frauds = known.filter { labels[$0] == true }
        func weight(_ rows: Set<Int>) -> Double {
            // Multiples of 2^-32: sums are exact in double.
            rows.reduce(0) { $0 + (4_294_967_296 / Double(neighbours($1).count)).rounded(.down) }
        }
        return [
            Double(own.count), Double(frauds.count),
            known.isEmpty ? .nan : Double(frauds.count) / Double(known.count),
            known.isEmpty ? .nan : weight(frauds) / weight(known),
        ]
    }

    static func world(seed: UInt64, rows: Int, links: Int) -> ([(Int32, Int32)], [Bool?]) {
        var generator = SplitMix64(seed: seed)
        let pairs = (0..<links).map { _ in
            (Int32(generator.below(rows)), Int32(generator.below(rows)))
        }
        let labels: [Bool?] = (0..<rows).map { _ in [true, false, nil][generator.below(3)] }
        return (pairs, labels)
    }

    @Test(
        "They are what their definition says, for random links", arguments: 0..<8 as Range<UInt64>)
    func definition(seed: UInt64) {
        let (links, labels) = Self.world(seed: seed, rows: 40, links: 15 * Int(seed))
        let matrix = NeighbourLabels(rowCount: 40, links: links).features(labels: labels)
        #expect(matrix.names == NeighbourLabels.names)
        for row in 0..<40 {
            let expected = Self.naive(row, links: links, labels: labels)
            for (column, value) in expected.enumerated() {
                let found = matrix.columns[column][row]
                #expect(found == value || found.isNaN && value.isNaN, "row \(row), \(column)")
            }
        }
    }

    @Test("A row's own label is in none of its features, nor is a label that is not given")
    func ownLabel() {
        let (links, labels) = Self.world(seed: 3, rows: 30, links: 90)
        let neighbours = NeighbourLabels(rowCount: 30, links: links)
        let before = neighbours.features(labels: labels)
        for row in 0..<30 {
            for other in [true, false, nil] {
                var changed = labels
                changed[row] = other
                let after = neighbours.features(labels: changed)
                for (a, b) in zip(before.columns, after.columns) {
                    #expect(a[row].bitPattern == b[row].bitPattern)
                }
            }
        }
    }

    @Test("The order of links, which way they are written and how often leaves no trace")
    func order() {
        let (links, labels) = Self.world(seed: 5, rows: 50, links: 200)
        let once = NeighbourLabels(rowCount: 50, links: links).features(labels: labels)
        let other = NeighbourLabels(
            rowCount: 50,
            links: links.reversed().map { ($0.1, $0.0) } + links + [(7, 7)])
        let twice = other.features(labels: labels)
        for (a, b) in zip(once.columns, twice.columns) {
            #expect(a.map(\.bitPattern) == b.map(\.bitPattern))
        }
    }
}
