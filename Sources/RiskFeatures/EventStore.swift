import RiskColumns

/// The dictionaries of a run: one for each name of a key or category, shared by all types of events,
/// and the answers to the spec's questions about their texts.
struct Symbols: Sendable {
    private(set) var dictionaries: [String: CategoryDictionary] = [:]
    /// For each text test of the spec, whether each code passes.
    private(set) var answers: [[Bool]]
    private let tests: [TextTest]
    private let lists: [String: ListContents]
    /// What fields are looked up by, and lists of several versions.
    var lookups: Lookups

    init(
        spec: FeatureSpec, lists: [String: ListContents],
        databases: [String: [any AddressDatabase]] = [:]
    ) {
        tests = spec.tests
        var lists = lists
        for list in spec.lists where lists[list.name] == nil {
            let versions = list.sources.map { source -> ListContents in
                guard case .values(let values) = source else {
                    preconditionFailure("the members of the list \(list.name) were not given")
                }
                return .values(Set(values))
            }
            lists[list.name] = list.hasVersions ? .versions(versions) : versions[0]
        }
        self.lists = lists
        lookups = Lookups(spec: spec, lists: lists, databases: databases)
        answers = spec.tests.map { _ in [] }
        for field in spec.events.flatMap(\.fields) where field.type == .category {
            dictionaries[field.name] = CategoryDictionary()
        }
        for composite in spec.events.flatMap(\.composites) {
            dictionaries[EventType.name(of: composite)] = CategoryDictionary()
        }
    }

    /// The code of several codes as one key, -1 where one of them is missing.
    mutating func intern(_ codes: [Int64], composite: String) -> Int64 {
        if codes.contains(where: { $0 < 0 }) { return -1 }
        return codes.withUnsafeBytes { bytes in
            Int64(dictionaries[composite]!.intern(bytes.assumingMemoryBound(to: UInt8.self)))
        }
    }

    /// The code of a text of a field, a new one where it has none yet.
    mutating func intern(_ text: String, field: String) -> Int32 {
        let code = dictionaries[field]!.intern(text)
        for (index, test) in tests.enumerated()
        where test.field == field && answers[index].count <= Int(code) {
            answers[index].append(answer(test, text))
        }
        return code
    }

    /// The code of several codes as one key, given as bytes.
    mutating func intern(composite bytes: ArraySlice<UInt8>, _ name: String) -> Int {
        bytes.withUnsafeBufferPointer { Int(dictionaries[name]!.intern($0)) }
    }

    private func answer(_ test: TextTest, _ text: String) -> Bool {
        switch test.question {
        case .oneOf(let texts): texts.contains(text)
        case .inList(let name): lists[name]!.contains(text)
        }
    }
}

/// The events of one type as columns of 64-bit slots: time, known time, then the fields.
///
/// Integers, decimals, booleans as they are (missing: `Column.missing`), doubles by their bits, texts by
/// their code (missing: -1). Written once, by the initialiser or by the live engine's single thread.
final class EventStore: @unchecked Sendable {
    static let timeSlot = 0
    static let knownSlot = 1
    static let firstFieldSlot = 2

    /// One pointer a slot, each to `count` values.
    let slots: UnsafeMutablePointer<UnsafePointer<Int64>>
    let slotCount: Int
    let count: Int
    /// Whether events are known when they happen: one column serves for both times.
    private let knowsAtOnce: Bool

    /// A store of one event whose slots are set later.
    init(single type: EventType) {
        slotCount = type.firstMembershipSlot + type.memberships.count + type.composites.count
        count = 1
        knowsAtOnce = false
        slots = .allocate(capacity: slotCount)
        for slot in 0..<slotCount {
            let values = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
            values.pointee = Column.missing
            slots[slot] = UnsafePointer(values)
        }
    }

    /// Takes a log in.
    /// - Parameter table: has the columns of the type's `requests`.
    init(_ table: Table, type: EventType, symbols: inout Symbols) throws(EventLogError) {
        var columns: [[Int64]] = []
        let time = try Self.times(table, type.time.column, type: type)
        columns.append(time)
        if let known = type.known {
            let column = try Self.times(table, known.column, type: type)
            for row in 0..<table.rowCount where column[row] < time[row] {
                throw EventLogError(
                    event: type.name, row: row,
                    message: "known (\(known.column)) at \(Timestamps.format(column[row])), before "
                        + "it happened at \(Timestamps.format(time[row]))")
            }
            columns.append(column)
        } else {
            columns.append(time)
        }
        for field in type.fields {
            if field.isLookedUp {
                columns.append([])
            } else {
                columns.append(try Self.values(table, field, type: type, symbols: &symbols))
            }
        }
        columns += type.memberships.map { _ in [] }
        for lookup in symbols.lookups.slots(of: type) {
            columns[lookup.slot] = zip(columns[lookup.source], time).map { code, time in
                symbols.answer(lookup.lookup, code: code, at: time)
            }
        }
        for composite in type.composites {
            let name = EventType.name(of: composite)
            let parts = composite.map { columns[type.slot(of: $0)!] }
            columns.append(
                (0..<table.rowCount).map { row in
                    symbols.intern(parts.map { $0[row] }, composite: name)
                })
        }
        slotCount = columns.count
        count = table.rowCount
        knowsAtOnce = type.known == nil
        slots = .allocate(capacity: columns.count)
        for (slot, column) in columns.enumerated() {
            if slot == Self.knownSlot, knowsAtOnce {
                slots[slot] = slots[Self.timeSlot]
                continue
            }
            let values = HugePages.allocate(count, of: Int64.self)
            column.withUnsafeBufferPointer { source in
                if let base = source.baseAddress { values.update(from: base, count: count) }
            }
            slots[slot] = UnsafePointer(values)
        }
    }

