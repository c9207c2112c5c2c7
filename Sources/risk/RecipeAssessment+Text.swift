import RiskJSON

extension RecipeAssessment {
    private func total(_ counts: [String: Int]) -> Int { counts.values.reduce(0, +) }

    /// For reading.
    var text: String {
        var text = """

            Against the truth of the SIMULATED world (\(percent(truthRate)) of the vectors are fraud; \
            \(percent(labelRate)) have a label that says so)

            """
        var rows = [["ranking", "ROC AUC", "average precision, truth", "by labels"]]
        for ranked in variants + singles {
            rows.append([
                ranked.name, Text.fixed(ranked.area, 4), Text.fixed(ranked.byTruth, 4),
                Text.fixed(ranked.byLabel, 4),
            ])
        }
        if let shifted {
            rows.append([
                shifted.name, Text.fixed(shifted.area, 4), Text.fixed(shifted.byTruth, 4),
                Text.fixed(shifted.byLabel, 4),
            ])
        }
        text += "\n" + Text.table(rows) + "\n\n"
        text +=
            "Worked: at most \(work.capacity) a day, from probability "
            + "\(Text.plain(plan.probability)), nobody twice"
            + (plan.again.map { " within \($0) d" } ?? "") + ", \(work.days) days\n"
        text += "  precision                     " + ratio(work.hits, work.worked) + "\n"
        text += "  precision after seven days    " + ratio(work.laterHits, work.laterWorked) + "\n"
        text +=
            "  caught within seven days      " + ratio(total(work.caught), total(work.begun)) + "\n"
        for tactic in ["easy", "evasive"] {
            text +=
                "    \(tactic)".padding(to: 32)
                + ratio(work.caught[tactic] ?? 0, work.begun[tactic] ?? 0)
                + "; of all seen " + ratio(work.found[tactic] ?? 0, work.seen[tactic] ?? 0) + "\n"
        }
        text += "  honest ones accused           " + ratio(work.accused, work.honest) + "\n"
        let base = rate(work.accused, work.honest)
        for group in work.groups {
            let times = rate(group.accused, group.members) / base
            text +=
                "    \(group.name)".padding(to: 32) + ratio(group.accused, group.members)
                + ", \(Text.fixed(times, 1)) times the base\n"
        }
        return text
    }

    /// For machines.
    var node: Node {
        func counts(_ values: [String: Int]) -> Node {
            .object(values.sorted { $0.key < $1.key }.map { .init($0.key, Node($0.value)) })
        }
        func node(_ ranked: Ranked) -> Node {
            .object([
                .init("name", Node(ranked.name)), .init("rocAUC", Node(ranked.area)),
                .init("averagePrecision", Node(ranked.byTruth)),
                .init("averagePrecisionByLabels", Node(ranked.byLabel)),
            ])
        }
        return .object([
            .init("fraudRate", Node(truthRate)), .init("labelRate", Node(labelRate)),
            .init("models", .array(variants.map(node))),
            .init("singleFeatures", .array(singles.map(node))),
            .init("shifted", shifted.map(node) ?? nil),
            .init("capacityPerDay", Node(work.capacity)),
            .init("minimumProbability", Node(plan.probability)), .init("days", Node(work.days)),
            .init("worked", Node(work.worked)), .init("hits", Node(work.hits)),
            .init("workedAfterSevenDays", Node(work.laterWorked)),
            .init("hitsAfterSevenDays", Node(work.laterHits)), .init("begun", counts(work.begun)),
            .init("caughtWithinSevenDays", counts(work.caught)), .init("seen", counts(work.seen)),
            .init("found", counts(work.found)), .init("honest", Node(work.honest)),
            .init("accused", Node(work.accused)),
            .init(
                "groups",
                .object(
                    work.groups.map {
                        .init(
                            $0.name,
                            .object([
                                .init("members", Node($0.members)),
                                .init("accused", Node($0.accused)),
                            ]))
                    })),
        ])
    }

    private func rate(_ part: Int, _ whole: Int) -> Double { Double(part) / Double(whole) }

    private func percent(_ value: Double) -> String { Text.fixed(value * 100, 2) + " %" }

    /// `0.714 (0.58 … 0.82), 30 of 42`, with Wilson's 95 % interval.
    private func ratio(_ part: Int, _ whole: Int) -> String {
        if whole == 0 { return "– (none)" }
        let (p, n, z) = (rate(part, whole), Double(whole), 1.959_963_984_540_054)
        let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
        return
            "\(Text.fixed(p, 4)) (\(Text.fixed(max(0, centre - half), 4)) … "
            + "\(Text.fixed(min(1, centre + half), 4))), \(part) of \(whole)"
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
