import CRiskKernels
import RiskModel

/// A model laid out for the machine: each table's cut points as a search tree of nodes of eight, all
/// of them side by side in one allocation.
///
/// Immutable from the end of `init`, so any number of threads may read it; a class with raw storage
/// rather than arrays, so that scoring a row touches no reference count.
final class CompiledModel: @unchecked Sendable {
    /// One entry a table; their pointers point into `keys` and `units`.
    let tables: UnsafeBufferPointer<rk_table>
    /// The typical units of each table.
    let typicalUnits: UnsafeBufferPointer<Int32>
    let linearTerms: UnsafeBufferPointer<LinearTerm>
    let intercept: Int64
    let calibration: Calibration
    let scaling: PointsScaling
    let featureCount: Int

    private let keys: UnsafeMutableBufferPointer<Double>
    private let units: UnsafeMutableBufferPointer<Int32>

    init(_ model: AdditiveModel) {
        let trees = model.tables.map { SearchTree(cutPoints: $0.cutPoints.count) }
        keys = .allocate(capacity: trees.reduce(0) { $0 + $1.keyCount })
        keys.initialize(repeating: .infinity)
        units = .allocate(capacity: model.tables.reduce(0) { $0 + $1.units.count + 1 })
        let compiled = UnsafeMutableBufferPointer<rk_table>.allocate(capacity: trees.count)
        var (key, unit) = (0, 0)
        for (index, (table, tree)) in zip(model.tables, trees).enumerated() {
            tree.fill(keys.baseAddress! + key, with: table.cutPoints)
            for (bin, value) in table.units.enumerated() {
                units.initializeElement(at: unit + bin, to: value)
            }
            var entry = rk_table()
            entry.keys = UnsafePointer(keys.baseAddress! + key)
            entry.units = UnsafePointer(units.baseAddress! + unit)
            units.initializeElement(at: unit + table.units.count, to: table.missingUnits)
            entry.missing = UInt32(table.units.count)
            entry.feature = UInt32(table.feature)
            entry.depth = UInt32(tree.levelStarts.count)
            withUnsafeMutableBytes(of: &entry.level_start) { starts in
                _ = starts.bindMemory(to: UInt32.self).update(fromContentsOf: tree.levelStarts)
            }
            compiled.initializeElement(at: index, to: entry)
            key += tree.keyCount
            unit += table.units.count + 1
        }
        tables = UnsafeBufferPointer(compiled)
        let typical = UnsafeMutableBufferPointer<Int32>.allocate(capacity: trees.count)
        _ = typical.initialize(fromContentsOf: model.tables.map(\.typicalUnits))
        typicalUnits = UnsafeBufferPointer(typical)
        let terms = UnsafeMutableBufferPointer<LinearTerm>.allocate(
            capacity: model.linearTerms.count)
        _ = terms.initialize(fromContentsOf: model.linearTerms)
        linearTerms = UnsafeBufferPointer(terms)
        intercept = model.intercept
        calibration = model.calibration
        scaling = model.scaling
        featureCount = model.features.count
    }

    deinit {
        tables.deallocate()
        typicalUnits.deallocate()
        linearTerms.deallocate()
        keys.deallocate()
        units.deallocate()
    }

    /// The sum of a row in units of log-odds.
    func units(row: UnsafePointer<Double>) -> Int64 {
        var sum = intercept + rk_tables_row_f64(tables.baseAddress, tables.count, row, nil)
        for term in linearTerms { sum += term.units(of: row[term.feature]) }
        return sum
    }

    /// The score of a sum.
    func score(units: Int64) -> Score {
        let probability = calibration.probability(units: units)
        return Score(
            units: units, probability: probability,
            points: Int32(scaling.points(probability: probability)))
    }
}

/// The shape of the search tree over so many cut points, as `risk_kernels.h` describes it.
struct SearchTree {
    /// Where the levels begin, in keys; as many as the tree is deep.
    let levelStarts: [UInt32]
    /// The keys of all levels.
    let keyCount: Int
    /// Bins that a node of each level spans: 9^(depth - level).
    private let spans: [Int]

    init(cutPoints: Int) {
        let (node, fanout) = (Int(RK_TABLE_NODE), Int(RK_TABLE_FANOUT))
        var spans: [Int] = []
        var span = 1
        while span < cutPoints + 1 {
            span *= fanout
            spans.insert(span, at: 0)
        }
        precondition(spans.count <= Int(RK_TABLE_MAX_DEPTH), "too many cut points")
        var starts: [UInt32] = []
        var start = 0
        for span in spans {
            starts.append(UInt32(start))
            start += node * (cutPoints / span + 1)
        }
        self.spans = spans
        levelStarts = starts
        keyCount = start
    }

    /// Puts the cut points into their places; the rest stays as it is.
    func fill(_ keys: UnsafeMutablePointer<Double>, with cutPoints: [Double]) {
        let (node, fanout) = (Int(RK_TABLE_NODE), Int(RK_TABLE_FANOUT))
        for (level, span) in spans.enumerated() {
            let child = span / fanout
            for index in 0...cutPoints.count / span {
                for key in 0..<node {
                    let cut = index * span + (key + 1) * child - 1
                    guard cut < cutPoints.count else { break }
                    keys[Int(levelStarts[level]) + node * index + key] = cutPoints[cut]
                }
            }
        }
    }
}
