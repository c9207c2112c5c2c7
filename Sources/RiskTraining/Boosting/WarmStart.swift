import RiskColumns
import RiskModel

/// An earlier model whose scores are where boosting begins, and whose tables the new ones are added to.
///
/// Units of a model are whole multiples of a margin's unit, so the margins of the rows are exactly the
/// earlier model's scores before calibration. As with LightGBM's `init_model`, rounds are counted anew.
struct WarmStart {
    let model: AdditiveModel
    /// The matrix's column of each feature of the model.
    private let columns: [Int]

    /// Margin units in a model's unit: 2^24 / 2^18.
    private static let step: Int64 = 64

    /// - Throws: where the model is no sum of tables, or the matrix lacks a feature that it looks at.
    init(_ model: AdditiveModel, names: [String]) throws(TrainingError) {
        if let first = model.validate().first {
            throw .badSetting("the model to go on from is invalid: \(first)")
        }
        if let term = model.linearTerms.first {
            throw .badSetting(
                "the model to go on from has a linear term, of "
                    + "\"\(model.features[term.feature].name)\": boosting goes on from tables only")
        }
        var columns: [Int] = []
        for feature in model.features {
            guard let column = names.firstIndex(of: feature.name) else {
                throw .badSetting(
                    "the model to go on from looks at \"\(feature.name)\", "
                        + "which the data does not have")
            }
            columns.append(column)
        }
        self.model = model
        self.columns = columns
    }

    /// The intercept, in margin units.
    var intercept: Int32 { Int32(model.intercept * Self.step) }

    /// The largest magnitude that a margin can have, in margin units: at most `marginLimit`.
    var bound: Int64 {
        Self.step * ScoreTableBuilder.Parts(intercept: model.intercept, tables: model.tables).bound
    }

    /// The columns that have a table.
    var usedColumns: Set<Int> { Set(model.tables.map { columns[$0.feature] }) }

    /// The model's table for a column.
    func table(ofColumn column: Int) -> ScoreTable? {
        model.tables.first { columns[$0.feature] == column }
    }

    /// The scores of a sample's rows, in margin units.
    func margins(_ matrix: FeatureMatrix, _ sample: Sample) -> [Int32] {
        var margins = [Int32](repeating: intercept, count: sample.count)
        for table in model.tables {
            let column = matrix.columns[columns[table.feature]]
            for place in margins.indices {
                let value = column[sample.rows.map { Int($0[place]) } ?? place]
                margins[place] += table.units(of: value) * Int32(Self.step)
            }
        }
        return margins
    }

    /// The earlier tables and the new ones, added up.
    /// - Parameters:
    ///   - added: its intercept is the earlier one already.
    ///   - weighted: the weighted sum of each table's entries over the rows.
    ///   - total: the sum of the weight multiples.
    func adding(
        _ added: ScoreTableBuilder.Parts, total: Int64,
        weighted: ([ScoreTable]) throws(TrainingError) -> [Int128]
    ) throws(TrainingError) -> ScoreTableBuilder.Parts {
        var tables: [Int: ScoreTable] = [:]
        for table in model.tables { tables[columns[table.feature]] = table }
        for table in added.tables {
            tables[table.feature] = tables[table.feature].map { Self.sum($0, table) } ?? table
        }
        var ordered = tables.sorted { $0.key < $1.key }.map { column, table in
            var table = table
            table.feature = column
            return table
        }
        for (index, sum) in try weighted(ordered).enumerated() {
            ordered[index].typicalUnits = Self.typical(sum, total: total)
        }
        return .init(intercept: added.intercept, tables: ordered)
    }

    /// A table whose entry for any value is the sum of those of two.
    static func sum(_ a: ScoreTable, _ b: ScoreTable) -> ScoreTable {
        var cutPoints: [Double] = []
        var units: [Int32] = []
        for end in Set(a.cutPoints + b.cutPoints).sorted() + [.infinity] {
            let value = a.units(of: end) + b.units(of: end)
            if value == units.last { cutPoints.removeLast() } else { units.append(value) }
            if end.isFinite { cutPoints.append(end) }
        }
        return ScoreTable(
            feature: a.feature, cutPoints: cutPoints, units: units,
            missingUnits: a.missingUnits + b.missingUnits,
            typicalUnits: a.typicalUnits + b.typicalUnits)
    }

    /// The weighted sum of a table's entries over a sample's rows.
    static func weighted(_ table: ScoreTable, _ column: [Double], _ sample: Sample) -> Int128 {
        var sum: Int128 = 0
        for place in 0..<sample.count {
            let weight = sample.weights.multiples.map { Int128($0[place]) } ?? 1
            sum +=
                weight
                * Int128(table.units(of: column[sample.rows.map { Int($0[place]) } ?? place]))
        }
        return sum
    }

    /// The mean, rounded as `ScoreTableBuilder` rounds, halves up.
    private static func typical(_ sum: Int128, total: Int64) -> Int32 {
        let total = Int128(max(total, 1))
        let (quotient, remainder) = (2 * sum + total).quotientAndRemainder(dividingBy: 2 * total)
        return Int32(clamping: remainder < 0 ? quotient - 1 : quotient)
    }
}
