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

    /// The feature's name.
    public var name: String { feature.name }
    /// How much the term raised the log-odds.
    public var logOdds: Double { LogOdds.value(units) }
}

extension Scorer {
    /// The terms that raised a row's score most above the typical value, the largest first and ties in
    /// the order of the features. They are terms of the sum itself, so they cost a second look at the
    /// tables and are exact.
    /// - Parameters:
    ///   - row: one value a feature, in the order of `layout`; NaN where missing.
    ///   - top: how many at most; all that raised the score by default.
    /// - Precondition: `row.count == layout.count`.
    /// - Complexity: O(terms × log cut points).
    public func reasons(row: UnsafeBufferPointer<Double>, top: Int = .max) -> [Reason] {
        precondition(row.count == layout.count, "a row needs one value a feature")
        var best = RaisedTerms(limit: min(top, compiled.tables.count + compiled.linearTerms.count))
        guard best.limit > 0, let values = row.baseAddress else { return [] }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: compiled.tables.count) { terms in
            let tables = compiled.tables
            _ = rk_tables_row_f64(tables.baseAddress, tables.count, values, terms.baseAddress)
            for (index, table) in tables.enumerated() {
                let raised = Int64(terms[index]) - Int64(compiled.typicalUnits[index])
                if raised > 0 { best.consider(Int(table.feature), raised) }
            }
        }
        for term in compiled.linearTerms {
            let raised = term.units(of: values[term.feature]) - term.typicalUnits
            if raised > 0 { best.consider(term.feature, raised) }
        }
        return best.terms.map { term in
            Reason(
                index: term.feature, feature: model.features[term.feature],
                value: values[term.feature], units: term.units)
        }
    }

    /// The terms that raised a row's score most above the typical value.
    /// - Precondition: `row.count == layout.count`.
    public func reasons(row: [Double], top: Int = .max) -> [Reason] {
        row.withUnsafeBufferPointer { reasons(row: $0, top: top) }
    }
}

/// The few largest of many terms, by insertion: few are kept, and most are turned away at the door.
private struct RaisedTerms {
    let limit: Int
    private(set) var terms: [(feature: Int, units: Int64)] = []

    init(limit: Int) {
        self.limit = limit
        terms.reserveCapacity(min(limit, 16) + 1)
    }

    /// Takes a term in where it belongs: larger units first, then the earlier feature.
    mutating func consider(_ feature: Int, _ units: Int64) {
        var place = terms.count
        while place > 0, (terms[place - 1].units, feature) < (units, terms[place - 1].feature) {
            place -= 1
        }
        guard place < limit else { return }
        if terms.count == limit { terms.removeLast() }
        terms.insert((feature, units), at: place)
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
