import Foundation
import RiskJSON
import Testing

@Suite("risk features --explain")
struct ExplainTests {
    static let spec = """
        riskkit: features/1
        events:
          purchase:
            time: at
            keys: [customer]
            fields: { amount: decimal(2) }
        features:
          spend_1h: { of: purchase, by: customer, aggregate: sum(amount), window: 1h, include: current }
          before_1h: { of: purchase, by: customer, aggregate: count, window: 1h }
          doubled: { derive: spend_1h * 2 + current.amount }
        vectors:
          unit: purchase

        """

    static func workplace() throws -> Workplace {
        let workplace = try Workplace()
        try workplace.write(spec, to: "spec.yaml")
        var log = "at,customer,amount\n"
        for minute in 10..<20 {
            log += "2018-06-01T08:\(minute):00Z,a,\(minute).50\n"
            log += "2018-06-01T08:\(minute):30Z,\"b, c\",1\n"
        }
        try workplace.write(log, to: "log.csv")
        return workplace
    }

    static let features = [
        "features", "--spec", "spec.yaml", "--events", "purchase=log.csv", "--quiet",
    ]

    @Test("The values are the output's, with the events behind them")
    func text() async throws {
        let workplace = try Self.workplace()
        let outcome = try await workplace.risk(
            Self.features + ["--explain", "7", "--explain-events", "2"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(
            outcome.output == """
                vector 7  2018-06-01T08:13:00Z  customer=a

                spend_1h = 48
                  sum(amount) of purchase by customer, window 1h, the vector's own event included
                  after 2018-06-01T07:13:00Z to 2018-06-01T08:13:00Z: 4 events
                    … and 2 earlier
                    purchase 5  2018-06-01T08:12:00Z  customer=a  amount=12.50
                    purchase 7  2018-06-01T08:13:00Z  customer=a  amount=13.50  (the vector's own)

                before_1h = 3
                  count of purchase by customer, window 1h
                  after 2018-06-01T07:13:00Z to 2018-06-01T08:13:00Z: 3 events
                    … and 1 earlier
                    purchase 3  2018-06-01T08:11:00Z  customer=a
                    purchase 5  2018-06-01T08:12:00Z  customer=a

                doubled = 109.5
                  spend_1h * 2 + current.amount
                    spend_1h = 48
                    current.amount = 13.50

                """)
        #expect(!workplace.files.contains("out.csv"))
        let written = try await workplace.risk(Self.features + ["--output", "out.csv"])
        #expect(written.exitCode == 0)
        #expect(
            try workplace.text("out.csv").split(separator: "\n")[7]
                == "2018-06-01T08:13:00Z,a,48,3,109.5")
    }

    @Test("A vector is named by its keys and time, and told to machines as JSON")
    func json() async throws {
        let workplace = try Self.workplace()
        let outcome = try await workplace.risk(
            Self.features + ["--explain", "customer=b, c@2018-06-01T08:11:30Z", "--json"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let node = try JSONParser.parse(Array(outcome.output.utf8))
        #expect(node["vector"] == 4)
        #expect(node["keys"] == .object(["customer": "b, c"]))
        guard case .array(let features)? = node["features"]?.content else {
            Issue.record("no features")
            return
        }
        #expect(features[0]["value"] == 2.0)
        #expect(features[0]["count"] == 2)
        #expect(features[0]["recomputed"] == 2.0)
        #expect(features[2]["reads"] == .object(["spend_1h": 2.0, "current.amount": "1.00"]))
    }

    @Test(
        "What cannot be explained is told",
        arguments: [
            (["--explain", "21"], 65, "there is no vector 21; they are numbered from 1 to 20"),
            (["--explain", "0"], 64, "--explain"),
            (["--explain", "a@noon"], 64, "--explain"),
            (["--explain", "customer=z@2018-06-01"], 65, "there is no vector of customer=z"),
            (["--explain", "shop=z@2018-06-01T08:11:30Z"], 65, "the vectors have no key \"shop\""),
            (["--explain", "1", "--output", "out.csv"], 64, "--explain writes no table"),
            (["--output", "out.csv", "--json"], 64, "--json needs --explain"),
            ([], 64, "--output"),
        ])
    func refused(_ options: [String], _ code: Int32, _ message: String) async throws {
        let workplace = try Self.workplace()
        let outcome = try await workplace.risk(Self.features + options)
        #expect(outcome.exitCode == code)
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
        #expect(outcome.output == "")
        #expect(!workplace.files.contains("out.csv"))
    }
}
