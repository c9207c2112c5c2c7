import RiskJSON
import RiskModel
import RiskScoring

/// A row's score, term by term.
struct RowExplanation {
    /// What a feature adds.
    struct Term {
        let index: Int
        let value: Double
        let units: Int64
        let typical: Int64
    }

    let scorer: Scorer
    let score: Score
    /// Those farthest above the typical case first.
    let terms: [Term]
    private let limit: Int?
    private let language: String

    /// - Parameters:
    ///   - values: one a feature, in the order of the scorer's layout.
    ///   - limit: how many terms are shown; nil: all.
    init(_ scorer: Scorer, values: [Double], limit: Int?, language: String) {
        self.scorer = scorer
        self.limit = limit
        self.language = language
        score = scorer.score(row: values)
        let model = scorer.model
        let terms =
            model.tables.map { table in
                Term(
                    index: table.feature, value: values[table.feature],
                    units: Int64(table.units(of: values[table.feature])),
                    typical: Int64(table.typicalUnits))
            }
            + model.linearTerms.map { term in
                Term(
                    index: term.feature, value: values[term.feature],
                    units: term.units(of: values[term.feature]), typical: term.typicalUnits)
            }
        self.terms = terms.sorted { a, b in
            let (left, right) = (a.units - a.typical, b.units - b.typical)
            return left != right ? left > right : a.index < b.index
        }
    }

    /// For reading.
    var text: String {
        let features = scorer.model.features
        let largest = terms.map { abs($0.units - $0.typical) }.max() ?? 0
        var rows = [["", "value", "adds", "above typical", ""]]
        let shown = terms.prefix(limit ?? terms.count)
        for term in shown {
            let above = term.units - term.typical
            let length = largest == 0 ? 0 : Int(abs(above) * 20 / largest)
            rows.append([
                features[term.index].name, Text.plain(term.value),
                FeatureShape.signed(LogOdds.value(term.units)),
                FeatureShape.signed(LogOdds.value(above)),
                String(repeating: above < 0 ? "░" : "█", count: length),
            ])
        }
        if shown.count < terms.count {
            let rest = terms.dropFirst(shown.count)
            rows.append([
                "\(rest.count) more", "",
                FeatureShape.signed(LogOdds.value(rest.reduce(0) { $0 + $1.units })),
                FeatureShape.signed(LogOdds.value(rest.reduce(0) { $0 + $1.units - $1.typical })),
            ])
        }
        rows.append(["intercept", "", FeatureShape.signed(LogOdds.value(scorer.model.intercept))])
        rows.append(["log-odds", "", FeatureShape.signed(score.logOdds)])
        var text =
            "\(scorer.model.name): \(Text.fixed(score.probability * 100, 2)) %, \(score.points) points\n\n"
            + Text.table(rows, right: [1, 2, 3], indent: "  ") + "\n"
        let sentences = terms.filter { $0.units > $0.typical }.prefix(limit ?? 5).map(sentence)
        if !sentences.isEmpty {
            text += "\n" + sentences.map { "  - \($0)\n" }.joined()
        }
        return text
    }

    private func sentence(_ term: Term) -> String {
        Reason(
            index: term.index, feature: scorer.model.features[term.index], value: term.value,
            units: term.units - term.typical
        ).text(language: language, audience: .investigator)
    }

    /// For machines, in log-odds.
    var node: Node {
        .object([
            "logOdds": Node(score.logOdds), "probability": Node(score.probability),
            "points": Node(Int(score.points)),
            "intercept": Node(LogOdds.value(scorer.model.intercept)),
            "terms": .array(
                terms.prefix(limit ?? terms.count).map { term in
                    .object([
                        "feature": Node(scorer.model.features[term.index].name),
                        "value": term.value.isInfinite
                            ? Node(term.value < 0 ? "-inf" : "inf") : Node(term.value),
                        "adds": Node(LogOdds.value(term.units)),
                        "aboveTypical": Node(LogOdds.value(term.units - term.typical)),
                    ])
                }),
        ])
    }
}
