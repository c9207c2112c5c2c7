import RiskModel

/// A feature's table as a picture: bins from left to right, each as wide as the others, log-odds above the
/// typical case upwards, and the missing value by itself.
///
/// Bins of equal width and not values on a scale: cut points crowd where the data is, so most of a scale
/// would be empty.
struct ShapePlot {
    let name: String
    let table: ScoreTable
    /// A row's value, which is marked; NaN where it is missing; nil: no row.
    let value: Double?

    private var levels: [Double] {
        table.units.map { LogOdds.value(Int64($0) - Int64(table.typicalUnits)) }
    }

    private var missing: Double {
        LogOdds.value(Int64(table.missingUnits) - Int64(table.typicalUnits))
    }

    /// From the least to the most, 0 and the missing value included, and never empty.
    private var range: (low: Double, high: Double) {
        let all = levels + [missing, 0]
        let (low, high) = (all.min() ?? 0, all.max() ?? 0)
        return high > low ? (low, high) : (low - 1, high + 1)
    }

    /// The bin of the row's value.
    private var marked: Int? {
        guard let value, !value.isNaN else { return nil }
        return table.cutPoints.count { $0 < value }
    }

    // MARK: The terminal

    /// At most 80 columns and 16 lines.
    var text: String {
        let (height, width) = (11, max(1, min(56, max(table.units.count, 8))))
        let (levels, range) = (levels, range)
        func line(_ level: Double) -> Int {
            Int(((range.high - level) / (range.high - range.low) * Double(height - 1)).rounded())
        }
        var grid = [[Character]](
            repeating: [Character](repeating: " ", count: width + 4), count: height)
        for column in grid[0].indices { grid[line(0)][column] = "┄" }
        for column in 0..<width {
            let bin = column * levels.count / width
            let bins = bin..<max(bin + 1, (column + 1) * levels.count / width)
            let isMarked = marked.map { bins.contains($0) } ?? false
            for bin in bins { grid[line(levels[bin])][column] = "━" }
            if isMarked, let marked { grid[line(levels[marked])][column] = "●" }
        }
        let isMissing = value?.isNaN ?? false
        grid[line(missing)][width + 2] = isMissing ? "●" : "◦"
        // Zero may lie on the first line or the last.
        var labels = [0: range.high]
        labels[height - 1] = range.low
        labels[line(0)] = 0
        var text = "\(name): log-odds above the typical case\n\n"
        for (index, row) in grid.enumerated() {
            let label = labels[index].map { $0 == 0 ? "0" : FeatureShape.signed($0) } ?? ""
            var line = String(repeating: " ", count: 8 - label.count) + label + " ┤" + String(row)
            while line.hasSuffix(" ") { line.removeLast() }
            text += line + "\n"
        }
        if let first = table.cutPoints.first, let last = table.cutPoints.last {
            let (left, right) = ("≤ \(Text.plain(first))", "> \(Text.plain(last))")
            let space = max(1, width - left.count - right.count)
            text +=
                String(repeating: " ", count: 10) + left + String(repeating: " ", count: space)
                + right + "  ◦ missing\n"
        } else {
            text += String(repeating: " ", count: 10) + "any value  ◦ missing\n"
        }
        if let value {
            let level =
                value.isNaN
                ? missing : LogOdds.value(Int64(table.units(of: value)) - Int64(table.typicalUnits))
            text +=
                "\n  ● \(value.isNaN ? "missing" : Text.plain(value)): \(FeatureShape.signed(level))\n"
        }
        return text
    }

    // MARK: SVG

    /// A document of its own (SVG 1.1, 640 by 320), without scripts, styles or references.
    var svg: String {
        let (left, top, width, height) = (64.0, 28.0, 500.0, 236.0)
        let (levels, range) = (levels, range)
        let step = width / Double(levels.count)
        func x(_ bin: Int) -> String { Text.fixed(left + Double(bin) * step, 2) }
        func y(_ level: Double) -> String {
            Text.fixed(top + (range.high - level) / (range.high - range.low) * height, 2)
        }
        var path = "M\(x(0)) \(y(levels[0]))"
        for (bin, level) in levels.enumerated() {
            path += "V\(y(level))H\(x(bin + 1))"
        }
        let right = Text.fixed(left + width, 2)
        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320" viewBox="0 0 640 320" "#
                + #"font-family="sans-serif" font-size="12">"#,
            "<title>\(Self.escaped(name))</title>",
            ##"<rect width="640" height="320" fill="#fff"/>"##,
            #"<text x="\#(Int(left))" y="18">\#(Self.escaped(name)): log-odds above the typical case</text>"#,
            ##"<path d="M\##(Int(left)) \##(y(0))H\##(right)" stroke="#999" stroke-dasharray="3 3"/>"##,
            ##"<path d="M\##(Int(left)) \##(Int(top))V\##(Int(top + height))H\##(right)" stroke="#333" fill="none"/>"##,
            ##"<path d="\##(path)" stroke="#c0392b" stroke-width="2" fill="none"/>"##,
            ##"<circle cx="592" cy="\##(y(missing))" r="4" fill="#fff" stroke="#c0392b" stroke-width="2"/>"##,
            #"<text x="592" y="284" text-anchor="middle">missing</text>"#,
        ]
        for level in Set([range.low, 0, range.high]).sorted() {
            let label = level == 0 ? "0" : FeatureShape.signed(level)
            lines.append(
                #"<text x="58" y="\#(y(level))" dy="4" text-anchor="end">\#(label)</text>"#)
        }
        for (share, anchor) in [(0.0, "start"), (0.5, "middle"), (1.0, "end")] {
            guard !table.cutPoints.isEmpty else { break }
            let cut = Int((Double(table.cutPoints.count - 1) * share).rounded())
            if share == 0.5, table.cutPoints.count < 3 { continue }
            lines.append(
                #"<text x="\#(x(cut + 1))" y="284" text-anchor="\#(anchor)">\#(Text.plain(table.cutPoints[cut]))</text>"#
            )
        }
        if let value {
            let level = marked.map { levels[$0] } ?? missing
            let place = marked.map { Text.fixed(left + (Double($0) + 0.5) * step, 2) } ?? "592"
            lines.append(##"<circle cx="\##(place)" cy="\##(y(level))" r="5" fill="#2c3e50"/>"##)
            lines.append(
                #"<text x="\#(Int(left))" y="308">\#(value.isNaN ? "missing" : Text.plain(value)): \#(FeatureShape.signed(level))</text>"#
            )
        }
        lines.append("</svg>\n")
        return lines.joined(separator: "\n")
    }

    /// A name inside a document: whatever it is, it is text.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value):
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
