/// Rows divided by chance into folds so that all rows of a group are in one, with nearly equal size and nearly
/// equal rate of positives.
///
/// A subscriber, card or company whose rows stand on both sides of a fold is recognised rather than
/// predicted; with folds by group it is new to the model that is measured on it.
///
/// The folds are those of scikit-learn's `StratifiedGroupKFold(count, shuffle=True, random_state=seed)`, row
/// for row: groups are shuffled, those with the most unlike counts of the two classes come first, and each
/// goes to the fold that leaves the classes most evenly spread over all.
public struct StratifiedGroupFolds: Equatable, Sendable {
    /// How many folds there are, at least 2.
    public let count: Int
    /// The fold of each row, in 0..<count.
    public let folds: [Int]

    /// Divides rows.
    /// - Parameters:
    ///   - labels: one a row.
    ///   - groups: the group of each row, any numbers.
    ///   - count: how many folds, at least 2.
    ///   - seed: as scikit-learn's `random_state`.
    /// - Throws: `TrainingError` where a class has fewer rows than there are folds, or there are fewer groups.
    /// - Precondition: one group a row; at most 2^32 rows.
    /// - Complexity: O(rows log rows + groups × count²).
    public init(
        labels: [Bool], groups: [Int32], count: Int, seed: UInt32
    ) throws(TrainingError) {
        precondition(count >= 2 && labels.count == groups.count)
        precondition(labels.count <= Int(UInt32.max))
        let positives = labels.count { $0 }
        let fewer = min(positives, labels.count - positives)
        if fewer < count { throw .tooFewForFolds(rows: fewer, folds: count) }
        let names = Set(groups).sorted()
        if names.count < count {
            throw .cannotFold("there are \(names.count) groups for \(count) folds")
        }
        let numbers = Dictionary(
            zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        let group = groups.map { numbers[$0] ?? 0 }
        var tallies = [Tally](repeating: Tally(), count: names.count)
        for (row, number) in group.enumerated() { tallies[number].add(labels[row], 1) }

        var order = Array(names.indices)
        var generator = MersenneTwister(seed: seed)
        generator.shuffle(&order)
        // Stable, so that chance stays where counts are alike.
        let sorted = order.enumerated().map { place, number in
            (-tallies[number].deviation, place, number)
        }.sorted { $0 < $1 }.map(\.2)

        var whole = Tally()
        for tally in tallies { whole.add(tally) }
        var filled = [Tally](repeating: Tally(), count: count)
        var foldOfGroup = [Int](repeating: 0, count: names.count)
        for number in sorted {
            let fold = Self.bestFold(tallies[number], among: filled, whole)
            filled[fold].add(tallies[number])
            foldOfGroup[number] = fold
        }
        self.count = count
        self.folds = group.map { foldOfGroup[$0] }
    }

    /// Rows of either class.
    private struct Tally {
        var negatives = 0.0
        var positives = 0.0

        mutating func add(_ label: Bool, _ rows: Double) {
            if label { positives += rows } else { negatives += rows }
        }

        mutating func add(_ other: Tally) {
            negatives += other.negatives
            positives += other.positives
        }

        /// The standard deviation of the two counts.
        var deviation: Double { abs(negatives - positives) / 2 }
    }

    /// The fold in which a group leaves both classes most evenly spread; of equally good ones the one with
    /// the fewest rows. Additions are in NumPy's order, so that ties are ties there and here.
    private static func bestFold(_ group: Tally, among folds: [Tally], _ whole: Tally) -> Int {
        var best = 0
        var least = Double.infinity
        var fewest = Double.infinity
        for index in folds.indices {
            var filled = folds
            filled[index].add(group)
            let negatives = deviation(filled.map { $0.negatives / whole.negatives })
            let positives = deviation(filled.map { $0.positives / whole.positives })
            let spread = (negatives + positives) / 2
            let rows = folds[index].negatives + folds[index].positives
            if spread < least || (isClose(spread, least) && rows < fewest) {
                (best, least, fewest) = (index, spread, rows)
            }
        }
        return best
    }

    private static func deviation(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count)).squareRoot()
    }

    /// NumPy's `isclose` with its default tolerances.
    private static func isClose(_ a: Double, _ b: Double) -> Bool {
        b.isFinite && abs(a - b) <= 1e-8 + 1e-5 * abs(b)
    }
}
