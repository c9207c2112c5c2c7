import Foundation
import RiskJSON

/// How figures and tables look to a person.
enum Text {
    /// 1754155 as `1,754,155`.
    static func grouped(_ count: Int) -> String {
        var digits = Array(String(count.magnitude))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return (count < 0 ? "-" : "") + String(digits)
    }

    /// At most ten names with commas between, and how many more there are.
    static func listed(_ names: [String]) -> String {
        let shown = names.prefix(10).map(printable).joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
    }

    /// A number in full, a whole one without a point.
    static func exact(_ value: Double) -> String {
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// A number with so many digits behind the point; a dash for a missing one.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        value.isNaN ? "–" : String(format: "%.\(digits)f", value)
    }

    /// A number as people write it: without a point where it is whole, else four significant digits.
    static func plain(_ value: Double) -> String {
        if value.isNaN { return "missing" }
        if value == value.rounded(), abs(value) < 1e15 { return grouped(Int(value)) }
        let magnitude = abs(value)
        if magnitude >= 1e6 || magnitude < 1e-4 { return String(format: "%.3e", value) }
        let decimals = max(0, 3 - Int(log10(magnitude).rounded(.down)))
        var text = String(format: "%.\(decimals)f", value)
        if text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text
    }

    /// Columns padded to equal width, two spaces between them; numbers to the right.
    /// - Parameter right: the indices of the columns that end at their right edge.
    static func table(_ rows: [[String]], right: Set<Int> = [], indent: String = "") -> String {
        let rows = rows.map { $0.map(printable) }
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? width($0[column]) : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - width(cell))
                return right.contains(column) ? space + cell : cell + space
            }
            var line = indent + cells.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    /// Columns on a terminal: East Asian wide characters take two.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { sum, scalar in
            switch scalar.value {
            case 0x0300...0x036F: sum
            case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
                0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
                sum + 2
            default: sum + 1
            }
        }
    }
}
