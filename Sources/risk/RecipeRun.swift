import ArgumentParser
import Foundation
import RiskColumns
import RiskFeatures
import RiskJSON
import RiskTables

/// The steps of a recipe, each a command that is shown and then run.
struct RecipeRun {
    let recipe: Recipe
    let output: String
    let json: Bool
    let resamples: Int
    let threads: Int?
    let quiet: Bool

    private(set) var logs: [String: String] = [:]
    private(set) var isSimulated = false
    private(set) var subscribers = 0
    /// What the simulated world was made with.
    private(set) var seed: UInt64 = 0
    private(set) var testFrom: Int64
    private(set) var vectors: [String: String] = [:]
    private var reports: [(variant: Recipe.Variant, report: Node)] = []

    init(
        _ recipe: Recipe, output: String, json: Bool, resamples: Int, threads: Int?, quiet: Bool
    ) {
        self.recipe = recipe
        self.output = output
        self.json = json
        self.resamples = resamples
        self.threads = threads
        self.quiet = quiet
        testFrom = recipe.schedule.testFrom
    }

    // MARK: what is checked before the first step

    /// Reads every file of the recipe, so that a mistake in the last one does not show after an hour;
    /// all that do not read are named at once.
    func check() throws {
        var messages: [String] = []
        var code = CommandFailure.Code.badData
        func attempt(_ read: () throws -> Void) throws {
            do {
                try read()
            } catch {
                let failure = CommandFailure(error)
                guard case .code(let found) = failure.end else { throw error }
                code = found
                messages += failure.messages.filter { !messages.contains($0) }
            }
        }
        for variant in recipe.variants {
            try attempt {
                let spec = try SpecFile.features("\(recipe.folder)/\(variant.spec)")
                let missing = spec.events.map(\.name).filter { name in
                    !recipe.logs.contains { $0.type == name }
                }
                if !missing.isEmpty {
                    throw CommandFailure(
                        .badData,
                        "\(recipe.folder)/recipe.yaml: logs: \(variant.spec) needs the events "
                            + missing.joined(separator: ", "))
                }
            }
            if let settings = variant.settings {
                try attempt {
                    _ = try variant.learner.configured(
                        by: "\(recipe.folder)/\(settings)", threads: threads)
                }
            }
        }
        if let policy = recipe.policy {
            try attempt { _ = try PolicyColumns(path: "\(recipe.folder)/\(policy)") }
        }
        if let leads = recipe.leads { try attempt { try checkLeads("\(recipe.folder)/\(leads)") } }
        if !messages.isEmpty { throw CommandFailure(code, messages: messages) }
    }

    // MARK: logs

