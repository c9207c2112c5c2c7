import RiskColumns
import RiskJSON
import RiskSimulation

/// A recipe: a folder of models/ with what a team would copy, and how its parts go together.
///
/// A recipe adds nothing of its own: it is a run of the other verbs, each shown before it runs.
struct Recipe {
    /// A model that the recipe trains.
    struct Variant {
        let name: String
        let spec: String
        let learner: LearnerChoice
        let settings: String?
    }

    /// A world to simulate where there are no logs.
    struct Simulation {
        let scenario: Scenario
        /// The file that each type of event is in, or the one that all are in.
        let logs: [String: String]
        let log: String?
        let customers: Int
        let days: Int
        let seed: UInt64
    }

    /// Which days train and which test.
    struct Schedule {
        let testFrom: Int64
        let train: Int64
        let gap: Int64
        let test: Int64
        let entity: String
        let capacity: Int
        let ignored: [String]
        /// Whether entities that are known to be bad by then are left out of the test.
        let leavesOutKnown: Bool
        /// Labels are those that were known by then; nil for the end of the logs.
        let labelsAsOf: Int64?
    }

    let folder: String
    let name: String
    let title: String
    /// The logs by type of event: paths below the data folder.
    let logs: [(type: String, path: String)]
    /// Logs with a column of words where a feature spec expects 0 and 1.
    let recoded: [RecodedLog]
    /// Where real logs come from, for who does not have them.
    let source: String?
    /// nil for a recipe of real logs only.
    let simulation: Simulation?
    let schedule: Schedule
    let variants: [Variant]
    /// The name of the variant that ranks and is kept.
    let main: String
    let policy: String?
    /// What is measured against a simulated world's truth.
    let assessment: RecipeAssessment.Plan?
    /// What scores are rolled up to: stores, regions; nil for nothing.
    let rollUps: RecipeRollUps.Plan?
    /// What a lead is made of (`LeadPlan`), for recipes that end in leads.
    let leads: String?

    /// Reads `recipe.yaml` of a folder.
    init(folder: String) throws {
        let path = "\(folder)/recipe.yaml"
        let read = try SpecFile.read(path) { place, reader in
            RecipeReader(folder: folder, reader: reader).read(place)
        }
        guard let read else { preconditionFailure("a recipe without mistakes was not read") }
        self = read
    }

    fileprivate init(
        folder: String, name: String, title: String, logs: [(type: String, path: String)],
        recoded: [RecodedLog], source: String?, simulation: Simulation?, schedule: Schedule,
        variants: [Variant], main: String, policy: String?, assessment: RecipeAssessment.Plan?,
        rollUps: RecipeRollUps.Plan?, leads: String?
    ) {
        self.folder = folder
        self.name = name
        self.title = title
        self.logs = logs
        self.recoded = recoded
        self.source = source
        self.simulation = simulation
        self.schedule = schedule
        self.variants = variants
        self.main = main
        self.policy = policy
        self.assessment = assessment
        self.rollUps = rollUps
        self.leads = leads
    }
}

/// Takes `recipe.yaml` apart; nil is returned only where mistakes were noted.
private struct RecipeReader {
    typealias Place = DocumentReader.Place

    let folder: String
    let reader: DocumentReader

    func read(_ root: Place) -> Recipe? {
        let keys = [
            "riskkit", "name", "title", "logs", "recode", "source", "simulation", "protocol",
            "models", "main", "policy", "assessment", "rollups", "leads",
        ]
        guard let members = reader.members(of: root, known: keys) else { return nil }
        let format = text("riskkit", members, root)
        if let format, format != "recipe/1" {
            reader.note("expected \"recipe/1\", found \"\(format)\"", at: root)
        }
        let logs = place("logs", members, root).flatMap { reader.entries(of: $0) } ?? []
        let recoded = members["recode"].flatMap { RecodedLog.read($0, reader) } ?? []
        for log in recoded where !logs.contains(where: { $0.key == log.type }) {
            reader.note("there is no log \"\(log.type)\"", at: members["recode"] ?? root)
        }
        let source = members["source"].flatMap { reader.string($0) }
        if members["simulation"] == nil, members["source"] == nil {
            reader.note(
                "expected \"simulation\", or \"source\": where real logs come from", at: root)
        }
        let simulation = members["simulation"].flatMap { readSimulation($0) }
        let schedule = place("protocol", members, root).flatMap { readSchedule($0) }
        let models = place("models", members, root).flatMap { reader.entries(of: $0) } ?? []
        let variants = models.compactMap { readVariant($0.key, $0.place) }
        let main = text("main", members, root)
        if let main, !models.contains(where: { $0.key == main }) {
            let names = models.map(\.key)
            reader.note(
                "there is no model \"\(main)\"" + suggestion(for: main, among: names),
                at: members["main"] ?? root)
        }
        let assessment = members["assessment"].flatMap {
            readAssessment($0, variants: models.map(\.key))
        }
        let rollUps = members["rollups"].flatMap {
            RecipeRollUps.Plan.read($0, reader, carried: schedule?.ignored)
        }
        if let simulation, simulation.log == nil, let place = members["simulation"] {
            for log in logs where simulation.logs[log.key] == nil {
                reader.note("logs: expected the file of \(log.key)", at: place)
            }
        }
        let paths = logs.compactMap { log in reader.string(log.place).map { (log.key, $0) } }
        guard let name = text("name", members, root), let title = text("title", members, root),
            let schedule, let main, simulation != nil || members["simulation"] == nil
        else { return nil }
        return Recipe(
            folder: folder, name: name, title: title, logs: paths, recoded: recoded,
            source: source, simulation: simulation, schedule: schedule, variants: variants,
            main: main, policy: members["policy"].flatMap { reader.string($0) },
            assessment: assessment, rollUps: rollUps,
            leads: members["leads"].flatMap { reader.string($0) })
    }

