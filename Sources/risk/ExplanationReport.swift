import ArgumentParser
import RiskColumns
import RiskFeatures
import RiskJSON

/// A vector on the command line: its number in the output from 1, or `customer=4354@2018-08-08T10:00:00Z`.
struct VectorArgument: ExpressibleByArgument {
    let vector: ExplainedVector

    init?(argument: String) {
        if let number = Int(argument) {
            guard number > 0 else { return nil }
            vector = .number(number - 1)
            return
        }
        guard let at = argument.lastIndex(of: "@"),
            let reading = Timestamps.parse(String(argument[argument.index(after: at)...]))
        else { return nil }
        var keys: [(name: String, value: String)] = []
        for part in argument[..<at].split(separator: ",", omittingEmptySubsequences: false) {
            if let equals = part.firstIndex(of: "="), equals > part.startIndex {
                keys.append(
                    (String(part[..<equals]), String(part[part.index(after: equals)...])))
            } else if keys.isEmpty {
                return nil
            } else {
                // A value that has a comma.
                keys[keys.count - 1].value += ",\(part)"
            }
        }
        vector = .keys(
            keys.map { Explanation.Named(name: $0.name, value: $0.value) },
            time: reading.microseconds)
    }
}

/// Asking for the events behind one vector.
struct ExplainOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Show the events behind each value of one vector.", valueName: "vector"))
    var explain: VectorArgument?

    @Option(
        help: ArgumentHelp(
            "Of each feature, the latest so many events; of `first`, the earliest.",
            valueName: "count"))
    var explainEvents = 5

    @Flag(help: "Print the explanation as JSON.")
    var json = false

    func validate() throws {
        if explainEvents < 0 { throw ValidationError("--explain-events must be 0 or more.") }
        if json, explain == nil { throw ValidationError("--json needs --explain.") }
    }

    /// Explains the vector on standard output.
    /// - Throws: where there is no such vector, or its events lead to another value than the engine's.
    func show(_ extractor: BatchExtractor, _ range: ExtractionRange) throws {
        guard let explain else { return }
        let report = ExplanationReport(
            explanation: try extractor.explain(explain.vector, among: range), limit: explainEvents)
        try json ? StandardOutput.print(report.node) : StandardOutput.write(report.text)
        if !report.contradicted.isEmpty {
            throw CommandFailure(
                .doesNotHold,
                "the events lead to other values of \(Text.listed(report.contradicted)); this is a "
                    + "mistake of the engine or of the explanation: please report it")
        }
    }
}

/// How an explanation looks, to a person and to a machine.
struct ExplanationReport {
    let explanation: Explanation
    /// How many events of each feature are shown.
    let limit: Int

    /// The features whose events lead to another value than the engine's.
    var contradicted: [String] {
        explanation.features.filter(\.contradicts).map(\.name)
    }

    // MARK: for a person

