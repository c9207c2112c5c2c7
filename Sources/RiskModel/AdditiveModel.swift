import RiskJSON

/// A model that a person can read: an intercept, and for each feature a table of points.
///
///     log-odds = intercept + Σ tables (the points of the value's bin) + Σ linear terms
///
/// Boosted stumps, binned logistic regression and scorecards are tables; plain logistic regression is
/// linear terms. Everything is summed in units of 2^-18 of log-odds (`LogOdds`), so the sum is exact.
/// The value is only ever used after `validate()` has accepted it; `init(artifact:)` does that, and a
/// learner builds what it accepts.
public struct AdditiveModel: Equatable, Sendable {
    /// What the model is called: `card-misuse`.
    public var name: String
    /// The input columns, matched by name.
    public var features: [Feature]
    /// Units of 2^-18 of log-odds before any feature is looked at.
    public var intercept: Int64
    /// At most one table a feature.
    public var tables: [ScoreTable]
    /// At most one term a feature, and none for a feature that has a table.
    public var linearTerms: [LinearTerm]
    /// From log-odds to probability.
    public var calibration: Calibration
    /// From probability to points.
    public var scaling: PointsScaling
    /// The feature spec that makes the input, as JSON; nil where the model came from a table.
    public var featureSpec: Node?
    /// The policy that is proposed with the model (tiers, capacity), as JSON; nil where there is none.
    public var policy: Node?
    /// Where the model comes from: data digests, rows, positives, windows, learner, settings, metrics.
    public var lineage: Node
    /// Inputs with the scores that they must get, replayed at every load.
    public var goldenVectors: [GoldenVector]

    /// Makes a model.
    public init(
        name: String, features: [Feature], intercept: Int64, tables: [ScoreTable] = [],
        linearTerms: [LinearTerm] = [], calibration: Calibration = .identity,
        scaling: PointsScaling = PointsScaling(), featureSpec: Node? = nil,
        policy: Node? = nil, lineage: Node = .object([Node.Member]()),
        goldenVectors: [GoldenVector] = []
    ) {
        self.name = name
        self.features = features
        self.intercept = intercept
        self.tables = tables
        self.linearTerms = linearTerms
        self.calibration = calibration
        self.scaling = scaling
        self.featureSpec = featureSpec
        self.policy = policy
        self.lineage = lineage
        self.goldenVectors = goldenVectors
    }
}

/// An input column of a model, and how to speak of it.
public struct Feature: Equatable, Sendable {
    /// The column's name.
    public var name: String
    /// The sentences for a reason; nil where nobody wrote any.
    public var reason: ReasonTexts?

    /// Makes a feature.
    public init(name: String, reason: ReasonTexts? = nil) {
        self.name = name
        self.reason = reason
    }
}

/// What is said when a feature is a reason: to the investigator, and, safely, to the customer.
///
/// Keys are language codes ("en", "zh"); `{value}` in a text stands for the feature's value.
public struct ReasonTexts: Equatable, Sendable {
    /// For the investigator, by language.
    public var investigator: [String: String]
    /// For the customer, by language: nothing that teaches how to evade.
    public var customer: [String: String]

    /// Makes the texts.
    public init(investigator: [String: String], customer: [String: String] = [:]) {
        self.investigator = investigator
        self.customer = customer
    }
}

/// The points of a feature: bin k holds the values x with cutPoints[k-1] < x ≤ cutPoints[k].
public struct ScoreTable: Equatable, Sendable {
    /// The index into `AdditiveModel.features`.
    public var feature: Int
    /// Strictly increasing and finite; may be empty.
    public var cutPoints: [Double]
    /// Units of log-odds of each bin: one more than there are cut points.
    public var units: [Int32]
    /// Units for a missing value (NaN).
    public var missingUnits: Int32
    /// The population's typical contribution: the weighted mean over the training rows, rounded.
    /// Reasons are measured from here.
    public var typicalUnits: Int32

