import CRiskKernels

/// The events of one type among a chunk of key values, taken out of their log once: every slot that a
/// group asks for becomes a column.
final class ChunkEvents {
    private let store: EventStore
    /// The slots that are asked for.
    private let wanted: [Int]
    /// Where they are in an event.
    private let offsets: [Int]
    private let columns: [Scratch<Int64>]
    private let bases: UnsafeMutablePointer<UnsafePointer<Int64>>
    private let outputs: UnsafeMutablePointer<UnsafeMutablePointer<Int64>>

    init(_ store: EventStore, type: Int, group: GroupPlan) {
        self.store = store
        var wanted: Set = [EventStore.timeSlot, EventStore.knownSlot]
        for source in group.sources where source.eventType == type {
            wanted.formUnion(source.slots)
        }
        self.wanted = wanted.filter { $0 != EventStore.knownSlot || !store.knowsAtOnce }.sorted()
        offsets = self.wanted.map { store.slots[$0].base - store.slots[EventStore.timeSlot].base }
        columns = self.wanted.map { _ in Scratch() }
        bases = .allocate(capacity: store.slotCount)
        // What is not asked for is not read.
        bases.initialize(repeating: store.slots[EventStore.timeSlot].base, count: store.slotCount)
        outputs = .allocate(capacity: self.wanted.count)
    }

    deinit {
        bases.deallocate()
        outputs.deallocate()
    }

    /// The columns, by the place of an event in the chunk.
    var slots: Slots { Slots(bases: bases, stride: 1) }

    /// Takes events out of the log: each is one place of it, asked for some events ahead.
    func take(_ rows: UnsafePointer<Int32>, count: Int) {
        for (index, slot) in wanted.enumerated() {
            outputs[index] = columns[index].room(count)
            bases[slot] = UnsafePointer(outputs[index])
        }
        if store.knowsAtOnce { bases[EventStore.knownSlot] = bases[EventStore.timeSlot] }
        let (first, width) = (store.slots[EventStore.timeSlot].base, store.slots.stride)
        offsets.withUnsafeBufferPointer { offsets in
            let last = offsets[offsets.count - 1]
            for index in 0..<count {
                if index + Gather.ahead < count {
                    let next = first + Int(rows[index + Gather.ahead]) * width
                    rk_prefetch_read(next)
                    rk_prefetch_read(next + last)
                }
                let event = first + Int(rows[index]) * width
                for column in 0..<offsets.count {
                    outputs[column][index] = event[offsets[column]]
                }
            }
        }
    }
}
