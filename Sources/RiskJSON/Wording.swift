/// A text as messages show it: in quotes, control characters spelt out, cut after 80 characters, so
/// that what a file says can neither drive a terminal nor flood it.
public func quoted(_ text: String) -> String { "\"\(shown(text))\"" }

/// The same without quotes.
func shown(_ text: String) -> String {
    let start = printable(String(text.unicodeScalars.prefix(80)))
    return text.unicodeScalars.dropFirst(80).first == nil ? start : start + "…"
}

/// A whole text with control characters spelt out: what tables and lists show of what a file says.
public func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        if scalar.properties.generalCategory == .control {
            result += "\\u{" + String(scalar.value, radix: 16) + "}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// `; did you mean "window"?`, or nothing where no candidate is near.
///
/// Only the first 4096 candidates and the first 64 characters of each are looked at.
/// - Complexity: O(candidates × length²).
public func suggestion(for word: String, among candidates: [String]) -> String {
    let length = word.unicodeScalars.count
    let nearest = candidates.prefix(4096)
        .filter { abs($0.unicodeScalars.count - length) <= 1 + length / 3 }
        .map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
        .min { $0.1 < $1.1 }
    guard let nearest, nearest.1 <= max(1, min(word.count, nearest.0.count) / 3) else { return "" }
    return "; did you mean \"\(nearest.0)\"?"
}

/// Insertions, deletions, substitutions and swaps of neighbours that make one word the other
/// (optimal string alignment distance).
private func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a.unicodeScalars.prefix(64))
    let b = Array(b.unicodeScalars.prefix(64))
    var rows = [Array(0...b.count)]
    for i in 1..<(a.count + 1) {
        var row = [i]
        for j in 1..<(b.count + 1) {
            var best = min(
                rows[i - 1][j] + 1, row[j - 1] + 1,
                rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                best = min(best, rows[i - 2][j - 2] + 1)
            }
            row.append(best)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
