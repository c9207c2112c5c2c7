/// The columns of a source's entries for a chunk of key values, an entry an event.
final class EntryLayout {
    private let shape: UnsafePointer<SourceShape>
    private var plan: SourceShape { shape.pointee }
    private let columns = Scratch<Int64>()
    private let runs = Scratch<Int>()
    private let memory = StateMemory()
    private var seen: LastSeen

    init(_ plan: SourcePlan) {
        shape = plan.shape
        let bytes = LastSeen.roomSlots * MemoryLayout<LastSeen.Slot>.stride
        let room = memory.allocate(bytes: bytes)
            .bindMemory(to: LastSeen.Slot.self, capacity: LastSeen.roomSlots)
        seen = LastSeen(room: room, memory)
    }

    deinit { seen.deallocate() }

    /// Lays the entries out whose keys, times and arguments are given.
    /// - Returns: what can be read; good until the next call.
    func layOut(
        _ list: EntryList, _ arguments: UnsafePointer<Int64>, seconds: UnsafePointer<Int64>,
        segments: Int
    ) -> EntryView {
        let count = list.count
        let stride = (count + 2) & ~1
        var view = EntryView(
            columns: columns.room(plan.entryWords * stride), stride: stride, keys: list.keys.base,
            shape: shape)
        if plan.decays { view.runs = UnsafePointer(findRuns(list, segments: segments)) }
        for column in plan.columns {
            let words = view.column(column).base
            switch column.content {
            case .count: for entry in 0...count { words[entry] = Int64(entry) }
            case .tally:
                words[0] = 0
                for entry in 0..<count { words[entry + 1] = words[entry] + arguments[entry] }
            case .sum:
                let wide = view.wide(.sum).base
                wide[0] = 0
                for entry in 0..<count { wide[entry + 1] = wide[entry] &+ Int128(arguments[entry]) }
            case .squares:
                let wide = view.wide(.squares).base
                wide[0] = 0
                for entry in 0..<count {
                    let (high, low) = arguments[entry].multipliedFullWidth(by: arguments[entry])
                    wide[entry + 1] = wide[entry] &+ (Int128(high) << 64 | Int128(low))
                }
            case .latest, .earliest, .smallest, .largest:
                words.update(from: arguments, count: count)
            case .latestTime, .earliestTime: words.update(from: list.times.base, count: count)
            case .previous: link(view, list, arguments, segments: segments)
            case .next: break
            case .second: words.update(from: seconds, count: count)
            case .latestKnown, .earliestKnown: break  // Nobody merges a batch.
            case .burst: countBursts(plan.span, list, words, segments: segments)
            case .gapSquares:
                // The gap before a key value's first entry is in no window.
                let (keys, wide) = (list.keys.base, view.wide(.gapSquares).base)
                wide[0] = 0
                for entry in 0..<count {
                    let gap = entry == 0 ? 0 : keys[entry] - keys[entry - 1]
                    let (high, low) = gap.multipliedFullWidth(by: gap)
                    wide[entry + 1] = wide[entry] &+ (Int128(high) << 64 | Int128(low))
                }
            }
        }
        return view
    }

    /// For each entry, the first of its key value in the same tile.
    private func findRuns(_ list: EntryList, segments: Int) -> UnsafeMutablePointer<Int> {
        let (runs, keys) = (runs.room(list.count), list.keys.base)
        for segment in 0..<segments {
            let start = list.starts.base[segment]
            for entry in start..<list.starts.base[segment + 1] {
                let isNext = entry > start && keys[entry] == keys[entry - 1]
                runs[entry] = isNext ? runs[entry - 1] : entry
            }
        }
        return runs
    }

    /// For each entry, how many of its key value there are within a span up to it.
    private func countBursts(
        _ span: Int64, _ list: EntryList, _ bursts: UnsafeMutablePointer<Int64>, segments: Int
    ) {
        let keys = list.keys.base
        for segment in 0..<segments {
            var first = list.starts.base[segment]
            for entry in first..<list.starts.base[segment + 1] {
                while keys[first] <= keys[entry] - span { first += 1 }
                bursts[entry] = Int64(entry - first + 1)
            }
        }
    }

    /// Chains entries of a key value that have the same argument.
    private func link(
        _ view: EntryView, _ list: EntryList, _ arguments: UnsafePointer<Int64>, segments: Int
    ) {
        let (previous, next) = (view.column(.previous).base, view.column(.next).base)
        for segment in 0..<segments {
            let (start, end) = (list.starts.base[segment], list.starts.base[segment + 1])
            if start == end { continue }
            seen.removeAll(expecting: end - start)
            for entry in start..<end {
                let before = seen.exchange(arguments[entry], entry, oldest: start)
                previous[entry] = Int64(before)
                next[entry] = .max
                if before >= 0 { next[before] = Int64(entry) }
            }
        }
    }
}
