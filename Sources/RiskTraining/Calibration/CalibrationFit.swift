import CRiskKernels
import RiskJSON
import RiskModel

/// Which calibration a learner sets.
public enum CalibrationChoice: String, CaseIterable, Sendable {
    /// The one that holds out best.
    case automatic
    /// The logistic function of the log-odds, as trained.
    case identity
    /// A slope and an intercept.
    case platt
    /// Two slopes, one for either end, and an intercept.
    case beta
    /// A never-decreasing function.
    case isotonic
}

/// What was compared to choose a calibration.
public struct CalibrationReport: Sendable, Equatable {
    /// The kind chosen: identity, platt, beta or isotonic.
    public let chosen: CalibrationChoice
    /// Mean log loss of each kind on the rows that it was not fitted on; empty where none was compared.
    public let losses: [(kind: CalibrationChoice, loss: Double)]
    /// Why it was chosen, in words.
    public let reason: String

    /// The report as a document.
    public var node: Node {
        .object([
            .init("chosen", Node(chosen.rawValue)), .init("reason", Node(reason)),
            .init(
                "heldOutLoss",
                .object(losses.map { Node.Member($0.kind.rawValue, Node($0.loss)) })),
        ])
    }

    /// Equal where the documents are.
    public static func == (a: CalibrationReport, b: CalibrationReport) -> Bool { a.node == b.node }
}

/// Chooses and fits a calibration on scores that the model did not learn from.
///
/// The rows, in order of time, are halved by events: each kind is fitted on the earlier half and its
/// log loss taken on the later half. The simplest kind (identity, Platt, beta, isotonic) whose loss is
/// within one standard error of the lowest is chosen and fitted again on all rows. With fewer than
/// `fewEvents` events or non-events among the rows nothing is compared and identity stays; beta
/// takes part from `manyEvents` on and isotonic regression from `mostEvents` on, because a curve of few
/// events is noise.
public enum CalibrationFit {
    /// Below this many events (or non-events) held out, identity stays.
    public static let fewEvents = 50
    /// From this many events held out, beta calibration takes part.
    public static let manyEvents = 200
    /// From this many events held out, isotonic regression takes part.
    public static let mostEvents = 1000

    /// Chooses and fits.
    /// - Parameters:
    ///   - units: the scores, in units of 2^-18 of log-odds, in the order of time.
    ///   - weights: above 0; nil means 1 each.
    ///   - candidates: the kinds among which is chosen.
    /// - Complexity: O(n log n).
    public static func fit(
        _ choice: CalibrationChoice,
        among candidates: [CalibrationChoice] = CalibrationChoice.allCases, units: [Int64],
        labels: [Bool], weights: [Double]? = nil
    ) -> (calibration: Calibration, report: CalibrationReport) {
        precondition(units.count == labels.count)
        let events = labels.count { $0 }
        let fewer = min(events, labels.count - events)
        func done(
            _ kind: CalibrationChoice, _ losses: [(CalibrationChoice, Double)], _ reason: String
        ) -> (Calibration, CalibrationReport) {
            let fitted = fitOne(kind, units, labels, weights)
            return (
                fitted ?? .identity,
                CalibrationReport(
                    chosen: fitted == nil ? .identity : kind,
                    losses: losses.map { (kind: $0.0, loss: $0.1) },
                    reason: fitted == nil ? "the scores held out do not rise with the risk" : reason
                )
            )
        }
        if choice == .identity { return done(.identity, [], "asked for") }
        if fewer < (choice == .automatic ? fewEvents : 2) {
            return done(
                .identity, [],
                "only \(fewer) \(events == fewer ? "events" : "non-events") were held out")
        }
        if choice != .automatic { return done(choice, [], "asked for") }

        let half = halfway(labels, events: events)
        let (early, late) = (0..<half, half..<labels.count)
        let kinds = [CalibrationChoice.identity, .platt, .beta, .isotonic].filter { kind in
            candidates.contains(kind) && (kind != .beta || fewer >= manyEvents)
                && (kind != .isotonic || fewer >= mostEvents)
        }
        var losses: [(kind: CalibrationChoice, rows: [Double], mean: Double)] = []
        for kind in kinds {
            guard
                let fitted = fitOne(
                    kind, Array(units[early]), Array(labels[early]),
                    weights.map { Array($0[early]) })
            else { continue }
            let rows = late.map { rowLoss(fitted, units[$0], labels[$0]) }
            losses.append((kind, rows, mean(rows, weights.map { Array($0[late]) })))
        }
        let table = losses.map { ($0.kind, $0.mean) }
        guard let best = losses.min(by: { $0.mean < $1.mean }) else {
            return done(.identity, table, "nothing else could be fitted")
        }
        let lateWeights = weights.map { Array($0[late]) }
        for candidate in losses {
            let differences = zip(candidate.rows, best.rows).map { $0 - $1 }
            let (average, error) = meanAndError(differences, lateWeights)
            if average <= error {
                return done(
                    candidate.kind, table,
                    candidate.kind == best.kind
                        ? "lowest log loss held out"
                        : "the simplest within one standard error of the lowest log loss held out")
            }
        }
        return done(best.kind, table, "lowest log loss held out")
    }

