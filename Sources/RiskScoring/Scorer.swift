import CRiskKernels
import RiskModel

/// Scores rows with a model: a batch, one row at a time, and with reasons.
///
///     let scorer = Scorer(try AdditiveModel(artifact: bytes))
///     let scores = try scorer.score(matrix, threads: 2)
///     let one = scorer.score(row: [1250, .nan, 3])    // in the order of scorer.layout
///
/// A scorer is immutable and may be shared by any number of threads. A row has the same score to the
/// last bit alone, in a batch and with any number of threads, because what is summed are integers.
public struct Scorer: Sendable {
    /// The model that was compiled.
    public let model: AdditiveModel
    /// The names of the features, in the order in which `score(row:)` expects their values.
    public let layout: [String]

    let compiled: CompiledModel

    /// What the kernels read; it lives as long as the scorer or a copy of it.
    package var kernel: UnsafePointer<rk_scorer> { compiled.scorer }

    /// Compiles a model.
    /// - Precondition: `model.validate()` has no complaint, as after `AdditiveModel(artifact:)`.
    /// - Complexity: O(size of the model).
    public init(_ model: AdditiveModel) {
        self.model = model
        layout = model.features.map(\.name)
        compiled = CompiledModel(model)
    }

    /// The score of one row. It takes no lock and allocates nothing.
    /// - Parameter row: one value a feature, in the order of `layout`; NaN where missing.
    /// - Precondition: `row.count == layout.count`.
    /// - Complexity: O(terms × log cut points).
    public func score(row: UnsafeBufferPointer<Double>) -> Score {
        precondition(row.count == compiled.featureCount, "a row needs one value a feature")
        guard let values = row.baseAddress else { return compiled.score(units: model.intercept) }
        return compiled.score(row: values)
    }

    /// The score of one row.
    /// - Parameter row: one value a feature, in the order of `layout`; NaN where missing.
    /// - Precondition: `row.count == layout.count`.
    /// - Complexity: O(terms × log cut points).
    public func score(row: [Double]) -> Score {
        row.withUnsafeBufferPointer { score(row: $0) }
    }
}
