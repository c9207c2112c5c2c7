import RiskJSON
import RiskModel

/// What a model makes of one feature, for showing.
struct FeatureShape {
    /// The term of the model.
    enum Term {
        case table(ScoreTable)
        case linear(LinearTerm)
        case unused
    }

    let feature: Feature
    let term: Term
    /// How certain its table is; nil where the model does not say.
    var band: ShownBand?

    /// How far it can move the score, in log-odds; 0 where it is unused, nil for a linear term, which
    /// has no bound.
    var reach: Double? {
        switch term {
        case .table(let table):
            let all = table.units + [table.missingUnits]
            return LogOdds.value(Int64(all.max() ?? 0) - Int64(all.min() ?? 0))
        case .linear: return nil
        case .unused: return 0
        }
    }

    /// Bins with the same units beside each other, as one: where it begins and ends, and its log-odds
    /// above the typical.
    private func runs(
        _ table: ScoreTable
    ) -> [(from: Double?, to: Double?, logOdds: Double, deviation: Double)] {
        var runs: [(from: Double?, to: Double?, logOdds: Double, deviation: Double)] = []
        for (bin, units) in table.units.enumerated() {
            let to = bin < table.cutPoints.count ? table.cutPoints[bin] : nil
            let logOdds = LogOdds.value(Int64(units) - Int64(table.typicalUnits))
            if let last = runs.last, last.logOdds == logOdds {
                runs[runs.count - 1].to = to
                runs[runs.count - 1].deviation = max(
                    last.deviation, band?.deviations[bin] ?? 0)
            } else {
                runs.append((runs.last?.to, to, logOdds, band?.deviations[bin] ?? 0))
            }
        }
        return runs
    }

    /// The table as one line of small bars, at most `width` of them.
    func sparkline(width: Int) -> String {
        guard case .table(let table) = term, let least = table.units.min(),
            let most = table.units.max(),
            most > least
        else { return "" }
        let bars = Array("▁▂▃▄▅▆▇█")
        let count = min(width, table.units.count)
        return String(
            (0..<count).map { bar -> Character in
                let bins =
                    (bar * table.units.count / count)..<((bar + 1) * table.units.count / count)
                let highest = table.units[bins].max() ?? least
                return bars[Int(Int64(highest - least) * 7 / Int64(most - least))]
            })
    }

    /// Every bin with a bar to the left (less risk than typical) or right (more).
    var text: String {
        var lines = [feature.name]
        switch term {
        case .unused:
            lines.append("  is not used by the model")
        case .linear(let term):
            lines.append("  adds \(Text.plain(term.coefficient)) log-odds for each 1 of its value")
            lines.append(
                "  where missing: \(Self.signed(LogOdds.value(term.missingUnits - term.typicalUnits)))"
            )
        case .table(let table):
            let missing = LogOdds.value(Int64(table.missingUnits) - Int64(table.typicalUnits))
            let runs = runs(table)
            let largest = max(runs.map { abs($0.logOdds) }.max() ?? 0, abs(missing), 1e-9)
            func row(_ title: String, _ logOdds: Double, _ deviation: Double) -> [String] {
                [title, Self.signed(logOdds)] + (band == nil ? [] : [ShownBand.text(deviation)])
                    + [Self.bar(logOdds / largest)]
            }
            var rows = runs.map { row(Self.range($0.from, $0.to), $0.logOdds, $0.deviation) }
            rows.append(row("missing", missing, band?.missing ?? 0))
            lines.append(
                "  log-odds above the typical case"
                    + (band == nil ? ":" : ", ± its standard deviation over bootstrap samples:"))
            lines.append(Text.table(rows, right: [1], indent: "  "))
        }
        if let reason = feature.reason {
            for (audience, texts) in [
                ("investigator", reason.investigator), ("customer", reason.customer),
            ] {
                for (language, text) in texts.sorted(by: { $0.key < $1.key }) {
                    lines.append("  \(audience), \(language): \(text)")
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same for machines, in log-odds.
    var node: Node {
        var members = [Node.Member("feature", Node(feature.name))]
        switch term {
        case .unused: break
        case .linear(let term):
            members.append(Node.Member("coefficient", Node(term.coefficient)))
            members.append(Node.Member("missing", Node(LogOdds.value(term.missingUnits))))
            members.append(Node.Member("typical", Node(LogOdds.value(term.typicalUnits))))
        case .table(let table):
            members.append(Node.Member("reach", Node(reach ?? 0)))
            members.append(Node.Member("cutPoints", .array(table.cutPoints.map { Node($0) })))
            members.append(
                Node.Member("logOdds", .array(table.units.map { Node(LogOdds.value(Int64($0))) })))
            members.append(Node.Member("missing", Node(LogOdds.value(Int64(table.missingUnits)))))
            members.append(Node.Member("typical", Node(LogOdds.value(Int64(table.typicalUnits)))))
            if let band {
                members.append(
                    Node.Member("deviations", .array(band.deviations.map { Node($0) })))
                members.append(Node.Member("missingDeviation", Node(band.missing)))
            }
        }
        return .object(members)
    }

    static func signed(_ value: Double) -> String {
        (value < 0 ? "-" : "+") + Text.fixed(abs(value), 3)
    }

    private static func range(_ from: Double?, _ to: Double?) -> String {
        switch (from, to) {
        case (nil, nil): "any value"
        case (nil, let to?): "up to \(Text.plain(to))"
        case (let from?, nil): "above \(Text.plain(from))"
        case (let from?, let to?): "above \(Text.plain(from)) to \(Text.plain(to))"
        }
    }

    /// - Parameter share: in -1...1.
    private static func bar(_ share: Double) -> String {
        let half = 20
        let length = Int((abs(share) * Double(half)).rounded())
        let bar = String(repeating: "█", count: length)
        let space = String(repeating: " ", count: half - length)
        return share < 0 ? space + bar + "│" : String(repeating: " ", count: half) + "│" + bar
    }
}
