import RiskColumns
import RiskJSON

@testable import RiskFeatures

/// A random spec over logins and purchases.
struct RandomSpec {
    /// A derived feature and what it means, in Swift.
    struct Derived: Sendable {
        let text: String
        let needsCurrent: Bool
        /// The values of the features before it, and the event.
        let value: @Sendable ([Double], FeatureEngine.Event?) -> Double
    }

    let spec: FeatureSpec
    /// The features as they are written.
    let features: [String]
    let defaults: [Int: Double]
    /// The last features.
    let derived: [Derived]

    /// The events, where logins that become known too late count for nothing, or all count.
    static func events(lateness: String?) -> String {
        """
        "events": {
          "login": { "time": "at", "known": "seen",
                     \(lateness.map { "\"lateness\": \"\($0)\"," } ?? "") "keys": ["account", "ip"],
                     "fields": { "success": "boolean", "latitude": "decimal(4)",
                                 "longitude": "number" } },
          "purchase": { "time": "at", "keys": ["account", "ip"],
                        "fields": { "amount": "decimal(2)", "items": "integer",
                                    "weight": "number", "category": "category" } }
        },
        "lists": { "virtual": { "values": ["gift", "topup"] } },
        """
    }

    init(
        _ random: inout CaseGenerator, unit: String, keys: [String] = ["account", "ip"],
        zone: String? = nil, more: [String] = []
    ) throws {
        let isEvent = unit.hasPrefix("\"")
        var features: [String] = []
        var defaults: [Int: Double] = [:]
        // Where the window is that of the feature before, the two share a state.
        var timing = Timing(&random)
        for index in 0..<7 {
            if Bool.random(using: &random) { timing = Timing(&random) }
            let key = isEvent ? keys.randomElement(using: &random)! : "account"
            var feature = Self.feature(&random, key: key, timing, mayBeCurrent: isEvent)
            if Int.random(in: 0..<4, using: &random) == 0 {
                defaults[index] = [0, -1, 0.5].randomElement(using: &random)!
                feature += ", \"default\": \(defaults[index]!)"
            }
            features.append(feature)
        }
        derived = Self.derivations.filter { isEvent || !$0.needsCurrent }
        features += derived.map { "\"derive\": \"\($0.text)\"" } + more
        self.features = features
        self.defaults = defaults
        let zones = ["UTC", "Asia/Shanghai", "America/New_York"]
        let zone = zone ?? zones.randomElement(using: &random)!
        let list = features.enumerated().map { "\"f\($0)\": { \($1) }" }.joined(separator: ",\n")
        let lateness = Bool.random(using: &random) ? "1h" : nil
        spec = try Story.spec(
            """
            { "riskkit": "features/1", "timezone": "\(zone)",
              \(Self.events(lateness: lateness))
              "vectors": { "unit": \(unit) }, "features": { \(list) } }
            """)
    }

    /// Whether a value is what the definition says: to the bit, but for what the definition computes
    /// with the C library's functions.
    func agrees(_ index: Int, _ value: Double, _ expected: Double) -> Bool {
        if Story.same(value, expected) { return true }
        if features[index].contains("entropy") { return abs(value - expected) <= 1e-4 }
        if features[index].contains("speed") {
            // Near the antipode the haversine formula keeps half of a double's digits.
            return abs(value - expected) <= 1e-7 * max(1, expected)
        }
        // What is derived from those may differ as they do.
        guard features[index].contains("derive") else { return false }
        let inexact = features.contains { $0.contains("entropy") || $0.contains("speed") }
        return inexact && abs(value - expected) <= 1e-3 * max(1, abs(expected))
    }

    /// Window, hop and delay.
    private struct Timing {
        var window: String?
        var hop: String?
        var delay: String?

        init(_ random: inout CaseGenerator) {
            let windows = ["1s", "10s", "1m", "10m", "1h", "5h", "1d", "3d"]
            let hops = ["1s", "1s", "10s", "1m", "10m", "1h", "1h", "1d"]
            let index = Int.random(in: 0..<windows.count, using: &random)
            window = windows[index]
            if Int.random(in: 0..<5, using: &random) == 0 {
                window = Bool.random(using: &random) ? "all" : nil
            } else if Int.random(in: 0..<3, using: &random) == 0 {
                hop = Bool.random(using: &random) ? hops[index] : windows[index]
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                delay = ["1s", "5s", "1m", "30m", "1d"].randomElement(using: &random)!
            }
        }

