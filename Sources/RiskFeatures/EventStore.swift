import Dispatch
import RiskColumns

/// One slot of many events, by row.
struct SlotValues {
    let base: UnsafePointer<Int64>
    let stride: Int

    @inline(__always)
    subscript(row: Int) -> Int64 { base[row &* stride] }
}

/// The slots of many events: where each slot's values begin, and how far they are apart.
struct Slots {
    let bases: UnsafePointer<UnsafePointer<Int64>>
    let stride: Int

    @inline(__always)
    subscript(slot: Int) -> SlotValues { SlotValues(base: bases[slot], stride: stride) }
}

/// The events of one type, each a row of 64-bit slots: time, known time, then the fields. What is
/// computed for a key value finds an event here and there in its log, and all of it in one place.
///
/// Integers, decimals, booleans as they are (missing: `Column.missing`), doubles by their bits, texts by
/// their code (missing: -1). Written once, by the initialiser or by the live engine's single thread.
final class EventStore: @unchecked Sendable {
    static let timeSlot = 0
    static let knownSlot = 1
    static let firstFieldSlot = 2

    let count: Int
    let slotCount: Int
    private let values: UnsafeMutablePointer<Int64>
    private let bases: UnsafeMutablePointer<UnsafePointer<Int64>>
    /// Words of an event.
    private let width: Int
    /// The log's times and codes, as they are in the log; for those who want all of them.
    private(set) var columns: [Int: Source] = [:]

    var slots: Slots { Slots(bases: bases, stride: width) }

    /// Whether events are known when they happen: one slot serves for both times.
    var knowsAtOnce: Bool { bases[Self.knownSlot] == bases[Self.timeSlot] }

    /// Room for events; what is set later.
    init(_ type: EventType, count: Int, knowsAtOnce: Bool) {
        self.count = count
        slotCount = type.firstMembershipSlot + type.memberships.count + type.composites.count
        let shared = knowsAtOnce ? 1 : 0
        width = slotCount - shared
        values = HugePages.allocate(count * width, of: Int64.self)
        bases = .allocate(capacity: slotCount)
        for slot in 0..<slotCount {
            bases[slot] = UnsafePointer(values + (slot < Self.knownSlot ? slot : slot - shared))
        }
    }

    deinit {
        values.deallocate()
        bases.deallocate()
    }

    /// A store of some events whose slots are set later.
    convenience init(_ type: EventType, empty count: Int) {
        self.init(type, count: count, knowsAtOnce: false)
        values.update(repeating: Column.missing, count: count * width)
    }

    /// Takes a log in.
    /// - Parameter table: has the columns of the type's `requests`.
    convenience init(
        _ table: Table, type: EventType, symbols: inout Symbols, threads: Int
    ) throws(EventLogError) {
        self.init(type, count: table.rowCount, knowsAtOnce: type.known == nil)
        let time = try Self.times(table, type.time.column, type: type)
        var sources = [(slot: Self.timeSlot, source: Source.integers(time))]
        if let known = type.known {
            let column = try Self.times(table, known.column, type: type)
            for row in 0..<table.rowCount where column[row] < time[row] {
                throw EventLogError(
                    event: type.name, row: row,
                    message: "known (\(known.column)) at \(Timestamps.format(column[row])), before "
                        + "it happened at \(Timestamps.format(time[row]))")
            }
            sources.append((Self.knownSlot, .integers(column)))
        }
        for (index, field) in type.fields.enumerated() where !field.isLookedUp {
            let source = try Self.source(table, field, type: type, symbols: &symbols)
            sources.append((Self.firstFieldSlot + index, source))
        }
        fill(sources, threads: threads)
        for (slot, source) in sources {
            switch source {
            case .integers where slot < Self.firstFieldSlot, .codes: columns[slot] = source
            default: break
            }
        }
        for lookup in symbols.lookups.slots(of: type) {
            let codes = slots[lookup.source]
            for row in 0..<count {
                let answer = symbols.answer(lookup.lookup, code: codes[row], at: time[row])
                set(lookup.slot, answer, row: row)
            }
        }
        for composite in type.composites {
            let name = EventType.name(of: composite)
            let parts = composite.map { slots[type.slot(of: $0)!] }
            let slot = type.slot(of: name)!
            for row in 0..<count {
                set(slot, symbols.intern(parts.map { $0[row] }, composite: name), row: row)
            }
        }
    }

    /// The codes of a slot one after the other, where they are there like that: to go through all of
    /// them reads a tenth of what going through the events would.
    func codes(_ slot: Int) -> [Int32]? {
        if case .codes(let codes)? = columns[slot] { codes } else { nil }
    }

    /// Whether the events became known in the order of the log.
    var isInOrder: Bool {
        if case .integers(let known)? = columns[knowsAtOnce ? Self.timeSlot : Self.knownSlot] {
            return zip(known, known.dropFirst()).allSatisfy { $0 <= $1 }
        }
        let known = slots[Self.knownSlot]
        return (1..<max(1, count)).allSatisfy { known[$0 - 1] <= known[$0] }
    }

    /// Sets a slot of an event.
    func set(_ slot: Int, _ value: Int64, row: Int = 0) {
        UnsafeMutablePointer(mutating: bases[slot])[row &* width] = value
    }

    /// Sets all slots of an event.
    func set(all values: UnsafeBufferPointer<Int64>, row: Int) {
        for slot in 0..<values.count { set(slot, values[slot], row: row) }
    }

    /// Where the values of a slot come from.
    enum Source {
        case integers([Int64])
        case numbers([Double])
        case codes([Int32])
        /// Codes of another dictionary, and what they are in ours.
        case foreign([Int32], [Int64])
    }

    /// Fills slots, some thousand events at a time: what is near in memory is written together.
    private func fill(_ sources: [(slot: Int, source: Source)], threads: Int) {
        let blocks = (count + 4095) / 4096
        let parts = count < 1 << 16 ? 1 : threads
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            for block in blocks * part / parts..<blocks * (part + 1) / parts {
                let rows = block * 4096..<min(count, block * 4096 + 4096)
                for (slot, source) in sources {
                    switch source {
                    case .integers(let values): fill(slot, rows, values) { $0 }
                    case .numbers(let values): fill(slot, rows, values) { Self.slot(of: $0) }
                    case .codes(let codes): fill(slot, rows, codes) { $0 < 0 ? -1 : Int64($0) }
                    case .foreign(let codes, let own):
                        fill(slot, rows, codes) { $0 < 0 ? -1 : own[Int($0)] }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func fill<Value>(
        _ slot: Int, _ rows: Range<Int>, _ values: [Value], _ value: (Value) -> Int64
    ) {
        let slot = UnsafeMutablePointer(mutating: bases[slot])
        values.withUnsafeBufferPointer { values in
            for row in rows { slot[row &* width] = value(values[row]) }
        }
    }

    private static func source(
        _ table: Table, _ field: FieldDefinition, type: EventType, symbols: inout Symbols
    ) throws(EventLogError) -> Source {
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
            return .integers(values)
        case .numbers(let values):
            return .numbers(values)
        case .codes(let codes, let dictionary):
            if symbols.adopt(dictionary, field: field.name) { return .codes(codes) }
            return .foreign(
                codes, symbols.intern(all: dictionary, field: field.name, of: type.name))
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
