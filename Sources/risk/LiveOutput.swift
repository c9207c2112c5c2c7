import RiskFeatures
import RiskTables

/// What a run of `risk live` writes: vectors, and lines that are no events.
final class LiveOutput {
    /// The member with the number of the vector's event.
    static let number = "event_number"

    /// How many vectors this run has written.
    private(set) var written = 0
    /// How many lines this run has rejected.
    private(set) var rejected = 0

    private let vectors: AppendedFile
    private let writer: ObjectLines
    private let rejects: AppendedFile?
    /// Where the unit's keys are among the values that a log brings.
    private let keys: [Int]

    /// Opens the files, at the lengths that they had at a snapshot.
    init(
        _ spec: FeatureSpec, unit: EventType, vectors: String, rejects: String?,
        since snapshot: LiveSnapshot
    ) throws {
        let fields = unit.fields.filter { !$0.isLookedUp }
        keys = fields.indices.filter { fields[$0].isKey }
        self.vectors = try Self.open(vectors, snapshot.output)
        self.rejects = try rejects.map { try Self.open($0, snapshot.rejects) }
        writer = ObjectLines(
            self.vectors,
            names: [Self.number, "time"] + keys.map { fields[$0].name } + spec.featureNames)
    }

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

    /// Writes the vector of an event.
    /// - Parameter number: the event's in the stream.
    func write(
        _ vector: [Double], of event: EventLines.Event, number: Int
    ) throws(TableError) {
        writer.add(integer: Int64(number))
        writer.add(time: event.known)
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
    }

    /// Writes a line that is no event to the rejects.
    /// - Returns: false where there is no file for them.
    func reject(
        _ row: TableError.BadRow, file: String, record: [UInt8]
    ) throws(TableError) -> Bool {
        guard let rejects else { return false }
        var text: [UInt8] = []
        if rejects.length == 0 { text += RejectsWriter.header.utf8 }
        record.withUnsafeBufferPointer {
            RejectsWriter.append(file: file, row, record: $0, to: &text)
        }
        try rejects.append(text)
        rejected += 1
        return true
    }

    /// Hands everything on: it outlives the process.
    func flush() throws(TableError) {
        try vectors.flush()
        try rejects?.flush()
    }

    /// Brings everything to the disk, and notes how long the files are.
    func settle(in snapshot: inout LiveSnapshot) throws(TableError) {
        try vectors.synchronize()
        snapshot.output = Self.place(vectors)
        guard let rejects else { return }
        try rejects.synchronize()
        snapshot.rejects = Self.place(rejects)
    }

    private static func place(_ file: AppendedFile) -> LiveSnapshot.Output? {
        file.isRegular ? LiveSnapshot.Output(path: file.path, length: file.length) : nil
    }

    /// Says where rejected lines are.
    func report() {
        guard rejected > 0, let rejects else { return }
        StandardError.remark("\(Text.grouped(rejected)) lines rejected: see \(rejects.path)")
    }
}
