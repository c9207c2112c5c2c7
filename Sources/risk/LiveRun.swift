import Foundation
import RiskColumns
import RiskFeatures
import RiskJSON
import RiskTables

/// A run of `risk live`: what it reads, keeps and writes.
final class LiveRun {
    private let command: LiveCommand
    private let spec: FeatureSpec
    private let engine: FeatureEngine
    private let lines: EventLines
    private let stream: RecordStream
    private let file: SnapshotFile?
    private let vectors: AppendedFile
    private let writer: ObjectLines
    private let rejects: AppendedFile?
    /// Where the snapshot that this run began with was taken.
    private let beginning: LiveSnapshot
    /// The keys of the unit that a log brings.
    private let keys: [String]

    /// How many lines of the whole stream stand before the file's first.
    private let offset: Int
    private var position: Int
    /// The SHA-256 of the last line that was taken.
    private var lastLine: String
    /// The last line that was taken of those at hand.
    private var current: RecordLines.Line?
    /// As of the last snapshot of this run; `position` beyond it is not kept yet. nil: before it is known
    /// that the stream is the snapshot's.
    private var kept: (position: Int, time: ContinuousClock.Instant)?
    private var taken = 0, written = 0, rejected = 0, others = 0, damaged = 0

    static let number = "event_number"

    init(_ command: LiveCommand, _ spec: FeatureSpec) throws {
        self.command = command
        self.spec = spec
        guard case .event(let unit) = spec.vectors.unit else {
            throw CommandFailure(
                .badData,
                "\(command.spec): vectors.unit: expected a type of event: risk live has a vector for "
                    + "an event, and no moments for an entity")
        }
        keys = spec.events[unit].keys.filter { !$0.isLookedUp }.map(\.name)
        guard !(keys + spec.featureNames).contains(Self.number) else {
            throw CommandFailure(
                .badData, "\(command.spec): the name \(Self.number) is that of the event's number")
        }
        let folder = SpecFile.folder(of: command.spec)
        let lists = try EventLogs.lists(spec, folder: folder)
        let databases = try EventLogs.databases(spec, folder: folder)
        file = try command.snapshot.map { try SnapshotFile(path: $0) }
        var beginning = LiveSnapshot()
        let isRestored = file?.exists ?? false
        if let file, isRestored {
            let (snapshot, state) = try file.read()
            beginning = snapshot
            do throws(SnapshotError) {
                engine = try FeatureEngine(
                    spec: spec, lists: lists, databases: databases, snapshot: state)
            } catch {
                throw CommandFailure(.badData, "\(file.path): \(error.message)")
            }
        } else {
            engine = FeatureEngine(spec: spec, lists: lists, databases: databases)
        }
        self.beginning = beginning
        position = beginning.position
        lastLine = beginning.lastLine
        let isWhole = command.stream == .whole
        offset = isWhole ? 0 : beginning.position
        lines = EventLines(spec)
        stream = try EventLines.open(
            command.events, spec, typeMember: command.typeMember,
            ignoresOthers: command.ignoreOtherTypes, skipping: isWhole ? beginning.position : 0)
        vectors = try Self.open(command.output, beginning.output)
        rejects = try command.rejects.map { try Self.open($0, beginning.rejects) }
        writer = ObjectLines(vectors, names: [Self.number, "time"] + keys + spec.featureNames)
        if isRestored {
            StandardError.remark("continues after event \(Text.grouped(position))")
        }
    }

    /// Opens a file that grows, at the length that it had at the snapshot.
    private static func open(
        _ path: String, _ before: LiveSnapshot.Output?
    ) throws -> AppendedFile {
        let length = before?.path == path ? before?.length : nil
        let file = try AppendedFile(path: path, keeping: length)
        if let length, length > 0, file.isRegular, file.length == 0 {
            StandardError.remark("\(path) is gone or was emptied: it begins anew")
        }
        return file
    }

    /// Takes the stream in, to its end or to a signal.
    func run() throws {
        let signals = Interruption.passOn()
        // At once, so that a crash before the next one finds what belongs to the output.
        if offset == position { try keep() }
        reading: while true {
            if !stream.isReady { try flush() }
            switch try next(signals) {
            case .lines(let lines): try take(lines)
            case .skipped(let line): try check(line)
            case .silence: try keepWhereDue()
            case .wakened: break reading
            case .end:
                try checkEnd()
                break reading
            }
        }
        try keepAll()
        report()
    }

    /// What was taken is kept, whatever is wrong with what comes behind it.
    private func next(_ signals: Int32) throws -> RecordStream.Arrival {
        do throws(TableError) {
            return try stream.next(within: patience, or: signals)
        } catch {
            try keepAll()
            throw error
        }
    }

    private func take(_ lines: RecordLines) throws {
        for line in lines.lines {
            var bad: TableError.BadRow?
            switch line.content {
            case .record(let kind, let row):
                bad = try take(kind, row, lines.tables, line.number)
            case .other: others += 1
            case .bad(let row): bad = row
            }
            if let bad { try reject(bad, line) }
            position = offset + line.number
            current = line
            try keepWhereDue()
        }
        position = offset + lines.last.number
        current = lines.last
        // The bytes are gone with the next lines.
        if file != nil { settle() }
        if engine.damagedDatabases.count > damaged { reportDamage() }
    }

