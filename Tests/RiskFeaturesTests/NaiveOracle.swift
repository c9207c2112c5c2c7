import Foundation
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
        _ feature: WindowFeature, key: (String) -> FeatureEngine.Value?, now: Int64, sequence: Int
    ) -> Double {
        let keys = EventType.fields(of: feature.key).map { (name: $0, value: key($0)) }
        if keys.contains(where: { $0.value == nil }) { return .nan }
        let inside = { (type: Int) in
            events.filter { occurrence in
                isInside(occurrence, feature, now: now, sequence: sequence)
                    && occurrence.event.type == spec.events[type].name
                    && keys.allSatisfy { occurrence.event.values[$0.name] == $0.value }
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
        case .peak(let span):
            // The span may begin before the window.
            let earlier = events.filter { occurrence in
                occurrence.event.type == type.name
                    && keys.allSatisfy { occurrence.event.values[$0.name] == $0.value }
                    && isVisible(occurrence, feature, now: now, sequence: sequence)
                    && feature.condition.map { holds($0, occurrence) == 1 } ?? true
            }
            let counts = chosen.map { last in
                earlier.count {
                    $0.event.time > last.event.time - span && $0.event.time <= last.event.time
                }
            }
            return counts.max().map { Double($0) } ?? .nan
        case .gapMean, .gapStd, .gapCV: return gaps(feature.aggregate, chosen.map(\.event.time))
        case .entropy(let slot):
            let counts = frequencies(values(slot))
            let n = counts.reduce(0, +)
            // Within what 2^-20 for each value adds up to.
            return n == 0
                ? .nan
                : log2(Double(n)) - counts.map { Double($0) * log2(Double($0)) }
                    .reduce(0, +) / Double(n)
        case .topShare(let slot):
            let counts = frequencies(values(slot))
            return counts.isEmpty ? .nan : Double(counts.max()!) / Double(counts.reduce(0, +))
        case .new: return chosen.isEmpty ? 1 : 0
        case .decayedCount(let halfLife):
            return decayed(chosen.map { ($0, 1) }, halfLife, feature, now)
        case .decayedSum(let slot, let halfLife):
            let name = type.fields[slot - EventStore.firstFieldSlot].name
            let counting = chosen.filter { $0.event.values[name] != nil }
            return decayed(Array(zip(counting, units(slot))), halfLife, feature, now) / power(slot)
        case .quantile(let slot, let share):
            let sorted = doubles(slot).sorted()
            guard let last = sorted.indices.last else { return .nan }
            let place = share * Double(last)
            let low = Int(place.rounded(.down))
            if place == Double(low) { return sorted[low] }
            return sorted[low] + (place - Double(low)) * (sorted[low + 1] - sorted[low])
        case .lastBut(let slot, let back):
            let all = doubles(slot)
            return all.count > back ? all[all.count - 1 - back] : .nan
        case .ratio(let slot):
            let all = units(slot)
            guard all.count > 1 else { return .nan }
            let mean = Double(all.dropLast().reduce(0, +)) / Double(all.count - 1)
            return mean == 0 ? .nan : Double(all.last!) / mean
        case .zscore(let slot):
            let others = units(slot).dropLast().map { Int128($0) }
            guard others.count > 1 else { return .nan }
            let (n, sum) = (Int128(others.count), others.reduce(0, +))
            let spread = n * others.map { $0 * $0 }.reduce(0, +) - sum * sum
            if spread == 0 { return .nan }
            return (Double(units(slot).last!) - Double(sum) / Double(n))
                / (Double(spread) / (Double(n) * Double(n - 1))).squareRoot()
        case .hourDistance:
            if chosen.isEmpty { return .nan }
            let distances = chosen.map { occurrence in
                let apart = abs(weekHour(occurrence.event.time) - weekHour(now))
                return min(apart, 168 - apart)
            }
            return Double(distances.reduce(0, +)) / Double(chosen.count)
        case .speed(let latitude, let longitude):
            let names = [latitude, longitude].map {
                type.fields[$0 - EventStore.firstFieldSlot].name
            }
            chosen = chosen.filter { event in names.allSatisfy { event.event.values[$0] != nil } }
            let places = Array(zip(doubles(latitude), doubles(longitude)))
            guard places.count > 1 else { return .nan }
            let times = chosen.suffix(2).map(\.event.time)
            return kilometres(places[places.count - 2], places[places.count - 1])
                / (Double(max(1_000_000, times[1] - times[0])) / 3.6e9)
        case .share(let program):
            let answers = chosen.map { holds(program, $0) }.filter { !$0.isNaN }
            return answers.isEmpty ? .nan : answers.reduce(0, +) / Double(answers.count)
        }
    }

    private func gaps(_ aggregate: WindowFeature.Aggregate, _ times: [Int64]) -> Double {
        let gaps = zip(times, times.dropFirst()).map { Int128($1 - $0) }
        guard !gaps.isEmpty else { return .nan }
        let (n, sum) = (Int128(gaps.count), gaps.reduce(0, +))
        let mean = Double(sum) / (Double(n) * 1e6)
        if aggregate == .gapMean { return mean }
        if gaps.count < 2 { return .nan }
        let spread = n * gaps.map { $0 * $0 }.reduce(0, +) - sum * sum
        let std = (Double(spread) / (Double(n) * Double(n - 1))).squareRoot() / 1e6
        if aggregate == .gapStd { return std }
        return mean == 0 ? .nan : std / mean
    }

    private func frequencies(_ values: [FeatureEngine.Value]) -> [Int] {
        Dictionary(grouping: values) { "\($0)" }.values.map(\.count)
    }

    /// Each event halves its weight with every half-life, in eighths counted from 1970; weights are
    /// multiples of 2^-32.
    private func decayed(
        _ events: [(Occurrence, Int64)], _ halfLife: Int64, _ feature: WindowFeature, _ now: Int64
    ) -> Double {
        func eighth(_ time: Int64) -> Int64 {
            Timestamps.floorDivide(time - 1, halfLife / 8).quotient
        }
        let sum = events.reduce(Int128(0)) { sum, event in
            let age = eighth(now) - eighth(event.0.event.time + feature.delay)
            let first = (pow(2, 32 - Double(age % 8) / 8)).rounded()
            return sum + Int128(event.1) * Int128((first / pow(2, Double(age / 8))).rounded(.down))
        }
        return Double(sum) / 4_294_967_296
    }

    private func weekHour(_ time: Int64) -> Int {
        Int((spec.zone.weekday(of: time) - 1) * 24 + spec.zone.hour(of: time))
    }

    /// By the angle between two vectors, which shares no formula with the engine.
    private func kilometres(_ a: (Double, Double), _ b: (Double, Double)) -> Double {
        guard abs(a.0) <= 90, abs(a.1) <= 180, abs(b.0) <= 90, abs(b.1) <= 180 else { return .nan }
        func vector(_ place: (Double, Double)) -> SIMD3<Double> {
            let (latitude, longitude) = (place.0 * .pi / 180, place.1 * .pi / 180)
            return [
                cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude),
            ]
        }
        let (u, v) = (vector(a), vector(b))
        let cross = SIMD3(
            u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x)
        return 6371.0088 * atan2((cross * cross).sum().squareRoot(), (u * v).sum())
    }

    private func elapsed(_ occurrence: Occurrence, _ now: Int64) -> Double {
        Double(now - occurrence.event.time) / 1e6
    }

    private func isInside(
        _ occurrence: Occurrence, _ feature: WindowFeature, now: Int64, sequence: Int
    ) -> Bool {
        guard isVisible(occurrence, feature, now: now, sequence: sequence) else { return false }
        guard let window = feature.window else { return true }
        var start = now - window
        if let hop = feature.hop { start = Timestamps.floorDivide(start, hop).quotient * hop }
        return occurrence.event.time + feature.delay > start
    }

    private func isVisible(
        _ occurrence: Occurrence, _ feature: WindowFeature, now: Int64, sequence: Int
    ) -> Bool {
        let type = spec.events.first { $0.name == occurrence.event.type }!
        if let lateness = type.lateness,
            occurrence.known - occurrence.event.time > lateness
        {
            return false
        }
        if occurrence.sequence == sequence { return feature.includesCurrent }
        let visible = occurrence.known + feature.delay
        return visible < now || (visible == now && occurrence.sequence < sequence)
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
