/// Who is called, or asked in another way, before anything stricter is done: the elderly, the disabled,
/// emergency services.
///
/// Where a tier asks for an action of `before` and the case has had no first step yet, the first step is
/// decided in its place. The stricter action is open from `days` days after the first step on, or as
/// soon as a verification has failed. A case that has left the list begins with the first step again.
/// For who is in the groups of several rules the strictest counts: that with the most `days`, of equal
/// ones the first in the policy.
public struct SpecialGroups: Equatable, Sendable {
    /// The groups, as the subscribers' table names them.
    public let groups: [String]
    /// What is done first.
    public let first: Action
    /// What must not come first.
    public let before: [Action]
    /// How many days after the first step the stricter action is open, at least 1.
    public let days: Int
}

/// What is not done again to who was re-opened after a check (`CheckResult.Outcome.passed` or
/// `.reopened`): none of `blocks` for `days` days on the same evidence.
///
/// The evidence on record is the highest probability of the case that was closed, and with
/// `newReasons` all its leading reasons; of a case that never had a score, the probability 0; where there
/// was no case, the first score after the re-opening. Evidence is **new**, and the green channel ends, where the odds p / (1 - p) of the day's
/// probability are more than `newOdds` times those on record, or where one of the day's first `newReasons`
/// reasons is none of those on record. Reasons are compared without the numbers in them: "12 calls to
/// strangers" is the same reason as "14 calls to strangers".
public struct GreenChannel: Equatable, Sendable {
    /// For how many days, at least 1; the day of the check is the first.
    public let days: Int
    /// What is not done.
    public let blocks: [Action]
    /// How many times higher odds are new evidence, at least 1.
    public let newOdds: Double
    /// How many leading reasons count, 0 for none.
    public let newReasons: Int

    /// Whether a day's evidence is new against what is on record.
    func isNew(probability p: Double, reasons: [String], against record: Evidence) -> Bool {
        let q = record.probability
        if p * (1 - q) > newOdds * q * (1 - p) { return true }
        guard newReasons > 0, !record.reasons.isEmpty else { return false }
        return reasons.prefix(newReasons).contains {
            !$0.isEmpty && !record.reasons.contains(Evidence.withoutNumbers($0))
        }
    }
}

/// What a case rests on.
public struct Evidence: Equatable, Sendable {
    /// The highest calibrated probability.
    public var probability: Double
    /// The leading reasons without their numbers, each once, in the order in which they came.
    public var reasons: [String]

    /// The most reasons that are kept.
    static let reasonLimit = 32

    /// Takes in another day's.
    mutating func take(_ probability: Double, _ leading: some Sequence<String>) {
        self.probability = max(self.probability, probability)
        for reason in leading where !reason.isEmpty && reasons.count < Self.reasonLimit {
            let words = Self.withoutNumbers(reason)
            if !reasons.contains(words) { reasons.append(words) }
        }
    }

    /// The sentence with each number, decimal points and thousands' commas included, as one `#`; at
    /// most 200 bytes of it.
    static func withoutNumbers(_ reason: String) -> String {
        var bytes: [UInt8] = []
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let text = Array(reason.utf8.prefix(200))
        for (index, byte) in text.enumerated() {
            let isInside =
                (byte == UInt8(ascii: ".") || byte == UInt8(ascii: ","))
                && bytes.last == UInt8(ascii: "#") && index + 1 < text.count
                && digits.contains(text[index + 1])
            if !digits.contains(byte), !isInside {
                bytes.append(byte)
            } else if bytes.last != UInt8(ascii: "#") {
                bytes.append(UInt8(ascii: "#"))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Who else is proposed because of a case: whoever shares a ring with who is newly given an action of
/// `of`, has no case and is not decided on otherwise that day. The link is named.
public struct RelatedSubscribers: Equatable, Sendable {
    /// The actions that draw others in.
    public let of: [Action]
    /// What is proposed for the others.
    public let action: Action
    /// How many a day; a ring may be a whole dormitory.
    public let capacity: Policy.Capacity
    /// For how many days such a case stays, at least 1.
    public let days: Int
}

/// When a store or dealer is proposed for an action: by the share of its openings that are cases, with
/// a bound that a handful of openings cannot reach by chance.
///
/// A store's openings are the subscribers that name it, its cases those of them with an action of `of` in
/// force or a failed verification. The rate counts by the lower bound of its one-sided interval at
/// `confidence` (Wilson's score interval).
///
/// Wilson: *Probable inference, the law of succession, and statistical inference*, JASA 22 (1927).
public struct StoreRule: Equatable, Sendable {
    /// The actions whose cases count.
    public let of: [Action]
    /// How many openings a store must have.
    public let minimumOpenings: Int
    /// The rate that the lower bound must reach, above 0 and at most 1.
    public let minimumRate: Double
    /// The confidence of the bound: 0.9, 0.95 or 0.99.
    public let confidence: Double
    /// What is proposed for such a store.
    public let action: Action

    /// The confidences that can be asked for, with the quantiles of the normal distribution.
    static let quantiles: [(confidence: Double, quantile: Double)] = [
        (0.9, 1.2815515655446004), (0.95, 1.6448536269514722), (0.99, 2.3263478740408408),
    ]

    /// The lower bound of a rate.
    /// - Parameters:
    ///   - cases: in 0...openings.
    ///   - openings: at least 1.
    func lowerBound(cases: Int, openings: Int) -> Double {
        if cases == 0 { return 0 }
        let z = Self.quantiles.first { $0.confidence == confidence }?.quantile ?? 1.6448536269514722
        let n = Double(openings)
        let rate = Double(cases) / n
        let spread = (rate * (1 - rate) / n + z * z / (4 * n * n)).squareRoot()
        return (rate + z * z / (2 * n) - z * spread) / (1 + z * z / n)
    }
}
