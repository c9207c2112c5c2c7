import Foundation
import RiskColumns
import RiskJSON
import Synchronization
import Testing

/// Events of two types, mixed, as they become known; ties, late ones and missing values among them.
enum LiveWorld {
    static let spec = """
        riskkit: features/1
        timezone: Asia/Shanghai
        lists:
          proxy: { values: ["192.0.2.1", "192.0.2.2"] }
        events:
          login:
            time: at
            known: seen
            lateness: 2h
            keys: [account, ip]
            fields: { success: boolean }
          purchase:
            time: { column: paid_at, format: epoch_milliseconds }
            keys: { account: ACCOUNT_ID, ip: IP }
            fields:
              amount: { type: decimal(2), column: AMOUNT }
              weight: number
              items: integer
              category: category
        rings:
          crew: { members: account, through: [ip], degree: 4 }
        features:
          crew_size: { ring: crew, aggregate: size, include: current }
          logins_1h: { of: login, by: account, aggregate: count, window: 1h }
          failed_1d: { of: login, by: account, aggregate: share(not success), window: 1d }
          ips_7d: { of: login, by: account, aggregate: distinct(ip), window: 7d }
          accounts_on_ip: { of: login, by: ip, aggregate: distinct(account), window: 1d }
          spend_7d: { of: purchase, by: account, aggregate: sum(amount), window: 7d, include: current }
          spread: { of: purchase, by: account, aggregate: std(amount), window: 30d, hop: 1d }
          median: { of: purchase, by: account, aggregate: "quantile(amount, 0.5)", window: 30d }
          weight_max: { of: purchase, by: ip, aggregate: max(items), window: 3d }
          pace: { of: purchase, by: account, aggregate: decayed_count(6h) }
          burst: { of: login, by: account, aggregate: peak(10m), window: 7d }
          variety: { of: purchase, by: account, aggregate: entropy(category), window: 7d }
          new_ip: { of: purchase, by: account, aggregate: new(ip) }
          known_here: { of: purchase, by: [account, ip], aggregate: count, window: 30d }
          since: { of: login, by: account, aggregate: since_last }
          proxied: { derive: current.ip in proxy }
          jump: { derive: current.weight * spend_7d / (1 + logins_1h) }
        vectors: { unit: purchase }

        """

    /// An event's type, and its line.
    static func events(_ count: Int, seed: UInt64) -> [(type: String, line: String)] {
        var draw = SplitMix64(seed: seed)
        var known: Int64 = 1_772_400_000_000  // milliseconds
        var last = ""
        return (0..<count).map { number in
            known += [0, 0, 1, 900, 30_000, 600_000, 3_600_000][draw.below(7)]
            let account = draw.below(20) == 0 ? "null" : "\"张\(draw.below(12))\""
            let ip = draw.below(15) == 0 ? "" : "192.0.2.\(draw.below(9))"
            let type = draw.below(3) == 0 ? "login" : "purchase"
            defer { last = type }
            if type == "login" {
                // Of one moment, a batch takes logins first; live, it is as they arrive.
                if last == "purchase" { known += 1 }
                let at = known - Int64([0, 0, 5000, 3_600_000, 9_000_000][draw.below(5)])
                let success = ["true", "false", "null", "1"][draw.below(4)]
                return (
                    "login",
                    #"{"event":"login","at":"\#(Timestamps.format(at * 1000))","#
                        + #""seen":"\#(Timestamps.format(known * 1000))","account":\#(account),"#
                        + #""ip":"\#(ip)","success":\#(success),"agent":{"os":["linux",\#(number)]}}"#
                )
            }
            let amount = "\(draw.below(900)).\(draw.below(90) + 10)"
            let category = ["\"food\"", "\"g\\u0061mes\"", "null", "7"][draw.below(4)]
            let weight = ["0.1", "1e-7", "null", "-2.5", "123456.789"][draw.below(5)]
            return (
                "purchase",
                #"{"paid_at":\#(known),"ACCOUNT_ID":\#(account),"IP":"\#(ip)","AMOUNT":"#
                    + (draw.below(2) == 0 ? amount : "\"\(amount)\"")
                    + #","weight":\#(weight),"items":\#(draw.below(50)),"category":\#(category),"#
                    + #""event":"purchase"}"#
            )
        }
    }

