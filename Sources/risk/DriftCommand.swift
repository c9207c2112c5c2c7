import ArgumentParser
import RiskColumns
import RiskEvaluation
import RiskJSON
import RiskModel
import RiskScoring
import RiskTables

/// `risk drift`: how far features, and the score, have moved.
struct DriftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Tell which features, and whether the score, moved between two tables.",
        discussion: """
            Gives the population stability index of each column, the largest first: by custom below 0.1 \
            nothing, above 0.25 a shift that wants an answer. Beside it stands what chance makes of the \
            index where nothing has moved. With --model the columns are the model's features and its \
            score is compared as well; without --reference they are held against what the model says \
            of the rows it was trained on. Of more than 200,000 rows a sample is taken, each row as \
            likely as any other. Ends with 1 where an index is above --at-most.

            Examples:
              risk drift --reference june.csv --current july.csv --model card.risk.json
              risk drift --model card.risk.json --current today.csv.gz --at-most 0.25
              risk drift --reference a.csv --current b.csv --categories country,device --ignore id,at
            """)

    @Option(name: .shortAndLong, help: "The table that the other one is held against.")
    var reference: String?

    @Option(name: .shortAndLong, help: "The table that may have moved; - is standard input.")
    var current: String

    @Option(name: .shortAndLong, help: "The model whose features and score are looked at.")
    var model: String?

    @Option(
        help: "Without --model: columns of categories, with commas between; others are numbers.")
    var categories: String?

    @Option(help: "Without --model: columns that are not looked at, with commas between.")
    var ignore: String?

    @Option(help: "How many bins of equal count numbers are cut into, 2 to 100.")
    var bins = 10

    @Option(help: "End with 1 where an index is above this.")
    var atMost: Double?

    @OptionGroup var results: ResultOptions
    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if reference == nil, model == nil {
            throw ValidationError("Give --reference, or --model for what it was trained on.")
        }
        if reference == "-", current == "-" {
            throw ValidationError("--reference and --current cannot both be standard input.")
        }
        if model != nil, categories != nil || ignore != nil {
            throw ValidationError(
                "--categories and --ignore are for tables without --model, which names its columns."
            )
        }
        var seen: Set<String> = []
        for name in named(categories) + named(ignore) where !seen.insert(name).inserted {
            throw ValidationError("The column \(quoted(name)) is named twice.")
        }
        if !(2...100).contains(bins) { throw ValidationError("--bins must be from 2 to 100.") }
        if let atMost, !(atMost >= 0) { throw ValidationError("--at-most must be 0 or more.") }
    }

    private func named(_ list: String?) -> [String] {
        list?.split(separator: ",").map(String.init) ?? []
    }

    func run() throws {
        let scorer = try model.map { Scorer(try ModelFile.load($0)) }
        let report: DriftReport
        if let reference {
            let before = try sample(reference, like: nil, scorer)
            let now = try sample(current, like: before.requests, scorer)
            report = try DriftReport(
                reference: before, current: now, bins: bins, scorer: scorer)
        } else if let scorer, let population = TrainingPopulation(of: scorer.model) {
            report = try DriftReport(
                reference: population, current: sample(current, like: nil, scorer), scorer: scorer)
        } else {
            throw CommandFailure(
                .badData,
                "\(model ?? ""): the model does not say what it was trained on, as models trained by "
                    + "an earlier version and imported ones do not: give --reference")
        }
        if results.json {
            try StandardOutput.print(report.node)
        } else {
            try StandardOutput.write(report.text)
        }
        if let atMost {
            let above = report.shifts.filter { $0.stability.index > atMost }
            if !above.isEmpty {
                throw CommandFailure(
                    .doesNotHold,
                    "above \(Text.plain(atMost)): \(Text.listed(above.map(\.name)))")
            }
        }
    }

    /// Reads a table, a sample of a long one.
    /// - Parameter requests: the columns of the table that it is held against.
    private func sample(
        _ path: String, like requests: [ColumnRequest]?, _ scorer: Scorer?
    ) throws -> DriftSample {
        let selection: ColumnSelection
        if let scorer {
            selection = .columns(scorer.layout.map { ColumnRequest($0, .number) })
        } else if let requests {
            selection = .columns(requests)
        } else {
            selection = .all(
                as: .number,
                except: named(categories).map { ColumnRequest($0, .category) }
                    + named(ignore).map { ColumnRequest($0, .text) })
        }
        let reader: TableReader
        let progress = Progress("reading \(path)", options: talk)
        var held: RowSample?
        var dictionaries: [CategoryDictionary?] = []
        var wanted: [ColumnRequest] = []
        do throws(TableError) {
            reader = try TableReader(path: path, requests: selection, batchRows: 16_384)
            wanted = reader.requests.filter { $0.type != .text }
            while let batch = try reader.next() {
                let columns = wanted.map { batch[$0.name]! }
                var sample =
                    held ?? RowSample(columnCount: columns.count, capacity: DriftReport.sampleRows)
                sample.add(columns.map(\.coded), rowCount: batch.rowCount)
                held = sample
                dictionaries = columns.map { column in
                    if case .codes(_, let dictionary) = column.storage { dictionary } else { nil }
                }
                progress.update(count: reader.rowsRead, share: reader.share)
            }
        } catch {
            let isText = scorer == nil && error.badRows.contains { $0.reason.contains("a number") }
            throw CommandFailure(
                error.kind == .noInput ? .noInput : error.kind == .input ? .inputOutput : .badData,
                error.description
                    + (isText
                        ? "\nColumns that are no numbers are named with --categories or --ignore."
                        : ""))
        }
        progress.finish()
        guard let held else {
            throw CommandFailure(.badData, "\(path): there are no rows to compare")
        }
        return DriftSample(path: path, requests: wanted, rows: held, dictionaries: dictionaries)
    }
}

extension Column {
    /// Numbers as they are, categories as their codes, missing as NaN.
    fileprivate var coded: [Double] {
        if case .codes(let codes, _) = storage { return codes.map { $0 < 0 ? .nan : Double($0) } }
        return doubles ?? []
    }
}
