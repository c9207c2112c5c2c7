import CRiskKernels
import RiskModel

/// Who a reason is told to.
public enum Audience: String, CaseIterable, Sendable {
    /// Sees the feature and its value.
    case investigator
    /// Is told nothing that teaches how to evade.
    case customer
}

/// A term that raised a score above what is typical, exactly.
public struct Reason: Equatable, Sendable {
    /// The index into the scorer's `layout`.
    public let index: Int
    /// The feature, with its sentences.
    public let feature: Feature
    /// The feature's value; NaN where missing.
    public let value: Double
    /// By how many units of log-odds the term is above its typical contribution; more than 0.
    public let units: Int64

    /// A reason of a term that is known already.
    package init(index: Int, feature: Feature, value: Double, units: Int64) {
        self.index = index
        self.feature = feature
        self.value = value
        self.units = units
    }

    /// The feature's name.
    public var name: String { feature.name }
    /// How much the term raised the log-odds.
    public var logOdds: Double { LogOdds.value(units) }
}

/// A term that raised a score above what is typical, as numbers only: what fits a caller's buffer.
public struct RaisedTerm {
    private var reason: rk_reason

    /// A place for a term.
    public init() { reason = rk_reason() }

    /// The index into the scorer's `layout`.
    public var index: Int { Int(reason.feature) }
    /// By how many units of log-odds the term is above its typical contribution; more than 0.
    public var units: Int64 { reason.units }
}

extension Scorer {
    /// The score of one row, and in the same pass the terms that raised it most above the typical
    /// value, the largest first and ties in the order of the features. It takes no lock and allocates
    /// nothing.
    /// - Parameters:
    ///   - row: one value a feature, in the order of `layout`; NaN where missing.
    ///   - reasons: room for as many terms as are wanted.
    /// - Returns: the score, and how many terms were put at the begin of `reasons`.
    /// - Precondition: `row.count == layout.count`.
    /// - Complexity: O(terms).
    public func score(
        row: UnsafeBufferPointer<Double>, reasons: UnsafeMutableBufferPointer<RaisedTerm>
    ) -> (score: Score, count: Int) {
        precondition(row.count == compiled.featureCount, "a row needs one value a feature")
        guard let values = row.baseAddress, let room = reasons.baseAddress else {
            return (score(row: row), 0)
        }
        var count = reasons.count
        let units = room.withMemoryRebound(to: rk_reason.self, capacity: count) {
            rk_score_row_f64(compiled.scorer, values, $0, &count)
        }
        return (compiled.score(units: units), count)
    }

    /// The terms that raised a row's score most above the typical value, the largest first and ties in
    /// the order of the features. They are terms of the sum itself, so they are exact.
    /// - Parameters:
    ///   - row: one value a feature, in the order of `layout`; NaN where missing.
    ///   - top: how many at most; all that raised the score by default.
    /// - Precondition: `row.count == layout.count`.
    /// - Complexity: O(terms).
    public func reasons(row: UnsafeBufferPointer<Double>, top: Int = .max) -> [Reason] {
        let limit = min(top, model.tables.count + model.linearTerms.count)
        return withUnsafeTemporaryAllocation(of: RaisedTerm.self, capacity: limit) { room in
            let count = score(row: row, reasons: room).count
            return room[..<count].map { term in
                Reason(
                    index: term.index, feature: model.features[term.index],
                    value: row[term.index], units: term.units)
            }
        }
    }

    /// The terms that raised a row's score most above the typical value.
    /// - Precondition: `row.count == layout.count`.
    public func reasons(row: [Double], top: Int = .max) -> [Reason] {
        row.withUnsafeBufferPointer { reasons(row: $0, top: top) }
    }
}

extension Reason {
    /// A sentence a person can read, in the model's words where it has some.
    ///
    /// The model's sentence is that of the language, of its first part ("zh" for "zh-Hant") or English;
    /// `{value}` in it is replaced by the value. Where there is none, one is made: for the investigator
    /// with name, value and effect; for the customer without any of them. An investigator's sentence is
    /// never shown to a customer.
    /// - Parameter language: a code such as "en" or "zh".
    public func text(language: String = "en", audience: Audience = .investigator) -> String {
        let base = String(language.prefix { $0 != "-" })
        let texts = audience == .customer ? feature.reason?.customer : feature.reason?.investigator
        let inChinese = base == "zh"
        if let texts, let text = texts[language] ?? texts[base] ?? texts["en"] {
            return text.replacing("{value}", with: plainValue(inChinese: inChinese))
        }
        let effect = Self.plain(logOdds, decimals: 2)
        let known = plainValue(inChinese: inChinese)
        return switch (audience, inChinese) {
        case (.investigator, false): "\(name) is \(known) (raises the log-odds by \(effect))"
        case (.investigator, true): "\(name) 为\(known)（对数几率增加 \(effect)）"
        case (.customer, false): "Something in the recent activity differed from what is usual"
        case (.customer, true): "近期活动与通常情况有所不同"
        }
    }

    private func plainValue(inChinese: Bool) -> String {
        if value.isNaN { return inChinese ? "缺失" : "missing" }
        if value.isInfinite {
            return value > 0
                ? (inChinese ? "无穷大" : "infinite") : (inChinese ? "负无穷大" : "minus infinity")
        }
        return Self.plain(value, decimals: abs(value) >= 1 ? 2 : 4)
    }
}