        var isUnbounded: Bool { window == nil || window == "all" }
    }

    private static func feature(
        _ random: inout CaseGenerator, key: String, _ timing: Timing, mayBeCurrent: Bool
    ) -> String {
        let isLogin = Int.random(in: 0..<3, using: &random) == 0
        let isPair = mayBeCurrent && Int.random(in: 0..<6, using: &random) == 0
        let by = isPair ? "[\"account\", \"ip\"]" : "\"\(key)\""
        var parts = ["\"of\": \"\(isLogin ? "login" : "purchase")\"", "\"by\": \(by)"]
        var aggregates =
            isLogin
            ? [
                "count", "share(success)", "share(not success)", "distinct(ip)", "since_last",
                "since_first", "rate", "mean(success)", "last(success)", "first(success)",
            ]
            : [
                "count", "sum(amount)", "mean(amount)", "std(amount)", "min(amount)", "max(weight)",
                "last(amount)", "first(weight)", "distinct(category)", "distinct(ip)",
                "share(category = 'gift')", "share(amount > 5 and hour < 12)", "sum(items)",
                "min(weight)", "since_first", "last(items)", "std(items)", "first(amount)",
                "distinct(items)", "distinct(amount)", "since_last", "rate", "max(items)",
                "last(weight)", "share(is_missing(category))",
            ]
        if timing.window != nil, !timing.isUnbounded, timing.hop == nil {
            aggregates +=
                isLogin
                ? [
                    "gap_mean", "gap_cv", "entropy(ip)", "top_share(success)", "hour_distance",
                    "speed(latitude, longitude)", "peak(1s)", "quantile(latitude, 0.25)",
                ]
                : [
                    "gap_mean", "gap_std", "gap_cv", "entropy(category)", "top_share(ip)",
                    "hour_distance", "quantile(amount, 0.5)", "quantile(weight, 0.9)",
                    "last(items, 2)", "last(weight, 3)", "peak(\(timing.window!))",
                ]
        }
        if !isLogin { aggregates += ["ratio(amount)", "zscore(items)"] }
        if Int.random(in: 0..<6, using: &random) == 0 {
            aggregates =
                ["decayed_count(1m)", "decayed_count(1h)"]
                + (isLogin ? [] : ["decayed_sum(amount, 10s)", "decayed_sum(items, 1d)"])
        } else if mayBeCurrent, !isPair, Int.random(in: 0..<8, using: &random) == 0 {
            aggregates = key == "account" ? ["new(ip)"] : ["new(account)"]
            if !isLogin { aggregates.append("new(category)") }
        }
        let aggregate = aggregates.randomElement(using: &random)!
        let decays = aggregate.hasPrefix("decayed")
        parts.append("\"aggregate\": \"\(aggregate)\"")
        if !decays, let window = timing.window { parts.append("\"window\": \"\(window)\"") }
        if !decays, let hop = timing.hop { parts.append("\"hop\": \"\(hop)\"") }
        if aggregate == "rate", timing.isUnbounded || Bool.random(using: &random) {
            parts.append("\"per\": \"\(Bool.random(using: &random) ? "login" : "purchase")\"")
        }
        if let delay = timing.delay {
            parts.append("\"delay\": \"\(delay)\"")
        } else if !isLogin, mayBeCurrent, !aggregate.hasPrefix("new"),
            Bool.random(using: &random)
        {
            parts.append("\"include\": \"current\"")
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            let conditions =
                isLogin
                ? ["success", "hour in 0..<12 or weekday > 5"]
                : [
                    "category in virtual", "amount >= 3", "not category = 'food'",
                    "items in 1...3", "ip in ['i0', 'i2'] and not is_missing(weight)",
                ]
            parts.append("\"where\": \"\(conditions.randomElement(using: &random)!)\"")
        }
        return parts.joined(separator: ", ")
    }

