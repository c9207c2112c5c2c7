import RiskJSON
import RiskModel

/// A model as a file of another engine, which gives every row the log-odds of RiskModel, to the bit.
///
///     let export = try ModelExport(of: model, as: .sql(SQLOptions(dialect: .duckdb, table: "t")))
///     export.bytes
///
/// What is summed are whole numbers of units of 2^-18, in every one of these files; docs/exports.md
/// says what each engine can and cannot do, and `make test-exports` runs them.
public struct ModelExport: Sendable {
    /// The file.
    public let bytes: [UInt8]
    /// What the file computes, in its own names: columns, outputs or functions.
    public let outputs: [String]
    /// What was left out, and why; usually nothing.
    public let notes: [String]

    /// Makes the file.
    /// - Precondition: `model.validate()` has no complaint.
    /// - Throws: `Mistakes` where the engine could not take the model or would mistake a name of it.
    /// - Complexity: O(size of the model).
    public init(of model: AdditiveModel, as format: ExportFormat) throws(Mistakes) {
        precondition(model.validate().isEmpty, "an invalid model is not exported")
        switch format {
        case .sql(let options): self = try SQLStatement(model, options).export()
        case .onnx(let reasons): self = try ONNXModel(model, reasons: reasons).export()
        case .pmml(let reasons): self = try PMMLScorecard(model, reasons: reasons).export()
        case .c(let name): self = try CSource(model, name: name).export()
        }
    }

    init(bytes: [UInt8], outputs: [String], notes: [String] = []) {
        self.bytes = bytes
        self.outputs = outputs
        self.notes = notes
    }
}

/// Where a model goes.
public enum ExportFormat: Sendable {
    /// An expression or a query.
    case sql(SQLOptions)
    /// A graph of ONNX, operator set 13, with so many reasons.
    case onnx(reasons: Int)
    /// A scorecard of PMML 4.4, with so many reasons.
    case pmml(reasons: Int)
    /// One file of C99, whose functions begin with the name; nil takes the model's.
    case c(name: String?)
}

extension AdditiveModel {
    /// The sums that rows can get: from the least units of every term to the largest.
    var attainableUnits: ClosedRange<Int64> {
        var low = intercept
        var high = intercept
        for table in tables {
            low += Int64(table.units.reduce(table.missingUnits, min))
            high += Int64(table.units.reduce(table.missingUnits, max))
        }
        for term in linearTerms {
            let limit = Int64(LogOdds.linearLimit)
            low += min(-limit, term.missingUnits)
            high += max(limit, term.missingUnits)
        }
        return low...high
    }

    /// The terms in the order of their features: where an export has one place a term.
    var terms: [Term] {
        let all = tables.map { Term.table($0) } + linearTerms.map { Term.linear($0) }
        return all.sorted { $0.feature < $1.feature }
    }

    /// Refuses features that are called as a column of the export; `fold` is what the engine takes for
    /// the same name.
    func refuseFeatures(
        named outputs: [String], fold: (String) -> String = { $0 }
    ) throws(Mistakes) {
        let taken = Set(outputs.map(fold))
        let mistakes = features.indices.compactMap { index -> Mistake? in
            let name = features[index].name
            guard taken.contains(fold(name)) else { return nil }
            return Mistake(
                line: 0, path: "features[\(index)].name",
                message: "\(quoted(name)) is the name of a column that the export makes")
        }
        if !mistakes.isEmpty { throw Mistakes(Array(mistakes.prefix(100))) }
    }
}

/// A table or a linear term.
enum Term {
    case table(ScoreTable)
    case linear(LinearTerm)

    var feature: Int {
        switch self {
        case .table(let table): table.feature
        case .linear(let term): term.feature
        }
    }

    var typicalUnits: Int64 {
        switch self {
        case .table(let table): Int64(table.typicalUnits)
        case .linear(let term): term.typicalUnits
        }
    }
}

extension Mistakes {
    /// An error with one mistake.
    static func one(_ message: String, path: String = "") -> Mistakes {
        Mistakes([Mistake(line: 0, path: path, message: message)])
    }
}

/// A name as a comment may show it: letters, digits and a few signs; what could end a comment is `_`.
func commentText(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(80) {
        let isPlain =
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || " _.:,".unicodeScalars.contains(scalar)
        result.unicodeScalars.append(isPlain ? scalar : "_")
    }
    return result
}