    /// Takes an event in, and writes its vector where it has one.
    /// - Returns: what is wrong with it, if anything.
    private func take(
        _ kind: Int, _ row: Int, _ tables: [Table], _ line: Int
    ) throws -> TableError.BadRow? {
        let event = lines.event(kind: kind, row: row, in: tables)
        let last = engine.lastMoment
        let vector: [Double]?
        do throws(FeatureEngine.Refusal) {
            vector = try engine.process(event)
        } catch {
            let (field, reason) = lines.complaint(error, event, kind: kind, after: last)
            return TableError.BadRow(line: line, field: field, reason: reason)
        }
        taken += 1
        guard let vector else { return nil }
        writer.add(integer: Int64(offset + line))
        writer.add(time: event.known ?? event.time)
        for key in keys {
            if case .text(let text)? = event.values[key] {
                writer.add(text: text)
            } else {
                writer.add(text: nil)
            }
        }
        for value in vector { writer.add(number: value) }
        try writer.end()
        written += 1
        return nil
    }

    private func reject(_ row: TableError.BadRow, _ line: RecordLines.Line) throws {
        guard let rejects else {
            try keepAll()
            throw stream.error(row)
        }
        var text: [UInt8] = []
        if rejects.length == 0 { text += RejectsWriter.header.utf8 }
        stream.bytes(of: line).withUnsafeBufferPointer {
            RejectsWriter.append(file: stream.path, row, record: $0, to: &text)
        }
        try rejects.append(text)
        rejected += 1
    }

    // MARK: Snapshots

    private var isDue: Bool {
        guard file != nil, let kept, position > kept.position else { return false }
        let every = command.snapshotEvery.duration
        return every == .zero || ContinuousClock.now - kept.time >= every
    }

    /// How long to wait for more at most, in milliseconds; -1: for ever.
    private var patience: Int32 {
        guard file != nil, let kept, position > kept.position else { return -1 }
        let left = command.snapshotEvery.duration - (ContinuousClock.now - kept.time)
        return Int32(clamping: max(0, Int64((left / .milliseconds(1)).rounded(.up))))
    }

    private func keepWhereDue() throws(TableError) {
        if isDue { try keep() }
    }

    /// Keeps what is not kept yet.
    private func keepAll() throws(TableError) {
        if let kept, kept.position < position { try keep() } else { try flush() }
    }

    /// Brings everything that was made of the lines so far to where it belongs, and only then the
    /// snapshot that says so.
    private func keep() throws(TableError) {
        try flush()
        if let file {
            settle()
            try vectors.synchronize()
            try rejects?.synchronize()
            var snapshot = LiveSnapshot()
            snapshot.position = position
            snapshot.lastLine = lastLine
            snapshot.output = Self.place(vectors)
            snapshot.rejects = rejects.flatMap { Self.place($0) } ?? beginning.rejects
            try file.write(snapshot, state: engine.snapshot())
        }
        kept = (position, .now)
    }

    private func settle() {
        if let current { lastLine = SHA256.hexadecimal(stream.bytes(of: current)) }
        current = nil
    }

    private static func place(_ file: AppendedFile) -> LiveSnapshot.Output? {
        file.isRegular ? LiveSnapshot.Output(path: file.path, length: file.length) : nil
    }

    private func flush() throws(TableError) {
        try vectors.flush()
        try rejects?.flush()
    }

    // MARK: The place in the stream

    /// Whether the line behind which the stream goes on is the one that the snapshot was taken after.
    private func check(_ line: [UInt8]) throws {
        if SHA256.hexadecimal(line) == beginning.lastLine { return try keep() }
        throw CommandFailure(
            .badData,
            "\(name): line \(Text.grouped(position)) is not the one after which \(snapshotName) was "
                + "taken: is this another stream, or only its rest (--stream rest)?")
    }

    private func checkEnd() throws {
        guard offset + stream.lineCount < position else { return }
        throw CommandFailure(
            .badData,
            "\(name): ends after line \(Text.grouped(stream.lineCount)), but \(snapshotName) was taken "
                + "after line \(Text.grouped(position)): is this another stream, or only its rest "
                + "(--stream rest)?")
    }

    private var name: String { stream.path == "-" ? "standard input" : stream.path }
    private var snapshotName: String { file?.path ?? "" }

    // MARK: Talk

    private func reportDamage() {
        for found in engine.damagedDatabases.dropFirst(damaged) {
            let paths = spec.databases.first { $0.name == found.name }?.paths ?? []
            let folder = SpecFile.folder(of: command.spec)
            StandardError.remark(
                "\(SpecFile.path(paths[found.version], in: folder)): \(found.message); what it should "
                    + "answer is missing")
        }
        damaged = engine.damagedDatabases.count
    }

    private func report() {
        for (type, late) in engine.lateEvents.sorted(by: { $0.key < $1.key }) where late > 0 {
            StandardError.remark(
                "\(Text.grouped(late)) events of \(type) became known later than its lateness "
                    + "allows: no feature counts them")
        }
        if others > 0 {
            StandardError.remark("\(Text.grouped(others)) events of other types passed over")
        }
        if rejected > 0, let rejects {
            StandardError.remark("\(Text.grouped(rejected)) lines rejected: see \(rejects.path)")
        }
        if !command.talk.quiet {
            StandardError.remark(
                "\(Text.grouped(taken)) events taken, \(Text.grouped(written)) vectors; the stream is "
                    + "at event \(Text.grouped(position))")
        }
    }
}
