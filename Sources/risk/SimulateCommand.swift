import ArgumentParser
import Foundation
import RiskColumns
import RiskJSON
import RiskSimulation
import RiskTables

/// `risk simulate`: a labelled world, the same for the same seed.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Make a simulated, labelled world: event logs for trying things out.",
        discussion: """
            Nothing in it is real. The same options give the same bytes on every machine. Beside the \
            logs that an operator would have stands truth.csv, what only the simulation knows: no \
            feature may read it.

            Scenarios:
            \(Scenario.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

            Example:
              risk simulate card-misuse --customers 2000 --days 120 --seed 1 --output world
            """)

    @Argument(help: "The scenario.")
    var scenario: String

    @Option(
        name: [.customLong("subscribers"), .customLong("customers")],
        help: "How many subscribers, customers, … live in it. (default: the scenario's)")
    var subscribers: Int?

    @Option(help: "How many days it runs. (default: the scenario's)")
    var days: Int?

    @Option(help: "What decides every chance in it.")
    var seed: UInt64 = 1

    @Option(help: "The day on which it begins. (default: the scenario's)")
    var start: TimeArgument?

    @Option(name: .shortAndLong, help: "The folder to write to; made where it is missing.")
    var output: String

    @OptionGroup var talk: TalkOptions

    /// The scenario and what is asked of it.
    private func asked() throws -> (scenario: Scenario, settings: WorldSettings) {
        guard let found = Scenario.named(scenario) else {
            let names = Scenario.all.map(\.name)
            throw ValidationError(
                "There is no scenario \"\(scenario)\"\(suggestion(for: scenario, among: names)) "
                    + "There is: \(names.joined(separator: ", ")).")
        }
        let settings = WorldSettings(
            subscribers: subscribers ?? found.defaultSubscribers, days: days ?? found.defaultDays,
            seed: seed, start: start?.microseconds ?? found.defaultStart)
        for (option, value, bounds) in [
            ("--\(found.subscribers)", settings.subscribers, found.subscriberBounds),
            ("--days", settings.days, found.dayBounds),
        ] where !bounds.contains(value) {
            throw ValidationError(
                "\(option) must be from \(bounds.lowerBound) to \(bounds.upperBound).")
        }
        if settings.start % Timestamps.day != 0 {
            throw ValidationError("--start must be a day, without a time.")
        }
        return (found, settings)
    }

    func validate() throws { _ = try asked() }

    func run() throws {
        let (scenario, settings) = try asked()
        let made = try Self.folder(output)
        do {
            try write(scenario, settings)
        } catch {
            // Only where it is empty: what else was in it stays.
            if made { rmdir(output) }
            throw error
        }
    }

    private func write(_ scenario: Scenario, _ settings: WorldSettings) throws {
        let world = scenario.makeWorld(settings)
        let files = try world.logs.map { try AtomicFile(path: "\(output)/\($0.name).csv") }
        let progress = Progress("simulating", unit: "days", options: talk)
        let counts = try world.write { day in
            progress.update(count: day, share: Double(day) / Double(world.days))
            return true
        } to: { log, lines throws(TableError) in
            try files[log].write(lines)
        }
        for file in files { try file.commit() }
        progress.finish()
        for (log, count) in zip(world.logs, counts) {
            try StandardOutput.print(
                "\(output)/\(log.name).csv: \(Text.grouped(count)) simulated events"
                    + (log.isObservable ? "" : ", what only the simulation knows"))
        }
    }

    /// Makes the folder where it is missing; whether it was.
    private static func folder(_ path: String) throws -> Bool {
        if mkdir(path, 0o777) == 0 { return true }
        if errno == EEXIST { return false }
        throw CommandFailure(.cannotCreate, "\(path): cannot be made: \(String(cString: strerror(errno)))")
    }
}