    /// Takes the logs of the data folder, or makes a world where there are none.
    mutating func findLogs(
        data: String?, customers: Int?, days: Int?, seed: UInt64?
    ) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: output, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.cannotCreate, "\(output): the folder cannot be made")
        }
        if let data {
            let paths = recipe.logs.map { ($0.type, "\(data)/\($0.path)") }
            if paths.allSatisfy({ FileManager.default.fileExists(atPath: $0.1) }) {
                logs = Dictionary(uniqueKeysWithValues: paths)
                say("\(recipe.title). Logs: \(paths.map(\.1).joined(separator: ", "))")
                for log in recipe.recoded {
                    guard let path = logs[log.type] else { continue }
                    logs[log.type] = try log.write(from: path, folder: output)
                    say("\(log.description): \(logs[log.type]!)")
                }
                return
            }
        }
        guard let world = recipe.simulation else {
            if let option = customers != nil ? "--customers" : days != nil ? "--days" : nil {
                throw CommandFailure(
                    .usage, "\(option): \(recipe.name) has no simulated world to make")
            }
            throw RealData.missing(
                recipe.logs.map(\.path), in: data, recipe: recipe.name, source: recipe.source)
        }
        isSimulated = true
        let days = days ?? world.days
        // In the words of this command, before the one that it runs finds its own.
        for (option, given, bounds) in [
            ("--customers", customers, world.scenario.subscriberBounds),
            ("--days", days, world.scenario.dayBounds),
        ] {
            if let given, !bounds.contains(given) {
                throw CommandFailure(
                    .usage,
                    "\(option) must be from \(bounds.lowerBound) to \(bounds.upperBound), "
                        + "not \(given)")
            }
        }
        subscribers = customers ?? world.customers
        say(
            "\(recipe.title): the world is SIMULATED, nothing in it is real."
        )
        try run(
            SimulateCommand.self,
            [
                "simulate", world.scenario.name, "--subscribers",
                String(customers ?? world.customers), "--days", String(days), "--seed",
                String(seed ?? world.seed), "--output", output,
            ])
        self.seed = seed ?? world.seed
        logs = simulatedLogs(in: output)
        // The last days whose labels are known by the end of the world.
        let end = world.scenario.defaultStart + Int64(days) * Timestamps.day
        testFrom = end - recipe.schedule.gap - recipe.schedule.test
        if testFrom - recipe.schedule.gap - recipe.schedule.train < world.scenario.defaultStart {
            throw CommandFailure(.usage, "--days \(days) is too short a world for the recipe")
        }
    }

    /// The files of a simulated world, by type of event.
    func simulatedLogs(in folder: String) -> [String: String] {
        let world = recipe.simulation
        return Dictionary(
            uniqueKeysWithValues: recipe.logs.map {
                ($0.type, "\(folder)/\(world?.logs[$0.type] ?? world?.log ?? $0.type)")
            })
    }

    // MARK: models

    /// Makes the vectors of a variant's spec, unless another variant has them, and trains on them.
    mutating func train(_ variant: Recipe.Variant) throws {
        let schedule = recipe.schedule
        let trainFrom = testFrom - schedule.gap - schedule.train
        let testUntil = testFrom + schedule.test
        let spec = "\(recipe.folder)/\(variant.spec)"
        if vectors[variant.spec] == nil {
            let file = "\(output)/\(Self.stem(variant.spec)).csv"
            try features(spec, from: trainFrom, until: testUntil, output: file)
            vectors[variant.spec] = file
        }
        let report = "\(output)/\(variant.name).report.json"
        var arguments = [
            "train", "--data", vectors[variant.spec]!, "--label", "label", "--learner",
            variant.learner.rawValue, "--spec", spec, "--name", variant.name, "--time", "time",
            "--train-from", Self.date(trainFrom), "--test-from", Self.date(testFrom),
            "--test-until", Self.date(testUntil), "--gap", Durations.format(schedule.gap),
            "--entity", schedule.entity, "--capacity", String(schedule.capacity), "--resamples",
            String(resamples),
        ]
        if schedule.leavesOutKnown {
            arguments += ["--known-delay", Durations.format(schedule.gap)]
        }
        if let settings = variant.settings {
            arguments += ["--settings", "\(recipe.folder)/\(settings)"]
        }
        arguments += ["--output", model(variant.name), "--report", report]
        if !schedule.ignored.isEmpty { arguments += ["--ignore"] + schedule.ignored }
        let command = try parse(TrainCommand.self, arguments)
        reports.append((variant, try command.train().document))
    }

    func features(
        _ spec: String, logs others: [String: String]? = nil, from: Int64, until: Int64,
        output: String
    ) throws {
        let logs = others ?? logs
        let events = Set(try SpecFile.features(spec).events.map(\.name))
        var arguments = ["features", "--spec", spec, "--events"]
        arguments += recipe.logs.filter { events.contains($0.type) }.map {
            "\($0.type)=\(logs[$0.type]!)"
        }
        arguments += ["--from", Self.date(from), "--until", Self.date(until), "--output", output]
        if let time = recipe.schedule.labelsAsOf, !isSimulated {
            arguments += ["--as-of", Self.date(time)]
        }
        try run(FeaturesCommand.self, arguments)
    }

    func model(_ name: String) -> String { "\(output)/\(name).risk.json" }

    // MARK: results

    /// Prints what every variant reached on the days that none was trained on.
    func report(
        _ assessment: RecipeAssessment? = nil, _ rollUps: RecipeRollUps? = nil,
        leads: LeadReport? = nil
    ) throws {
        let capacity = "precisionAt\(recipe.schedule.capacity)ADay"
        let metrics = ["rocAUC", "averagePrecision", capacity]
        if json {
            let nodes = reports.map { Node.Member($0.variant.name, $0.report) }
            return try StandardOutput.print(
                .object(
                    [
                        .init("recipe", Node(recipe.name)), .init("simulated", Node(isSimulated)),
                        .init("models", .object(nodes)),
                        .init("assessment", assessment?.node ?? nil),
                        .init("rollups", rollUps?.node ?? nil),
                    ] + leadMembers(leads)))
        }
        var rows = [
            ["model", "spec", "learner", "ROC AUC", "average precision"]
                + ["precision at \(recipe.schedule.capacity) a day"]
        ]
        for (variant, report) in reports {
            let figures = report["test"]?["metrics"]
            rows.append(
                [variant.name, variant.spec, variant.learner.rawValue]
                    + metrics.map { Self.figure(figures?[$0]) })
        }
        let period = "\(Self.date(testFrom)) to \(Self.date(testFrom + recipe.schedule.test))"
        try StandardOutput.write(
            """

            Out of time, tested on \(period)\(isSimulated ? " of a SIMULATED world" : "")\
            \(recipe.schedule.leavesOutKnown ? "; entities already known are left out" : ""); \
            95 % intervals in parentheses

            \(Text.table(rows))

            """)
        if let assessment { try StandardOutput.write(assessment.text) }
        if let leads { try StandardOutput.write(leadText(leads)) }
    }

    /// Ranks the entities of the last day that was tested.
    mutating func rank(top: Int) throws {
        guard let main = recipe.variants.first(where: { $0.name == recipe.main }) else { return }
        let until = testFrom + recipe.schedule.test
        let file = "\(output)/last-day.csv"
        try features(
            "\(recipe.folder)/\(main.spec)", from: until - Timestamps.day, until: until,
            output: file)
        var arguments = [
            "score", "--model", model(main.name), "--input", file, "--top", String(top), "--per",
            recipe.schedule.entity, "--columns", "\(recipe.schedule.entity),time,label",
            "--reasons", "3",
        ]
        if let policy = recipe.policy { arguments += ["--policy", "\(recipe.folder)/\(policy)"] }
        try StandardOutput.write(
            "\nThe riskiest of \(Self.date(until - Timestamps.day)); "
                + "label 1 is a fraud, as became known later\n")
        try run(ScoreCommand.self, arguments)
    }

    // MARK: commands

    func run<Command: ParsableCommand>(
        _ type: Command.Type, _ arguments: [String]
    ) throws {
        var command = try parse(type, arguments)
        try command.run()
    }

    /// Shows a command and makes it, as the command line would.
    func parse<Command: ParsableCommand>(
        _ type: Command.Type, _ arguments: [String]
    ) throws -> Command {
        var arguments = arguments
        if let threads, type != SimulateCommand.self, type != LeadsCommand.self {
            arguments += ["--threads", String(threads)]
        }
        let shown = arguments.map { $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
        say("\n$ risk \(shown)")
        return try type.parse(Array(arguments.dropFirst()) + (quiet || json ? ["--quiet"] : []))
    }

    /// Talk, which is no result where results are JSON.
    func say(_ text: String) {
        if json { StandardError.write(text + "\n") } else { try? StandardOutput.write(text + "\n") }
    }

    // MARK: texts

    private static func figure(_ node: Node?) -> String {
        guard let value = node?["value"].flatMap({ number($0) }) else { return "" }
        var text = Text.fixed(value, 4)
        if case .array(let bounds)? = node?["interval"]?.content, bounds.count == 2,
            let low = number(bounds[0]), let high = number(bounds[1])
        {
            text += " (\(Text.fixed(low, 3)) … \(Text.fixed(high, 3)))"
        }
        return text
    }

    private static func number(_ node: Node) -> Double? {
        switch node.content {
        case .number(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    private static func stem(_ file: String) -> String {
        String(file.split(separator: "/").last?.split(separator: ".").first ?? "vectors")
    }

    private static func date(_ time: Int64) -> String {
        let text = Timestamps.format(time)
        return text.hasSuffix("T00:00:00Z") ? String(text.dropLast(10)) : text
    }
}
