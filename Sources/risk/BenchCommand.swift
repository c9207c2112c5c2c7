import ArgumentParser
import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring

/// `risk bench`: what this machine does with a model.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast this machine scores with a model.",
        discussion: """
            Scores made rows in memory, column by column and one at a time, and beside that adds the very \
            same values up with the same threads: no score can be faster than reading what it is of. \
            Each figure is the best of several runs; the rows fall into all bins of all tables, and \
            one value in fifty is missing.

            Example:
              risk bench card.risk.json --threads 2
            """)

    @Argument(help: "The model file.")
    var model: String

    @Option(help: "How many rows. (default: as many as take 256 MB, at most 2,000,000)")
    var rows: Int?

    @Option(help: "How many runs each figure is the best of, 1 to 100.")
    var runs = 5

    @OptionGroup var work: WorkOptions
    @OptionGroup var results: ResultOptions

    func validate() throws {
        if let rows, !(1000...100_000_000).contains(rows) {
            throw ValidationError("--rows must be from 1000 to 100000000.")
        }
        if !(1...100).contains(runs) { throw ValidationError("--runs must be from 1 to 100.") }
    }

    func run() throws {
        let scorer = Scorer(try ModelFile.load(model))
        guard !scorer.layout.isEmpty else {
            throw CommandFailure(.badData, "\(model): the model has no features to score")
        }
        let fitting = (256 << 20) / (8 * scorer.layout.count)
        let count = rows ?? max(1000, min(2_000_000, fitting))
        let bench = ModelBench(scorer, rows: count, runs: runs)
        var measures: [ModelBench.Measure] = []
        for threads in Set([1, work.threadCount]).sorted() {
            measures += bench.batch(threads: threads)
        }
        let single = bench.singleRows()
        if results.json {
            return try StandardOutput.print(
                .object([
                    "model": Node(scorer.model.name), "features": Node(scorer.layout.count),
                    "cutPoints": Node(cutPoints(scorer)), "rows": Node(count),
                    "batch": .array(measures.map(\.node)), "oneRow": .array(single.map(\.node)),
                ]))
        }
        var lines = [
            ["", "threads", "rows/s", "ns a row", "of the memory's pace"]
        ]
        lines += measures.map { measure in
            [
                measure.name, String(measure.threads), Text.grouped(Int(measure.rowsPerSecond)),
                Text.fixed(measure.nanoseconds, 2),
                measure.share.map { "\(Text.fixed($0 * 100, 0)) %" } ?? "",
            ]
        }
        try StandardOutput.write(
            "\(scorer.model.name): \(scorer.layout.count) features, \(cutPoints(scorer)) cut points; "
                + "\(Text.grouped(count)) rows of doubles, "
                + "\(Text.grouped(count * scorer.layout.count * 8 >> 20)) MB\n\n"
                + Text.table(lines, right: [1, 2, 3, 4], indent: "  ")
                + "\n\nOne row at a time, on one thread (nanoseconds, the mean of 32 rows each):\n"
                + Text.table(
                    [["", "median", "99 %"]]
                        + single.map {
                            [$0.name, Text.fixed($0.median, 0), Text.fixed($0.high, 0)]
                        }, right: [1, 2], indent: "  ") + "\n")
    }

    private func cutPoints(_ scorer: Scorer) -> Int {
        scorer.model.tables.reduce(0) { $0 + $1.cutPoints.count }
    }
}