    private func place(_ key: String, _ members: [String: Place], _ parent: Place) -> Place? {
        if members[key] == nil { reader.note("expected \"\(key)\"", at: parent) }
        return members[key]
    }

    private func text(_ key: String, _ members: [String: Place], _ parent: Place) -> String? {
        place(key, members, parent).flatMap { reader.string($0) }
    }

    private func span(_ key: String, _ members: [String: Place], _ parent: Place) -> Int64? {
        guard let place = place(key, members, parent), let text = reader.string(place) else {
            return nil
        }
        if let span = DurationArgument(argument: text) { return span.microseconds }
        reader.note("expected a span such as 7d, found \"\(text)\"", at: place)
        return nil
    }

    private func readSimulation(_ place: Place) -> Recipe.Simulation? {
        let keys = ["scenario", "log", "logs", "customers", "days", "seed"]
        guard let members = reader.members(of: place, known: keys) else { return nil }
        func number(_ key: String, _ range: ClosedRange<Int>) -> Int? {
            self.place(key, members, place).flatMap { reader.integer($0, in: range) }
        }
        guard
            let scenario = self.place("scenario", members, place).flatMap({ readScenario($0) }),
            let customers = number("customers", 1...10_000_000),
            let days = number("days", 1...3660), let seed = number("seed", 0...Int.max)
        else { return nil }
        let log = members["log"].flatMap { reader.string($0) }
        let entries = members["logs"].flatMap { reader.entries(of: $0) } ?? []
        if (log == nil) == (members["logs"] == nil) {
            reader.note("expected either \"log\" or \"logs\"", at: place)
        }
        var logs: [String: String] = [:]
        for entry in entries { logs[entry.key] = reader.string(entry.place) }
        return .init(
            scenario: scenario, logs: logs, log: log, customers: customers, days: days,
            seed: UInt64(seed))
    }

    private func readAssessment(_ place: Place, variants: [String]) -> RecipeAssessment.Plan? {
        let keys = ["truth", "type", "fraud", "share", "probability", "again", "raw"]
        guard let members = reader.members(of: place, known: keys) else { return nil }
        let raw = members["raw"].flatMap { reader.string($0) }
        if let raw, !variants.contains(raw) {
            reader.note(
                "there is no model \"\(raw)\"" + suggestion(for: raw, among: variants),
                at: members["raw"] ?? place)
        }
        guard let truth = text("truth", members, place), let type = text("type", members, place),
            let fraud = text("fraud", members, place),
            let share = self.place("share", members, place).flatMap({
                reader.number($0, in: 0.000_001...1)
            }),
            let probability = self.place("probability", members, place).flatMap({
                reader.number($0, in: 0...1)
            })
        else { return nil }
        return .init(
            truth: truth, type: type, fraud: fraud, share: share, probability: probability,
            again: members["again"].flatMap { reader.integer($0, in: 1...3660) }, raw: raw)
    }

    private func readScenario(_ place: Place) -> Scenario? {
        guard let name = reader.string(place) else { return nil }
        if let scenario = Scenario.named(name) { return scenario }
        let names = Scenario.all.map(\.name)
        reader.note(
            "there is no scenario \"\(name)\"" + suggestion(for: name, among: names), at: place)
        return nil
    }

    private func readSchedule(_ place: Place) -> Recipe.Schedule? {
        let keys = [
            "test_from", "train", "gap", "test", "entity", "capacity", "ignore", "leave_out_known",
            "labels_as_of",
        ]
        guard let members = reader.members(of: place, known: keys) else { return nil }
        func moment(_ place: Place) -> Int64? {
            guard let text = reader.string(place) else { return nil }
            if let time = TimeArgument(argument: text) { return time.microseconds }
            reader.note("expected a time such as 2018-08-08, found \"\(text)\"", at: place)
            return nil
        }
        let from = self.place("test_from", members, place).flatMap(moment)
        let asOf = members["labels_as_of"].flatMap(moment)
        let ignored = members["ignore"].flatMap { reader.elements(of: $0) } ?? []
        guard let from, let train = span("train", members, place),
            let gap = span("gap", members, place), let test = span("test", members, place),
            let entity = text("entity", members, place),
            let capacity = self.place("capacity", members, place).flatMap({
                reader.integer($0, in: 1...1_000_000)
            })
        else { return nil }
        return .init(
            testFrom: from, train: train, gap: gap, test: test, entity: entity,
            capacity: capacity, ignored: ignored.compactMap { reader.string($0) },
            leavesOutKnown: members["leave_out_known"].flatMap { reader.bool($0) } ?? true,
            labelsAsOf: asOf)
    }

    private func readVariant(_ name: String, _ place: Place) -> Recipe.Variant? {
        let characters = name.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || $0 == "-" || $0 == "_"
        }
        if name.isEmpty || name.count > 100 || !characters {
            reader.note("expected a name of letters, digits, - and _", at: place)
        }
        guard let members = reader.members(of: place, known: ["spec", "learner", "settings"]),
            let spec = text("spec", members, place),
            let learner = self.place("learner", members, place).flatMap({
                reader.choice($0, of: LearnerChoice.self)
            })
        else { return nil }
        return .init(
            name: name, spec: spec, learner: learner,
            settings: members["settings"].flatMap { reader.string($0) })
    }
}
