/// Entries of a fixed number of words in a ring; ids count up for ever and say where an entry is.
struct EntryRing {
    /// The id of the oldest entry kept.
    var first = 0
    /// One past the id of the newest.
    private(set) var end = 0
    private let width: Int
    private var capacity = 0
    private var storage: UnsafeMutablePointer<Int64>?

    init(words: Int) { width = words }

    func deallocate() { storage?.deallocate() }

    /// The words of an entry.
    subscript(id: Int) -> UnsafeMutablePointer<Int64> {
        storage! + (id & (capacity - 1)) * width
    }

    mutating func removeAll() {
        first = 0
        end = 0
    }

    /// Makes room for an entry at the end.
    mutating func append() -> UnsafeMutablePointer<Int64> {
        if end - first == capacity { grow() }
        end += 1
        return self[end - 1]
    }

    /// Makes room for an entry at an id; entries from there on move up by one.
    mutating func insert(at id: Int) -> UnsafeMutablePointer<Int64> {
        _ = append()
        var last = end - 1
        while last > id {
            self[last].update(from: self[last - 1], count: width)
            last -= 1
        }
        return self[id]
    }

    private mutating func grow() {
        let larger = max(capacity * 2, 4)
        let fresh = UnsafeMutablePointer<Int64>.allocate(capacity: larger * width)
        for id in first..<end {
            (fresh + (id & (larger - 1)) * width).update(from: self[id], count: width)
        }
        storage?.deallocate()
        storage = fresh
        capacity = larger
    }
}

/// Ids of entries that may yet be the extreme of some window: rising ids, and values that only get
/// worse. The extreme of the window that begins at an id is the first one from there.
final class MonotoneQueue {
    private let keepsLargest: Bool
    private var ids: [Int] = []
    private var start = 0

    init(keepsLargest: Bool) { self.keepsLargest = keepsLargest }

    func removeAll() {
        ids.removeAll(keepingCapacity: true)
        start = 0
    }

    /// Takes the newest entry in, or in again after its value changed.
    func push(_ id: Int, in entries: EntryRing, offset: Int) {
        let value = entries[id][offset]
        while start < ids.count, ids[start] < entries.first { start += 1 }
        if start > 64, start * 2 > ids.count {
            ids.removeFirst(start)
            start = 0
        }
        guard value != Measure.skip else { return }
        while ids.count > start, let last = ids.last,
            last == id || !isBetter(entries[last][offset], than: value)
        {
            ids.removeLast()
        }
        ids.append(id)
    }

    /// Starts over, after an entry came in between.
    func rebuild(_ entries: EntryRing, offset: Int) {
        removeAll()
        for id in entries.first..<entries.end { push(id, in: entries, offset: offset) }
    }

    /// The id of the extreme from an id on.
    func front(from id: Int) -> Int? {
        var low = start
        var high = ids.count
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low < ids.count ? ids[low] : nil
    }

    private func isBetter(_ a: Int64, than b: Int64) -> Bool { keepsLargest ? a > b : a < b }
}

/// For each code, the id of the latest entry that has it; codes whose entry is gone are dropped when
/// the table would grow.
final class LastSeen {
    private var codes: [Int64] = []
    private var ids: [Int] = []
    private var used = 0

    func removeAll() {
        guard used > 0 else { return }
        codes = []
        ids = []
        used = 0
    }

    func id(of code: Int64) -> Int? {
        guard used > 0 else { return nil }
        let slot = slot(of: code)
        return codes[slot] == code ? ids[slot] : nil
    }

    func set(_ code: Int64, to id: Int, oldest: Int) {
        if (used + 1) * 2 > codes.count { rebuild(oldest: oldest) }
        let slot = slot(of: code)
        if codes[slot] != code {
            codes[slot] = code
            used += 1
        }
        ids[slot] = id
    }

    /// Ids from this one on moved up by one.
    func shift(from id: Int) {
        for slot in ids.indices where codes[slot] != Measure.skip && ids[slot] >= id {
            ids[slot] += 1
        }
    }

    private func slot(of code: Int64) -> Int {
        let mask = codes.count - 1
        var slot =
            Int(truncatingIfNeeded: UInt64(bitPattern: code) &* 0x9E37_79B9_7F4A_7C15 >> 20) & mask
        while codes[slot] != Measure.skip, codes[slot] != code { slot = (slot + 1) & mask }
        return slot
    }

    private func rebuild(oldest: Int) {
        let kept = codes.indices.filter { codes[$0] != Measure.skip && ids[$0] >= oldest }
            .map { (codes[$0], ids[$0]) }
        var capacity = 8
        while capacity < (kept.count + 1) * 3 { capacity *= 2 }
        codes = Array(repeating: Measure.skip, count: capacity)
        ids = Array(repeating: 0, count: capacity)
        used = 0
        for (code, id) in kept {
            let slot = slot(of: code)
            codes[slot] = code
            ids[slot] = id
            used += 1
        }
    }
}
