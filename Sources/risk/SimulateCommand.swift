import ArgumentParser
import Foundation
import RiskSimulation
import RiskTables

/// `risk simulate`: a labelled world, the same for the same seed.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Make a simulated, labelled world: event logs for trying things out.",
        discussion: """
            Nothing in it is real. The same options give the same bytes on every machine. A log that \
            only a simulation can have (who did what, and why) lies in a file of its own, truth.csv, \
            for looking at where a model fails; docs/simulation.md describes the worlds.

            Example:
              risk simulate card-misuse --customers 2000 --days 120 --seed 1 --output world
            """)

    @Argument(help: "The world: \(Scenario.all.map(\.name).joined(separator: ", ")).")
    var scenario: Scenario

    @Option(
        name: [.customLong("subscribers"), .customLong("customers")],
        help: "How many live in it. (default: as the scenario has it)")
    var subscribers: Int?

    @Option(help: "How many days it runs. (default: as the scenario has it)")
    var days: Int?

    @Option(help: "What decides every chance in it.")
    var seed: UInt64 = 1

    @Flag(help: "Gangs with other habits than those of the registered world.")
    var shift = false

    @Option(name: .shortAndLong, help: "The folder to write to; made where it is missing.")
    var output: String

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if let subscribers, !scenario.subscriberBounds.contains(subscribers) {
            throw ValidationError("--subscribers must be in \(scenario.subscriberBounds).")
        }
        if let days, !scenario.dayBounds.contains(days) {
            throw ValidationError("--days must be in \(scenario.dayBounds).")
        }
        if shift, !scenario.canShift {
            throw ValidationError("--shift: the gangs of \(scenario.name) have no other habits.")
        }
    }

    func run() throws {
        let world = scenario.makeWorld(
            WorldSettings(
                subscribers: subscribers ?? scenario.defaultSubscribers,
                days: days ?? scenario.defaultDays, seed: seed, start: scenario.defaultStart,
                shifted: shift))
        do {
            try FileManager.default.createDirectory(
                atPath: output, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.cannotCreate, "\(output): the folder cannot be made")
        }
        let paths = world.logs.map { "\(output)/\($0.name).csv" }
        let files = try paths.map { try AtomicFile(path: $0) }
        let progress = Progress("simulating", unit: "days", options: talk)
        let counts = try world.write(
            dayDone: { day in
                progress.update(count: day, share: Double(day) / Double(world.days))
                return true
            },
            to: { (log, lines) throws(TableError) in try files[log].write(lines) })
        progress.finish()
        for file in files { try file.commit() }
        if talk.quiet { return }
        for (path, count) in zip(paths, counts) {
            StandardError.remark("\(path): \(Text.grouped(count)) simulated events")
        }
    }
}

extension Scenario: ExpressibleByArgument {
    /// The scenario of that name.
    public init?(argument: String) {
        guard let scenario = Scenario.named(argument) else { return nil }
        self = scenario
    }
}
