import RiskColumns

/// Arranges the features of a spec into groups by key, and in each the fewest sources that serve all of
/// them: what is the same between two features is kept once.
struct PlanBuilder {
    private struct Draft {
        let eventType: Int
        let delay: Int64
        let mode: SourceShape.Mode
        let condition: Program?
        let argument: SourcePlan.Argument?
        let second: SourcePlan.Argument?
        let span: Int64
        let decays: Bool
        let isPerCode: Bool
        var contents: [EntryColumn.Content] = []
        var windows: [Int64] = []
        var trackers: [WindowTracker.Plan] = []

        func seesTheSameEvents(_ other: Draft) -> Bool {
            eventType == other.eventType && delay == other.delay && mode == other.mode
        }

        func isSame(_ other: Draft) -> Bool {
            seesTheSameEvents(other) && condition == other.condition && argument == other.argument
                && isPerCode == other.isPerCode && second == other.second && span == other.span
                && decays == other.decays
        }

        mutating func need(_ contents: EntryColumn.Content...) {
            for content in contents where !self.contents.contains(content) {
                self.contents.append(content)
            }
        }

        mutating func window(_ length: Int64) -> Int {
            if let index = windows.firstIndex(of: length) { return index }
            windows.append(length)
            return windows.count - 1
        }

        mutating func tracker(_ plan: WindowTracker.Plan) -> Int {
            if let index = trackers.firstIndex(of: plan) { return index }
            trackers.append(plan)
            return trackers.count - 1
        }
    }

    let spec: FeatureSpec

    func groups() -> [GroupPlan] {
        var keys: [String] = []
        for feature in spec.features {
            if case .window(let window) = feature.definition, !keys.contains(window.key) {
                keys.append(window.key)
            }
        }
        return keys.map { group(key: $0) }
    }

    private func group(key: String) -> GroupPlan {
        var drafts: [Draft] = []
        var outputs: [WindowOutput] = []
        for (index, feature) in spec.features.enumerated() {
            guard case .window(let window) = feature.definition, window.key == key else { continue }
            outputs.append(add(window, feature: index, to: &drafts))
        }
        let sources = drafts.map { draft in
            source(draft, key: key, clock: drafts.firstIndex { $0.seesTheSameEvents(draft) }!)
        }
        return GroupPlan(
            key: key, sources: sources, before: outputs.filter { !$0.includesCurrent },
            after: outputs.filter(\.includesCurrent))
    }

    private func add(
        _ feature: WindowFeature, feature index: Int, to drafts: inout [Draft]
    ) -> WindowOutput {
        let source = draft(feature, eventType: feature.eventType, slot: feature.slot, in: &drafts)
        let collapses = drafts[source].mode != .exact
        let window = drafts[source].window(feature.window ?? 0)
        var need: [EntryColumn.Content] = collapses ? [.count] : []
        var final: WindowOutput.Final
        switch feature.aggregate {
        case .count: final = .count
        case .rate(per: nil):
            let days = Double(feature.window ?? Timestamps.day) / Double(Timestamps.day)
            final = .perDay(days: days)
        case .rate(per: let type?):
            let other = draft(feature, eventType: type, slot: nil, filtered: false, in: &drafts)
            if collapses { drafts[other].need(.count) }
            final = .perCount(source: other, window: drafts[other].window(feature.window ?? 0))
        case .share: (final, need) = (.share, need + [.tally])
        case .sum: (final, need) = (.sum, [.sum])
        case .mean: (final, need) = (.mean, need + [.sum])
        case .std: (final, need) = (.std, need + [.sum, .squares])
        case .last, .lastBut:
            var back = 0
            if case .lastBut(_, let places) = feature.aggregate { back = places }
            (final, need) = (.latest(back: back), collapses ? [.latest, .latestTime] : [.latest])
        case .first:
            // An entry of one event has one argument, and it happened when its key says.
            (final, need) = (.earliest, collapses ? [.earliest, .earliestTime] : [.latest])
        case .sinceLast: (final, need) = (.sinceLatest, collapses ? [.latestTime] : [])
        case .sinceFirst: (final, need) = (.sinceEarliest, collapses ? [.earliestTime] : [])
        case .min, .max:
            let isMax = if case .max = feature.aggregate { true } else { false }
            let content: EntryColumn.Content = !collapses ? .latest : isMax ? .largest : .smallest
            need = [content]
            final = .extreme(
                drafts[source].tracker(
                    .init(content: content, window: window, kind: isMax ? .largest : .smallest)))
        case .distinct:
            need = [.previous, .next]
            final = .distinct(
                drafts[source].tracker(
                    .init(content: .previous, window: window, kind: .distinct)))
        case .new: final = .isEmpty
        case .peak:
            need = [.burst]
            // Entries behind the window are counted into bursts within it.
            _ = drafts[source].window((feature.window ?? 0) + drafts[source].span)
            final = .extreme(
                drafts[source].tracker(.init(content: .burst, window: window, kind: .largest)))
        case .gapMean: final = .gapMean
        case .gapStd: (final, need) = (.gapStd, [.gapSquares])
        case .gapCV: (final, need) = (.gapCV, [.gapSquares])
        case .entropy, .topShare, .quantile, .hourDistance:
            need = [.latest]
            func tracker(_ kind: WindowTracker.Plan.Kind) -> Int {
                drafts[source].tracker(.init(content: .latest, window: window, kind: kind))
            }
            switch feature.aggregate {
            case .entropy: final = .entropy(tracker(.tally))
            case .topShare: final = .topShare(tracker(.tally))
            case .quantile(_, let share): final = .quantile(tracker(.sorted), share)
            default: final = .hourDistance(tracker(.hours))
            }
        case .decayedCount: final = .decayedCount
        case .decayedSum: (final, need) = (.decayedSum, need + [.sum])
        case .ratio, .zscore:
            let isScore = if case .zscore = feature.aggregate { true } else { false }
            final = isScore ? .zscore : .ratio
            need +=
                [.latest, .sum] + (isScore ? [.squares] : []) + (collapses ? [.latestTime] : [])
        case .speed(_, let longitude):
            (final, need) = (.speed(second: decoding(longitude, feature)), [.latest, .second])
        }
        if spec.events[feature.eventType].known != nil {
            switch final {
            case .latest, .ratio, .zscore, .speed: need.append(.latestKnown)
            case .earliest: need.append(collapses ? .earliestKnown : .latestKnown)
            default: break
            }
        }
        for content in need { drafts[source].need(content) }
        return WindowOutput(
            feature: index, source: source, window: window, final: final,
            decoding: feature.slot.map { decoding($0, feature) } ?? .scaled(1),
            includesCurrent: feature.includesCurrent)
    }

