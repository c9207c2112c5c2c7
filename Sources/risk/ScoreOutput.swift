import Foundation
import RiskJSON
import RiskTables

/// Where `risk score` puts what it writes: files that appear at the end, or such as survive the run's end
/// and are continued.
final class ScoreOutput {
    /// What an earlier run had done; nil: nothing.
    let checkpoint: ScoreCheckpoint?

    private enum Place {
        case atomic(AtomicFile?, RejectsWriter?)
        case resumable(ResumableOutput, rejects: ResumableOutput?)
    }

    private let place: Place
    private let input: String
    /// Where the state and what grows lie; empty where nothing is resumable.
    private let statePath: String
    private let partialPath: String
    private var rejectedRows: Int
    private var line: [UInt8] = []
    private var lastKept = ContinuousClock.now

    /// The rows that are in the rejects file.
    var rejected: Int { rejectedRows }

    /// Files that appear at the end.
    init(input: String, output: String?, rejects: String?) throws {
        self.input = input
        (statePath, partialPath) = ("", "")
        checkpoint = nil
        rejectedRows = 0
        place = .atomic(
            try output.map { try AtomicFile(path: $0) },
            try rejects.map { try RejectsWriter(path: $0) })
    }

    /// Files that are continued where there is a state, and begun otherwise.
    /// - Parameter fresh: what the run depends on; a state that names something else is refused.
    init(
        resuming fresh: ScoreCheckpoint, input: String, output: String, rejects: String?
    ) throws {
        self.input = input
        for (option, path) in [("--output", output), ("--rejects", rejects)] {
            var status = stat()
            if let path, stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
                throw CommandFailure(
                    .usage, "\(option): \(path) is no regular file: --resume needs one")
            }
        }
        statePath = ResumableOutput.statePath(output)
        // Nothing is touched, and nothing judged, before the output is held.
        var growing = try PartialFile(output)
        ResumableOutput.removeLeftovers(of: statePath)
        var found: ScoreCheckpoint?
        if access(statePath, F_OK) == 0 {
            if growing.isEmpty {
                // Of a run that was killed when all but this was done, or whose output was removed.
                StandardError.remark("\(growing.partial) is gone: the run begins anew")
                unlink(statePath)
            } else {
                found = try Self.read(statePath, partial: growing.partial, fresh)
            }
        }
        var growingRejects = try rejects.map { try PartialFile($0) }
        if let whole = found, whole.isFinishing {
            try Self.complete(whole, growing, growingRejects, statePath: statePath)
            StandardError.remark(
                "the interrupted run was complete: its files are in place now, and the run begins anew"
            )
            found = nil
            growing = try PartialFile(output)
            if let rejects, growingRejects?.isEmpty == false {
                growingRejects = nil
                growingRejects = try PartialFile(rejects)
            }
        }
        partialPath = growing.partial
        place = .resumable(
            try ResumableOutput(
                growing, keeping: found?.output.length ?? 0, statePath: statePath),
            rejects: try growingRejects.map { [statePath] in
                try ResumableOutput(
                    $0, keeping: found?.rejects?.length ?? 0, statePath: statePath)
            })
        checkpoint = found
        rejectedRows = found?.rejects?.rows ?? 0
        if case .resumable(_, let rejects?) = place, rejects.length == 0 {
            try rejects.append(Array(RejectsWriter.header.utf8))
        }
    }

    /// Does what a run that had scored everything left to be done: the names that its files do not have
    /// yet. The rejects came first, so where they are not growing any more they have theirs.
    private static func complete(
        _ state: ScoreCheckpoint, _ output: PartialFile, _ rejects: PartialFile?, statePath: String
    ) throws {
        let output = try ResumableOutput(
            output, keeping: state.output.length, statePath: statePath)
        if let rejects, let length = state.rejects?.length, !rejects.isEmpty {
            try ResumableOutput(rejects, keeping: length, statePath: statePath).finish()
        }
        try output.finish()
        unlink(statePath)
    }

    private static func read(
        _ path: String, partial: String, _ fresh: ScoreCheckpoint
    ) throws -> ScoreCheckpoint {
        let bytes = try readFile(path, limit: 1 << 28)
        let root = try? JSONParser.parse(bytes, limits: .init(depth: 8, bytes: 1 << 28))
        let whole =
            root?["finishing"] == Node(true)
            ? "; it was complete but for its last step: repeat its own command, or" : ";"
        let advice = "\(whole) remove \(path) and \(partial) to begin anew"
        // What it was made with comes first: the population of another model cannot even be read.
        if case .string(let model)? = root?["model"]?.content, model != fresh.model {
            throw CommandFailure(
                .badData, "\(path): the interrupted run was of another model\(advice)")
        }
        let state: ScoreCheckpoint
        do throws(Mistakes) {
            state = try ScoreCheckpoint(bytes, empty: fresh.population)
        } catch {
            throw CommandFailure(.badData, "\(path): \(error.list[0].message)\(advice)")
        }
        if state.settings != fresh.settings {
            throw CommandFailure(
                .badData,
                "\(path): the interrupted run had other options, policy or columns\(advice)")
        }
        // A run that has scored everything needs no input any more.
        if !state.isFinishing, state.inputBytes != fresh.inputBytes {
            let sizes = [state.inputBytes, fresh.inputBytes].map {
                $0.map { "\($0) bytes" } ?? "no known length"
            }
            throw CommandFailure(
                .badData,
                "\(path): the input is another one: it had \(sizes[0]), now \(sizes[1])\(advice)")
        }
        return state
    }

    /// Refuses to go on where what was passed over is not what the interrupted run had read.
    func check(_ progress: TablePieces.Progress) throws(TableError) {
        guard let checkpoint, progress.pieces == checkpoint.pieces else { return }
        guard progress.position == checkpoint.position, progress.digest == checkpoint.digest else {
            throw changed("its first \(checkpoint.position) bytes are not those")
        }
    }

    /// The input ended before what the interrupted run had read of it.
    func checkEnd(_ pieces: Int) throws(TableError) {
        guard let checkpoint, pieces < checkpoint.pieces else { return }
        throw changed("it ends before the place")
    }

    private func changed(_ how: String) -> TableError {
        TableError(
            .badData, file: input,
            "was changed since the interrupted run: \(how) that it had read; remove "
                + "\(statePath) and \(partialPath) to begin anew")
    }

    /// Adds bytes to the output.
    func write(_ bytes: UnsafeRawBufferPointer) throws(TableError) {
        switch place {
        case .atomic(let file, _): try file?.write(bytes)
        case .resumable(let file, _): try file.append(bytes)
        }
    }

    /// Adds a row to the rejects file.
    func reject(
        _ row: TableError.BadRow, _ record: UnsafeBufferPointer<UInt8>
    ) throws(TableError) {
        line.removeAll(keepingCapacity: true)
        RejectsWriter.append(file: input, row, record: record, to: &line)
        switch place {
        case .atomic(_, let writer): try writer?.add(line: line)
        case .resumable(_, let file): try file?.append(line)
        }
        rejectedRows += 1
    }

    /// Keeps how far the run has come, where so much time has passed since it last did.
    func keep(
        _ progress: TablePieces.Progress, every interval: Duration, _ fresh: ScoreCheckpoint,
        _ population: ScoredPopulation
    ) throws(TableError) {
        guard case .resumable = place, ContinuousClock.now - lastKept >= interval else { return }
        try write(fresh, progress, population, isFinishing: false)
        lastKept = ContinuousClock.now
    }

    /// Brings what has grown to the disk, and then the state that says how much that is.
    private func write(
        _ fresh: ScoreCheckpoint, _ progress: TablePieces.Progress, _ population: ScoredPopulation,
        isFinishing: Bool
    ) throws(TableError) {
        guard case .resumable(let file, let rejects) = place else { return }
        try file.synchronize()
        try rejects?.synchronize()
        var state = fresh
        state.isFinishing = isFinishing
        state.pieces = progress.pieces
        state.position = progress.position
        state.digest = progress.digest
        state.output.length = file.length
        state.rejects = rejects.map { .init(length: $0.length, rows: rejectedRows) }
        state.population = population
        let target = try AtomicFile(path: statePath)
        try target.write(state.bytes())
        try target.commit()
    }

    /// Brings the files to their places; the rejects first: where they cannot be kept, there is no output
    /// either. A run that is killed in between finds in the state that this is all there is to do.
    /// - Parameter fresh: as of `keep`, where the run can be resumed.
    func finish(rejectsPath: String?, _ fresh: ScoreCheckpoint?, _ run: ScoreRun) throws {
        switch place {
        case .atomic(let file, let writer):
            try writer?.finish()
            try file?.commit()
        case .resumable(let file, let rejects):
            if let fresh { try write(fresh, run.position, run.population, isFinishing: true) }
            try rejects?.finish()
            try file.finish()
            unlink(statePath)
        }
        if rejectedRows > 0, let rejectsPath {
            StandardError.remark(
                "\(Text.grouped(rejectedRows)) rows rejected: see \(rejectsPath)")
        }
    }
}
