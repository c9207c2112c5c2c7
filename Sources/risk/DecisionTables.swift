import RiskColumns
import RiskJSON
import RiskPolicy

/// A day's decisions as the tables that are written.
struct DecisionTables {
    let decided: DayDecisions
    /// The name of the entity's column.
    let entity: String

    /// Everybody with an action in force, new or kept.
    var actions: Table {
        let rows = decided.decisions.filter { $0.action != nil }
        let reasons = rows.map { $0.score?.reasons.count ?? 0 }.max() ?? 0
        var columns = [
            texts("status", rows) { $0.status.rawValue },
            texts("action", rows) { $0.action?.name ?? "" },
            texts(entity, rows) { $0.entityKey },
            texts("tier", rows) { $0.tier },
            integers("rank", rows) { $0.rank.map(Int64.init) },
            numbers("probability", rows) { $0.score?.probability ?? .nan },
            integers("points", rows) { $0.score?.points.map(Int64.init) },
            texts("since", rows) { $0.since?.description ?? "" },
            texts("basis", rows) { $0.basis.rawValue },
            texts("note", rows) { $0.notes.joined(separator: "; ") },
        ]
        columns += (0..<reasons).map { index in
            texts("reason_\(index + 1)", rows) { row in
                let reasons = row.score?.reasons ?? []
                return index < reasons.count ? reasons[index] : ""
            }
        }
        return Table(columns: columns, rowCount: rows.count)
    }

    /// Stores with cases.
    var stores: Table {
        let rows = decided.stores
        return Table(
            columns: [
                texts("store", rows) { $0.store },
                integers("openings", rows) { Int64($0.openings) },
                integers("cases", rows) { Int64($0.cases) },
                numbers("rate", rows) { $0.rate }, numbers("lower_bound", rows) { $0.lowerBound },
                texts("action", rows) { $0.action?.name ?? "" },
            ], rowCount: rows.count)
    }

    private struct Event {
        let time: Int64
        let entity: String
        let event: String
        let action: String
        let result: String
        let tier: String
    }

    /// What happened, as a log: new actions and closed cases at the midnight that ends the day, because the
    /// day's scores know all of the day; results when they came.
    var events: Table {
        let night = decided.day.microseconds + Timestamps.day
        var rows: [Event] = []
        for decision in decided.decisions {
            for result in decision.results {
                rows.append(
                    Event(
                        time: result.time, entity: decision.entityKey, event: "result", action: "",
                        result: result.outcome.rawValue,
                        tier: decision.previous?.openCase?.tier ?? ""))
            }
            if decision.status == .new || decision.status == .left {
                rows.append(
                    Event(
                        time: night, entity: decision.entityKey,
                        event: decision.status == .new ? "action" : "closed",
                        action: decision.action?.name ?? "", result: "", tier: decision.tier))
            }
        }
        // Stable: results of one moment stay as they were taken in.
        let order = rows.indices.sorted { (rows[$0].time, $0) < (rows[$1].time, $1) }
        rows = order.map { rows[$0] }
        return Table(
            columns: [
                times("at", rows) { $0.time }, texts(entity, rows) { $0.entity },
                texts("event", rows) { $0.event }, texts("action", rows) { $0.action },
                texts("result", rows) { $0.result }, texts("tier", rows) { $0.tier },
            ], rowCount: rows.count)
    }

    /// What results say as labels: of the day on which the action began that was checked, known when the
    /// result came.
    var labels: Table {
        var rows: [(entity: String, time: Int64, known: Int64, label: Bool)] = []
        for decision in decided.decisions {
            for result in decision.results {
                guard let label = result.outcome.label else { continue }
                let since = decision.previous?.openCase?.since.microseconds
                rows.append((decision.entityKey, since ?? result.time, result.time, label))
            }
        }
        return Table(
            columns: [
                texts(entity, rows) { $0.entity }, times("at", rows) { $0.time },
                times("known", rows) { $0.known },
                Column(
                    name: "label", type: .boolean, storage: .integers(rows.map { $0.label ? 1 : 0 })
                ),
            ], rowCount: rows.count)
    }

    private func texts<Row>(_ name: String, _ rows: [Row], _ value: (Row) -> String) -> Column {
        Column(name: name, type: .text, storage: .text(TextBuffer(rows.map(value))))
    }

    private func integers<Row>(_ name: String, _ rows: [Row], _ value: (Row) -> Int64?) -> Column {
        Column(
            name: name, type: .integer,
            storage: .integers(rows.map { value($0) ?? Column.missing }))
    }

    private func numbers<Row>(_ name: String, _ rows: [Row], _ value: (Row) -> Double) -> Column {
        Column(name: name, type: .number, storage: .numbers(rows.map(value)))
    }

    private func times<Row>(_ name: String, _ rows: [Row], _ value: (Row) -> Int64) -> Column {
        Column(name: name, type: .time, storage: .integers(rows.map(value)))
    }
}

/// What `risk policy decide` tells of a day.
struct DecisionSummary {
    let decided: DayDecisions
    let policy: Policy

    /// Counts by tier and action, in the order of the policy.
    private var counts: [(tier: String, action: String, new: Int, kept: Int)] {
        var counts: [(tier: String, action: String, new: Int, kept: Int)] = []
        for tier in [Case.overrideTier, Case.failedTier] + policy.tiers.map(\.name)
            + [Case.relatedTier]
        {
            let rows = decided.decisions.filter { $0.tier == tier }
            for action in Set(rows.compactMap(\.action)).sorted(by: { $0.name < $1.name }) {
                let own = rows.filter { $0.action == action }
                counts.append(
                    (
                        tier, action.name, own.count { $0.status == .new },
                        own.count { $0.status == .kept }
                    ))
            }
        }
        return counts
    }

    private func count(_ status: Decision.Status) -> Int {
        decided.decisions.count { $0.status == status }
    }

    /// For whom nothing is done that would have been by the score.
    private var heldBack: Int {
        decided.decisions.count { $0.status == .none && $0.basis != .result }
    }

    var text: String {
        var rows = [["tier", "action", "new", "kept"]]
        rows += counts.map { [$0.tier, $0.action, Text.grouped($0.new), Text.grouped($0.kept)] }
        let proposed = decided.stores.filter { $0.action != nil }
        let stores =
            policy.stores == nil
            ? ""
            : "; \(decided.stores.count) stores have cases, \(proposed.count) of them an action"
        return """
            \(decided.day): \(Text.grouped(decided.scoredCount)) scored, \
            \(Text.grouped(count(.left))) cases closed, \(Text.grouped(heldBack)) held back\(stores)
            \(Text.table(rows, right: [2, 3], indent: "  "))

            """
    }

    var node: Node {
        .object([
            "day": Node(decided.day.description), "scored": Node(decided.scoredCount),
            "actions": .array(
                counts.map {
                    .object([
                        "tier": Node($0.tier), "action": Node($0.action), "new": Node($0.new),
                        "kept": Node($0.kept),
                    ])
                }), "left": Node(count(.left)), "heldBack": Node(heldBack),
            "expiredOverrides": Node(decided.expiredOverrides.count),
            "storesWithAction": Node(decided.stores.count { $0.action != nil }),
        ])
    }
}
