import ArgumentParser
import RiskJSON
import RiskModelExport
import RiskTables

/// `risk export`: the same scores elsewhere.
struct ExportCommand: ParsableCommand {
    /// What a model becomes.
    enum Target: String, ExpressibleByArgument, CaseIterable {
        case sql, onnx, pmml, c
    }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a model as SQL, ONNX, PMML or C, with the same log-odds to the bit.",
        discussion: """
            sql: without --table one expression of the log-odds; with it a query, or by --view a view, \
            of the table's columns (or of --columns) and risk_units, risk_log_odds, risk_probability \
            and risk_points. onnx: a graph of operator set 13, an input a feature. pmml: a scorecard \
            of PMML 4.4. c: one file of C99 without dependencies. docs/exports.md says what each engine \
            does with missing values, infinities and old versions, and how it was tested.

            Examples:
              risk export card.risk.json --to sql --dialect postgresql --table vectors --view scores \
            --output scores.sql
              risk export card.risk.json --to sql --dialect duckdb --table vectors --columns customer,at \
            --reasons 3 --output -
              risk export card.risk.json --to onnx --output card.onnx
              risk export card.risk.json --to c --name card --output card.c
            """)

    @Argument(help: "The model file.")
    var model: String

    @Option(help: "What it shall become.")
    var to: Target

    @Option(help: "sql: the database.")
    var dialect: SQLDialect?

    @Option(help: "sql: the table to score; a point divides schema and table.")
    var table: String?

    @Option(help: "sql: the view to create; without it the file is a query.")
    var view: String?

    @Option(help: "sql: the table's columns beside the scores, with commas between. (default: all)")
    var columns: String?

    @Option(help: "Reasons a row, up to 20; of sql they need --columns. c has a function for them.")
    var reasons = 0

    @Option(help: "c: what the functions' names begin with. (default: the model's name)")
    var name: String?

    @Option(help: ArgumentHelp("Where it goes; - is standard output.", valueName: "file"))
    var output: String

    @OptionGroup var results: ResultOptions

    func validate() throws {
        let isSQL = to == .sql
        if isSQL, dialect == nil {
            let all = SQLDialect.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--to sql needs --dialect: one of \(all).")
        }
        let sqlOnly: [(String, Bool)] = [
            ("--dialect", dialect != nil), ("--table", table != nil), ("--view", view != nil),
            ("--columns", columns != nil),
        ]
        if !isSQL, let given = sqlOnly.first(where: \.1) {
            throw ValidationError("\(given.0) is for --to sql.")
        }
        if to != .c, name != nil { throw ValidationError("--name is for --to c.") }
        if to == .c, reasons != 0 {
            throw ValidationError("--reasons is not for --to c: its file has a function for them.")
        }
        if !(0...20).contains(reasons) { throw ValidationError("--reasons must be from 0 to 20.") }
        if isSQL, table == nil {
            for (option, isGiven) in sqlOnly.suffix(2) + [("--reasons", reasons > 0)] where isGiven
            {
                throw ValidationError("\(option) needs --table.")
            }
        }
        if isSQL, reasons > 0, columns == nil {
            throw ValidationError("--reasons needs --columns: the rows' key at least.")
        }
        if results.json, output == "-" {
            throw ValidationError("--json and the export both write to standard output.")
        }
    }

    func run() throws {
        try DistinctFiles.check(inputs: [("the model", model)], outputs: [("--output", output)])
        let loaded = try ModelFile.load(model)
        let export: ModelExport
        do throws(Mistakes) {
            export = try ModelExport(of: loaded, as: format)
        } catch {
            throw CommandFailure(.badData, messages: error.messages(in: model))
        }
        let written = try AtomicFile(path: output)
        try written.write(export.bytes)
        try written.commit()
        for note in export.notes { StandardError.write("risk: \(model): \(note)\n") }
        // Standard output is the file then.
        if output == "-" { return }
        if results.json {
            return try StandardOutput.print(
                .object([
                    "model": Node(loaded.name), "to": Node(to.rawValue),
                    "dialect": dialect.map { Node($0.rawValue) } ?? nil,
                    "bytes": Node(export.bytes.count),
                    "outputs": .array(export.outputs.map { Node($0) }),
                    "notes": .array(export.notes.map { Node($0) }), "output": Node(output),
                ]))
        }
        try StandardOutput.write(
            """
            \(output): \(loaded.name), \(loaded.features.count) features, \(export.bytes.count) bytes
              gives \(export.outputs.joined(separator: ", "))

            """)
    }

    private var format: ExportFormat {
        switch to {
        case .sql:
            .sql(
                SQLOptions(
                    dialect: dialect!, table: table, view: view,
                    columns: columns.map {
                        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                    }, reasons: reasons))
        case .onnx: .onnx(reasons: reasons)
        case .pmml: .pmml(reasons: reasons)
        case .c: .c(name: name)
        }
    }
}

extension SQLDialect: ExpressibleByArgument {}
