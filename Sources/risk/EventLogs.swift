import Foundation
import RiskColumns
import RiskFeatures
import RiskTables

/// The logs that a spec asks for, read whole.
struct EventLogs {
    /// A table for each type of event, by name.
    private(set) var tables: [String: Table] = [:]
    /// The members of the spec's lists.
    private(set) var lists: [String: ListContents] = [:]
    /// The versions of the spec's databases.
    private(set) var databases: [String: [any AddressDatabase]] = [:]

    /// Reads a log for each type of event.
    /// - Parameters:
    ///   - files: where the log of each type is.
    ///   - folder: what paths of lists are relative to.
    init(
        _ spec: FeatureSpec, files: [String: String], folder: String, onError: ErrorMode = .fail,
        talk: TalkOptions
    ) throws {
        lists = try Self.lists(spec, folder: folder)
        databases = try Self.databases(spec, folder: folder)
        let memory = ProcessMemory(given: nil)
        for type in spec.events {
            let reader = try Self.reader(of: type, spec, files: files, onError: onError)
            let progress = Progress("reading \(type.name)", options: talk)
            tables[type.name] = try reader.readAll { (rows) throws(TableError) in
                progress.update(count: rows, share: reader.share)
                guard !memory.isExceeded() else {
                    throw TableError(
                        .badData, file: files[type.name] ?? "",
                        "its first \(Text.grouped(rows)) events and what was read before take more than "
                            + "\(memory.bound): risk features --memory puts the rest on the disk")
                }
            }
            progress.finish()
        }
    }

    /// The members of a spec's lists.
    static func lists(_ spec: FeatureSpec, folder: String) throws -> [String: ListContents] {
        var lists: [String: ListContents] = [:]
        for list in spec.lists {
            let versions = try list.sources.map { try read($0, folder: folder) }
            lists[list.name] = list.hasVersions ? .versions(versions) : versions[0]
        }
        return lists
    }

    /// The versions of a spec's databases.
    static func databases(
        _ spec: FeatureSpec, folder: String
    ) throws -> [String: [any AddressDatabase]] {
        var databases: [String: [any AddressDatabase]] = [:]
        for database in spec.databases {
            databases[database.name] = try database.open(folder: folder)
        }
        return databases
    }

    /// What reads the log of a type of event.
    static func reader(
        of type: EventType, _ spec: FeatureSpec, files: [String: String], onError: ErrorMode
    ) throws -> TableReader {
        guard let path = files[type.name] else {
            let names = spec.events.map(\.name).joined(separator: ", ")
            throw CommandFailure(
                .usage,
                "no log of \(type.name): expected --events \(type.name)=FILE "
                    + "(the spec's events are \(names))")
        }
        let zone = spec.zone
        return try TableReader(
            path: path,
            requests: .columns(type.requests.map { ColumnRequest($0) }), rules: type.rules,
            onError: onError,
            naiveTime: { zone.moment(ofLocal: $0) })
    }

    /// The first and the last moment at which something happened; nil where nothing did.
    var period: (first: Int64, last: Int64)? {
        let times = tables.values.compactMap { table -> (Int64, Int64)? in
            // The first column that a type asks for is its time.
            guard case .integers(let values)? = table.columns.first?.storage,
                let first = values.min(), let last = values.max()
            else { return nil }
            return (first, last)
        }
        guard let first = times.map(\.0).min(), let last = times.map(\.1).max() else { return nil }
        return (first, last)
    }

    private static func read(
        _ source: ListDeclaration.Source, folder: String
    ) throws -> ListContents {
        func members(_ path: String) throws -> [(line: Int, text: String)] {
            let full = SpecFile.path(path, in: folder)
            let bytes = try readFile(full, limit: 64 << 20)
            let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
            var members: [(line: Int, text: String)] = []
            for (index, line) in lines.enumerated() {
                guard let line = String(validating: line, as: UTF8.self) else {
                    throw CommandFailure(.badData, "\(full):\(index + 1): a text that is no UTF-8")
                }
                let text = line.trimmingCharacters(in: .whitespacesAndNewlines)
                if !text.isEmpty, !text.hasPrefix("#") { members.append((index + 1, text)) }
            }
            return members
        }
        switch source {
        case .values(let values):
            return .values(Set(values))
        case .file(let path):
            return .values(Set(try members(path).map(\.text)))
        case .cidr(let path):
            let lines = try members(path)
            let (networks, invalid) = NetworkList.make(lines.map(\.text))
            guard let networks else {
                let (line, text) = lines[invalid ?? 0]
                throw CommandFailure(
                    .badData,
                    "\(path):\(line): expected a network such as 192.0.2.0/24, "
                        + "found \"\(text)\"")
            }
            return .networks(networks)
        }
    }
}

extension ColumnRequest {
    /// What a spec asks of a log, in the words of the reader.
    init(_ request: EventType.Request) {
        let format: TimeFormat =
            switch request.timeFormat {
            case .iso8601: .iso8601
            case .epochSeconds: .epochSeconds
            case .epochMilliseconds: .epochMilliseconds
            case .epochMicroseconds: .epochMicroseconds
            }
        self.init(
            request.column, request.type, timeFormat: format, rounded: request.rounds,
            required: request.isRequired)
    }
}

extension EventType {
    /// What the engine asks of an event, so that a row which is none is named with its line.
    var rules: [RowRule] {
        let known = known.map { [RowRule.time($0.column, notBefore: time.column)] } ?? []
        return known
            + fields.filter { $0.type == .integer }
            .map { .magnitude($0.column, atMost: Decimals.largest) }
    }
}
