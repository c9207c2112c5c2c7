import RiskColumns

@testable import RiskFeatures

/// The definition of a window feature, computed by looking at every event: the oracle.
///
/// It shares nothing with the engine but the spec: no state, no order of additions, no dictionaries.
struct NaiveOracle {
    /// An event with its place in the total order.
    struct Occurrence {
        var event: FeatureEngine.Event
        var sequence: Int
        var known: Int64 { event.known ?? event.time }
    }

    let spec: FeatureSpec
    let events: [Occurrence]
    let condition: (Program, FeatureEngine.Event) -> Double
    private let answers = Answers()

    init(
        spec: FeatureSpec, events: [Occurrence],
        condition: @escaping (Program, FeatureEngine.Event) -> Double
    ) {
        self.spec = spec
        self.events = events
        self.condition = condition
    }

    /// What a condition says of an event does not change; asking once keeps the oracle quick.
    private final class Answers {
        var known: [(program: Program, values: [Int: Double])] = []
    }

    private func holds(_ program: Program, _ occurrence: Occurrence) -> Double {
        let index = answers.known.firstIndex { $0.program == program } ?? answers.known.count
        if index == answers.known.count { answers.known.append((program, [:])) }
        if let value = answers.known[index].values[occurrence.sequence] { return value }
        let value = condition(program, occurrence.event)
        answers.known[index].values[occurrence.sequence] = value
        return value
    }

    func value(
        _ feature: WindowFeature, key: FeatureEngine.Value?, now: Int64, sequence: Int
    ) -> Double {
        guard let key else { return .nan }
        let inside = { (type: Int) in
            events.filter { occurrence in
                isInside(occurrence, feature, now: now, sequence: sequence)
                    && occurrence.event.type == spec.events[type].name
                    && occurrence.event.values[feature.key] == key
            }
        }
        var chosen = inside(feature.eventType)
        if let program = feature.condition {
            chosen = chosen.filter { holds(program, $0) == 1 }
        }
        chosen.sort { ($0.event.time, $0.sequence) < ($1.event.time, $1.sequence) }
        let type = spec.events[feature.eventType]
        func values(_ slot: Int) -> [FeatureEngine.Value] {
            let name = type.fields[slot - EventStore.firstFieldSlot].name
            return chosen.compactMap { $0.event.values[name] }
        }
        func units(_ slot: Int) -> [Int64] {
            values(slot).map { value in
                switch value {
                case .integer(let units): units
                case .bool(let flag): flag ? 1 : 0
                default: preconditionFailure()
                }
            }
        }
        func power(_ slot: Int) -> Double {
            if case .decimal(let scale) = type.fields[slot - EventStore.firstFieldSlot].type {
                return Double(Decimals.powersOfTen[scale])
            }
            return 1
        }
        func doubles(_ slot: Int) -> [Double] {
            values(slot).map { value in
                switch value {
                case .integer(let units): Double(units) / power(slot)
                case .number(let number): number
                case .bool(let flag): flag ? 1 : 0
                case .text: preconditionFailure()
                }
            }
        }
        switch feature.aggregate {
        case .count: return Double(chosen.count)
        case .rate(per: nil):
            return Double(chosen.count) / (Double(feature.window!) / Double(Timestamps.day))
        case .rate(per: let other?):
            let all = inside(other).count
            return all == 0 ? .nan : Double(chosen.count) / Double(all)
        case .sum(let slot): return Double(units(slot).reduce(0, +)) / power(slot)
        case .mean(let slot):
            let units = units(slot)
            return units.isEmpty
                ? .nan : Double(units.reduce(0, +)) / (Double(units.count) * power(slot))
        case .std(let slot):
            let units = units(slot).map { Int128($0) }
            if units.count < 2 { return .nan }
            let n = Int128(units.count)
            let sum = units.reduce(0, +)
            // n Σx² - (Σx)², in integers.
            let spread = n * units.map { $0 * $0 }.reduce(0, +) - sum * sum
            return (Double(spread) / (Double(n) * Double(n - 1))).squareRoot() / power(slot)
        case .min(let slot): return doubles(slot).min() ?? .nan
        case .max(let slot): return doubles(slot).max() ?? .nan
        case .last(let slot): return doubles(slot).last ?? .nan
        case .first(let slot): return doubles(slot).first ?? .nan
        case .sinceLast: return chosen.last.map { elapsed($0, now) } ?? .nan
        case .sinceFirst: return chosen.first.map { elapsed($0, now) } ?? .nan
        case .distinct(let slot):
            return Double(Set(values(slot).map { "\($0)" }).count)
        case .share(let program):
            let answers = chosen.map { holds(program, $0) }.filter { !$0.isNaN }
            return answers.isEmpty ? .nan : answers.reduce(0, +) / Double(answers.count)
        }
    }

    private func elapsed(_ occurrence: Occurrence, _ now: Int64) -> Double {
        Double(now - occurrence.event.time) / 1e6
    }

    private func isInside(
        _ occurrence: Occurrence, _ feature: WindowFeature, now: Int64, sequence: Int
    ) -> Bool {
        let visible = occurrence.known + feature.delay
        let isItself = occurrence.sequence == sequence
        if isItself {
            guard feature.includesCurrent else { return false }
        } else {
            guard visible < now || (visible == now && occurrence.sequence < sequence) else {
                return false
            }
        }
        guard let window = feature.window else { return true }
        var start = now - window
        if let hop = feature.hop { start = Timestamps.floorDivide(start, hop).quotient * hop }
        return occurrence.event.time + feature.delay > start
    }
}

/// A small generator of pseudo-random numbers (SplitMix64), so that every run draws the same cases.
struct CaseGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
