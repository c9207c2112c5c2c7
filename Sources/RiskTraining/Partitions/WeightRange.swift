/// What must be known of all observation weights before any is made a whole number (`LatticeWeights`).
public struct WeightRange: Sendable, Equatable {
    /// Any of the weights; nil where there is none.
    var first: Double?
    /// Whether all are equal.
    var isUniform = true
    /// The lowest power of two that is in one of them.
    var lowestBit = Int.max
    var largest = 0.0
    var least = Double.infinity

    init() {}

    /// - Precondition: every weight is finite and above 0.
    init(_ weights: some Sequence<Double>) {
        for weight in weights { add(weight) }
    }

    /// `count` weights of 1.
    init(ones count: Int) { if count > 0 { add(1) } }

    private mutating func add(_ weight: Double) {
        if let first, first != weight { isUniform = false }
        if first == nil { first = weight }
        lowestBit = min(lowestBit, Int(weight.exponent) - weight.significandWidth)
        largest = max(largest, weight)
        least = min(least, weight)
    }

    mutating func add(_ other: WeightRange) {
        if let first, let theirs = other.first, first != theirs { isUniform = false }
        first = first ?? other.first
        isUniform = isUniform && other.isUniform
        lowestBit = min(lowestBit, other.lowestBit)
        largest = max(largest, other.largest)
        least = min(least, other.least)
    }

    /// The exponent of the unit, before a power of two that divides all multiples is taken out.
    var exponent: Int { max(lowestBit, Int(largest.exponent) - (LatticeWeights.bits - 1)) }
}
