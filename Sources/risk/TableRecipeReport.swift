import RiskJSON

extension TableRecipeRun {
    /// The honest rows of a group, and how many of them the main model would have worked.
    struct GroupRates {
        let name: String
        let honest: Int
        let accused: Int
        /// Positive rows of the group, and how many of them would have been worked.
        let positives: Int
        let found: Int
    }

    /// All rows, then each group of the recipe, by the probabilities of models trained without the row.
    private var groupRates: [GroupRates] {
        guard let place = recipe.variants.firstIndex(where: { $0.name == recipe.main }) else {
            return []
        }
        let table = linked.table
        let isWorked = figures[place].probabilities.map { $0 >= recipe.schedule.probability }
        func rates(_ name: String, _ isMember: (Int) -> Bool) -> GroupRates {
            let members = (0..<table.rowCount).filter(isMember)
            let (positives, honest) = (
                members.filter { table.labels[$0] }, members.filter { !table.labels[$0] }
            )
            return GroupRates(
                name: name, honest: honest.count, accused: honest.count { isWorked[$0] },
                positives: positives.count, found: positives.count { isWorked[$0] })
        }
        return [rates("all") { _ in true }]
            + recipe.groups.compactMap { group in
                guard let column = table.matrix.names.firstIndex(of: group.column) else {
                    return nil
                }
                let values = table.matrix.columns[column]
                return rates(group.name) { group.range.contains(values[$0]) }
            }
    }

    /// Prints what every model reached on rows that it was not trained on.
    func report() throws {
        let (labels, capacity) = (linked.table.labels, recipe.schedule.capacity)
        let groups = groupRates
        if json {
            let models = zip(recipe.variants, figures).map { variant, figures in
                Node.Member(variant.name, figures.node(capacity: capacity, labels: labels))
            }
            return try StandardOutput.print(
                .object([
                    .init("recipe", Node(recipe.name)), .init("simulated", Node(false)),
                    .init("folds", Node(folds.count)),
                    .init("seed", Node(Int(recipe.schedule.seed))),
                    .init("models", .object(models)),
                    .init("minimumProbability", Node(recipe.schedule.probability)),
                    .init(
                        "groups",
                        .object(
                            groups.map {
                                .init(
                                    $0.name,
                                    .object([
                                        .init("honest", Node($0.honest)),
                                        .init("accused", Node($0.accused)),
                                        .init("positives", Node($0.positives)),
                                        .init("found", Node($0.found)),
                                    ]))
                            })),
                ]))
        }
        try StandardOutput.write(text(groups, labels: labels, capacity: capacity))
    }

    private func text(_ groups: [GroupRates], labels: [Bool], capacity: Int) -> String {
        var rows = [
            [
                "model", "learner", "ROC AUC", "average precision", "log loss",
                "precision, first \(capacity)",
            ]
        ]
        for (variant, figures) in zip(recipe.variants, figures) {
            func cell(_ value: (FoldFigures.Fold) -> Double, _ digits: Int) -> String {
                let summary = figures.summary(value)
                return "\(Text.fixed(summary.mean, digits)) ± \(Text.fixed(summary.deviation, 4))"
            }
            let hits = figures.hits(capacity: capacity, labels: labels)
            rows.append([
                variant.name, variant.learner.rawValue, cell(\.rocAUC, 4),
                cell(\.averagePrecision, 4), cell(\.logLoss, 5),
                Text.ratio(hits.hits, hits.worked),
            ])
        }
        var text = """

            \(folds.count) folds by chance (seed \(recipe.schedule.seed), stratified): mean ± standard \
            deviation of a fold, each model trained on the others; 95 % intervals in parentheses

            \(Text.table(rows))


            """
        let base = groups.first.map { Double($0.accused) / Double($0.honest) } ?? 0
        var table = [["group", "accused of the honest", "times the base", "found of the others"]]
        for group in groups {
            let times = Double(group.accused) / Double(group.honest) / base
            table.append([
                group.name, Text.ratio(group.accused, group.honest), Text.fixed(times, 1),
                Text.ratio(group.found, group.positives),
            ])
        }
        text +=
            "\(recipe.main), worked from probability \(Text.plain(recipe.schedule.probability)) on\n\n"
            + Text.table(table) + "\n"
        return text
    }
}

extension Text {
    /// `0.7140 (0.5810 … 0.8210), 30 of 42`, with Wilson's 95 % interval.
    static func ratio(_ part: Int, _ whole: Int) -> String {
        if whole == 0 { return "– (none)" }
        let (n, z) = (Double(whole), 1.959_963_984_540_054)
        let p = Double(part) / n
        let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
        return
            "\(fixed(p, 4)) (\(fixed(max(0, centre - half), 4)) … "
            + "\(fixed(min(1, centre + half), 4))), \(part) of \(whole)"
    }
}
