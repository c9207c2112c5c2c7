import CRiskKernels
import RiskColumns

/// One thread's run over chunks of key values of a group.
///
/// What `WindowState` does event by event is done here column by column: the entries of a chunk are laid
/// out at once, each window's ends are found for all of the chunk's moments in one sweep, and values are
/// read by the same `EntryView`. A key value whose events did not become known in the order in which
/// they happened is left to `WindowState`, for whom entries may come in between.
final class ChunkRun {
    private let work: GroupWork
    private let asked = ChunkQueries()
    /// All events of a type, and the entries of each source that are fewer.
    private let ofType: [EntryList]
    private let ofSource: [EntryList]
    /// For each clock, the list of a source that takes all events: it serves the others that do.
    private var whole: [EntryList?]
    private let layouts: [EntryLayout]
    private let arguments = Scratch<Int64>()
    private let seconds = Scratch<Int64>()
    private let conditions = Scratch<Double>()
    private let late = Scratch<Bool>()
    private let values = Scratch<Double>()
    private let taken: [ChunkEvents]
    private var inputs: [Program.Input]
    private let rows = Scratch<Int32>()
    /// What is read, the counts that rates are divided by last, and for each source which of it.
    private let outputs: [WindowOutput]
    private let outputsOfSource: [[Int]]
    /// Where values go: the blocks of this group's features, and which of the outputs they are.
    private let blocks: [(VectorRows.Block, [Int32])]
    private let stepped: SteppedRun
    private let types: [Int]

    /// Events of a chunk: what is kept of them stays in a core's cache.
    static let events = 2048

    init(_ work: GroupWork) {
        self.work = work
        ofType = work.extractor.stores.map { _ in EntryList() }
        ofSource = work.group.sources.map { _ in EntryList() }
        whole = work.group.sources.map { _ in nil }
        layouts = work.group.sources.map { EntryLayout($0) }
        stepped = SteppedRun(work)
        inputs = work.extractor.stores.map { work.extractor.input($0) }
        taken = work.extractor.stores.enumerated().map {
            ChunkEvents($1, type: $0, group: work.group)
        }
        types = Set(work.group.sources.map(\.eventType)).sorted()
        let asked = work.group.before + work.group.after
        blocks = work.result.blocks(of: work.group.features).map { block in
            (
                block,
                block.features.map { feature in
                    Int32(asked.firstIndex { $0.feature == feature }!)
                }
            )
        }
        let divisors = asked.compactMap { output -> WindowOutput? in
            guard case .perCount(let source, let window) = output.final else { return nil }
            return output.counting(source, window)
        }
        let outputs = asked + divisors
        self.outputs = outputs
        outputsOfSource = work.group.sources.indices.map { source in
            outputs.indices.filter { outputs[$0].source == source }
        }
    }

    func run(_ codes: Range<Int>) {
        let begin = work.items.starts[codes.lowerBound]
        let end = work.items.starts[codes.upperBound]
        if begin == end, !work.queries.isSnapshot { return }
        if !work.queries.isWhole {
            asked.fill(codes, work.items, work.queries, known: nil)
            if asked.count == 0 { return }
        }
        let late = late.room(codes.count)
        late.update(repeating: false, count: codes.count)
        for type in types {
            fill(ofType[type], type, codes)
            inputs[type].slots = taken[type].slots
            ofType[type].findLate(taken[type].slots, segments: codes.count, late)
        }
        if work.queries.isWhole {
            let known = taken[work.items.onlyType].slots[EventStore.knownSlot]
            asked.fill(codes, work.items, work.queries, known: known)
        }
        values.room(outputs.count * asked.count)
        for clock in whole.indices { whole[clock] = nil }
        for source in work.group.sources.indices { run(source, segments: codes.count) }
        divideRates()
        scatter()
        for (segment, code) in codes.enumerated() where late[segment] { stepped.run(code) }
    }

    /// Lists the events of a type, and takes them out of their log.
    private func fill(_ list: EntryList, _ type: Int, _ codes: Range<Int>) {
        let begin = work.items.starts[codes.lowerBound]
        let room = work.items.starts[codes.upperBound] - begin
        let (events, rows) = (list.events.room(room), rows.room(room))
        let starts = list.starts.room(codes.count + 1)
        if work.items.types == nil, work.items.onlyType == type {
            for event in 0..<room { events[event] = Int32(event) }
            rows.update(from: work.items.rows + begin, count: room)
            for (segment, code) in codes.enumerated() {
                starts[segment] = work.items.starts[code] - begin
            }
            list.count = room
        } else {
            list.count = 0
            for (segment, code) in codes.enumerated() {
                starts[segment] = list.count
                for index in work.items.starts[code]..<work.items.starts[code + 1]
                where work.items.type(index) == type {
                    events[list.count] = Int32(index - begin)
                    rows[list.count] = work.items.rows[index]
                    list.count += 1
                }
            }
        }
        starts[codes.count] = list.count
        taken[type].take(rows, count: list.count)
        let places = list.rows.room(list.count)
        for place in 0..<list.count { places[place] = Int32(place) }
    }

    // MARK: a source

