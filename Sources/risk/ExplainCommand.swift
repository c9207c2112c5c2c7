import ArgumentParser
import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring
import RiskTables

/// `risk explain`: what each feature adds to a row's score, or what a model makes of one feature.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Take a row's score apart, or plot what a model makes of a feature.",
        discussion: """
            Of a row: what each feature adds to the log-odds, and by how much that is above the typical \
            case, the largest first. The terms and the intercept add up to the score exactly. The row is \
            --row N of a table, the first whose column has a value, or written out. With --feature the \
            shape of one feature is drawn, with the row's place in it where a row is given too.

            Examples:
              risk explain card.risk.json --input vectors.csv --row 17
              risk explain card.risk.json --input vectors.csv --where transaction=t4711 --reasons 5
              risk explain card.risk.json --values amount=250,night=1
              risk explain card.risk.json --feature amount --svg amount.svg
            """)

    @Argument(help: "The model file.")
    var model: String

    @Option(name: .shortAndLong, help: "The table that has the row; - is standard input.")
    var input: String?

    @Option(help: "The row's number, from 1.")
    var row: Int?

    @Option(name: .customLong("where"), help: "COLUMN=VALUE: the first row with this value.")
    var place: String?

    @Option(help: "The row itself: NAME=VALUE, with commas between; what is not named is missing.")
    var values: String?

    @Option(help: "Plot this feature.")
    var feature: String?

    @Option(help: "With --feature: also write the plot to this file, as SVG; - is standard output.")
    var svg: String?

    @Option(help: "How many features are listed. (default: all that add anything)")
    var reasons: Int?

    @Option(help: "The language of the sentences.")
    var language = ScoreCommand.Language.en

    @OptionGroup var format: FormatOptions
    @OptionGroup var results: ResultOptions

    func validate() throws {
        let ways = [row != nil, place != nil, values != nil].count { $0 }
        if ways > 1 { throw ValidationError("Give one of --row, --where and --values.") }
        if (row ?? 1) < 1 { throw ValidationError("--row counts from 1.") }
        if (row != nil || place != nil) != (input != nil) {
            throw ValidationError("--input needs --row or --where, and these need --input.")
        }
        if ways == 0, feature == nil {
            throw ValidationError("Name a row (--row, --where, --values) or a --feature.")
        }
        if let place, !place.contains("=") {
            throw ValidationError("--where expects COLUMN=VALUE, found \(place).")
        }
        if svg != nil, feature == nil { throw ValidationError("--svg needs --feature.") }
        if svg == "-", results.json {
            throw ValidationError("--json and --svg - both write to standard output.")
        }
        if let reasons, reasons < 0 { throw ValidationError("--reasons must be 0 or more.") }
    }

    func run() throws {
        try DistinctFiles.check(
            inputs: [("the model", model), ("--input", input)], outputs: [("--svg", svg)])
        let scorer = Scorer(try ModelFile.load(model))
        let found = try values.map { try written($0, scorer) } ?? input.map { try read($0, scorer) }
        if let feature { return try plot(feature, scorer, found) }
        guard let found else { return }
        let explanation = RowExplanation(
            scorer, values: found, limit: reasons, language: language.rawValue)
        if results.json {
            try StandardOutput.print(explanation.node)
        } else {
            try StandardOutput.write(explanation.text)
        }
    }

    private func plot(_ name: String, _ scorer: Scorer, _ row: [Double]?) throws {
        guard let shape = scorer.model.shapes().first(where: { $0.feature.name == name }) else {
            throw CommandFailure(
                .usage,
                "\(model): there is no feature \"\(name)\"\(suggestion(for: name, among: scorer.layout))"
            )
        }
        let value = row.flatMap { row in scorer.layout.firstIndex(of: name).map { row[$0] } }
        guard case .table(let table) = shape.term else {
            if svg != nil {
                throw CommandFailure(
                    .badData, "\(model): \(name): there is no table of bins to plot")
            }
            return results.json
                ? try StandardOutput.print(shape.node) : try StandardOutput.write(shape.text)
        }
        let plot = ShapePlot(name: name, table: table, value: value)
        if let svg {
            let file = try AtomicFile(path: svg)
            try file.write(plot.svg)
            try file.commit()
            if svg == "-" { return }
        }
        if results.json { return try StandardOutput.print(shape.node) }
        try StandardOutput.write(plot.text)
    }

    // MARK: The row

    /// `amount=250,night=1`.
    private func written(_ list: String, _ scorer: Scorer) throws -> [Double] {
        var values = [Double](repeating: .nan, count: scorer.layout.count)
        var seen: Set<Int> = []
        for part in list.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(pair[0])
            guard let index = scorer.layout.firstIndex(of: name) else {
                throw CommandFailure(
                    .usage,
                    "--values: \(name) is no feature of the model"
                        + suggestion(for: name, among: scorer.layout))
            }
            guard pair.count == 2, pair[1].isEmpty || Double(pair[1]) != nil else {
                throw CommandFailure(
                    .usage, "--values: \(name): expected \(name)=NUMBER, found \(part)")
            }
            guard seen.insert(index).inserted else {
                throw CommandFailure(.usage, "--values: \(name) stands twice")
            }
            values[index] = Double(pair[1]) ?? .nan
        }
        return values
    }

    private func read(_ path: String, _ scorer: Scorer) throws -> [Double] {
        let pair = place?.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let key = pair.map { (column: String($0[0]), value: String($0[1])) }
        var requests = scorer.layout.map { ColumnRequest($0, .number) }
        // A feature is compared as the number that it is.
        let isFeature = key.map { scorer.layout.contains($0.column) } ?? false
        if let key, !isFeature { requests.append(ColumnRequest(key.column, .text)) }
        let reader = try TableReader(
            path: path, format: format.input, requests: .columns(requests), batchRows: 8192)
        var before = 0
        while let batch = try reader.next() {
            let index: Int?
            if let key {
                let column = batch[key.column]!
                index = (0..<batch.rowCount).first { row in
                    if isFeature, case .numbers(let values) = column.storage {
                        return key.value.isEmpty
                            ? values[row].isNaN : values[row] == Double(key.value)
                    }
                    return column.text(at: row) == key.value
                }
            } else {
                index = row.flatMap { $0 - 1 < before + batch.rowCount ? $0 - 1 - before : nil }
            }
            if let index {
                return scorer.layout.map { batch[$0]?.doubles?[index] ?? .nan }
            }
            before += batch.rowCount
        }
        throw CommandFailure(
            .badData,
            key.map { "\(path): column \($0.column): no row has the value \(quoted($0.value))" }
                ?? "\(path): there are \(before) rows, and no row \(row ?? 0)")
    }
}
