import Foundation
import RiskColumns

/// A plain count of the frauds that a recipe's vectors show, from its files, for holding its report
/// against.
enum SeenFrauds {
    private static func day(_ text: Substring) -> Int {
        let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return 0 }
        return Int(
            Timestamps.microseconds(year: parts[0], month: parts[1], day: parts[2])
                / Timestamps.day)
    }

    /// Counts spells of fraud by tactic: those of which the last days of the vectors show at least one
    /// day. What follows on another with no day between is one spell.
    /// - Parameters:
    ///   - entity: the column of the vectors, and the type of the truth.
    ///   - days: how many days at the end of the vectors count.
    static func count(
        in folder: String, entity: String, fraud: String, days: Int, _ workplace: Workplace
    ) async throws -> [String: Int] {
        // Small enough for here: the frauds, and the days on which one of them has a vector.
        let frauds = try await workplace.bash(
            """
            awk -F, '$1 == "\(entity)" && $3 == "\(fraud)" { print $2 "," $4 "," $7 "," $8 }' \
                \(folder)/truth.csv | sort -t, -k1,1 -k3,4
            """)
        let seen = try await workplace.bash(
            """
            awk -F, 'NR == FNR { if ($1 == "\(entity)" && $3 == "\(fraud)") bad[$2]; next }
                FNR == 1 { for (i = 1; i <= NF; i++) if ($i == "\(entity)") key = i; next }
                { last = substr($1, 1, 10) > last ? substr($1, 1, 10) : last }
                $key in bad { print $key "," substr($1, 1, 10) }
                END { print "," last }' \(folder)/truth.csv \(folder)/features.csv
            """)
        var daysSeen: [Substring: Set<Int>] = [:]
        for line in seen.output.split(separator: "\n") {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            daysSeen[fields[0], default: []].insert(day(fields[1]))
        }
        let last = daysSeen[""]?.max() ?? 0
        let period = last - days + 1...last
        var spells: [(entity: Substring, tactic: Substring, days: ClosedRange<Int>)] = []
        for line in frauds.output.split(separator: "\n") {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            let range = day(fields[2])...day(fields[3])
            if let before = spells.last, before.entity == fields[0],
                range.lowerBound <= before.days.upperBound + 1
            {
                let end = max(before.days.upperBound, range.upperBound)
                spells[spells.count - 1].days = before.days.lowerBound...end
            } else {
                spells.append((fields[0], fields[1], range))
            }
        }
        var counts: [String: Int] = [:]
        for spell in spells where spell.days.overlaps(period) {
            let shown = spell.days.clamped(to: period)
            if daysSeen[spell.entity]?.contains(where: { shown.contains($0) }) == true {
                counts[String(spell.tactic), default: 0] += 1
            }
        }
        return counts
    }
}
