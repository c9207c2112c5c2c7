import ArgumentParser
import RiskTables

/// What a command does with rows that do not parse.
struct RejectionOptions: ParsableArguments {
    enum Choice: String, ExpressibleByArgument, CaseIterable {
        case fail, reject
    }

    @Option(help: "fail: name the first ten and stop; reject: write them to --rejects and go on.")
    var onError = Choice.fail

    @Option(
        help: "The file for rejected rows, with line, field and reason; implies --on-error reject.")
    var rejects: String?

    func validate() throws {
        if onError == .reject, rejects == nil {
            throw ValidationError("--on-error reject needs --rejects FILE.")
        }
    }

    /// Opens the rejects file, where there is one.
    func open() throws -> Rejection {
        Rejection(writer: try rejects.map { try RejectsWriter(path: $0) })
    }
}

/// Where rejected rows of a run go.
struct Rejection {
    fileprivate let writer: RejectsWriter?

    /// What a reader does with them.
    var mode: ErrorMode { writer.map { .reject($0) } ?? .fail }

    /// Brings the file to its place, and says how many rows are in it.
    func finish() throws {
        guard let writer else { return }
        try writer.finish()
        if writer.count > 0 {
            StandardError.remark("\(Text.grouped(writer.count)) rows rejected: see \(writer.path)")
        }
    }
}
