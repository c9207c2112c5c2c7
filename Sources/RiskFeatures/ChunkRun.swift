import CRiskKernels
import RiskColumns

/// One thread's run over chunks of key values of a group.
///
/// What `WindowState` does event by event is done here column by column: the entries of a chunk are laid
/// out at once, each window's ends are found for all of the chunk's moments in one sweep, and values are
/// read by the same `EntryView`. A key value whose events did not become known in the order in which
/// they happened is left to `WindowState`, for whom entries may come in between.
final class ChunkRun {
    private let extractor: BatchExtractor
    private let group: GroupPlan
    private let items: KeyedEvents
    private let queries: Queries
    private let result: VectorRows
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
    private let inputs: [Program.Input]
    /// What is read, the counts that rates are divided by last, and for each source which of it.
    private let outputs: [WindowOutput]
    private let outputsOfSource: [[Int]]
    private let stepped: SteppedRun

    /// Events of a chunk: what is kept of them stays in a core's cache.
    static let events = 2048
    /// Events whose conditions are evaluated together.
    private static let lanes = 512

    init(
        _ extractor: BatchExtractor, _ group: GroupPlan, _ items: KeyedEvents, _ queries: Queries,
        _ result: VectorRows
    ) {
        self.extractor = extractor
        self.group = group
        self.items = items
        self.queries = queries
        self.result = result
        ofType = extractor.stores.map { _ in EntryList() }
        ofSource = group.sources.map { _ in EntryList() }
        whole = group.sources.map { _ in nil }
        layouts = group.sources.map { EntryLayout($0) }
        stepped = SteppedRun(extractor, group, items, queries, result)
        inputs = extractor.stores.map { extractor.input($0) }
        let asked = group.before + group.after
        let divisors = asked.compactMap { output -> WindowOutput? in
            guard case .perCount(let source, let window) = output.final else { return nil }
            return output.counting(source, window)
        }
        let outputs = asked + divisors
        self.outputs = outputs
        outputsOfSource = group.sources.indices.map { source in
            outputs.indices.filter { outputs[$0].source == source }
        }
    }

    func run(_ codes: Range<Int>) {
        let begin = items.starts[codes.lowerBound]
        let end = items.starts[codes.upperBound]
        if begin == end, !queries.isSnapshot { return }
        asked.fill(codes, items, queries, stores: extractor.stores)
        if asked.count == 0 { return }
        let late = late.room(codes.count)
        late.update(repeating: false, count: codes.count)
        for type in Set(group.sources.map(\.eventType)).sorted() {
            fill(ofType[type], type, codes)
            ofType[type].findLate(extractor.stores[type], segments: codes.count, late)
        }
        values.room(outputs.count * asked.count)
        for clock in whole.indices { whole[clock] = nil }
        for source in group.sources.indices { run(source, segments: codes.count) }
        divideRates()
        scatter()
        for (segment, code) in codes.enumerated() where late[segment] { stepped.run(code) }
    }

    /// Lists the events of a type.
    private func fill(_ list: EntryList, _ type: Int, _ codes: Range<Int>) {
        let begin = items.starts[codes.lowerBound]
        let room = items.starts[codes.upperBound] - begin
        let (events, rows) = (list.events.room(room), list.rows.room(room))
        let starts = list.starts.room(codes.count + 1)
        if items.types == nil, items.onlyType == type {
            for event in 0..<room { events[event] = Int32(event) }
            rows.update(from: items.rows + begin, count: room)
            for (segment, code) in codes.enumerated() {
                starts[segment] = items.starts[code] - begin
            }
            list.count = room
        } else {
            list.count = 0
            for (segment, code) in codes.enumerated() {
                starts[segment] = list.count
                for index in items.starts[code]..<items.starts[code + 1]
                where items.type(index) == type {
                    events[list.count] = Int32(index - begin)
                    rows[list.count] = items.rows[index]
                    list.count += 1
                }
            }
        }
        starts[codes.count] = list.count
    }

    // MARK: a source

