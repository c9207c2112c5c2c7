import ArgumentParser
import RiskColumns
import RiskEvaluation
import RiskJSON
import RiskModel
import RiskScoring

/// How cases are counted when a model is measured.
struct CaseOptions: ParsableArguments {
    @Option(help: "The column with the entity: metrics are resampled and cases counted by it.")
    var entity: String?

    @Option(help: "Cases that can be worked a day; may be given several times. (default: 100)")
    var capacity: [Int] = []

    @Option(
        help: ArgumentHelp(
            "How long after an act its label is known, in days: an entity is left out of a day once a positive of it was known by then.",
            valueName: "duration"))
    var knownDelay: DurationArgument?

    @Option(help: "Bootstrap resamples for the intervals; 0 for none.")
    var resamples: Int = 200

    @Option(help: "Seed of the resampling.")
    var seed: UInt64 = 1

    func validate() throws {
        if knownDelay != nil, entity == nil {
            throw ValidationError("--known-delay needs --entity.")
        }
        if let knownDelay, knownDelay.microseconds % Timestamps.day != 0 {
            throw ValidationError("--known-delay must be whole days: 7d.")
        }
        if let wrong = capacity.first(where: { !(1...1_000_000_000).contains($0) }) {
            throw ValidationError("--capacity must be from 1 to 1000000000, not \(wrong).")
        }
        if resamples != 0, !(2...10_000).contains(resamples) {
            throw ValidationError("--resamples must be 0 or from 2 to 10000.")
        }
    }

    var settings: EvaluationSettings {
        EvaluationSettings(capacities: capacity.isEmpty ? [100] : capacity, resamples: resamples)
    }
}

/// A model measured on labelled rows.
struct Evaluation {
    let report: EvaluationReport
    /// Rows whose entity was already known.
    let leftOut: Int

    /// - Parameters:
    ///   - table: the rows to measure on.
    ///   - history: all the rows from which an entity can be known already.
    ///   - firstDay: positives before it are forgotten; nil for the history's first day.
    ///   - file: named in messages.
    init(
        of scorer: Scorer, on table: LabelledTable, history: LabelledTable, firstDay: Int32? = nil,
        file: String, options: CaseOptions, threads: Int
    ) throws {
        let kept = try Self.notYetKnown(table, history, firstDay, options)
        let rows = kept.count == table.rowCount ? table : table.selecting(rows: kept)
        leftOut = table.rowCount - rows.rowCount
        let scores: Scores
        do throws(ScoringError) {
            scores = try scorer.score(rows.matrix, threads: threads)
        } catch {
            throw CommandFailure(.badData, "\(file): \(error)")
        }
        let input = EvaluationInput(
            scores: scores.units.map { LogOdds.value($0) }, probabilities: scores.probability,
            labels: rows.labels, weights: rows.weights, entities: rows.entities,
            days: rows.times == nil ? nil : rows.days)
        var generator = SplitMix64(seed: options.seed)
        do throws(EvaluationError) {
            report = try EvaluationReport(input, settings: options.settings, using: &generator)
        } catch {
            throw CommandFailure(.badData, "\(file): the rows to test on: \(error)")
        }
    }

    /// The rows whose entities were not yet known, by the protocol of `rowsOfEntitiesNotYetKnown`.
    private static func notYetKnown(
        _ table: LabelledTable, _ history: LabelledTable, _ firstDay: Int32?, _ options: CaseOptions
    ) throws -> [Int] {
        guard let delay = options.knownDelay, let entities = table.entities, table.times != nil,
            let known = history.entities
        else { return Array(0..<table.rowCount) }
        let days = history.days
        let stays = try rowsOfEntitiesNotYetKnown(
            entities: entities, days: table.days,
            history: LabelHistory(entities: known, days: days, labels: history.labels),
            firstDay: firstDay ?? days.min() ?? 0, delay: Int32(delay.microseconds / Timestamps.day)
        )
        return stays.indices.filter { stays[$0] }
    }

    /// For reading.
    var text: String {
        let note =
            leftOut == 0
            ? "" : "\(Text.grouped(leftOut)) rows left out: their entities were already known\n"
        return note + report.text()
    }

    /// For machines, in full.
    var node: Node {
        guard case .object(let members) = report.document().content else {
            return report.document()
        }
        return .object([.init("rowsOfKnownEntities", Node(leftOut))] + members)
    }

    /// The figures that go into a model's lineage: the metrics without tables and curves.
    var figures: Node {
        var members: [Node.Member] = [
            .init("rocAUC", report.rocAUC.document()),
            .init("averagePrecision", report.averagePrecision.document()),
            .init("ksStatistic", report.ksStatistic.document()),
        ]
        if let probability = report.probability {
            members.append(.init("logLoss", probability.logLoss.document()))
            members.append(.init("brierScore", probability.brierScore.document()))
        }
        for capacity in report.capacities {
            members.append(
                .init("precisionAt\(capacity.metrics.capacity)ADay", capacity.precision.document()))
        }
        return .object(members)
    }
}
