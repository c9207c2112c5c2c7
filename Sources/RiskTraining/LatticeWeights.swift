/// Observation weights as whole multiples of one unit, so that weighted sums are integer sums.
///
/// Weights that are whole multiples of a power of two, in a range of 2^20, are held exactly: counts,
/// halves, quarters. Others are rounded to 20 bits below the largest, and none to zero. Because the
/// unit is the largest power of two that divides them all, a row of weight 2 is the same integers as
/// the row twice, and weights all doubled are the same integers with the unit doubled.
struct LatticeWeights: Sendable, Equatable {
    /// The multiple of each row, in [1, 2^20]; nil where all weights are equal, and then 1.
    let multiples: [UInt32]?
    /// The weight of one multiple.
    let unit: Double
    /// The sum of the multiples.
    let total: Int64
    /// Whether weights had to be raised by more than a rounding: they span a factor above 2^20.
    let isCoarse: Bool

    static let bits = 20

    /// All weights 1.
    init(count: Int) {
        multiples = nil
        unit = 1
        total = Int64(count)
        isCoarse = false
    }

    /// - Precondition: every weight is finite and above 0.
    init(_ weights: [Double]) {
        let range = WeightRange(weights)
        if range.isUniform {
            self.init(uniform: range.first ?? 1, count: weights.count)
            return
        }
        let multiples = Self.multiples(weights, exponent: range.exponent) ?? []
        let shift = multiples.reduce(0) { $0 | $1 }.trailingZeroBitCount
        self.init(multiples, exponent: range.exponent, shift: shift, least: range.least)
    }

    /// `count` weights that are all this one.
    init(uniform weight: Double, count: Int) {
        (multiples, unit, total, isCoarse) = (nil, weight, Int64(count), false)
    }

    /// Weights as multiples of 2^exponent, divided by 2^shift.
    ///
    /// Whoever has all weights knows both: `WeightRange.exponent`, and the power of two that divides all multiples.
    /// - Returns: nil where a weight does not fit, or 2^shift does not divide a multiple.
    init?(_ weights: [Double], exponent: Int, shift: Int) {
        guard (-1100...1100).contains(exponent), (0..<Self.bits + 1).contains(shift),
            let multiples = Self.multiples(weights, exponent: exponent),
            multiples.allSatisfy({ $0 & (1 << UInt32(shift) - 1) == 0 })
        else { return nil }
        self.init(
            multiples, exponent: exponent, shift: shift, least: weights.min() ?? .infinity)
    }

    private init(_ multiples: [UInt32], exponent: Int, shift: Int, least: Double) {
        let unit = Double(sign: .plus, exponent: exponent, significand: 1)
        self.unit = unit * Double(UInt32(1) << UInt32(shift))
        self.multiples = shift > 0 ? multiples.map { $0 >> UInt32(shift) } : multiples
        total = multiples.reduce(0) { $0 + Int64($1) } >> Int64(shift)
        isCoarse = least < self.unit / 2
    }

    /// The nearest whole multiples of 2^exponent, at least 1; nil where one has more bits than there are.
    private static func multiples(_ weights: [Double], exponent: Int) -> [UInt32]? {
        // A unit below the normal range would round itself; such weights are scaled up first.
        let lift = exponent < -1000 ? 1000 : 0
        let divisor = Double(sign: .plus, exponent: exponent + lift, significand: 1)
        let factor = Double(sign: .plus, exponent: lift, significand: 1)
        var multiples = [UInt32]()
        multiples.reserveCapacity(weights.count)
        for weight in weights {
            let multiple = max(1, (weight * factor / divisor).rounded(.toNearestOrEven))
            guard multiple <= Double(1 << Self.bits) else { return nil }
            multiples.append(UInt32(multiple))
        }
        return multiples
    }

    private init(multiples: [UInt32]?, unit: Double, total: Int64, isCoarse: Bool) {
        self.multiples = multiples
        self.unit = unit
        self.total = total
        self.isCoarse = isCoarse
    }

    /// The multiples themselves as weights.
    var inUnits: LatticeWeights {
        LatticeWeights(multiples: multiples, unit: 1, total: total, isCoarse: isCoarse)
    }

    /// The weights of some of the rows, on the same lattice.
    func selecting(_ rows: [UInt32]) -> LatticeWeights {
        guard let multiples else {
            return LatticeWeights(
                multiples: nil, unit: unit, total: Int64(rows.count), isCoarse: isCoarse)
        }
        let chosen = rows.map { multiples[Int($0)] }
        return LatticeWeights(
            multiples: chosen, unit: unit, total: chosen.reduce(0) { $0 + Int64($1) },
            isCoarse: isCoarse)
    }
}
