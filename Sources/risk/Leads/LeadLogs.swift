import RiskColumns
import RiskTables

/// What the logs tell of members up to a moment, and no further.
struct LeadLogs {
    /// How often and when.
    struct Span {
        private(set) var count = 0
        /// Microseconds since 1970.
        private(set) var first = Int64.max
        private(set) var last = Int64.min
        /// In units of 10^-2.
        private(set) var amount: Int64 = 0

        mutating func add(_ time: Int64, _ amount: Int64 = 0) {
            count += 1
            first = min(first, time)
            last = max(last, time)
            self.amount = Self.sum(self.amount, amount)
        }

        /// Adds what another one has counted.
        mutating func unite(_ other: Span) {
            count += other.count
            first = min(first, other.first)
            last = max(last, other.last)
            amount = Self.sum(amount, other.amount)
        }

        /// The sum, held at the largest and the least number there is.
        private static func sum(_ one: Int64, _ other: Int64) -> Int64 {
            let (sum, isOver) = one.addingReportingOverflow(other)
            return isOver ? (one < 0 ? .min : .max) : sum
        }
    }

    /// Each member's activity.
    private(set) var activity: [String: Span] = [:]
    /// For each tie the members of each of its values.
    private(set) var ties: [[String: [String: Span]]]
    /// For each kind of evidence each member's.
    private(set) var evidence: [[String: Span]]
    /// Each source's members, by what goes with it.
    private(set) var sources: [String: [[String]: [String: Span]]] = [:]
    /// When each member's case became known.
    private(set) var cases: [String: Int64] = [:]

    /// Reads the logs of a plan.
    /// - Parameters:
    ///   - files: by type of event.
    ///   - moment: what became known later is not read; microseconds since 1970. Where a log has a column
    ///     `known`, a row without a value there is not known yet; the log of cases must have it.
    /// - Throws: `CommandFailure` where a file lacks a column or a row does not parse.
    /// - Complexity: O(events); memory for each member's keys, sources and evidence.
    init(_ plan: LeadPlan, files: [String: String], asOf moment: Int64) throws {
        ties = plan.ties.map { _ in [:] }
        evidence = plan.evidence.map { _ in [:] }
        for event in plan.events {
            guard let path = files[event] else { continue }
            try read(event, path, plan, moment)
        }
    }

    private mutating func read(
        _ event: String, _ path: String, _ plan: LeadPlan, _ moment: Int64
    ) throws {
        let isActivity = event == plan.activity
        var texts = [plan.member]
        func column(_ name: String) -> Int {
            if let place = texts.firstIndex(of: name) { return place }
            texts.append(name)
            return texts.count - 1
        }
        let keys = plan.ties.map { $0.event == event ? column($0.key) : -1 }
        let conditions = plan.evidence.map { item in
            item.event == event ? item.column.map { column($0) } ?? 0 : -1
        }
        let source = plan.source.flatMap { $0.event == event ? $0 : nil }
        let sourceColumns = source.map { [column($0.key)] + $0.fields.map { column($0) } } ?? []
        var requests = texts.map { ColumnRequest($0, .category) }
        requests.append(ColumnRequest("at", .time, required: true))
        requests.append(ColumnRequest("known", .time, optional: event != plan.cases))
        let amount = isActivity ? plan.amount : nil
        if let amount { requests.append(ColumnRequest(amount, .decimal(scale: 2), rounded: true)) }
        let reader = try TableReader(path: path, requests: .columns(requests))
        while let batch = try reader.next() {
            let columns = texts.compactMap { batch[$0] }
            guard case .integers(let times)? = batch["at"]?.storage else { continue }
            var known = times
            if reader.header.contains("known"),
                case .integers(let given)? = batch["known"]?.storage
            {
                known = given
            }
            var amounts: [Int64] = []
            if let amount, case .integers(let values)? = batch[amount]?.storage { amounts = values }
            for row in times.indices {
                guard known[row] != Column.missing, times[row] != Column.missing else { continue }
                let told = max(known[row], times[row])
                guard told <= moment, times[row] > moment - plan.window else { continue }
                let member = columns[0].text(at: row)
                if member.isEmpty { continue }
                if isActivity {
                    let value = amounts.isEmpty || amounts[row] == Column.missing ? 0 : amounts[row]
                    activity[member, default: Span()].add(times[row], value)
                }
                if event == plan.cases { cases[member] = min(cases[member] ?? .max, told) }
                for (tie, place) in keys.enumerated() where place >= 0 {
                    let value = columns[place].text(at: row)
                    if !value.isEmpty {
                        ties[tie][value, default: [:]][member, default: Span()].add(told)
                    }
                }
                for (item, place) in conditions.enumerated() where place >= 0 {
                    let wanted = plan.evidence[item]
                    if wanted.column == nil || columns[place].text(at: row) == wanted.value {
                        evidence[item][member, default: Span()].add(told)
                    }
                }
                if source != nil {
                    let values = sourceColumns.map { columns[$0].text(at: row) }
                    if !values[0].isEmpty {
                        sources[values[0], default: [:]][
                            Array(values.dropFirst()), default: [:]][member, default: Span()]
                            .add(told)
                    }
                }
            }
        }
    }
}
