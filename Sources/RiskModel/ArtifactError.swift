import RiskJSON

/// Why a file is no model: every mistake that was found, each with its line and path.
///
/// Loading stops at the first *stage* that finds mistakes (bytes, format, digest, structure,
/// meaning, golden vectors), because the later ones could only report consequences.
public struct ArtifactError: Error, Equatable, Sendable, CustomStringConvertible {
    /// At least one, in the order of the file's lines.
    public let mistakes: [Mistake]
    /// Whether the file is a sound model by itself, and only its golden vectors score differently here.
    public let isOnlyOfScores: Bool

    /// Makes the error.
    /// - Precondition: at least one mistake.
    public init(_ mistakes: [Mistake], isOnlyOfScores: Bool = false) {
        precondition(!mistakes.isEmpty)
        self.mistakes = Mistakes(mistakes).list
        self.isOnlyOfScores = isOnlyOfScores
    }

    /// An error with one mistake.
    init(line: Int, path: String = "", _ message: String) {
        self.init([Mistake(line: line, path: path, message: message)])
    }

    /// The first mistake's line, from 1; nil where it has none.
    public var line: Int? { mistakes[0].line > 0 ? mistakes[0].line : nil }

    /// The first mistake's path from the root: `tables[3].cutPoints`; empty for the whole file.
    public var path: String { mistakes[0].path }

    /// What was found and what was expected, of the first mistake.
    public var message: String { mistakes[0].message }

    /// All the mistakes, one a line.
    public var description: String { Mistakes(mistakes).description }
}
