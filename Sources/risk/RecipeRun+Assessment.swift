import RiskColumns
import RiskScoring

extension RecipeRun {
    /// Measures the models against the truth, where the world is simulated and the recipe says how.
    /// - Parameter shift: whether the main model also meets gangs with other habits.
    func assess(shift: Bool) throws -> RecipeAssessment? {
        guard isSimulated, let plan = recipe.assessment, let world = recipe.simulation,
            let main = recipe.variants.first(where: { $0.name == recipe.main })
        else {
            if shift {
                throw CommandFailure(
                    .usage, "--shift: \(recipe.name) has no simulated world to be measured on")
            }
            return nil
        }
        let until = testFrom + recipe.schedule.test
        let truth = try SimulatedTruth(
            path: "\(output)/\(plan.truth)", type: plan.type, fraud: plan.fraud)
        var assessment = RecipeAssessment(plan: plan)
        for variant in recipe.variants {
            guard let path = vectors[variant.spec] else { continue }
            let table = try NamedVectors(
                path: path, entity: recipe.schedule.entity, ignored: recipe.schedule.ignored,
                from: testFrom, until: until)
            let isFraud = RecipeAssessment.truth(table, truth)
            let scores = try scores(of: variant, table)
            assessment.variants.append(
                RecipeAssessment.rank(
                    variant.name, scores.units.map(Double.init), table, isFraud))
            guard variant.name == main.name else { continue }
            assessment.truthRate = Double(isFraud.count { $0 }) / Double(isFraud.count)
            assessment.labelRate = Double(table.labels.count { $0 }) / Double(isFraud.count)
            assessment.singles = RecipeAssessment.singles(table, isFraud)
            assessment.workList(
                table, scores, truth, isFraud: isFraud,
                capacity: max(1, Int((plan.share * Double(subscribers)).rounded())))
        }
        if shift { assessment.shifted = try rankShifted(main, plan, world) }
        return assessment
    }

    func scores(of variant: Recipe.Variant, _ table: NamedVectors) throws -> Scores {
        let scorer = Scorer(try ModelFile.load(model(variant.name)))
        do throws(ScoringError) {
            return try scorer.score(table.matrix, threads: threads ?? 2)
        } catch {
            throw CommandFailure(.badData, "\(model(variant.name)): \(error)")
        }
    }

    /// The main model on a world of another seed, with gangs of other habits.
    private func rankShifted(
        _ main: Recipe.Variant, _ plan: RecipeAssessment.Plan, _ world: Recipe.Simulation
    ) throws -> RecipeAssessment.Ranked {
        let folder = "\(output)/shifted"
        let end = testFrom + recipe.schedule.test + recipe.schedule.gap
        let days = (end - world.scenario.defaultStart) / Timestamps.day
        try run(
            SimulateCommand.self,
            [
                "simulate", world.scenario.name, "--subscribers", String(subscribers), "--days",
                String(days), "--seed", String(seed &+ 1000), "--shift", "--output", folder,
            ])
        let path = "\(folder)/vectors.csv"
        let until = testFrom + recipe.schedule.test
        try features(
            "\(recipe.folder)/\(main.spec)", logs: simulatedLogs(in: folder), from: testFrom,
            until: until, output: path)
        let table = try NamedVectors(
            path: path, entity: recipe.schedule.entity, ignored: recipe.schedule.ignored,
            from: testFrom, until: until)
        let truth = try SimulatedTruth(
            path: "\(folder)/\(plan.truth)", type: plan.type, fraud: plan.fraud)
        return RecipeAssessment.rank(
            "\(main.name), shifted", try scores(of: main, table).units.map(Double.init), table,
            RecipeAssessment.truth(table, truth))
    }
}
