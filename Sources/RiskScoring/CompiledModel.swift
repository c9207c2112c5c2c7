import CRiskKernels
import RiskModel

/// A model laid out for the machine: tables padded to powers of two, side by side in one allocation.
///
/// Immutable from the end of `init`, so any number of threads may read it; a class with raw storage
/// rather than arrays, so that scoring a row touches no reference count.
final class CompiledModel: @unchecked Sendable {
    /// One entry a table; their pointers point into `cutPoints` and `units`.
    let tables: UnsafeBufferPointer<rk_table>
    let linearTerms: [LinearTerm]
    let intercept: Int64
    let calibration: Calibration
    let scaling: PointsScaling
    let featureCount: Int

    private let cutPoints: UnsafeMutableBufferPointer<Double>
    private let units: UnsafeMutableBufferPointer<Int32>

    init(_ model: AdditiveModel) {
        let levels = model.tables.map { Self.levels(cutPoints: $0.cutPoints.count) }
        let bins = levels.reduce(0) { $0 + 1 << $1 }
        cutPoints = .allocate(capacity: bins)
        cutPoints.initialize(repeating: .infinity)
        units = .allocate(capacity: bins + levels.count)
        units.initialize(repeating: 0)
        let compiled = UnsafeMutableBufferPointer<rk_table>.allocate(capacity: levels.count)
        var bin = 0
        for (index, table) in model.tables.enumerated() {
            let capacity = 1 << levels[index]
            for (k, cut) in table.cutPoints.enumerated() { cutPoints[bin + k] = cut }
            for (k, value) in table.units.enumerated() { units[bin + index + k] = value }
            units[bin + index + capacity] = table.missingUnits
            compiled.initializeElement(
                at: index,
                to: rk_table(
                    cut_points: UnsafePointer(cutPoints.baseAddress! + bin),
                    units: UnsafePointer(units.baseAddress! + bin + index),
                    feature: UInt32(table.feature), levels: UInt32(levels[index])))
            bin += capacity
        }
        tables = UnsafeBufferPointer(compiled)
        linearTerms = model.linearTerms
        intercept = model.intercept
        calibration = model.calibration
        scaling = model.scaling
        featureCount = model.features.count
    }

    deinit {
        tables.deallocate()
        cutPoints.deallocate()
        units.deallocate()
    }

    /// The steps of a binary search among so many cut points: the least L with 2^L - 1 ≥ count.
    private static func levels(cutPoints count: Int) -> Int {
        Int.bitWidth - count.leadingZeroBitCount
    }

    /// The sum of a row in units of log-odds.
    func units(row: UnsafePointer<Double>) -> Int64 {
        var sum = intercept + rk_tables_row_f64(tables.baseAddress, tables.count, row)
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