    var text: String {
        let keys = explanation.keys.map { "\($0.name)=\($0.value ?? "(missing)")" }
        var lines = [
            (["vector \(explanation.vector + 1)", Timestamps.format(explanation.time)] + keys)
                .joined(separator: "  ")
        ]
        for feature in explanation.features {
            let hidden = feature.isHidden ? " (hidden)" : ""
            lines.append("")
            lines.append("\(feature.name) = \(Self.shown(feature.value))\(hidden)")
            lines.append("  \(feature.definition)")
            switch feature.origin {
            case .window(let window): lines += Self.lines(window, limit)
            case .derived(let features, let current):
                lines += features.map { "    \($0.name) = \(Self.shown($0.value))" }
                lines += current.map { "    \($0.name) = \($0.value ?? "missing")" }
            }
            if feature.contradicts, case .window(let window) = feature.origin {
                let anew = Self.shown(window.recomputed ?? .nan)
                lines.append("  THESE EVENTS LEAD TO \(anew)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ window: Explanation.Window, _ limit: Int) -> [String] {
        if let missing = window.key.first(where: { $0.value == nil }) {
            return ["  the vector has no \(missing.name)"]
        }
        let bounds =
            (window.start.map { "after \(Timestamps.format($0))" } ?? "from the first")
            + " to \(Timestamps.format(window.end))"
        var lines = ["  \(bounds): \(counted(window.events.count))"]
        lines += list(window.events, limit, fromStart: window.isDecidedByFirst)
        if !window.before.isEmpty {
            lines.append("  before it, in the same spans: \(counted(window.before.count))")
            lines += list(window.before, limit)
        }
        if let divisor = window.divisor {
            lines.append("  divided by \(counted(divisor.count))")
            lines += list(divisor, limit)
        }
        return lines
    }

    private static func counted(_ count: Int) -> String {
        count == 1 ? "1 event" : "\(Text.grouped(count)) events"
    }

    /// The latest events, the last one last; or the earliest.
    private static func list(
        _ events: [Explanation.Event], _ limit: Int, fromStart: Bool = false
    ) -> [String] {
        let rows = (fromStart ? events.prefix(limit) : events.suffix(limit)).map {
            event -> [String] in
            var cells = ["\(event.type) \(event.row + 1)", Timestamps.format(event.time)]
            if event.known != event.time { cells.append("known \(Timestamps.format(event.known))") }
            cells += event.keys.map { "\($0.name)=\($0.value)" }
            cells += event.arguments.map { "\($0.name)=\($0.value)" }
            if event.isOwn { cells.append("(the vector's own)") }
            return cells
        }
        var lines = rows.isEmpty ? [] : [Text.table(rows, indent: "    ")]
        if events.count > limit {
            let more = Text.grouped(events.count - rows.count)
            lines.insert(
                "    … and \(more) \(fromStart ? "later" : "earlier")",
                at: fromStart ? lines.count : 0)
        }
        return lines
    }

    private static func shown(_ value: Double) -> String {
        value.isNaN ? "missing" : Text.exact(value)
    }

    // MARK: for a machine

    var node: Node {
        .object([
            "vector": Node(explanation.vector + 1),
            "time": Node(Timestamps.format(explanation.time)),
            "keys": Self.node(explanation.keys),
            "features": .array(explanation.features.map { node($0) }),
        ])
    }

    private func node(_ feature: Explanation.Feature) -> Node {
        var members = [
            Node.Member("name", Node(feature.name)), Node.Member("hidden", Node(feature.isHidden)),
            Node.Member("value", Node(feature.value)),
            Node.Member("definition", Node(feature.definition)),
        ]
        switch feature.origin {
        case .window(let window):
            members += [
                Node.Member("after", window.start.map { Node(Timestamps.format($0)) } ?? nil),
                Node.Member("to", Node(Timestamps.format(window.end))),
                Node.Member("key", Self.node(window.key)),
                Node.Member("count", Node(window.events.count)),
                Node.Member("events", node(window.events, fromStart: window.isDecidedByFirst)),
            ]
            if !window.before.isEmpty {
                members.append(Node.Member("countBefore", Node(window.before.count)))
                members.append(Node.Member("before", node(window.before)))
            }
            if let divisor = window.divisor {
                members.append(Node.Member("divisorCount", Node(divisor.count)))
                members.append(Node.Member("divisor", node(divisor)))
            }
            if let anew = window.recomputed {
                members.append(Node.Member("recomputed", Node(anew)))
            }
        case .derived(let features, let current):
            members.append(
                Node.Member(
                    "reads",
                    .object(
                        features.map { Node.Member($0.name, Node($0.value)) }
                            + current.map { Node.Member($0.name, $0.value.map { Node($0) } ?? nil) }
                    )))
        }
        return .object(members)
    }

    private func node(_ events: [Explanation.Event], fromStart: Bool = false) -> Node {
        .array(
            (fromStart ? events.prefix(limit) : events.suffix(limit)).map { event in
                .object([
                    "type": Node(event.type), "row": Node(event.row + 1),
                    "time": Node(Timestamps.format(event.time)),
                    "known": Node(Timestamps.format(event.known)),
                    "keys": Self.node(event.keys.map { .init(name: $0.name, value: $0.value) }),
                    "arguments": Self.node(
                        event.arguments.map { .init(name: $0.name, value: $0.value) }),
                    "own": Node(event.isOwn),
                ])
            })
    }

    private static func node(_ named: [Explanation.Named<String?>]) -> Node {
        .object(named.map { Node.Member($0.name, $0.value.map { Node($0) } ?? nil) })
    }
}
