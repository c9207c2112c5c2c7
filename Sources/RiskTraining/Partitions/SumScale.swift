/// What the whole numbers of summed gradients and losses are worth.
///
/// It follows from the weight and the rate of events of all rows that train together, so that the sums of
/// their parts can be added.
struct SumScale: Sendable, Equatable {
    /// Gradients and Hessians are rounded to multiples of 1 / gradient, a power of two.
    let gradient: Double
    /// Losses are rounded to multiples of 1 / loss, a power of two.
    let loss: Double
    /// The sum of the weight multiples.
    let weight: Double
    /// What one unit of a summed gradient or Hessian is worth, weight included.
    let unit: Double

    /// Rows between two emptyings of the packed sums, on the average.
    private static let span = 2048.0

    init(gradient: Double, loss: Double, weight: Double, unit: Double) {
        (self.gradient, self.loss, self.weight, self.unit) = (gradient, loss, weight, unit)
    }

    /// - Parameters:
    ///   - total: the sum of the weight multiples.
    ///   - rate: of events, in (0, 1).
    ///   - weightUnit: the weight of one multiple.
    init(total: Int64, rate: Double, weightUnit: Double) {
        let total = max(1, total)
        let filled = 0x1p31 / (Self.span * 2 * rate * (1 - rate))
        gradient = Self.power(min(30, Int(filled.exponent)), total: total, rowBits: 0)
        loss = Self.power(24, total: total, rowBits: 8)
        weight = Double(total)
        unit = weightUnit / gradient
    }

    /// That of a sample by itself.
    init(_ sample: Sample) {
        self.init(
            total: sample.weights.total, rate: sample.baseRate, weightUnit: sample.weights.unit)
    }

    /// The largest 2^k, k ≤ bits, with total × 2^rowBits × 2^k ≤ 2^61.
    private static func power(_ bits: Int, total: Int64, rowBits: Int) -> Double {
        let totalBits = 64 - (total - 1).leadingZeroBitCount
        return Double(sign: .plus, exponent: min(bits, 61 - totalBits - rowBits), significand: 1)
    }

    /// Whether sums over rows of so much weight fit 64 bits.
    func fits(_ total: Int64) -> Bool {
        [(gradient, 0x1p61), (loss, 0x1p53)].allSatisfy { scale, most in
            scale > 0 && scale <= 0x1p30 && scale.significand == 1 && Double(total) * scale <= most
        } && unit > 0 && unit.isFinite && weight >= 1
    }

    /// The mean loss of a sum of losses.
    func mean(_ sum: Int64) -> Double { Double(sum) / loss / weight }

    /// What a decrease of the loss, in units of gradient × log-odds, is in units of a summed loss.
    var lossUnits: Double { loss / gradient }
}
