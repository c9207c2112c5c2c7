import ArgumentParser
import Foundation
import Synchronization

/// How much a command talks.
struct TalkOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Draw no progress on the terminal.")
    var quiet = false
}

/// A line on the terminal that tells how far a long step is: share, rows a second, time left.
/// Nothing at all where standard error is no terminal.
final class Progress {
    private let label: String
    private let unit: String
    private let visible: Bool
    private let start = ContinuousClock.now
    private var lastDrawn: ContinuousClock.Instant?

    private static let drawn = Atomic<Bool>(false)

    /// - Parameter unit: what is counted: rows, rounds.
    init(_ label: String, unit: String = "rows", options: TalkOptions) {
        self.label = label
        self.unit = unit
        self.visible = !options.quiet && isatty(STDERR_FILENO) == 1
    }

    /// Tells how far it is; at most ten times a second it is drawn.
    /// - Parameters:
    ///   - count: how many have been done.
    ///   - share: how much of the whole that is, in 0...1; nil where the whole is not known.
    ///   - note: a figure beside it.
    func update(count: Int, share: Double?, note: String = "") {
        guard visible else { return }
        let now = ContinuousClock.now
        if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
        lastDrawn = now
        let seconds = max((now - start) / .seconds(1), 1e-3)
        StandardError.write(
            "\r\u{1B}[K" + line(count: count, share: share, seconds: seconds, note: note))
        Self.drawn.store(true, ordering: .relaxed)
    }

    /// Takes the line away.
    func finish() { Self.clear() }

    /// Takes away whatever line stands there.
    static func clear() {
        if drawn.exchange(false, ordering: .relaxed) { StandardError.write("\r\u{1B}[K") }
    }

    private func line(count: Int, share: Double?, seconds: Double, note: String) -> String {
        var parts = [label]
        if let share {
            let filled = Int((min(max(share, 0), 1) * 24).rounded(.down))
            parts.append(
                "[" + String(repeating: "#", count: filled)
                    + String(repeating: ".", count: 24 - filled) + "]")
            parts.append("\(Int(min(max(share, 0), 1) * 100)) %")
        }
        parts.append("\(Text.grouped(count)) \(unit)")
        if unit == "rows" { parts.append("\(Text.grouped(Int(Double(count) / seconds))) rows/s") }
        if let share, share > 0.01, seconds > 1 {
            parts.append("\(Int((seconds / share * (1 - share)).rounded(.up))) s left")
        }
        if !note.isEmpty { parts.append(note) }
        return parts.joined(separator: "  ")
    }
}