    /// The number of rows up to which half of the events lie.
    private static func halfway(_ labels: [Bool], events: Int) -> Int {
        var seen = 0
        for (row, label) in labels.enumerated() where label {
            seen += 1
            if 2 * seen >= events { return min(row + 1, labels.count - 1) }
        }
        return labels.count / 2
    }

    private static func fitOne(
        _ kind: CalibrationChoice, _ units: [Int64], _ labels: [Bool], _ weights: [Double]?
    ) -> Calibration? {
        switch kind {
        case .automatic, .identity: return .identity
        case .platt:
            return PlattScaling.fit(
                logOdds: units.map { LogOdds.value($0) }, labels: labels, weights: weights
            ).map { .platt(slope: $0.slope, intercept: $0.intercept) }
        case .beta:
            return BetaCalibration.fit(
                logOdds: units.map { LogOdds.value($0) }, labels: labels, weights: weights
            ).map { BetaCalibration.curve(a: $0.a, b: $0.b, c: $0.c) }
        case .isotonic:
            let (knots, means) = IsotonicRegression.fit(
                units: units, labels: labels, weights: weights)
            guard !knots.isEmpty, knots.count <= ModelLimits.knots else { return nil }
            // No sample proves a probability of 0 or 1: the ends are held where Platt's targets are.
            var events = 0.0
            var others = 0.0
            for (row, label) in labels.enumerated() {
                if label { events += weights?[row] ?? 1 } else { others += weights?[row] ?? 1 }
            }
            let (low, high) = (1 / (others + 2), (events + 1) / (events + 2))
            return .isotonic(logOdds: knots, probabilities: means.map { min(max($0, low), high) })
        }
    }

    private static func rowLoss(_ calibration: Calibration, _ units: Int64, _ label: Bool) -> Double
    {
        let p = calibration.probability(units: units)
        return -rk_log_f64(max(label ? p : 1 - p, 1e-15))
    }

    private static func mean(_ values: [Double], _ weights: [Double]?) -> Double {
        meanAndError(values, weights).mean
    }

    /// The weighted mean and its standard error.
    private static func meanAndError(
        _ values: [Double], _ weights: [Double]?
    ) -> (mean: Double, error: Double) {
        var sum = 0.0
        var total = 0.0
        for (row, value) in values.enumerated() {
            sum += value * (weights?[row] ?? 1)
            total += weights?[row] ?? 1
        }
        let mean = sum / total
        var squares = 0.0
        for (row, value) in values.enumerated() {
            let part = (value - mean) * (weights?[row] ?? 1) / total
            squares += part * part
        }
        return (mean, squares.squareRoot())
    }
}
