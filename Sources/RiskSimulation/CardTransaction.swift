import RiskColumns

/// The three kinds of card fraud, numbered as in the files' last column.
public enum CardFraud: UInt8, CaseIterable, Sendable {
    /// Stolen card numbers are tried with small amounts and then emptied with large ones.
    case testingAndLargeAmounts = 1
    /// A terminal is in the wrong hands for some weeks: part of what is charged there is fraud.
    case compromisedTerminal = 2
    /// A card's credentials are used beside its owner for some weeks.
    case stolenCredentials = 3
}

/// How much trouble the fraudster takes not to be seen.
public enum Tactic: UInt8, CaseIterable, Sendable {
    /// Fast and greedy.
    case easy = 0
    /// Small multiples, slow, spread out, at the owner's places and hours.
    case evasive = 1
}

/// Why a transaction looks as it does. Everything but `.fraud` is honest, and most of it is a
/// look-alike.
public enum CardCircumstance: UInt8, CaseIterable, Sendable {
    /// Everyday business.
    case ordinary = 0
    /// Away from home: new terminals, more and larger payments.
    case trip = 1
    /// A business buys in bulk: many large payments within two hours.
    case bulk = 2
    /// Presents: several larger payments in new shops on one day.
    case gift = 3
    /// Tiny payments at ticket and vending machines.
    case smallChange = 4
    /// A shop's sale draws strangers and larger baskets for some days.
    case sale = 5
    /// Once in a while something large: furniture, a repair.
    case largePurchase = 6
    /// Fraud of any kind.
    case fraud = 7

    /// The word in files.
    public var name: String {
        switch self {
        case .ordinary: "ordinary"
        case .trip: "trip"
        case .bulk: "bulk"
        case .gift: "gift"
        case .smallChange: "small-change"
        case .sale: "sale"
        case .largePurchase: "large-purchase"
        case .fraud: "fraud"
        }
    }
}

/// One payment, and what only a simulation can know about it.
public struct CardTransaction: Equatable, Sendable {
    /// Microseconds since 1970, of local time without a zone; whole seconds.
    public var time: Int64
    /// The card's owner, from 0.
    public var customer: Int32
    /// Where it was paid, from 0.
    public var terminal: Int32
    /// In hundredths, above 0.
    public var amount: Int64
    /// The kind of fraud, nil where it is none.
    public var fraud: CardFraud?
    /// How evasive the fraud is; `.easy` where it is none.
    public var tactic: Tactic
    /// Why it looks as it does.
    public var circumstance: CardCircumstance
}

extension CardTransaction: Comparable {
    /// By time; at the same second by customer, terminal and amount, so that a day has one order.
    public static func < (a: CardTransaction, b: CardTransaction) -> Bool {
        if a.time != b.time { return a.time < b.time }
        if a.customer != b.customer { return a.customer < b.customer }
        if a.terminal != b.terminal { return a.terminal < b.terminal }
        if a.amount != b.amount { return a.amount < b.amount }
        return (a.fraud?.rawValue ?? 0) < (b.fraud?.rawValue ?? 0)
    }
}

extension CardTransaction {
    /// The header of the transactions' CSV, that of the Fraud Detection Handbook's data.
    public static let header =
        "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO"

    /// The header of what only the simulation knows.
    public static let truthHeader = "TRANSACTION_ID,CIRCUMSTANCE,TACTIC"

    /// The bytes of a day as `2018-04-01 `, which the lines of a day share.
    static func date(_ midnight: Int64) -> [UInt8] {
        Array(Timestamps.format(midnight).utf8.prefix(10)) + [UInt8(ascii: " ")]
    }

    /// Adds the transaction's line, without quotes, ended by a newline.
    /// - Parameter date: `CardTransaction.date` of the day.
    func appendLine(id: Int, date: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(number: id)
        bytes.append(UInt8(ascii: ","))
        bytes.append(contentsOf: date)
        let ofDay = time % Timestamps.day
        let second = Int((ofDay < 0 ? ofDay + Timestamps.day : ofDay) / Timestamps.second)
        bytes.append(twoDigits: second / 3600)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(twoDigits: second / 60 % 60)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(twoDigits: second % 60)
        bytes.append(UInt8(ascii: ","))
        bytes.append(number: Int(customer))
        bytes.append(UInt8(ascii: ","))
        bytes.append(number: Int(terminal))
        bytes.append(UInt8(ascii: ","))
        bytes.append(number: Int(amount / 100))
        bytes.append(UInt8(ascii: "."))
        bytes.append(twoDigits: Int(amount % 100))
        bytes.append(UInt8(ascii: ","))
        bytes.append(UInt8(ascii: fraud == nil ? "0" : "1"))
        bytes.append(UInt8(ascii: ","))
        bytes.append(UInt8(ascii: "0") + (fraud?.rawValue ?? 0))
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Adds the line of what only the simulation knows.
    func appendTruthLine(id: Int, to bytes: inout [UInt8]) {
        bytes.append(number: id)
        bytes.append(UInt8(ascii: ","))
        bytes.append(contentsOf: circumstance.name.utf8)
        bytes.append(UInt8(ascii: ","))
        if fraud != nil { bytes.append(contentsOf: (tactic == .easy ? "easy" : "evasive").utf8) }
        bytes.append(UInt8(ascii: "\n"))
    }
}

extension [UInt8] {
    /// Adds the decimal digits of a number of at least 0.
    mutating func append(number: Int) {
        if number >= 10 { append(number: number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    /// Adds a number of 0...99 with two digits.
    mutating func append(twoDigits number: Int) {
        append(UInt8(ascii: "0") + UInt8(number / 10))
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