    private func decoding(_ slot: Int, _ feature: WindowFeature) -> WindowOutput.Decoding {
        let field = spec.events[feature.eventType].fields[slot - EventStore.firstFieldSlot]
        return switch field.type {
        case .decimal(let scale): .scaled(Double(Decimals.powersOfTen[scale]))
        case .number: .orderedNumber
        default: .scaled(1)
        }
    }

    private func argument(_ feature: WindowFeature) -> SourcePlan.Argument? {
        switch feature.aggregate {
        case .share(let program): .program(program)
        case .hourDistance: .weekHour(spec.zone)
        default: feature.slot.map { argument($0, feature) }
        }
    }

    private func argument(_ slot: Int, _ feature: WindowFeature) -> SourcePlan.Argument {
        let field = spec.events[feature.eventType].fields[slot - EventStore.firstFieldSlot]
        return switch field.type {
        case .number: .orderedNumber(slot)
        case .category: .code(slot)
        default: .slot(slot)
        }
    }

    private func draft(
        _ feature: WindowFeature, eventType: Int, slot: Int?, filtered: Bool = true,
        in drafts: inout [Draft]
    ) -> Int {
        let mode: SourceShape.Mode =
            feature.window == nil ? .unbounded : feature.hop.map { .tiled(hop: $0) } ?? .exact
        var second: SourcePlan.Argument?
        if case .speed(_, let longitude) = feature.aggregate {
            second = argument(longitude, feature)
        }
        var span: Int64 = 0
        if case .peak(let length) = feature.aggregate { span = length }
        let isDistinct = if case .distinct = feature.aggregate { true } else { false }
        let draft = Draft(
            eventType: eventType, delay: feature.delay, mode: mode,
            condition: filtered ? feature.condition : nil,
            argument: filtered ? argument(feature) : nil, second: second,
            span: span, decays: feature.aggregate.decays,
            isPerCode: filtered && isDistinct && mode != .exact)
        if let index = drafts.firstIndex(where: { $0.isSame(draft) }) { return index }
        drafts.append(draft)
        return drafts.count - 1
    }

    private func source(_ draft: Draft, key: String, clock: Int) -> SourcePlan {
        // Words of 128 bits first: they are aligned.
        var offset = 0
        let columns = draft.contents.sorted { $0.words > $1.words }.map { content in
            defer { offset += content.words }
            return EntryColumn(content: content, offset: offset)
        }
        let arguments: SourceShape.Arguments =
            switch draft.argument {
            case .weekHour: .weekHours
            case .orderedNumber: .ordered
            default: .summable
            }
        return SourcePlan(
            eventType: draft.eventType, key: key, lateness: spec.events[draft.eventType].lateness,
            condition: draft.condition, argument: draft.argument, second: draft.second,
            clock: clock,
            shape: SourceShape(
                delay: draft.delay, mode: draft.mode, span: draft.span, decays: draft.decays,
                isPerCode: draft.isPerCode, arguments: arguments, columns: columns,
                windows: draft.windows, trackers: draft.trackers, zone: spec.zone))
    }
}

extension WindowFeature {
    /// The slot whose values it aggregates.
    var slot: Int? {
        switch aggregate {
        case .count, .sinceLast, .sinceFirst, .share, .rate, .peak, .gapMean, .gapStd, .gapCV, .new,
            .decayedCount, .hourDistance:
            nil
        case .sum(let slot), .mean(let slot), .min(let slot), .max(let slot), .std(let slot),
            .last(let slot), .first(let slot), .distinct(let slot), .entropy(let slot),
            .topShare(let slot), .decayedSum(let slot, _), .quantile(let slot, _),
            .lastBut(let slot, _), .ratio(let slot), .zscore(let slot), .speed(let slot, _):
            slot
        }
    }
}

extension WindowFeature.Aggregate {
    /// Whether what is old counts less.
    var decays: Bool {
        switch self {
        case .decayedCount, .decayedSum: true
        default: false
        }
    }
}