    private func run(_ index: Int, segments: Int) {
        let plan = group.sources[index]
        let store = extractor.stores[plan.eventType]
        let all = ofType[plan.eventType]
        let arguments = arguments.room(all.count)
        take(plan.argument, plan, all, into: arguments)
        if let second = plan.second {
            let seconds = seconds.room(all.count)
            take(second, plan, all, into: seconds)
            for event in 0..<all.count where seconds[event] == SourcePlan.missing {
                arguments[event] = SourcePlan.missing
            }
        }
        if let condition = plan.condition {
            each(condition, inputs[plan.eventType], all) { event, value in
                if value != 1 { arguments[event] = SourcePlan.missing }
            }
        }
        let isWhole = !(0..<all.count).contains { arguments[$0] == SourcePlan.missing }
        let list: EntryList
        if isWhole, let made = whole[plan.clock] {
            list = made
        } else {
            list = ofSource[index]
            select(
                all, arguments, plan.second == nil ? nil : seconds.base, segments: segments,
                into: list)
            list.finish(plan, store, asked, segments: segments)
            if isWhole { whole[plan.clock] = list }
        }
        let view = layouts[index].layOut(
            list, arguments, seconds: seconds.base, segments: segments)
        for output in outputsOfSource[index] {
            read(outputs[output], view, list, segments: segments, into: output)
        }
    }

    /// The argument of each event; `SourcePlan.take` for many.
    private func take(
        _ argument: SourcePlan.Argument?, _ plan: SourcePlan, _ all: EntryList,
        into arguments: UnsafeMutablePointer<Int64>
    ) {
        let input = inputs[plan.eventType]
        let rows = all.rows.base
        switch argument {
        case nil: arguments.update(repeating: 1, count: all.count)
        case .slot(let slot):
            Gather.each(input.slots![slot], rows, all.count) { arguments[$0] = $1 }
        case .code(let slot):
            Gather.each(input.slots![slot], rows, all.count) {
                arguments[$0] = $1 < 0 ? SourcePlan.missing : $1
            }
        case .orderedNumber(let slot):
            Gather.each(input.slots![slot], rows, all.count) {
                arguments[$0] = OrderedNumber.encode(bits: $1)
            }
        case .program(let program):
            each(program, input, all) { event, value in
                arguments[event] = value.isNaN ? SourcePlan.missing : value == 0 ? 0 : 1
            }
        case .weekHour(let zone):
            let times = input.slots![EventStore.timeSlot]
            for event in 0..<all.count {
                arguments[event] = zone.weekHour(of: times[Int(rows[event])])
            }
        }
    }

    private func each(
        _ program: Program, _ input: Program.Input, _ all: EntryList,
        _ body: (_ event: Int, _ value: Double) -> Void
    ) {
        let stack = conditions.room(Self.lanes * program.stackWords)
        var start = 0
        while start < all.count {
            let lanes = min(Self.lanes, all.count - start)
            program.evaluate(
                input, rows: all.rows.base + start, vector: 0, count: lanes, stack: stack)
            for lane in 0..<lanes { body(start + lane, stack[lane]) }
            start += lanes
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
        var tracker = WindowTracker(view.plan.trackers[tracker])
        let now = asked.now.base
        for segment in 0..<segments {
            tracker.restart(at: list.starts.base[segment])
            for query in asked.starts.base[segment]..<asked.starts.base[segment + 1] {
                let tail = tails[query]
                tracker.move(head: min(heads[query], tail), tail: tail, in: view)
                values[query] = tracker.value(output, now: now[query], in: view)
            }
        }
    }

    private func divideRates() {
        var divisor = group.before.count + group.after.count
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

    /// Writes the chunk's values to their vectors.
    private func scatter() {
        let features = (group.before + group.after).map(\.feature)
        features.withUnsafeBufferPointer { features in
            let count = asked.count
            let (values, vectors) = (values.base, asked.vector.base)
            let first = result.values + (features.min() ?? 0)
            let width = result.width
            for query in 0..<count {
                if query + Gather.ahead < count {
                    let next = first + Int(vectors[query + Gather.ahead]) * width
                    rk_prefetch_write(next)
                    if features.count > 8 { rk_prefetch_write(next + 8) }
                }
                let vector = result.values + Int(vectors[query]) * width
                for index in 0..<features.count {
                    vector[features[index]] = values[index * count + query]
                }
            }
        }
    }
}