    /// A folder with the spec, a stream of so many events, and what a run that nothing disturbs makes of it.
    static func workplace(_ count: Int, seed: UInt64) async throws -> (Workplace, [String]) {
        let workplace = try Workplace()
        try workplace.write(spec, to: "spec.yaml")
        let lines = events(count, seed: seed).map(\.line)
        try workplace.write(lines.map { $0 + "\n" }.joined(), to: "events.jsonl")
        let outcome = try await workplace.risk(
            "live", "--spec", "spec.yaml", "--events", "events.jsonl", "--output", "whole.jsonl",
            "--quiet")
        try #require(outcome.exitCode == 0, "\(outcome.errors)")
        return (workplace, lines)
    }

    /// The lines of vectors by the number of their event; a line that a crash cut off is none. Two lines
    /// of one number must be equal.
    static func vectors(_ texts: [String]) throws -> [Int: Substring] {
        var vectors: [Int: Substring] = [:]
        for text in texts {
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                let beginning = #"{"event_number":"#
                let digits = line.dropFirst(beginning.count).prefix { $0.isNumber }
                let number = try #require(Int(digits), "\(line)")
                #expect(line.hasPrefix(beginning))
                let other = vectors.updateValue(line, forKey: number)
                #expect(other == nil || other == line)
            }
        }
        return vectors
    }

    /// The place in the stream that a snapshot belongs to.
    static func position(_ workplace: Workplace, _ name: String) throws -> Int {
        let lines = try workplace.bytes(name).split(separator: 0x0A, maxSplits: 2)
        let header = try JSONParser.parse(Array(try #require(lines.dropFirst().first)))
        guard case .integer(let position)? = header["position"]?.content else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return Int(position)
    }
}

/// A `risk` that runs while the test goes on, fed through a pipe.
final class RunningRisk: Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errors: URL
    private let ended = Mutex<(code: Int32?, waiting: CheckedContinuation<Int32, Never>?)>(
        (nil, nil))

    /// - Parameter outputFile: where standard output goes; nil: through a pipe, see `line`.
    init(_ workplace: Workplace, _ arguments: [String], outputFile: String? = nil) throws {
        signal(SIGPIPE, SIG_IGN)
        errors = workplace.folder.appending(path: "errors-\(UUID().uuidString)")
        try Data().write(to: errors)
        process.executableURL = try Workplace.binary()
        process.arguments = arguments
        process.currentDirectoryURL = workplace.folder
        process.standardInput = input
        if let outputFile {
            let url = workplace.folder.appending(path: outputFile)
            try Data().write(to: url)
            process.standardOutput = try FileHandle(forWritingTo: url)
        } else {
            process.standardOutput = output
        }
        process.standardError = try FileHandle(forWritingTo: errors)
        process.terminationHandler = { [self] process in
            let code =
                (process.terminationReason == .uncaughtSignal ? 128 : 0)
                + process.terminationStatus
            ended.withLock { state in
                state.code = code
                state.waiting?.resume(returning: code)
                state.waiting = nil
            }
        }
        try process.run()
        // Else a write would wait for ever where the process is gone.
        try input.fileHandleForReading.close()
        try output.fileHandleForWriting.close()
    }

    /// Gives it lines; whether it is there to take them is not looked at.
    func feed(_ lines: some Sequence<String>, ended: Bool = true) {
        try? input.fileHandleForWriting.write(
            contentsOf: Data(lines.map { $0 + (ended ? "\n" : "") }.joined().utf8))
    }

    /// Ends its input.
    func close() { try? input.fileHandleForWriting.close() }

    /// What it has answered, once there is something.
    func answer() -> String {
        String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    }

    /// Sends it a signal.
    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Whether it has ended.
    var hasEnded: Bool { ended.withLock { $0.code != nil } }

    /// Waits for its end.
    func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            ended.withLock { state in
                if let code = state.code {
                    continuation.resume(returning: code)
                } else {
                    state.waiting = continuation
                }
            }
        }
    }

    /// What it said on standard error.
    var said: String { String(decoding: (try? Data(contentsOf: errors)) ?? Data(), as: UTF8.self) }
}
