import RiskModel

/// A training run: the state between its stages.
struct StumpBoostingRun {
    let learner: StumpBoostingLearner
    let rows: PartitionedTotals
    let threads: Int
    let progress: TrainingCallback?
    let warmStart: WarmStart?
    var report = TrainingReport()
    /// The last stage.
    var learned: BoostingStage?

    /// Whether the caller asked to stop.
    var isStopped: Bool { report.end == BoostingLoop.End.stopped.rawValue }

    mutating func train(
        name: String
    ) throws(TrainingError) -> (model: AdditiveModel, report: TrainingReport) {
        if rows.isCoarse {
            report.warnings.append(
                "the weights span a factor of more than 500,000: the smallest were raised")
        }
        let held = try HoldOut.parts(rows, share: learner.holdOut, &report)
        var calibration = Calibration.identity
        var rounds = learner.boostingRounds
        var parts: ScoreTableBuilder.Parts?
        if let held {
            let first = try boost(held, rounds: rounds)
            if learner.earlyStoppingRounds > 0 { rounds = first.rounds }
            let fitted = try learned?.scores(first.parts).calibration(learner.calibration)
            if let fitted {
                calibration = fitted.calibration
                report.calibration = fitted.report
            }
            report.rounds = first.rounds
            parts = first.parts
        }
        if parts == nil || !isStopped {
            let finished = (learned, report)
            let last = try boost(nil, rounds: rounds)
            if isStopped, parts != nil {
                // The model of the earlier rows is whole, and the calibration is its own.
                let (losses, end) = (report.losses, report.end)
                (learned, report) = finished
                (report.losses, report.end) = (losses, end)
            } else {
                report.rounds = last.rounds
                parts = last.parts
            }
        }
        guard let parts, let learned else { throw .noRows }
        warn(about: learned)
        return (model(parts, calibration, name: name), report)
    }

    /// One stage: bins chosen and rounds made, on the earlier rows where there are parts, else on all.
    private mutating func boost(
        _ held: (earlier: RowTotals, later: RowTotals)?, rounds: Int
    ) throws(TrainingError) -> (parts: ScoreTableBuilder.Parts, rounds: Int) {
        let stage = try BoostingStage(
            learner, rows, parts: held, warmStart: warmStart, threads: threads)
        learned = stage
        let bags = learner.bagCount(stage.totals)
        var rounds = rounds
        var outcomes: [BoostingStage.Outcome] = []
        var features: Set<Int>?
        // Where features are counted, all bags have those of a run on the rows themselves.
        if held != nil || bags == 1 || rounds == 0 || learner.maximumFeatures > 0 {
            let single = try stage.boost(watching: held != nil, rounds: rounds, progress)
            note(single)
            outcomes = [single]
            if held != nil, learner.earlyStoppingRounds > 0 { rounds = single.rounds }
            if learner.maximumFeatures > 0 {
                features = Set(
                    single.tables.indices.filter { single.tables[$0].contains { $0 != 0 } })
            }
        }
        if bags > 1, rounds > 0, !isStopped {
            outcomes = []
            for index in 0..<bags {
                let outcome = try stage.boost(
                    watching: false, rounds: rounds, bag: .init(index: index, count: bags),
                    only: features, progress)
                note(outcome)
                // What is half done is left out, unless there is nothing else.
                if isStopped, !outcomes.isEmpty { break }
                outcomes.append(outcome)
                if isStopped { break }
            }
        }
        report.bags = outcomes.count
        report.bands = stage.bands(outcomes)
        return (try stage.parts(outcomes), held == nil ? outcomes[0].rounds : rounds)
    }

    private mutating func note(_ outcome: BoostingStage.Outcome) {
        report.losses += outcome.progress
        report.end = outcome.end.rawValue
        let warning =
            "boosting stopped where log-odds could pass 64: the classes are (almost) separated"
        if outcome.end == .limit, !report.warnings.contains(warning) {
            report.warnings.append(warning)
        }
    }

    private mutating func warn(about stage: BoostingStage) {
        let binning = stage.binning
        var warnings = report.warnings
        if !binning.allMissing.isEmpty {
            warnings.append("missing in all rows, and left out: \(listed(binning.allMissing))")
        }
        if !binning.constant.isEmpty {
            warnings.append("the same in all rows, and left out: \(listed(binning.constant))")
        }
        warnings += LeakageCheck.warnings(binning, stage.counts, names: rows.names)
        report.warnings = warnings
    }

    /// The model of the features that are used, in the matrix's order.
    private func model(
        _ parts: ScoreTableBuilder.Parts, _ calibration: Calibration, name: String
    ) -> AdditiveModel {
        var tables = parts.tables
        for index in tables.indices {
            // What was asked for is looked at in what comes out.
            if let direction = learner.monotone[rows.names[tables[index].feature]] {
                precondition(direction.admits(tables[index].units), "a table runs the wrong way")
            }
            tables[index].feature = index
        }
        let features = parts.tables.map { table in
            let name = rows.names[table.feature]
            return warmStart?.model.features.first { $0.name == name } ?? Feature(name: name)
        }
        var model = AdditiveModel(
            name: name, features: features, intercept: parts.intercept, tables: tables,
            calibration: calibration.shifted(by: report.priorShift),
            scaling: warmStart?.model.scaling ?? PointsScaling())
        model.lineage = report.lineage(with: report.bands(of: model))
        return model
    }
}
