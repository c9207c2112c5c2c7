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
        guard let first = weights.first, weights.contains(where: { $0 != first }) else {
            self.multiples = nil
            self.unit = weights.first ?? 1
            self.total = Int64(weights.count)
            self.isCoarse = false
            return
        }
        var lowestBit = Int.max
        var largest = 0.0
        for weight in weights {
            lowestBit = min(lowestBit, Int(weight.exponent) - weight.significandWidth)
            largest = max(largest, weight)
        }
        let floor = Int(largest.exponent) - (Self.bits - 1)
        let exponent = max(lowestBit, floor)
        let unit = Double(sign: .plus, exponent: exponent, significand: 1)
        // A unit below the normal range would round itself; such weights are scaled up first.
        let lift = exponent < -1000 ? 1000 : 0
        let divisor = Double(sign: .plus, exponent: exponent + lift, significand: 1)
        let factor = Double(sign: .plus, exponent: lift, significand: 1)
        var multiples = [UInt32]()
        multiples.reserveCapacity(weights.count)
        var total: Int64 = 0
        var union: UInt32 = 0
        for weight in weights {
            let multiple = UInt32(max(1, (weight * factor / divisor).rounded(.toNearestOrEven)))
            multiples.append(multiple)
            union |= multiple
            total += Int64(multiple)
        }
        let shift = union.trailingZeroBitCount
        if shift > 0 { multiples = multiples.map { $0 >> UInt32(shift) } }
        self.multiples = multiples
        self.unit = unit * Double(UInt32(1) << UInt32(shift))
        self.total = total >> Int64(shift)
        self.isCoarse = weights.contains { $0 < unit / 2 }
    }

    private init(multiples: [UInt32]?, unit: Double, total: Int64, isCoarse: Bool) {
        self.multiples = multiples
        self.unit = unit
        self.total = total
        self.isCoarse = isCoarse
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
