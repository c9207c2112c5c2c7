import ArgumentParser
import Foundation
import RiskTables

/// Which rows train, by time.
struct TrainingPeriod: ParsableArguments {
    @Option(help: "The column with the time of each row.")
    var time: String?

    @Option(help: "Rows from this moment on test and do not train.")
    var testFrom: TimeArgument?

    @Option(help: "Rows from this moment on do not test either.")
    var testUntil: TimeArgument?

    @Option(help: "Rows before this moment do not train.")
    var trainFrom: TimeArgument?

    @Option(help: "Rows from this moment on do not train. (default: --test-from less --gap)")
    var trainUntil: TimeArgument?

    @Option(help: "How long before a test the training ends, so that its labels were known.")
    var gap = DurationArgument.none

    func validate() throws {
        let bounds: [(String, TimeArgument?)] = [
            ("--test-from", testFrom), ("--test-until", testUntil), ("--train-from", trainFrom),
            ("--train-until", trainUntil),
        ]
        if time == nil, let given = bounds.first(where: { $0.1 != nil }) {
            throw ValidationError("\(given.0) needs --time, the column with the time of each row.")
        }
        if let testFrom, let testUntil, testUntil.microseconds <= testFrom.microseconds {
            throw ValidationError("--test-until must come after --test-from.")
        }
        if let testFrom, let trainUntil, trainUntil.microseconds > testFrom.microseconds {
            throw ValidationError(
                "--train-until must not come after --test-from: the test would be trained on.")
        }
        if let trainFrom, let end = trainingEnd, end <= trainFrom.microseconds {
            throw ValidationError("The training period is empty: it begins at or after its end.")
        }
    }

    /// Refuses a gap before nothing.
    /// - Parameter hasFolds: whether there are tests by folds.
    func checkGap(hasFolds: Bool) throws {
        if gap.microseconds > 0, testFrom == nil, !(hasFolds && time != nil) {
            throw ValidationError("--gap needs --test-from, or --folds with --time.")
        }
    }

    /// Where the training period ends, exclusive; nil without a test.
    var trainingEnd: Int64? {
        trainUntil?.microseconds ?? testFrom.map { $0.microseconds - gap.microseconds }
    }
}

/// How a command uses the machine.
struct WorkOptions: ParsableArguments {
    @Option(help: "Threads to use; the results are the same at any number. (default: all cores)")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads must be from 1 to 1024.")
        }
    }

    /// The number of threads.
    var threadCount: Int { threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount) }
}

/// How results are printed.
struct ResultOptions: ParsableArguments {
    @Flag(help: "Print the results as JSON.")
    var json = false
}

/// How an input without a telling name is written.
struct FormatOptions: ParsableArguments {
    @Option(help: "The form of the input. (default: by the file's name, csv for -)")
    var inputFormat: TableFormat?

    @Option(help: "The form of the output. (default: by the file's name, csv for -)")
    var outputFormat: TableFormat?

    var input: TableFormat? { inputFormat }
    var output: TableFormat? { outputFormat }
}

extension TableFormat: ExpressibleByArgument {}

extension TableReader {
    /// How much of the file has been read, in 0...1; nil for a pipe.
    var share: Double? {
        guard let total = totalBytes, total > 0 else { return nil }
        return Double(bytesRead) / Double(total)
    }
}
