import Foundation
import RiskEvaluation
import RiskFeatures
import RiskJSON
import RiskPolicy
import RiskScoring
import RiskTables
import RiskTraining

/// How a command ends when it does not succeed, the only place where that is decided.
///
/// The libraries throw typed errors that name the place; here they become messages, each shown on
/// standard error behind `risk: `, and an exit code of sysexits.h.
struct CommandFailure: Error {
    /// Exit codes, as sysexits.h numbers them.
    enum Code: Int32 {
        /// Checked, and it does not hold.
        case doesNotHold = 1
        /// The command line is wrong.
        case usage = 64
        /// What a file says is wrong.
        case badData = 65
        /// An input cannot be opened.
        case noInput = 66
        /// An output cannot be created.
        case cannotCreate = 73
        /// Reading or writing failed.
        case inputOutput = 74
    }

    /// What ends the process.
    enum End {
        /// An exit code.
        case code(Code)
        /// A signal, as if it had never been caught: an interrupt, or the closed pipe.
        case signal(Int32)
        /// What the argument parser makes of its own errors and of requests for help.
        case parser(any Error)
    }

    let end: End
    /// Each a line or more; the first begins with the file where there is one.
    let messages: [String]

    init(_ code: Code, _ messages: String...) {
        self.init(code, messages: messages)
    }

    init(_ code: Code, messages: [String]) {
        self.end = .code(code)
        self.messages = messages
    }

    init(signal: Int32) {
        self.end = .signal(signal)
        self.messages = []
    }

    init(parser error: any Error) {
        self.end = .parser(error)
        self.messages = []
    }

    /// What any error of a verb means.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as TableError: self.init(error)
        case let error as TrainingError: self.init(.badData, "\(error)")
        case let error as EvaluationError: self.init(.badData, "\(error)")
        case let error as ScoringError: self.init(.badData, "\(error)")
        case let error as EventLogError: self.init(.badData, "\(error)")
        case let error as ProposalError: self.init(.badData, "\(error)")
        case let error as ExtractionError: self.init(.badData, "\(error)")
        default: self.init(parser: error)
        }
    }

    /// Of a file: its description names place and column.
    private init(_ error: TableError) {
        switch error.kind {
        case .closedPipe: self.init(signal: SIGPIPE)
        case .noInput: self.init(.noInput, error.description)
        case .badData: self.init(.badData, error.description)
        case .cannotCreate: self.init(.cannotCreate, error.description)
        case .input, .output: self.init(.inputOutput, error.description)
        }
    }
}

extension Mistakes {
    /// `FILE:LINE: the.path: what was found and what was expected`, one a mistake.
    func messages(in file: String) -> [String] {
        list.map { mistake in
            let place = mistake.line > 0 ? "\(file):\(mistake.line)" : file
            return mistake.path.isEmpty
                ? "\(place): \(mistake.message)" : "\(place): \(mistake.path): \(mistake.message)"
        }
    }
}
