import RiskColumns
import RiskEvaluation
import RiskJSON

extension RecipeRollUps.List {
    /// The list as it is written: a row for each group, the first to inspect first.
    var table: Table {
        let groups = rolled.groups
        func numbers(_ name: String, _ value: (RollUp.Group) -> Double) -> Column {
            Column(name: name, type: .number, storage: .numbers(groups.map(value)))
        }
        func counts(_ name: String, _ value: (RollUp.Group) -> Int) -> Column {
            Column(
                name: name, type: .integer, storage: .integers(groups.map { Int64(value($0)) }))
        }
        return Table(
            columns: [
                Column(name: key, type: .text, storage: .text(TextBuffer(groups.map(\.name)))),
                counts("scored") { $0.entities }, numbers("expected") { $0.expected },
                numbers("rate") { $0.rate }, numbers("rate_low") { $0.interval.lowerBound },
                numbers("rate_high") { $0.interval.upperBound }, counts("above") { $0.above },
                numbers("above_share") { $0.aboveShare }, numbers("excess") { $0.excess },
                numbers("shrunken_rate") { $0.shrunkenRate },
            ], rowCount: groups.count)
    }
}

extension RecipeRollUps {
    /// The heads of the lists, for reading.
    var text: String {
        var text = ""
        for list in lists {
            let shown = list.rolled.groups.prefix(plan.top)
            var rows = [
                ["", list.key, "scored", "expected", "share from \(Text.plain(plan.bound)) on"]
                    + ["excess", "times the base"]
            ]
            for (index, group) in shown.enumerated() {
                rows.append([
                    "\(index + 1).", group.name, Text.grouped(group.entities),
                    Text.fixed(group.expected, 2), Text.fixed(group.aboveShare * 100, 1) + " %",
                    // No minus before zeros.
                    Text.fixed(abs(group.excess) < 0.005 ? 0 : group.excess, 2),
                    Text.fixed(group.shrunkenRate / list.rolled.base, 1),
                ])
            }
            text += """

                Key monitoring list by \(list.key), \(day): \(list.rolled.groups.count) of them, \
                \(Text.grouped(list.rolled.entities)) scored, base \
                \(Text.fixed(list.rolled.base * 100, 3)) %; all in \(list.path)

                \(Text.table(rows, right: [0, 2, 3, 4, 5, 6]))

                """
            if let truth = list.truth {
                text +=
                    "In truth, of the SIMULATED world: \(truth.shown) of \(truth.all) frauds of the "
                    + "day belong to these \(shown.count)\n"
            }
        }
        return text
    }

    /// For machines.
    var node: Node {
        .object([
            .init("entity", Node(entity)), .init("day", Node(day)),
            .init("above", Node(plan.bound)),
            .init("prior", Node(plan.prior)),
            .init("lists", .object(lists.map { .init($0.key, node($0)) })),
        ])
    }

    private func node(_ list: List) -> Node {
        .object([
            .init("file", Node(list.path)), .init("groups", Node(list.rolled.groups.count)),
            .init("scored", Node(list.rolled.entities)), .init("base", Node(list.rolled.base)),
            .init(
                "first",
                .array(
                    list.rolled.groups.prefix(plan.top).map { group in
                        .object([
                            .init("name", Node(group.name)), .init("scored", Node(group.entities)),
                            .init("expected", Node(group.expected)),
                            .init("above", Node(group.above)),
                            .init("excess", Node(group.excess)),
                            .init("shrunkenRate", Node(group.shrunkenRate)),
                            .init(
                                "interval",
                                .array([
                                    Node(group.interval.lowerBound),
                                    Node(group.interval.upperBound),
                                ])),
                        ])
                    })),
            .init(
                "truth",
                list.truth.map {
                    .object([
                        .init("fraudsShown", Node($0.shown)), .init("frauds", Node($0.all)),
                    ])
                } ?? nil),
        ])
    }
}
