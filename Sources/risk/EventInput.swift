import ArgumentParser
import RiskFeatures
import RiskTables

/// A spec and the logs that it asks for, as a command names them.
struct EventInput: ParsableArguments {
    @Option(name: .shortAndLong, help: "The feature spec, a YAML file; see docs/features.md.")
    var spec: String

    @Option(
        name: .shortAndLong, parsing: .upToNextOption,
        help: "The log of each type of event: TYPE=FILE.")
    var events: [EventArgument]

    @Option(help: "The first moment that has vectors.")
    var from: TimeArgument?

    @Option(help: "The first moment that has none any more.")
    var until: TimeArgument?

    /// The files, for `DistinctFiles`.
    var files: [(String, String)] {
        [("--spec", spec)] + events.map { ("--events \($0.type)", $0.path) }
    }

    func validate() throws {
        var seen: Set<String> = []
        for event in events where !seen.insert(event.type).inserted {
            throw ValidationError("--events names \(event.type) twice.")
        }
        if let from, let until, until.microseconds <= from.microseconds {
            throw ValidationError("--until must come after --from.")
        }
    }

    /// Reads the spec.
    func readSpec() throws -> FeatureSpec {
        let spec = try SpecFile.features(spec)
        for event in events where !spec.events.contains(where: { $0.name == event.type }) {
            let names = spec.events.map(\.name).joined(separator: ", ")
            throw CommandFailure(.usage, "the spec has no event \(event.type); it has \(names)")
        }
        return spec
    }

    /// Reads the logs.
    func readLogs(
        _ spec: FeatureSpec, onError: ErrorMode, talk: TalkOptions
    ) throws -> EventLogs {
        try EventLogs(
            spec, files: paths,
            folder: SpecFile.folder(of: self.spec), onError: onError, talk: talk)
    }

    /// Takes the logs in.
    func extractor(
        _ spec: FeatureSpec, _ logs: EventLogs, threads: Int
    ) throws -> BatchExtractor {
        let extractor: BatchExtractor
        do throws(EventLogError) {
            extractor = try BatchExtractor(
                spec: spec, logs: logs.tables, lists: logs.lists, databases: logs.databases,
                threads: threads)
        } catch {
            throw failure(error)
        }
        try check(extractor.damagedDatabases, spec)
        return extractor
    }

    /// The file of each type of event.
    var paths: [String: String] {
        Dictionary(uniqueKeysWithValues: events.map { ($0.type, $0.path) })
    }

    /// An event that is none, by its file.
    func failure(_ error: EventLogError) -> CommandFailure {
        let path = paths[error.event] ?? ""
        return CommandFailure(.badData, "\(path): event \(error.row + 1): \(error.message)")
    }
}

/// `TYPE=FILE`.
struct EventArgument: ExpressibleByArgument {
    let type: String
    let path: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
            return nil
        }
        type = String(argument[..<equals])
        path = String(argument[argument.index(after: equals)...])
        if path.isEmpty { return nil }
    }
}
