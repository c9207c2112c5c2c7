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
    private let output: LiveOutput
    /// What the run began with, and what was kept last.
    private var snapshot = LiveSnapshot()

    /// How many lines of the whole stream stand before the file's first.
    private let offset: Int
    private var position: Int
    /// The last line that was taken of those at hand.
    private var current: RecordLines.Line?
    /// As of the last snapshot of this run; `position` beyond it is not kept yet. nil: before it is known
    /// that the stream is the snapshot's.
    private var kept: (position: Int, time: ContinuousClock.Instant)?
    private var taken = 0
    private var others = 0
    private var damaged = 0
    private var saidAbsent = false
    private let memory: ProcessMemory
    /// Events that were taken when the memory was last looked at.
    private var looked = 0

    init(_ command: LiveCommand, _ spec: FeatureSpec) throws {
        self.command = command
        memory = ProcessMemory(given: command.memory)
        self.spec = spec
        guard case .event(let unit) = spec.vectors.unit else {
            throw CommandFailure(
                .badData,
                "\(command.spec): vectors.unit: expected a type of event: risk live has a vector for "
                    + "an event, and no moments for an entity")
        }
        let names = spec.featureNames + spec.events[unit].keys.map(\.name)
        guard !names.contains(LiveOutput.number) else {
            throw CommandFailure(
                .badData,
                "\(command.spec): the name \(LiveOutput.number) is that of the event's number")
        }
        let folder = SpecFile.folder(of: command.spec)
        let lists = try EventLogs.lists(spec, folder: folder)
        let databases = try EventLogs.databases(spec, folder: folder)
        file = try command.snapshot.map { try SnapshotFile(path: $0) }
        if let file, file.exists {
            let (snapshot, state) = try file.read()
            self.snapshot = snapshot
            do throws(SnapshotError) {
                engine = try FeatureEngine(
                    spec: spec, lists: lists, databases: databases, snapshot: state)
            } catch {
                throw CommandFailure(.badData, "\(file.path): \(error.message)")
            }
            StandardError.remark("continues after event \(Text.grouped(snapshot.position))")
        } else {
            engine = FeatureEngine(spec: spec, lists: lists, databases: databases)
        }
        position = snapshot.position
        let isWhole = command.stream == .whole
        offset = isWhole ? 0 : position
        lines = EventLines(engine)
        stream = try EventLines.open(
            command.events, spec, typeMember: command.typeMember,
            ignoresOthers: command.ignoreOtherTypes, skipping: isWhole ? position : 0)
        output = try LiveOutput(
            spec, unit: spec.events[unit], vectors: command.output, rejects: command.rejects,
            since: snapshot)
    }

    /// Takes the stream in, to its end or to a signal.
    func run() throws {
        let signals = Interruption.passOn()
        // At once, so that a crash before the next one finds what belongs to the output.
        if offset == position { try keep() }
        reading: while true {
            if !stream.isReady { try output.flush() }
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
        // A service has no end at which to say so.
        if taken >= 1000 { reportAbsent() }
        try boundMemory()
    }

    /// Ends the run, with its state kept, before the state takes more than it may: a process that the
    /// system kills loses what came after its last snapshot.
    private func boundMemory() throws {
        // To count the bytes of a state takes as long as there are key values.
        guard taken - looked >= max(1000, engine.keyValues / 16) else { return }
        looked = taken
        // A snapshot is laid out in memory before it is written: of what is held, it is at most as much
        // again.
        guard memory.isExceeded(by: file == nil ? 0 : memory.limit / 2),
            memory.isExceeded(by: file == nil ? 0 : engine.stateBytes)
        else { return }
        try keepAll()
        let kept =
            file == nil
            ? "and its state is lost, which --snapshot would have kept" : "with everything kept"
        let keys = max(1, engine.keyValues)
        throw CommandFailure(
            .badData,
            "\(command.spec): the state of \(Text.grouped(engine.keyValues)) key values, "
                + "\(Text.grouped(engine.stateBytes / keys)) bytes each, does not fit in \(memory.bound): "
                + "the command ends after event \(Text.grouped(position)), \(kept). Give it more, "
                + " shorten windows or give them a hop, or divide the stream by its keys")
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
            vector = try lines.give(event, to: engine)
        } catch {
            let (field, reason) = lines.complaint(error, event, after: last)
            return TableError.BadRow(line: line, field: field, reason: reason)
        }
        taken += 1
        if let vector { try output.write(vector, of: event, number: offset + line) }
        return nil
    }

    private func reject(_ row: TableError.BadRow, _ line: RecordLines.Line) throws {
        let record = stream.bytes(of: line)
        if try output.reject(row, file: stream.path, record: record) { return }
        try keepAll()
        throw stream.error(row)
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
        if let kept, kept.position < position { try keep() } else { try output.flush() }
    }

    /// Brings everything that was made of the lines so far to where it belongs, and only then the
    /// snapshot that says so.
    private func keep() throws(TableError) {
        try output.flush()
        if let file {
            settle()
            snapshot.position = position
            try output.settle(in: &snapshot)
            try file.write(snapshot, state: engine.snapshot())
        }
        kept = (position, .now)
    }

    private func settle() {
        if let current { snapshot.lastLine = SHA256.hexadecimal(stream.bytes(of: current)) }
        current = nil
    }

    // MARK: The place in the stream

    /// Whether the line behind which the stream goes on is the one that the snapshot was taken after.
    private func check(_ line: [UInt8]) throws {
        if SHA256.hexadecimal(line) == snapshot.lastLine { return try keep() }
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

    /// A misspelt member would be missing for ever, and nobody would know.
    private func reportAbsent() {
        if saidAbsent { return }
        saidAbsent = true
        let absent = stream.absentMembers
        if absent.isEmpty { return }
        StandardError.remark(
            "none of the first \(Text.grouped(taken)) events has the member \(Text.listed(absent))")
    }

    private func report() {
        if taken > 0 { reportAbsent() }
        for (type, late) in engine.lateEvents.sorted(by: { $0.key < $1.key }) where late > 0 {
            StandardError.remark(
                "\(Text.grouped(late)) events of \(type) became known later than its lateness "
                    + "allows: no feature counts them")
        }
        if others > 0 {
            StandardError.remark("\(Text.grouped(others)) events of other types passed over")
        }
        output.report()
        if !command.talk.quiet {
            StandardError.remark(
                "\(Text.grouped(taken)) events taken, \(Text.grouped(output.written)) vectors; the stream is "
                    + "at event \(Text.grouped(position))")
        }
    }
}