    deinit {
        for slot in 0..<slotCount where slot != Self.knownSlot || !knowsAtOnce {
            slots[slot].deallocate()
        }
        slots.deallocate()
    }

    /// Sets a slot of a store of one event.
    func set(_ slot: Int, _ value: Int64) {
        UnsafeMutablePointer(mutating: slots[slot]).pointee = value
    }

    private static func values(
        _ table: Table, _ field: FieldDefinition, type: EventType, symbols: inout Symbols
    ) throws(EventLogError) -> [Int64] {
        guard let column = table[field.column], column.type == field.type else {
            preconditionFailure("the log's table has no column \(field.column) of its type")
        }
        switch column.storage {
        case .integers(let values):
            if let row = values.firstIndex(where: { !isSummable($0) }) {
                throw EventLogError(
                    event: type.name, row: row,
                    message: "\(field.column) is \(values[row]); integers are read up to "
                        + "\(Decimals.largest), beyond which sums would not be exact")
            }
            return values
        case .numbers(let values):
            return values.map { slot(of: $0) }
        case .codes(let codes, let dictionary):
            let own = dictionary.texts.map { Int64(symbols.intern($0, field: field.name)) }
            return codes.map { $0 < 0 ? -1 : own[Int($0)] }
        case .text:
            preconditionFailure("a field is never carried text")
        }
    }

    /// Whether it is a time of a log: with any window or delay added it stays far inside Int64.
    static func isTime(_ value: Int64) -> Bool {
        value >= Timestamps.earliest && value < Timestamps.end
    }

    /// What is not finite counts as missing, so that no feature is infinite.
    static func slot(of number: Double) -> Int64 {
        Int64(bitPattern: (number.isFinite ? number : .nan).bitPattern)
    }

    static func isSummable(_ value: Int64) -> Bool {
        value == Column.missing || (value <= Decimals.largest && value >= -Decimals.largest)
    }

    private static func times(
        _ table: Table, _ name: String, type: EventType
    ) throws(EventLogError) -> [Int64] {
        guard case .integers(let values)? = table[name]?.storage else {
            preconditionFailure("the log's table has no times \(name)")
        }
        if let row = values.firstIndex(where: { !isTime($0) }) {
            let found = values[row] == Column.missing ? "missing" : "outside the years 1900 to 2199"
            throw EventLogError(event: type.name, row: row, message: "\(name) is \(found)")
        }
        return values
    }
}

/// What is wrong with an event of a log.
public struct EventLogError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The type of event.
    public let event: String
    /// The event's place in its log, from 0.
    public let row: Int
    /// What is wrong, and what was expected.
    public let message: String

    /// `purchase, event 12: …`.
    public var description: String { "\(event), event \(row + 1): \(message)" }
}

extension EventType {
    /// A column of a log that the spec needs.
    public struct Request: Sendable, Equatable {
        /// The column's name.
        public let column: String
        /// Its type.
        public let type: ColumnType
        /// How its times are written.
        public let timeFormat: TimeColumn.Format
        /// Whether an event without a value is a mistake.
        public let isRequired: Bool
        /// Whether a decimal's digits behind its scale are rounded away rather than refused.
        public let rounds: Bool
    }

    /// The columns that a log of this type must have, each once.
    public var requests: [Request] {
        var requests = [
            Request(
                column: time.column, type: .time, timeFormat: time.format, isRequired: true,
                rounds: false)
        ]
        if let known {
            requests.append(
                Request(
                    column: known.column, type: .time, timeFormat: known.format, isRequired: true,
                    rounds: false))
        }
        for field in fields where !field.isLookedUp {
            requests.append(
                Request(
                    column: field.column, type: field.type, timeFormat: .iso8601,
                    isRequired: false, rounds: field.rounds))
        }
        var seen: Set<String> = []
        return requests.filter { seen.insert($0.column).inserted }
    }
}
