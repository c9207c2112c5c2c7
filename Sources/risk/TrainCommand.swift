import ArgumentParser
import RiskColumns
import RiskFeatures
import RiskJSON
import RiskModel
import RiskScoring
import RiskTables
import RiskTraining

/// `risk train`: a table with labels becomes a model file.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Fit a model on a table of vectors, calibrate it and evaluate it out of time.",
        discussion: """
            Every column of the table is a feature but those that another option names. Rows before \
            --test-from train, less the --gap in which labels were not yet known; the latest of them \
            calibrate and stop the boosting early; rows from --test-from on are evaluated and never \
            trained on. Without --time a share of either class calibrates and stops, and nothing is tested.

            Example:
              risk train --data vectors.csv.gz --label fraud --time at --entity customer \\
                --test-from 2018-08-08 --gap 7d --ignore transaction --output card.risk.json
              risk train --data vectors.csv.gz --label fraud --ignore transaction \\
                --learner logistic --penalty elasticnet --select 1se --output net.risk.json
              risk train --data vectors.csv.gz --label fraud --time at --entity customer \\
                --folds 5 --gap 7d --ignore transaction --output card.risk.json
            """)

    @Option(name: .shortAndLong, help: "The table with one row a vector: CSV or JSON Lines.")
    var data: String

    @Option(
        name: .shortAndLong,
        help: "The column with the label, 0 or 1. Rows without one are left out.")
    var label: String

    @Option(help: "What to fit: boosted stumps, logistic regression or a scorecard.")
    var learner = LearnerChoice.stumps

    @OptionGroup(title: "The learner") var options: LearnerOptions
    @OptionGroup(title: "Time") var period: TrainingPeriod
    @OptionGroup(title: "The test") var cases: CaseOptions
    @OptionGroup(title: "Folds") var folding: FoldOptions
    @OptionGroup(title: "Logistic regression") var logistic: LogisticOptions

    @Option(help: "The column with observation weights, 0 or more.")
    var weight: String?

    @Option(
        help: ArgumentHelp(
            "The rate of positives in the population, where rows were drawn or weighted by their label: probabilities are corrected to it.",
            valueName: "rate"))
    var populationRate: Double?

    @Option(
        help: ArgumentHelp(
            "An earlier model: points are scaled so that its thresholds keep their alert rates, nearly, on the training rows. Not for scorecards.",
            valueName: "model"))
    var pointsLike: String?

    @Option(parsing: .upToNextOption, help: "Columns that are no features.")
    var ignore: [String] = []

    @Option(help: "Settings of the learner, a YAML file; see docs/training.md.")
    var settings: String?

    @Option(
        help: "The feature spec that made the table: goes into the model, with its reason texts.")
    var spec: String?

    @Option(
        help: ArgumentHelp(
            "Reason texts for features that no spec made: a YAML file, see docs/training.md.",
            valueName: "file"))
    var reasonTexts: String?

    @Option(help: "What the model is called; the output's name otherwise.")
    var name: String?

    @Option(name: .shortAndLong, help: "The model file to write.")
    var output: String

    @Option(help: "Also write the report, as JSON, to this file.")
    var report: String?

    @OptionGroup var work: WorkOptions
    @OptionGroup var results: ResultOptions
    @OptionGroup var talk: TalkOptions

    func validate() throws {
        try period.checkGap(hasFolds: folding.folds != nil)
        try folding.check(
            learner, options, time: period.time, entity: cases.entity,
            gap: period.testFrom == nil ? period.gap.microseconds : 0, seed: cases.seed)
        if pointsLike != nil, learner == .scorecard {
            throw ValidationError(
                "--points-like is not for scorecards: their bins have whole points on a scale of their own."
            )
        }
        if let populationRate, !(populationRate > 0 && populationRate < 1) {
            throw ValidationError("--population-rate must be above 0 and below 1.")
        }
        for (option, path) in [("--output", output), ("--report", report)]
        where path == "-" && results.json {
            throw ValidationError("--json and \(option) - both write to standard output.")
        }
    }

    func run() throws {
        let (document, text) = try train()
        if results.json { return try StandardOutput.print(document) }
        // Where standard output is the model or the report, the words about it are talk.
        if output == "-" || report == "-" { return StandardError.write(text) }
        try StandardOutput.write(text)
    }

    /// Trains and writes the model.
    /// - Returns: the report, as a document and for reading.
    func train() throws -> (document: Node, text: String) {
        try DistinctFiles.check(
            inputs: [
                ("--data", data), ("--settings", settings), ("--spec", spec),
                ("--reason-texts", reasonTexts),
                ("--init-model", options.initModel), ("--points-like", pointsLike),
            ],
            outputs: [("--output", output), ("--report", self.report)])
        let fit = try learner.configured(
            by: settings, threads: work.threads, options, logistic: logistic,
            foldsBy: folding.foldsBy)
        let spec = try spec.map { try SpecFile.features($0) }
        let reasonTexts = try reasonTexts.map { try ReasonFile(path: $0) }
        let digest = try FileDigest(data)
        let table = try LabelledTable(
            path: data,
            roles: LabelledTable.Roles(
                label: label, time: period.time, entity: cases.entity, weight: weight,
                ignored: ignore),
            talk: talk)
        if let spec { try checkOrigin(of: table, spec) }
        let training = try rows(
            of: table, "training", from: period.trainFrom?.microseconds, until: period.trainingEnd)
        let test = try period.testFrom.map { start in
            try rows(
                of: table, "test", from: start.microseconds, until: period.testUntil?.microseconds)
        }

        let validation = try folding.folds.map { count in
            try inFile(training) {
                try CrossValidation(
                    .init(
                        count: count, kind: folding.foldsBy ?? .automatic,
                        gap: period.gap.microseconds, seed: UInt32(cases.seed), file: data,
                        threads: work.threadCount),
                    training, populationRate: populationRate, talk: talk, fit: fit)
            }
        }
        let name = name ?? Self.name(from: output)
        let progress = Progress("training", unit: "rounds", options: talk)
        var (model, report) = try inFile(training) {
            var data = training.data
            data.populationRate = populationRate
            return try fit(data, name) { now in
                progress.update(
                    count: now.round, share: Double(now.round) / Double(now.rounds),
                    note: "\(now.stage.rawValue), log loss \(Text.fixed(now.trainingLoss, 5))")
                return true
            }
        }
        progress.finish()
        for warning in report.warnings { StandardError.remark(warning) }
        if model.tables.isEmpty, model.linearTerms.isEmpty {
            StandardError.remark(
                "no feature helped on the rows held out: the model scores all rows alike")
        }

        if let spec { model.embed(spec) }
        if let reasonTexts { model.embed(reasonTexts) }
        let pointsLike = try self.pointsLike.map {
            try PointsLike($0, on: training.matrix, &model, threads: work.threadCount)
        }
        var lineage = TrainingLineage(
            report, data: digest, rows: table.rowCount, unlabelled: table.unlabelled)
        lineage.add(
            "training", training, period: (period.trainFrom?.microseconds, period.trainingEnd))
        if let initModel = options.initModel { lineage.add(initModel: try FileDigest(initModel)) }
        if let bands = report.bands(of: model) { lineage.add(bands: bands) }
        if let populationRate { lineage.add(populationRate: populationRate, report) }
        if let pointsLike { lineage.add(pointsLike: pointsLike.node) }
        var evaluation: Evaluation?
        if let test {
            let result = try Evaluation(
                of: Scorer(model), on: test, history: table, firstDay: training.days.min(),
                file: data,
                options: cases, threads: work.threadCount)
            lineage.add(
                "test", test,
                period: (period.testFrom?.microseconds, period.testUntil?.microseconds),
                metrics: result.figures)
            evaluation = result
        }
        model.lineage = try TrainingPopulation(Scorer(model), trainedOn: training.matrix)
            .added(to: lineage.node, model)
        model.addGoldenVectors(rows: training.matrix)

        let mistakes = model.validate()
        if !mistakes.isEmpty {
            throw CommandFailure(
                .badData, messages: mistakes.map { "\(data): the model cannot be written: \($0)" })
        }

        let document = lineage.document(report, evaluation?.node, folds: validation?.node)
        let file = try AtomicFile(path: output)
        try file.write(model.artifact())
        let reportFile = try self.report.map { try AtomicFile(path: $0) }
        try reportFile?.write(document.json(.indented) + "\n")
        try reportFile?.commit()
        try file.commit()
        let tested = evaluation?.text ?? "Not tested: --time and --test-from say on which rows.\n"
        return (
            document,
            lineage.text(report) + (report.scorecard?.text ?? "") + (pointsLike?.text ?? "")
                + (validation?.text ?? "") + tested
                + (output == "-" ? "" : "Written: \(output)\n")
        )
    }

    /// A spec whose features are not in the table did not make it; one that lacks some of the
    /// table's columns leaves a doubt about these.
    private func checkOrigin(of table: LabelledTable, _ spec: FeatureSpec) throws {
        let known = Set(spec.featureNames)
        let others = table.matrix.names.filter { !known.contains($0) }
        if others.count == table.matrix.names.count {
            throw CommandFailure(
                .badData,
                "\(self.spec ?? ""): the spec did not make \(data): none of the table's columns is "
                    + "a feature of it (the columns are \(Text.listed(others)))")
        }
        if !others.isEmpty {
            StandardError.remark(
                "columns that are no features of the spec train as well: \(Text.listed(others)); "
                    + "columns that are no features are named with --ignore")
        }
    }

    /// Names the file, and the label's column, with what a learner complains of.
    private func inFile<Value>(
        _ table: LabelledTable, _ learn: () throws -> Value
    ) throws -> Value {
        do {
            return try learn()
        } catch let error as TrainingError {
            if case .oneClass = error {
                throw CommandFailure(.badData, "\(data): column \(label): \(error)")
            }
            // Beside a weight of 1e300 the values of other rows are nothing.
            let canBeWeights =
                switch error {
                case .notConverged, .nothingVaries: true
                default: false
                }
            if canBeWeights, let weight, let weights = table.weights,
                let least = weights.filter({ $0 > 0 }).min(), let most = weights.max(),
                most / least > 1e6
            {
                throw CommandFailure(
                    .badData,
                    "\(data): column \(weight): the weights reach from \(Text.exact(least)) to "
                        + "\(Text.exact(most)), so that a few rows outweigh all others and nothing "
                        + "can be fitted: bring them closer together")
            }
            throw CommandFailure(.badData, "\(data): \(error)")
        }
    }

    /// The rows of a period; none at all is an error that names it.
    private func rows(
        of table: LabelledTable, _ what: String, from start: Int64?, until end: Int64?
    ) throws -> LabelledTable {
        let rows = table.rows(from: start, until: end)
        if rows.isEmpty {
            let bounds = [
                start.map { "from \(Timestamps.format($0))" },
                end.map { "until \(Timestamps.format($0))" },
            ].compactMap { $0 }.joined(separator: " ")
            throw CommandFailure(.badData, "\(data): there is no \(what) row \(bounds)")
        }
        return rows.count == table.rowCount ? table : table.selecting(rows: rows)
    }

    /// `models/card.risk.json` as `card`.
    private static func name(from path: String) -> String {
        var name = path.split(separator: "/").last.map(String.init) ?? path
        for ending in [".json", ".risk"] where name.hasSuffix(ending) && name.count > ending.count {
            name.removeLast(ending.count)
        }
        return name
    }
}
