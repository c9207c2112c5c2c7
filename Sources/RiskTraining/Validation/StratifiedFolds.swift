/// Rows divided by chance into folds of nearly equal size and nearly equal rate of positives.
///
/// The folds are those of scikit-learn's `StratifiedKFold(count, shuffle=True, random_state=seed)`, row for
/// row, so that a figure can be set beside one from there. Rows that have a time are better divided by it:
/// folds by chance let a model learn from what came later.
///
/// ```swift
/// let folds = try StratifiedFolds(labels: labels, count: 5, seed: 42)
/// for fold in 0..<folds.count {
///     let (train, test) = (folds.training(without: fold), folds.rows(of: fold))
/// }
/// ```
public struct StratifiedFolds: Equatable, Sendable {
    /// How many folds there are, at least 2.
    public let count: Int
    /// The fold of each row, in 0..<count.
    public let folds: [Int]

    /// Divides rows.
    /// - Parameters:
    ///   - labels: one a row.
    ///   - count: how many folds, at least 2.
    ///   - seed: as scikit-learn's `random_state`.
    /// - Throws: `TrainingError.tooFewForFolds` where a class has fewer rows than there are folds.
    /// - Precondition: at most 2^32 rows.
    /// - Complexity: O(rows).
    public init(labels: [Bool], count: Int, seed: UInt32) throws(TrainingError) {
        precondition(count >= 2 && labels.count <= Int(UInt32.max))
        let positives = labels.count { $0 }
        let fewer = min(positives, labels.count - positives)
        if fewer < count { throw .tooFewForFolds(rows: fewer, folds: count) }
        // Classes are numbered by first appearance. The i-th row of all, sorted by class, goes to fold
        // i mod count: that tells how many rows of a class each fold gets, and chance tells which.
        let first = labels.first ?? false
        let firstSize = first ? positives : labels.count - positives
        var generator = MersenneTwister(seed: seed)
        var folds = [Int](repeating: 0, count: labels.count)
        for (label, range) in [
            (first, 0..<firstSize), (!first, firstSize..<labels.count),
        ] {
            var shares = [Int](repeating: 0, count: count)
            for place in range { shares[place % count] += 1 }
            var drawn = shares.enumerated().flatMap { fold, rows in
                [Int](repeating: fold, count: rows)
            }
            generator.shuffle(&drawn)
            var next = drawn.makeIterator()
            for row in labels.indices where labels[row] == label {
                folds[row] = next.next() ?? 0
            }
        }
        self.count = count
        self.folds = folds
    }

    /// The rows of a fold, ascending.
    public func rows(of fold: Int) -> [Int] { folds.indices.filter { folds[$0] == fold } }

    /// The rows of all other folds, ascending.
    public func training(without fold: Int) -> [Int] {
        folds.indices.filter { folds[$0] != fold }
    }
}
