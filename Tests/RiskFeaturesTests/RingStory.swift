import RiskColumns
import Testing

@testable import RiskFeatures

/// Logins, purchases and reports of fraud, and what the rings behind each login or purchase are.
struct RingStory {
    var ring = #""members": "account", "through": ["device", "ip"], "fraud": { "of": "fraud" }"#
    var features: KeyValuePairs<String, String> = ["size": #""aggregate": "size""#]
    var unit = #""login""#
    var derived = ""

    func text() -> String {
        let list = features.map { #""\#($0.key)": { "ring": "crew", \#($0.value) }"# }
        return """
            { "riskkit": "features/1",
              "events": {
                "login": { "time": "at", "known": "seen", "keys": ["account", "device", "ip"] },
                "purchase": { "time": "at", "keys": ["account", "device", "card"], "fields": {
                  "fraud": { "type": "boolean", "known_after": "7d" }, "amount": "decimal(2)" } },
                "fraud": { "time": "at", "known": "told", "keys": ["account"] },
                "visit": { "time": "at", "keys": ["ip"] } },
              "rings": { "crew": { \(ring) } },
              "features": { \((list + (derived.isEmpty ? [] : [derived])).joined(separator: ",\n")) },
              "vectors": { "unit": \(unit) } }
            """
    }

    /// The vectors of the unit's events in their order, batch and live being the same.
    func vectors(_ events: [FeatureEngine.Event]) throws -> [[Double]] {
        let spec = try Story.spec(text())
        let matrix = try BatchExtractor(spec: spec, logs: Story.logs(spec, events), threads: 2)
            .vectors().matrix
        let engine = FeatureEngine(spec: spec)
        let live = try Story.inOrder(spec, events).compactMap { try engine.process($0.event) }
        let batch = (0..<matrix.rowCount).map { row in matrix.columns.map { $0[row] } }
        #expect(batch.count == live.count)
        #expect(batch.elementsEqual(live) { $0.elementsEqual($1) { Story.same($0, $1) } })
        return batch
    }

    /// One feature over the vectors.
    func values(_ feature: String, _ events: [FeatureEngine.Event]) throws -> [Double] {
        let index = try #require(features.firstIndex { $0.key == feature })
        return try vectors(events).map {
            $0[features.distance(from: features.startIndex, to: index)]
        }
    }
}

extension FeatureEngine.Event {
    /// An event at hours after noon.
    private static func event(
        _ type: String, _ hours: Double, knownAfter late: Double = 0, _ keys: [String: String?]
    ) -> Self {
        let time = Story.noon + Int64(hours * 3.6e9)
        return .init(
            type: type, time: time, known: time + Int64(late * 3.6e9),
            values: keys.compactMapValues { $0.map { .text($0) } })
    }

    /// Someone logs in from a device and an address.
    static func seen(
        _ hours: Double, _ account: String?, device: String? = nil, ip: String? = nil,
        knownAfter late: Double = 0
    ) -> Self {
        event(
            "login", hours, knownAfter: late, ["account": account, "device": device, "ip": ip])
    }

    /// Someone buys something.
    static func bought(
        _ hours: Double, _ account: String?, device: String? = nil, card: String? = nil,
        fraud: Bool? = nil
    ) -> Self {
        var event = event("purchase", hours, ["account": account, "device": device, "card": card])
        event.values["fraud"] = fraud.map { .bool($0) }
        return event
    }

    /// An account is reported.
    static func reported(_ hours: Double, _ account: String, after late: Double = 0) -> Self {
        event("fraud", hours, knownAfter: late, ["account": account])
    }
}
