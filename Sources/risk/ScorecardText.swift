import RiskTraining

extension Scorecard {
    /// The card as it is printed: features by information value, a line a bin.
    var text: String {
        var rows = [
            ["", "rows", "share", "positive", "bad rate", "WoE", "IV", "points"],
            ["base points", "", "", "", "", "", "", Text.exact(basePoints)],
        ]
        let order = features.indices.sorted {
            (-features[$0].informationValue, $0) < (-features[$1].informationValue, $1)
        }
        for feature in order.map({ features[$0] }) {
            rows.append([
                feature.name, "", "", "", "", "", Text.fixed(feature.informationValue, 3),
                "× \(Text.fixed(feature.coefficient, 3))",
            ])
            for bin in feature.bins where bin.count > 0 {
                rows.append([
                    "  \(bin.title)", Text.plain(bin.count), Text.fixed(100 * bin.share, 1) + " %",
                    Text.plain(bin.positives), Text.fixed(100 * bin.badRate, 2) + " %",
                    Text.fixed(bin.weightOfEvidence, 3), Text.fixed(bin.informationValue, 4),
                    Text.exact(bin.points),
                ])
            }
        }
        var text =
            "Scorecard: \(features.count) features; "
            + "\(Text.plain(scaling.pointsToDoubleOdds)) points double the odds\n"
            + Text.table(rows, right: [1, 2, 3, 4, 5, 6, 7], indent: "  ") + "\n"
        for reason in [LeftOut.Reason.information, .coefficient] {
            let names = leftOut.filter { $0.reason == reason }.map(\.name)
            if !names.isEmpty { text += "  left out, \(reason.rawValue): \(Text.listed(names))\n" }
        }
        return text
    }
}

extension Scorecard.Bin {
    /// What it holds, in a few signs.
    fileprivate var title: String {
        switch kind {
        case .range(nil, nil): "any value"
        case .range(nil, let upTo?): "up to \(Text.exact(upTo))"
        case .range(let above?, nil): "above \(Text.exact(above))"
        case .range(let above?, let upTo?): "above \(Text.exact(above)) up to \(Text.exact(upTo))"
        case .special(let value): "= \(Text.exact(value))"
        case .missing: "missing"
        }
    }
}