    /// Makes a table.
    public init(
        feature: Int, cutPoints: [Double], units: [Int32], missingUnits: Int32, typicalUnits: Int32
    ) {
        self.feature = feature
        self.cutPoints = cutPoints
        self.units = units
        self.missingUnits = missingUnits
        self.typicalUnits = typicalUnits
    }

    /// The contribution of a value.
    /// - Complexity: O(log cut points).
    public func units(of value: Double) -> Int32 {
        if value.isNaN { return missingUnits }
        var low = 0
        var high = cutPoints.count
        while low < high {
            let middle = (low + high) / 2
            if cutPoints[middle] < value { low = middle + 1 } else { high = middle }
        }
        return units[low]
    }
}

/// A coefficient of a plain logistic regression, on the feature's own scale.
public struct LinearTerm: Equatable, Sendable {
    /// The index into `AdditiveModel.features`.
    public var feature: Int
    /// Log-odds per unit of the feature; finite.
    public var coefficient: Double
    /// Units of log-odds for a missing value.
    public var missingUnits: Int64
    /// The population's typical contribution, in units; reasons are measured from here.
    public var typicalUnits: Int64

    /// Makes a term.
    public init(feature: Int, coefficient: Double, missingUnits: Int64, typicalUnits: Int64) {
        self.feature = feature
        self.coefficient = coefficient
        self.missingUnits = missingUnits
        self.typicalUnits = typicalUnits
    }

    /// The contribution of a value: coefficient × value, rounded to units (ties to even) and held
    /// within ±2^23 units. An infinite value gives the bound of its sign, or 0 where the coefficient is 0.
    public func units(of value: Double) -> Int64 {
        if value.isNaN { return missingUnits }
        let product = coefficient * value * LogOdds.unitsPerOne
        if product.isNaN { return 0 }
        return Int64(
            min(max(product, -LogOdds.linearLimit), LogOdds.linearLimit).rounded(.toNearestOrEven))
    }
}

/// From log-odds to probability; never decreasing.
public enum Calibration: Equatable, Sendable {
    /// The logistic function of the log-odds.
    case identity
    /// The logistic function of slope × log-odds + intercept; slope > 0 (Platt 1999).
    case platt(slope: Double, intercept: Double)
    /// Straight lines between knots, constant outside them (isotonic regression by pool adjacent
    /// violators). `logOdds` in units strictly increasing, `probabilities` never decreasing, both of
    /// the same count, at least one.
    case isotonic(logOdds: [Int64], probabilities: [Double])
}

/// From probability to the points of a scorecard: `basePoints` at odds of `baseOdds` to one *of the
/// event*, and `pointsToDoubleOdds` more each time the odds double. More points, more risk.
public struct PointsScaling: Equatable, Sendable {
    /// The points at `baseOdds`.
    public var basePoints: Double
    /// Odds of the event, above 0: 0.01 is one to a hundred.
    public var baseOdds: Double
    /// More points each time the odds double, above 0.
    public var pointsToDoubleOdds: Double

    /// 500 points at odds of one to a hundred, 40 more for each doubling.
    public init(basePoints: Double = 500, baseOdds: Double = 0.01, pointsToDoubleOdds: Double = 40)
    {
        self.basePoints = basePoints
        self.baseOdds = baseOdds
        self.pointsToDoubleOdds = pointsToDoubleOdds
    }
}

/// An input and the exact score that it must get.
public struct GoldenVector: Equatable, Sendable {
    /// One value a feature, NaN where missing.
    public var values: [Double]
    /// The sum, in units of log-odds.
    public var units: Int64
    /// The calibrated probability, to the bit.
    public var probability: Double

    /// Makes a golden vector.
    public init(values: [Double], units: Int64, probability: Double) {
        self.values = values
        self.units = units
        self.probability = probability
    }

    /// Missing values are equal to each other here.
    public static func == (a: GoldenVector, b: GoldenVector) -> Bool {
        a.units == b.units && a.probability == b.probability
            && a.values.elementsEqual(b.values) { $0 == $1 || ($0.isNaN && $1.isNaN) }
    }
}