    private static func number(_ event: FeatureEngine.Event?, _ name: String) -> Double {
        switch event?.values[name] {
        case .integer(let value)?: name == "amount" ? Double(value) / 100 : Double(value)
        case .number(let value)?: value
        default: .nan
        }
    }

    private static func either(_ a: Double, _ b: Double) -> Double { a.isNaN ? b : a }

    private static func quotient(_ a: Double, _ b: Double) -> Double {
        let quotient = a / b
        return b == 0 || !quotient.isFinite ? .nan : quotient
    }

    static let derivations = [
        Derived(text: "f0 / f1", needsCurrent: false) { f, _ in quotient(f[0], f[1]) },
        Derived(text: "coalesce(f2, f3) - f4", needsCurrent: false) { f, _ in
            let difference = either(f[2], f[3]) - f[4]
            return difference.isFinite ? difference : .nan
        },
        Derived(text: "if(f5 > 2, f6, -1)", needsCurrent: false) { f, _ in
            f[5].isNaN ? .nan : f[5] > 2 ? f[6] : -1
        },
        Derived(text: "is_missing(f7)", needsCurrent: false) { f, _ in f[7].isNaN ? 1 : 0 },
        Derived(text: "current.amount / (f0 + 1)", needsCurrent: true) { f, event in
            quotient(number(event, "amount"), f[0] + 1)
        },
        Derived(text: "current.items >= 2 and f1 > 0", needsCurrent: true) { f, event in
            let items = number(event, "items")
            let (a, b) = (items.isNaN ? nil : items >= 2, f[1].isNaN ? nil : f[1] > 0)
            if a == false || b == false { return 0 }
            return a == nil || b == nil ? .nan : 1
        },
        Derived(text: "current.category = 'gift'", needsCurrent: true) { _, event in
            guard let category = event?.values["category"] else { return .nan }
            return category == .text("gift") ? 1 : 0
        },
    ]
}

/// Random events of such a spec: ties, bursts and pauses, missing values, late knowledge.
enum RandomLog {
    static func events(
        _ count: Int, keys: Int, _ random: inout CaseGenerator
    ) -> [FeatureEngine.Event] {
        var events: [FeatureEngine.Event] = []
        var time = Timestamps.microseconds(year: 2026, month: 3, day: 7)
        for _ in 0..<count {
            let gaps: [Int64] = [
                0, 0, 1, 1_000_000, 5_000_000, 60_000_000, 1_800_000_000, 20_000_000_000,
            ]
            time += gaps.randomElement(using: &random)!
            var values: [String: FeatureEngine.Value] = [:]
            func present() -> Bool { Int.random(in: 0..<12, using: &random) > 0 }
            if present() {
                values["account"] = .text("a\(Int.random(in: 0..<keys, using: &random))")
            }
            if present() { values["ip"] = .text("i\(Int.random(in: 0..<3, using: &random))") }
            if Bool.random(using: &random) {
                if present() { values["success"] = .bool(Bool.random(using: &random)) }
                if present() {
                    values["latitude"] = .integer(
                        Int64.random(in: -910_000...910_000, using: &random))
                }
                if present() {
                    values["longitude"] = .number(Double.random(in: -181...181, using: &random))
                }
                let late: [Int64] = [
                    0, 0, 0, 1, 5_000_000, 70_000_000, 3_600_000_000, 90_000_000_000,
                ]
                events.append(
                    .init(
                        type: "login", time: time,
                        known: time + late.randomElement(using: &random)!, values: values))
            } else {
                if present() {
                    values["amount"] = .integer(Int64.random(in: -50...1500, using: &random))
                }
                if present() {
                    values["items"] = .integer(Int64.random(in: -2...5, using: &random))
                }
                if present() {
                    let weights = [0, -0.0, 1.5, -2.25, 1e300, .leastNonzeroMagnitude]
                    values["weight"] = .number(weights.randomElement(using: &random)!)
                }
                if present() {
                    values["category"] = .text(
                        ["gift", "topup", "food"].randomElement(using: &random)!)
                }
                events.append(.init(type: "purchase", time: time, values: values))
            }
        }
        return events
    }
}
