import ArgumentParser
import Foundation
import RiskColumns
import RiskJSON
import RiskPolicy
import RiskTables

extension PolicyDate: ExpressibleByArgument {
    /// A day on the command line: `2026-11-22`.
    public init?(argument: String) { self.init(argument) }
}

/// The columns of the tables from which a policy decides.
struct PolicyColumnNames: ParsableArguments {
    @Option(help: "The column that names the subscriber, in all tables.")
    var entity = "entity"

    @Option(help: "Of the subscribers: the column of special groups, several with ; between.")
    var group = "group"

    @Option(help: "Of the subscribers: the column of rings.")
    var ring = "ring"

    @Option(help: "Of the subscribers: the column of stores or dealers.")
    var store = "store"
}

/// Reads the tables from which a policy decides.
struct PolicyInput {
    let names: PolicyColumnNames

    /// The most reasons that are read of a row.
    static let reasonLimit = 20

    /// The columns of a table, each asked for once.
    private func columns(_ requests: [ColumnRequest], of path: String) throws -> ColumnSelection {
        var names: Set<String> = []
        for request in requests where !names.insert(request.name).inserted {
            throw CommandFailure(
                .usage, "\(path): the column \(quoted(request.name)) is named for two things")
        }
        return .columns(requests)
    }

    /// A row of a table of scores.
    private func scored(
        _ path: String, time: String?, _ body: (ScoredEntity, Int64?) throws -> Void
    ) throws {
        var requests = [
            ColumnRequest(names.entity, .text), ColumnRequest("probability", .number),
            ColumnRequest("points", .integer, optional: true),
        ]
        let reasons = (1...Self.reasonLimit).map { "reason_\($0)" }
        requests += reasons.map { ColumnRequest($0, .text, optional: true) }
        if let time { requests.append(ColumnRequest(time, .time, required: true)) }
        let reader = try TableReader(path: path, requests: columns(requests, of: path))
        while let batch = try reader.next() {
            guard case .text(let keys)? = batch[names.entity]?.storage,
                case .numbers(let probabilities)? = batch["probability"]?.storage,
                case .integers(let points)? = batch["points"]?.storage
            else { continue }
            // The first line of JSON Lines need not have all the keys.
            let texts = reasons.filter { reader.format != .csv || reader.header.contains($0) }
                .compactMap { batch[$0] }
            let times = time.flatMap { batch[$0]?.integers }
            for row in 0..<batch.rowCount {
                try Self.check(keys[row], path, names.entity)
                let entity = ScoredEntity(
                    entityKey: keys[row], probability: probabilities[row],
                    points: points[row] == Column.missing ? nil : Int(points[row]),
                    reasons: texts.map { $0.text(at: row) }.filter { !$0.isEmpty })
                try body(entity, times.map { $0[row] })
            }
        }
    }

    /// The day's scores: of an entity's rows the riskiest.
    func scores(_ path: String) throws -> [ScoredEntity] {
        var list = RiskiestRows()
        try scored(path, time: nil) { entity, _ in list.add(entity) }
        return list.rows
    }

    /// The scores of each day, by UTC; of an entity's rows of a day the riskiest.
    func history(_ path: String, time: String) throws -> [(PolicyDate, [ScoredEntity])] {
        var days: [PolicyDate: RiskiestRows] = [:]
        try scored(path, time: time) { entity, time in
            days[PolicyDate(microseconds: time ?? 0), default: RiskiestRows()].add(entity)
        }
        return days.sorted { $0.key < $1.key }.map { ($0.key, $0.value.rows) }
    }

    /// The subscribers. What a policy has a rule for must be there: a rule that silently meets nobody
    /// protects nobody.
    /// - Parameter stores: whether the rule for stores takes part.
    func subscribers(
        _ path: String?, for policies: [Policy], stores: Bool = true
    ) throws -> [Subscriber] {
        let needs = [
            (names.group, "special groups", policies.contains { !$0.specialGroups.isEmpty }),
            (names.ring, "related subscribers", policies.contains { $0.related != nil }),
            (names.store, "stores", stores && policies.contains { $0.stores != nil }),
        ]
        guard let path else {
            guard let (column, rule, _) = needs.first(where: \.2) else { return [] }
            throw CommandFailure(
                .usage,
                "--subscribers: the policy has a rule for \(rule): expected a table with the column "
                    + "\(quoted(column))")
        }
        let reader = try TableReader(
            path: path,
            requests: columns(
                [ColumnRequest(names.entity, .text)]
                    + needs.map { ColumnRequest($0.0, .text, optional: !$0.2) }, of: path))
        var list: [Subscriber] = []
        while let batch = try reader.next() {
            let texts = [names.entity, names.group, names.ring, names.store].map { batch[$0] }
            for row in 0..<batch.rowCount {
                let values = texts.map { $0?.text(at: row) ?? "" }
                try Self.check(values[0], path, names.entity)
                list.append(
                    Subscriber(
                        entityKey: values[0],
                        groups: values[1].split(separator: ";").map {
                            $0.trimmingCharacters(in: .whitespaces)
                        }.filter { !$0.isEmpty },
                        ring: values[2].isEmpty ? nil : values[2],
                        store: values[3].isEmpty ? nil : values[3]))
            }
        }
        return list
    }

