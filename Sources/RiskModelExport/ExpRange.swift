import RiskModel

/// The arithmetic of CRiskKernels' logistic link, for engines that are told it term by term: an
/// engine's own exp is off by an ULP or more, addition and multiplication are not.
///
///     k = round(h × log₂e), r = (h - k ln2High) - k ln2Low      for h = -|x|, so that e^h = 2^k e^r
///     e^r = 1 + (r + r² p(r)), p of the `coefficients`, the highest power first
///     logistic(x) = (x < 0 ? e^h : 1) / (1 + e^h)
enum ExpArithmetic {
    static let log2e = 1.4426950408889634
    static let ln2High = 6.93147180369123816490e-01
    static let ln2Low = 1.90821492927058770002e-10
    /// 1.5 × 2^52: adding it and taking it off again rounds to a whole number, ties to even.
    static let round = 6_755_399_441_055_744.0
    /// Below this, e^h is 0.
    static let lowest = -745.1332191019412
    /// h is held here from below.
    static let held = -746.0
    /// Where 2^k is made of two factors, and the exponent of the second.
    static let farExponent = -1000
    static let farShift = 200
    /// The grid of Platt's log-odds, and the bound on them.
    static let grid = 4_294_967_296.0
    static let plattLimit = 1024.0

    static let coefficients: [Double] = [
        1.0 / 6_227_020_800.0, 1.0 / 479_001_600.0, 1.0 / 39_916_800.0, 1.0 / 3_628_800.0,
        1.0 / 362_880.0, 1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0,
        1.0 / 6.0, 0.5,
    ]
}

/// Which log-odds the logistic link of a model can meet.
struct ExpRange {
    /// The largest magnitude of x.
    let magnitude: Double
    /// Whether Platt's bound can be met, so that it has to be held.
    let isHeldByPlatt: Bool

    init(_ model: AdditiveModel) {
        let units = model.attainableUnits
        let ends = [units.lowerBound, units.upperBound].map { LogOdds.value($0) }
        switch model.calibration {
        case .platt(let slope, let intercept):
            let reached = ends.map { abs(slope * $0 + intercept) }.max() ?? 0
            isHeldByPlatt = reached >= ExpArithmetic.plattLimit
            magnitude = min(reached, ExpArithmetic.plattLimit) + 1
        case .identity, .isotonic:
            isHeldByPlatt = false
            magnitude = ends.map(abs).max() ?? 0
        }
    }

    /// Whether h has to be held, and e^h can be 0.
    var reachesZero: Bool { magnitude > -ExpArithmetic.lowest }

    /// The least k.
    var lowestExponent: Int {
        let held = max(-magnitude, ExpArithmetic.held)
        return Int((held * ExpArithmetic.log2e).rounded(.toNearestOrEven)) - 1
    }

    /// 2^k, or where it is too small for one number, 2^(k + 200), which 2^-200 then follows.
    static func power(_ exponent: Int) -> Double {
        let shift = exponent < ExpArithmetic.farExponent ? ExpArithmetic.farShift : 0
        return Double(sign: .plus, exponent: exponent + shift, significand: 1)
    }

    /// Whether the second factor is needed.
    var reachesFar: Bool { lowestExponent < ExpArithmetic.farExponent }
}
