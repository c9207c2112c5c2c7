import RiskColumns

/// Arranges the features of a spec into groups by key, and in each the fewest states that serve all of
/// them: what is the same between two features is kept once.
struct PlanBuilder {
    private struct Draft {
        let eventType: Int
        let delay: Int64
        let mode: SourcePlan.Mode
        var measures: [(Measure.Family, Measure.Argument, Program?)] = []
        var windows: [Int64] = []
        var totals: [(measure: Int, window: Int)] = []

        mutating func measure(
            _ family: Measure.Family, _ argument: Measure.Argument, _ condition: Program?
        ) -> Int {
            if let index = measures.firstIndex(where: {
                $0.0 == family && $0.1 == argument && $0.2 == condition
            }) {
                return index
            }
            measures.append((family, argument, condition))
            return measures.count - 1
        }

        mutating func total(measure: Int, window length: Int64) -> Int {
            let window = windows.firstIndex(of: length) ?? windows.count
            if window == windows.count { windows.append(length) }
            if let index = totals.firstIndex(where: { $0 == (measure, window) }) { return index }
            totals.append((measure, window))
            return totals.count - 1
        }
    }

    private struct DraftOutput {
        let feature: Int
        let source: Int
        let total: Int
        let final: WindowOutput.Final
        let per: (source: Int, total: Int)?
        let decoding: WindowOutput.Decoding
        let includesCurrent: Bool
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
        var outputs: [DraftOutput] = []
        for (index, feature) in spec.features.enumerated() {
            guard case .window(let window) = feature.definition, window.key == key else { continue }
            outputs.append(add(window, feature: index, to: &drafts))
        }
        let sources = drafts.map { source($0, key: key) }
        let finished = outputs.map { output -> WindowOutput in
            let source = sources[output.source]
            let total = source.totals[output.total]
            var final = output.final
            if let per = output.per {
                final = .perCount(
                    source: per.source, offset: sources[per.source].totals[per.total].offset)
            }
            return WindowOutput(
                feature: output.feature, source: output.source, measure: total.measure,
                window: total.window, offset: total.offset, final: final,
                decoding: output.decoding, includesCurrent: output.includesCurrent)
        }
        return GroupPlan(
            key: key, sources: sources, before: finished.filter { !$0.includesCurrent },
            after: finished.filter(\.includesCurrent))
    }

    private func add(
        _ window: WindowFeature, feature: Int, to drafts: inout [Draft]
    ) -> DraftOutput {
        let fields = spec.events[window.eventType].fields
        func argument(_ slot: Int) -> Measure.Argument {
            let field = fields[slot - EventStore.firstFieldSlot]
            switch field.type {
            case .number: return .orderedNumber(slot)
            case .category: return .code(slot)
            default: return .slot(slot)
            }
        }
        func decoding(_ slot: Int) -> WindowOutput.Decoding {
            switch fields[slot - EventStore.firstFieldSlot].type {
            case .decimal(let scale): .scaled(Double(Decimals.powersOfTen[scale]))
            case .number: .orderedNumber
            default: .scaled(1)
            }
        }
        let family: Measure.Family
        var taken: Measure.Argument = .one
        var decoded: WindowOutput.Decoding = .scaled(1)
        let final: WindowOutput.Final
        switch window.aggregate {
        case .count: (family, final) = (.count, .count)
        case .rate(per: nil):
            let days = Double(window.window ?? Timestamps.day) / Double(Timestamps.day)
            (family, final) = (.count, .perDay(days: days))
        case .rate: (family, final) = (.count, .count)
        case .sinceLast: (family, final) = (.latest, .sinceLatest)
        case .sinceFirst: (family, final) = (.earliest, .sinceEarliest)
        case .share(let program):
            (family, final) = (.moments, .share)
            taken = .program(program)
        case .sum(let slot):
            (family, final) = (.moments, .sum)
            (taken, decoded) = (argument(slot), decoding(slot))
        case .mean(let slot):
            (family, final) = (.moments, .mean)
            (taken, decoded) = (argument(slot), decoding(slot))
        case .std(let slot):
            (family, final) = (.power, .std)
            (taken, decoded) = (argument(slot), decoding(slot))
        case .min(let slot):
            (family, final) = (.smallest, .extreme)
            (taken, decoded) = (argument(slot), decoding(slot))
        case .max(let slot):
            (family, final) = (.largest, .extreme)
            (taken, decoded) = (argument(slot), decoding(slot))
        case .last(let slot):
            (family, final) = (.latest, .latest)
            (taken, decoded) = (argument(slot), decoding(slot))
        case .first(let slot):
            (family, final) = (.earliest, .earliest)
            (taken, decoded) = (argument(slot), decoding(slot))
        case .distinct(let slot):
            (family, final) = (.distinct, .distinct)
            taken = argument(slot)
        }
        let source = draft(window, eventType: window.eventType, in: &drafts)
        let measure = drafts[source].measure(family, taken, window.condition)
        let total = drafts[source].total(measure: measure, window: window.window ?? 0)
        var per: (source: Int, total: Int)?
        if case .rate(per: let type?) = window.aggregate {
            let other = draft(window, eventType: type, in: &drafts)
            let all = drafts[other].measure(.count, .one, nil)
            per = (other, drafts[other].total(measure: all, window: window.window ?? 0))
        }
        return DraftOutput(
            feature: feature, source: source, total: total, final: final, per: per,
            decoding: decoded, includesCurrent: window.includesCurrent)
    }

    private func draft(
        _ window: WindowFeature, eventType: Int, in drafts: inout [Draft]
    ) -> Int {
        let mode: SourcePlan.Mode =
            window.window == nil ? .unbounded : window.hop.map { .tiled(hop: $0) } ?? .exact
        if let index = drafts.firstIndex(where: {
            $0.eventType == eventType && $0.delay == window.delay && $0.mode == mode
        }) {
            return index
        }
        drafts.append(Draft(eventType: eventType, delay: window.delay, mode: mode))
        return drafts.count - 1
    }

    private func source(_ draft: Draft, key: String) -> SourcePlan {
        var entryWords = 1
        var stateWords = draft.windows.count
        var measures: [Measure] = []
        for (family, argument, condition) in draft.measures {
            measures.append(
                Measure(
                    family: family, argument: argument, condition: condition,
                    entryOffset: entryWords, stateOffset: stateWords))
            entryWords += Measure.entryWidth(family, draft.mode)
            stateWords += Measure.stateWidth(family, draft.mode)
        }
        var totals: [Total] = []
        for (measure, window) in draft.totals {
            let family = measures[measure].family
            totals.append(
                Total(
                    measure: measure, family: family,
                    entryOffset: measures[measure].entryOffset, window: window,
                    offset: stateWords))
            stateWords += Measure.totalWidth(family, draft.mode)
        }
        return SourcePlan(
            eventType: draft.eventType, key: key, delay: draft.delay, mode: draft.mode,
            measures: measures, windows: draft.windows, totals: totals, entryWords: entryWords,
            stateWords: stateWords)
    }
}