    /// The overrides of a policy's operator; all that is wrong with them is named at once.
    func overrides(_ path: String, _ policy: Policy) throws -> [Override] {
        let texts = [names.entity, "action", "author", "reason", "from", "expires"]
        let reader = try TableReader(
            path: path,
            requests: columns(
                texts.map { ColumnRequest($0, .text, optional: $0 == "from") }, of: path))
        let words = Action.Kind.allCases.map { Action($0) } + policy.actions
        var messages: [String] = []
        var list: [Override] = []
        var row = 0
        while let batch = try reader.next() {
            let columns = texts.map { batch[$0] }
            for index in 0..<batch.rowCount {
                row += 1
                let values = columns.map { $0?.text(at: index) ?? "" }
                func wrong(_ column: Int, _ message: String) {
                    messages.append("\(path): row \(row): column \(texts[column]): \(message)")
                }
                for column in [0, 2, 3] where values[column].isEmpty {
                    wrong(column, "expected a value, found nothing")
                }
                let action = words.first { $0.name == values[1] }
                if action == nil, values[1] != Override.nobody {
                    let known = words.map(\.name) + [Override.nobody]
                    wrong(
                        1,
                        "expected one of \(known.joined(separator: ", ")), "
                            + "found \(quoted(values[1]))"
                            + suggestion(for: values[1], among: known))
                }
                let from = PolicyDate(values[4])
                if from == nil, !values[4].isEmpty {
                    wrong(4, "expected a day such as 2026-11-22, found \(quoted(values[4]))")
                }
                guard let expires = PolicyDate(values[5]) else {
                    wrong(5, "expected a day such as 2026-11-22, found \(quoted(values[5]))")
                    continue
                }
                list.append(
                    Override(
                        entityKey: values[0], action: action, author: values[2],
                        reason: values[3], from: from, expires: expires))
            }
        }
        if messages.isEmpty { return list }
        let more = messages.count > 100 ? ["and \(messages.count - 100) more mistakes"] : []
        throw CommandFailure(.badData, messages: messages.prefix(100) + more)
    }

    /// Results of checks, and complaints.
    func results(_ path: String) throws -> [CheckResult] {
        let reader = try TableReader(
            path: path,
            requests: columns(
                [
                    ColumnRequest(names.entity, .text), ColumnRequest("at", .time, required: true),
                    ColumnRequest("result", .text),
                ], of: path))
        var list: [CheckResult] = []
        while let batch = try reader.next() {
            guard let times = batch["at"]?.integers else { continue }
            for row in 0..<batch.rowCount {
                let key = batch[names.entity]?.text(at: row) ?? ""
                let word = batch["result"]?.text(at: row) ?? ""
                try Self.check(key, path, names.entity)
                guard let outcome = CheckResult.Outcome(rawValue: word) else {
                    let words = CheckResult.Outcome.allCases.map(\.rawValue)
                    throw CommandFailure(
                        .badData,
                        "\(path): row \(list.count + 1): column result: expected one of "
                            + "\(words.joined(separator: ", ")), found \(quoted(word))"
                            + suggestion(for: word, among: words))
                }
                list.append(CheckResult(entityKey: key, time: times[row], outcome: outcome))
            }
        }
        return list
    }

    /// Fraudulent acts with the day on which they became known; who never did, by the end of times.
    func acts(_ path: String, time: String, known: String, amount: String) throws -> [FraudAct] {
        let reader = try TableReader(
            path: path,
            requests: columns(
                [
                    ColumnRequest(names.entity, .text), ColumnRequest(time, .time, required: true),
                    ColumnRequest(known, .time, optional: known == "known"),
                    ColumnRequest(amount, .decimal(scale: 2), optional: amount == "amount"),
                ], of: path))
        var list: [FraudAct] = []
        while let batch = try reader.next() {
            guard let times = batch[time]?.integers, let knowns = batch[known]?.integers,
                let amounts = batch[amount]?.integers
            else { continue }
            for row in 0..<batch.rowCount {
                let key = batch[names.entity]?.text(at: row) ?? ""
                try Self.check(key, path, names.entity)
                list.append(
                    FraudAct(
                        entityKey: key, day: PolicyDate(microseconds: times[row]),
                        known: PolicyDate(
                            microseconds: knowns[row] == Column.missing
                                ? Timestamps.end - 1 : knowns[row]),
                        amount: amounts[row] == Column.missing ? 0 : amounts[row]))
            }
        }
        return list
    }

    private static func check(_ key: String, _ path: String, _ column: String) throws {
        if key.isEmpty {
            throw CommandFailure(.badData, "\(path): column \(column): a row names nobody")
        }
    }
}

extension Column {
    /// The integers of a column that holds some.
    fileprivate var integers: [Int64]? {
        if case .integers(let values) = storage { values } else { nil }
    }
}

/// Of each entity the riskiest row, whatever order the rows come in.
struct RiskiestRows {
    private(set) var rows: [ScoredEntity] = []
    private var places: [[UInt8]: Int] = [:]

    mutating func add(_ row: ScoredEntity) {
        let key = Array(row.entityKey.utf8)
        guard let place = places[key] else {
            places[key] = rows.count
            rows.append(row)
            return
        }
        if Self.isRiskier(row, rows[place]) { rows[place] = row }
    }

    private static func isRiskier(_ a: ScoredEntity, _ b: ScoredEntity) -> Bool {
        // NaN is refused later, wherever it comes.
        if a.probability.isNaN || b.probability.isNaN { return a.probability.isNaN }
        if a.probability != b.probability { return a.probability > b.probability }
        if a.points != b.points { return (a.points ?? .min) > (b.points ?? .min) }
        return a.reasons.map { Array($0.utf8) }.lexicographicallyPrecedes(
            b.reasons.map { Array($0.utf8) }
        ) { $0.lexicographicallyPrecedes($1) }
    }
}
