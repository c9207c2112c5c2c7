import CRiskKernels

/// For each argument, the id of the latest entry that has it: a hash table without removal, from which
/// what is no longer needed is left out when it grows.
struct LastSeen {
    struct Slot {
        var code: Int64
        var id: Int
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var capacity: Int
    /// The slots in use are the first `mask + 1`, a power of two.
    private var mask: Int
    private var used = 0

    /// Whether the slots are its own, rather than the room that it was given.
    private var ownsSlots = false
    /// Where its own come from: it outlives those.
    private let memory: Unmanaged<StateMemory>

    /// Slots in the room that it is given.
    static let roomSlots = 8

    /// - Parameter room: `roomSlots` slots, which it does not give back.
    init(room: UnsafeMutablePointer<Slot>, _ memory: StateMemory) {
        self.memory = .passUnretained(memory)
        capacity = Self.roomSlots
        mask = capacity - 1
        slots = room
        slots.initialize(repeating: Slot(code: SourcePlan.missing, id: 0), count: capacity)
    }

    func deallocate() {
        if ownsSlots { memory.takeUnretainedValue().deallocate(slots, bytes: bytes) }
    }

    /// Asks for the place of an argument.
    @inline(__always)
    func prefetch(_ code: Int64) { rk_prefetch_read(slots + place(of: code)) }

    /// Bytes held.
    var bytes: Int { ownsSlots ? capacity * 16 : 0 }

    /// Forgets everything, and makes room for that many arguments.
    mutating func removeAll(expecting count: Int = 0) {
        var size = 8
        while size < count * 2 { size *= 2 }
        if size > capacity {
            deallocate()
            slots = memory.takeUnretainedValue().allocate(bytes: size * 16)
                .bindMemory(to: Slot.self, capacity: size)
            capacity = size
            ownsSlots = true
        }
        mask = size - 1
        used = 0
        slots.initialize(repeating: Slot(code: SourcePlan.missing, id: 0), count: size)
    }

    func id(of code: Int64) -> Int? {
        let slot = slot(of: code)
        return slot.pointee.code == code ? slot.pointee.id : nil
    }

    /// All arguments that are remembered, each with its latest entry.
    var all: [(code: Int64, id: Int)] {
        (0...mask).map { (slots[$0].code, slots[$0].id) }.filter { $0.code != SourcePlan.missing }
    }

    /// - Parameter oldest: entries before it need not be remembered.
    mutating func set(_ code: Int64, to id: Int, oldest: Int) {
        _ = exchange(code, id, oldest: oldest)
    }

    /// Sets the id of an argument.
    /// - Returns: the one before, -1 where there was none.
    @inline(__always)
    mutating func exchange(_ code: Int64, _ id: Int, oldest: Int) -> Int {
        if used * 2 > mask { rebuild(oldest: oldest) }
        let slot = slot(of: code)
        if slot.pointee.code == code {
            let before = slot.pointee.id
            slot.pointee.id = id
            return before
        }
        slot.pointee = Slot(code: code, id: id)
        used += 1
        return -1
    }

    /// Ids from this one on moved up by one.
    func shift(from id: Int) {
        for slot in 0...mask where slots[slot].code != SourcePlan.missing && slots[slot].id >= id {
            slots[slot].id += 1
        }
    }

    /// Where an argument is, or in the slots behind it.
    @inline(__always)
    private func place(of code: Int64) -> Int {
        let product = UInt64(bitPattern: code) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: product >> 20) & mask
    }

    @inline(__always)
    private func slot(of code: Int64) -> UnsafeMutablePointer<Slot> {
        var slot = place(of: code)
        while slots[slot].code != SourcePlan.missing, slots[slot].code != code {
            slot = (slot + 1) & mask
        }
        return slots + slot
    }

    private mutating func rebuild(oldest: Int) {
        withUnsafeTemporaryAllocation(of: Slot.self, capacity: used) { kept in
            var count = 0
            for slot in 0...mask
            where slots[slot].code != SourcePlan.missing && slots[slot].id >= oldest {
                kept[count] = slots[slot]
                count += 1
            }
            removeAll(expecting: count * 2 + 2)
            for index in 0..<count { slot(of: kept[index].code).pointee = kept[index] }
            used = count
        }
    }

    /// Forgets everything, and remembers what another one does.
    mutating func takeOver(_ other: LastSeen) {
        let all = other.all
        removeAll(expecting: all.count)
        for (code, id) in all { set(code, to: id, oldest: 0) }
    }

    func write(to writer: inout SnapshotWriter) {
        writer.append(used)
        for slot in 0...mask where slots[slot].code != SourcePlan.missing {
            writer.append(slots[slot].code)
            writer.append(slots[slot].id)
        }
    }

    mutating func read(
        from reader: inout SnapshotReader, ids: Range<Int>
    ) throws(SnapshotError) {
        let count = try reader.count(of: 16, "values seen")
        removeAll(expecting: count)
        for _ in 0..<count {
            let code = try reader.word(in: SourcePlan.missing + 1...Int64.max, "a value")
            let id = try reader.word(in: 0...Int64(max(0, ids.upperBound - 1)), "an entry")
            guard id < ids.upperBound, exchange(code, Int(id), oldest: 0) < 0 else {
                throw reader.failure("a value twice")
            }
        }
    }
}
