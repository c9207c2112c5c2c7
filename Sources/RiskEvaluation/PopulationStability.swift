/// How far a distribution has moved from a reference.
public struct PopulationStability: Equatable, Sendable {
    /// One bin of the reference.
    public struct Bin: Equatable, Sendable {
        /// Values up to here, above the bin before; infinity in the last; nil for the missing
        /// values.
        public var upperBound: Double?
        /// Rows of the reference.
        public var reference: Int
        /// Rows of the current population.
        public var current: Int

        /// A bin that has been counted.
        public init(upperBound: Double?, reference: Int, current: Int) {
            self.upperBound = upperBound
            self.reference = reference
            self.current = current
        }
    }

    /// Σ over bins of (c − r) ln(c / r), with r and c the bins' shares; at least 0. By custom below
    /// 0.1 nothing, above 0.25 a shift that wants an answer.
    public var index: Double
    /// What the index comes to in the mean where nothing has moved: (bins − 1) (1/n + 1/m)
    /// (Yurdakul 2018). An index near it is noise.
    public var expectedByChance: Double
    /// From the lowest values to the highest; the missing values last, where there are any.
    public var bins: [Bin]
}

/// The population stability index of a feature or a score.
///
/// The reference is cut into bins of about equal count, equal values never apart; missing values
/// (NaN) are a bin of their own. Each bin's count gets one half added, so that an empty bin gives a
/// large index and not an infinite one.
/// - Parameter bins: how many to aim at, at least 2.
/// - Throws: `EvaluationError.noRows` where either is empty, `.invalidSetting` for bins below 2.
/// - Complexity: O(n log n + m log bins).
public func populationStabilityIndex(
    reference: [Double], current: [Double], bins: Int = 10
) throws(EvaluationError) -> PopulationStability {
    if reference.isEmpty || current.isEmpty { throw .noRows }
    if bins < 2 { throw .invalidSetting("expected at least 2 bins, found \(bins)") }
    let before = PopulationBins(quantilesOf: reference, bins: bins)
    var after = before.emptied
    for value in current { after.add(value) }
    return try PopulationStability(reference: before, current: after)
}
