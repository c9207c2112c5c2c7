import RiskColumns
import RiskEvaluation
import RiskJSON
import RiskTables

/// A day's scores rolled up to what entities share: stores, regions, addresses. The key monitoring list.
struct RecipeRollUps {
    /// What `rollups` of a recipe says.
    struct Plan {
        /// Keys of the vectors, each of which makes a list.
        let keys: [String]
        /// Entities are counted from this probability on.
        let bound: Double
        /// Average entities that are added to each group.
        let prior: Double
        /// Rows of each list that are shown; all are written.
        let top: Int
    }

    /// A key's list, and the file that it was written to.
    struct List {
        let key: String
        let path: String
        let rolled: RollUp
        /// Of a simulated world's frauds on the day: how many belong to the groups shown, and how many
        /// there are; nil for real logs.
        var truth: (shown: Int, all: Int)?
    }

    let plan: Plan
    let entity: String
    /// The day whose scores these are.
    let day: String
    var lists: [List] = []
}

extension RecipeRollUps.Plan {
    /// Reads `rollups: { by: [store], above: 0.15, prior: 20, top: 10 }`; all but `by` may be left out.
    /// - Parameter carried: the columns of the vectors that are no features; nil where they did not read.
    static func read(
        _ place: DocumentReader.Place, _ reader: DocumentReader, carried: [String]?
    ) -> Self? {
        let known = ["by", "above", "prior", "top"]
        guard let members = reader.members(of: place, known: known) else { return nil }
        guard let by = members["by"] else {
            reader.note("expected \"by\"", at: place)
            return nil
        }
        let elements = reader.elements(of: by) ?? []
        if elements.isEmpty { reader.note("expected at least one column", at: by) }
        var keys: [String] = []
        for element in elements {
            guard let key = reader.string(element) else { continue }
            if let carried, !carried.contains(key) {
                reader.note(
                    "\"\(key)\" is none of the columns that protocol.ignore carries along"
                        + suggestion(for: key, among: carried), at: element)
            }
            if keys.contains(key) { reader.note("\"\(key)\" is there twice", at: element) }
            keys.append(key)
        }
        return .init(
            keys: keys, bound: members["above"].flatMap { reader.number($0, in: 0...1) } ?? 0.5,
            prior: members["prior"].flatMap { reader.number($0, in: 0...1_000_000) } ?? 20,
            top: members["top"].flatMap { reader.integer($0, in: 1...1000) } ?? 10)
    }
}

extension RecipeRun {
    /// Rolls the main model's scores of the last day up, as the recipe says, and writes a list for each
    /// key to `rollup-KEY.csv`.
    ///
    /// An entity counts once for each key: with its riskiest vector of the day.
    /// - Returns: nil where the recipe rolls nothing up.
    func rollUp() throws -> RecipeRollUps? {
        guard let plan = recipe.rollUps,
            let main = recipe.variants.first(where: { $0.name == recipe.main }),
            let path = vectors[main.spec]
        else { return nil }
        let until = testFrom + recipe.schedule.test
        let table = try NamedVectors(
            path: path, entity: recipe.schedule.entity, ignored: recipe.schedule.ignored,
            from: until - Timestamps.day, until: until, carry: plan.keys)
        if table.entities.isEmpty { return nil }
        let scores = try scores(of: main, table)
        var riskiest: [Int32: Int] = [:]
        for (row, entity) in table.entities.enumerated() {
            if let other = riskiest[entity], scores.units[other] >= scores.units[row] { continue }
            riskiest[entity] = row
        }
        let rows = riskiest.values.sorted()
        let truth = try recipe.assessment.flatMap { assessment in
            isSimulated
                ? try SimulatedTruth(
                    path: "\(output)/\(assessment.truth)", type: assessment.type,
                    fraud: assessment.fraud) : nil
        }
        var rolled = RecipeRollUps(
            plan: plan, entity: recipe.schedule.entity,
            day: String(Timestamps.format(until - Timestamps.day).prefix(10)))
        for key in plan.keys {
            let texts = table.carried[key] ?? []
            let names = rows.map { texts[$0].isEmpty ? nil : texts[$0] }
            let found: RollUp
            do throws(EvaluationError) {
                found = try RiskEvaluation.rollUp(
                    probabilities: rows.map { scores.probability[$0] }, groups: names,
                    above: plan.bound, prior: plan.prior)
            } catch {
                throw CommandFailure(.badData, "\(path): \(error)")
            }
            var list = RecipeRollUps.List(
                key: key, path: "\(output)/rollup-\(key).csv", rolled: found)
            if let truth {
                let shown = Set(found.groups.prefix(plan.top).map(\.name))
                let frauds = zip(rows, names).filter { row, _ in
                    truth.isFraud(table.names[table.entities[row]], on: table.days[row])
                }
                list.truth = (
                    frauds.count { $0.1.map { shown.contains($0) } ?? false }, frauds.count
                )
            }
            let writer = try TableWriter(path: list.path)
            try writer.write(list.table)
            try writer.finish()
            rolled.lists.append(list)
        }
        return rolled
    }
}
