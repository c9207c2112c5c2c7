import ArgumentParser
import RiskColumns
import RiskFeatures
import RiskTables

/// `risk live`: events come in, vectors go out, and a killed process goes on where it was.
struct LiveCommand: ParsableCommand {
    /// What part of the stream is given after a snapshot.
    enum Stream: String, ExpressibleByArgument, CaseIterable {
        case whole, rest
    }

    static let configuration = CommandConfiguration(
        commandName: "live",
        abstract: "Compute vectors event by event as they arrive, and survive kill -9.",
        discussion: """
            Events are JSON Lines, all types mixed, in the order in which they become known: \
            {"event": "login", "at": "2026-03-02T12:00:00Z", "account": "a1"}. Members are the columns \
            that the spec names; others are passed over. For each event of the spec's unit there is a \
            line with its number in the stream (event_number: its line), time, keys and features; null \
            is missing. It is written before the command waits for more. Vectors are those of \
            risk features on the same log, to the bit.

            With --snapshot the state is kept in a file, with the place in the stream, at most every \
            --snapshot-every, and at the end. Started again, the command goes on from there. The files \
            of --output and --rejects are cut back to that place and written on, so that in the end \
            each is, byte by byte, that of a run which nothing disturbed. On standard output the vectors \
            behind the last snapshot come once more, as the same lines: drop the numbers you have. \
            SIGTERM and SIGINT end the command well, with a last snapshot and code 0.

            Examples:
              risk live --spec features.yaml --events events.jsonl --output vectors.jsonl
              consumer | risk live --spec features.yaml \\
                --snapshot state.live --stream rest | service
            """)

    @Option(name: .shortAndLong, help: "The feature spec, a YAML file; see docs/features.md.")
    var spec: String

    @Option(name: .shortAndLong, help: "The stream of events, JSON Lines; - is standard input.")
    var events = "-"

    @Option(
        name: .shortAndLong,
        help: "The file of vectors, JSON Lines, which grows as they come; - is standard output.")
    var output = "-"

    @Option(help: "The file that keeps the state; where it is there, the command goes on from it.")
    var snapshot: String?

    @Option(
        help: "How often the state is kept at most: 100ms, 1s, 5m; 0: after every event.")
    var snapshotEvery = SnapshotInterval(argument: "1s")!

    @Option(
        help: """
            After a snapshot, whole: the stream begins with its first event, and those that were taken \
            are passed over; rest: it begins behind them.
            """)
    var stream = Stream.whole

    @Option(help: "The member that names an event's type; with one type it may lack.")
    var typeMember = "event"

    @Flag(help: "Pass over events of types that the spec does not have.")
    var ignoreOtherTypes = false

    @Option(
        help: """
            The file for lines that are no events, with line, field and reason; without it, the first \
            one ends the command.
            """)
    var rejects: String?

    @Option(
        help: ArgumentHelp(
            """
            The memory to stay within: 500MB, 2GB. Before the state of the keys outgrows it, the command \
            keeps its state and ends with 65. (default: nine tenths of the machine's)
            """, valueName: "size"))
    var memory: MemoryArgument?

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        for (option, path) in [
            ("--output", output), ("--rejects", rejects), ("--snapshot", snapshot),
        ] where path?.lowercased().hasSuffix(".gz") ?? false {
            throw ValidationError("\(option): this file is not compressed; name it without .gz.")
        }
    }

    func run() throws {
        try DistinctFiles.check(
            inputs: [("--spec", spec), ("--events", events)],
            outputs: [("--output", output), ("--rejects", rejects), ("--snapshot", snapshot)])
        let definition = try SpecFile.features(spec)
        let run = try LiveRun(self, definition)
        try run.run()
    }
}

/// `100ms`, `1s`, `5m`, `1h`, or `0`.
struct SnapshotInterval: ExpressibleByArgument {
    let duration: Duration
    private let text: String

    init?(argument: String) {
        text = argument
        if argument == "0" {
            duration = .zero
            return
        }
        let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        guard let (unit, milliseconds) = units.first(where: { argument.hasSuffix($0.0) }),
            argument.utf8.count <= 10,
            argument.dropLast(unit.count).allSatisfy({ ("0"..."9").contains($0) }),
            let count = Int(argument.dropLast(unit.count))
        else { return nil }
        let total = count * milliseconds
        guard total <= 24 * 3_600_000 else { return nil }
        duration = .milliseconds(total)
    }

    var defaultValueDescription: String { text }
}
