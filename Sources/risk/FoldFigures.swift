import RiskEvaluation
import RiskJSON

/// How one model does on the rows that it was not trained on, fold by fold.
struct FoldFigures {
    /// What a fold's rows came to.
    struct Fold {
        let rocAUC: Double
        let averagePrecision: Double
        let logLoss: Double
        let brierScore: Double
    }

    private(set) var folds: [Fold] = []
    /// The probability of each row from the model that was trained without it.
    private(set) var probabilities: [Double]

    init(rowCount: Int) { probabilities = [Double](repeating: .nan, count: rowCount) }

    /// Takes a fold in.
    /// - Parameters:
    ///   - rows: the fold's rows.
    ///   - margins: their log-odds before calibration, which may have ties that those have not.
    ///   - weights: nil for 1 each.
    mutating func add(
        rows: [Int], margins: [Double], probabilities: [Double], labels: [Bool],
        weights: [Double]? = nil
    ) throws {
        let ranking = try Ranking(scores: margins, labels: labels, weights: weights)
        folds.append(
            Fold(
                rocAUC: ranking.rocAUC(), averagePrecision: ranking.averagePrecision(),
                logLoss: try logLoss(
                    probabilities: probabilities, labels: labels, weights: weights),
                brierScore: try brierScore(
                    probabilities: probabilities, labels: labels, weights: weights)))
        for (row, probability) in zip(rows, probabilities) {
            self.probabilities[row] = probability
        }
    }

    /// The mean over the folds, and the standard deviation of a fold.
    func summary(_ value: (Fold) -> Double) -> (mean: Double, deviation: Double) {
        let values = folds.map(value)
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(max(1, values.count - 1))).squareRoot())
    }

    /// Of the rows that are likeliest over all folds, how many are positive; ties by row.
    func hits(capacity: Int, labels: [Bool]) -> (hits: Int, worked: Int) {
        let order = probabilities.indices.sorted {
            (-probabilities[$0], $0) < (-probabilities[$1], $1)
        }
        let worked = order.prefix(capacity)
        return (worked.count { labels[$0] }, worked.count)
    }

    /// For machines: the figures of the folds.
    var members: [Node.Member] {
        func node(_ name: String, _ value: (Fold) -> Double) -> Node.Member {
            let summary = summary(value)
            return .init(
                name,
                .object([
                    .init("mean", Node(summary.mean)), .init("deviation", Node(summary.deviation)),
                    .init("folds", .array(folds.map { Node(value($0)) })),
                ]))
        }
        return [
            node("rocAUC", \.rocAUC), node("averagePrecision", \.averagePrecision),
            node("logLoss", \.logLoss), node("brierScore", \.brierScore),
        ]
    }

    /// For machines: the figures, and what the first cases over all folds were.
    func node(capacity: Int, labels: [Bool]) -> Node {
        let hits = hits(capacity: capacity, labels: labels)
        return .object(
            members + [.init("worked", Node(hits.worked)), .init("hits", Node(hits.hits))])
    }
}