    private func run(_ index: Int, segments: Int) {
        let plan = work.group.sources[index]
        let all = ofType[plan.eventType]
        let arguments = arguments.room(all.count)
        let seconds = seconds.room(all.count)
        plan.take(
            inputs[plan.eventType], rows: all.rows.base, count: all.count, arguments: arguments,
            seconds: seconds, stack: conditions)
        // Without a way out of the loop: so it takes many at a time.
        var missing = 0
        for event in 0..<all.count { missing &+= arguments[event] == SourcePlan.missing ? 1 : 0 }
        let isWhole = missing == 0
        let list: EntryList
        if isWhole, let made = whole[plan.clock] {
            list = made
        } else {
            list = ofSource[index]
            if isWhole {
                list.take(all, segments: segments)
            } else {
                select(
                    all, arguments, plan.second == nil ? nil : seconds, segments: segments,
                    into: list)
            }
            list.finish(
                plan.shape.pointee, taken[plan.eventType].slots, asked, segments: segments,
                // Where every event asks, each is the entry that is behind all before it.
                isOfQueries: isWhole && work.queries.isWhole && plan.shape.pointee.delay == 0)
            if isWhole { whole[plan.clock] = list }
        }
        let view = layouts[index].layOut(
            list, arguments, seconds: seconds, segments: segments)
        for output in outputsOfSource[index] {
            read(outputs[output], view, list, segments: segments, into: output)
        }
    }

    /// Takes the events that count, and moves their arguments together.
    private func select(
        _ all: EntryList, _ arguments: UnsafeMutablePointer<Int64>,
        _ seconds: UnsafeMutablePointer<Int64>?, segments: Int, into list: EntryList
    ) {
        let (events, rows) = (list.events.room(all.count), list.rows.room(all.count))
        let starts = list.starts.room(segments + 1)
        var kept = 0
        for segment in 0..<segments {
            starts[segment] = kept
            for event in all.starts.base[segment]..<all.starts.base[segment + 1] {
                let argument = arguments[event]
                events[kept] = all.events.base[event]
                rows[kept] = all.rows.base[event]
                arguments[kept] = argument
                if let seconds { seconds[kept] = seconds[event] }
                kept += argument == SourcePlan.missing ? 0 : 1
            }
        }
        starts[segments] = kept
        list.count = kept
    }

    // MARK: values

    private func read(
        _ output: WindowOutput, _ view: EntryView, _ list: EntryList, segments: Int,
        into index: Int
    ) {
        let heads = list.heads(view.plan, window: output.window, asked, segments: segments)
        let tails = output.includesCurrent ? list.tailsWithCurrent.base : list.tails.base
        let values = values.base + index * asked.count
        if let tracker = output.tracker {
            follow(output, view, tracker, list, heads, tails, segments: segments, into: values)
        } else {
            view.read(
                output, heads: heads, tails: tails, now: asked.now.base, count: asked.count,
                into: values)
        }
    }

    private func follow(
        _ output: WindowOutput, _ view: EntryView, _ tracker: Int, _ list: EntryList,
        _ heads: UnsafePointer<Int>, _ tails: UnsafePointer<Int>, segments: Int,
        into values: UnsafeMutablePointer<Double>
    ) {
        let plan = view.plan.trackers[tracker]
        let (starts, queries) = (list.starts.base, asked.starts.base)
        switch plan.kind {
        case .distinct:
            let (previous, next) = (view.column(.previous), view.column(.next))
            var window = DistinctWindow()
            for segment in 0..<segments {
                window.restart(at: starts[segment])
                for query in queries[segment]..<queries[segment + 1] {
                    window.move(
                        head: heads[query], tail: tails[query], previous: previous, next: next)
                    values[query] = Double(window.count)
                }
            }
        case .smallest, .largest:
            let arguments = view.column(plan.content)
            let keepsLargest = plan.kind == .largest
            var window = ExtremeWindow(capacity: max(4, list.count))
            defer { window.deallocate() }
            for segment in 0..<segments {
                window.restart(at: starts[segment])
                for query in queries[segment]..<queries[segment + 1] {
                    window.move(
                        head: heads[query], tail: tails[query], values: arguments,
                        keepsLargest: keepsLargest)
                    values[query] = window.entry.map { output.decode(arguments[$0]) } ?? .nan
                }
            }
        case .tally, .sorted, .hours:
            var window = WindowTracker(plan)
            defer { window.deallocate() }
            let now = asked.now.base
            let plan = view.plan.trackers.baseAddress! + tracker
            withUnsafePointer(to: output) { output in
                for segment in 0..<segments {
                    window.restart(at: starts[segment])
                    for query in queries[segment]..<queries[segment + 1] {
                        let tail = tails[query]
                        window.move(plan, head: min(heads[query], tail), tail: tail, in: view)
                        values[query] = window.value(plan, output, now: now[query], in: view)
                    }
                }
            }
        }
    }

    private func divideRates() {
        var divisor = work.group.before.count + work.group.after.count
        for (index, output) in outputs.enumerated() {
            guard case .perCount = output.final else { continue }
            let own = values.base + index * asked.count
            let by = values.base + divisor * asked.count
            for query in 0..<asked.count {
                own[query] = by[query] == 0 ? .nan : own[query] / by[query]
            }
            divisor += 1
        }
    }

    /// Writes the chunk's values to their vectors, a block of features after the other.
    private func scatter() {
        let vectors = asked.vector.base
        for (block, columns) in blocks {
            columns.withUnsafeBufferPointer { columns in
                let (stride, count) = (block.stride, asked.count)
                if columns.count == 8, stride == 8, block.isOfLines {
                    // Whole cache lines: written past the caches, which need not read them first.
                    for query in 0..<count {
                        let vector = block.values + Int(vectors[query]) &* 8
                        rk_stream_line_f64(values.base + query, count, columns.baseAddress!, vector)
                    }
                    return
                }
                for query in 0..<count {
                    if query + Gather.ahead < count {
                        rk_prefetch_write(
                            block.values + Int(vectors[query + Gather.ahead]) &* stride)
                    }
                    let vector = block.values + Int(vectors[query]) &* stride
                    let value = values.base + query
                    for index in 0..<columns.count {
                        vector[index] = value[Int(columns[index]) &* count]
                    }
                }
            }
        }
        rk_stream_end()
    }
}
