/// An event of a day, as small as it can be, until it is written.
protocol WorldEvent {
    /// Of the day, 0..<86,400.
    var second: Int32 { get }
    /// Adds what stands after the time.
    func write(_ line: inout LineWriter)
}

/// What a purchase is for.
enum Goods: UInt8, CaseIterable {
    case groceries, clothing, electronics, travel, household, giftCard, topUp, gameCredit

    var name: [UInt8] { Self.names[Int(rawValue)] }

    private static let names: [[UInt8]] = [
        "groceries", "clothing", "electronics", "travel", "household", "gift_card", "top_up",
        "game_credit",
    ].map { Array($0.utf8) }

    /// Can be resold at once.
    var isVirtual: Bool { rawValue >= Goods.giftCard.rawValue }

    /// What a purchase comes to, in multiples of the customer's mean.
    var factor: Double { Self.factors[Int(rawValue)] }

    private static let factors = [0.5, 1.2, 3.0, 2.5, 1.1, 1.0, 0.4, 0.5]
}

struct LoginEvent: WorldEvent {
    var second: Int32
    var account: Int32
    var device: Int32
    var ip: UInt32
    var success: Bool

    func write(_ line: inout LineWriter) {
        line.field(.account, account)
        line.field(.device, device)
        line.field(address: ip)
        line.field(success)
    }
}

struct PurchaseEvent: WorldEvent {
    var second: Int32
    var account: Int32
    var device: Int32
    var ip: UInt32
    var merchant: Int32
    var amount: Int32
    var goods: Goods

    func write(_ line: inout LineWriter) {
        line.field(.account, account)
        line.field(.device, device)
        line.field(address: ip)
        line.field(.merchant, merchant)
        line.field(hundredths: amount)
        line.comma()
        line.write(goods.name)
    }
}

struct CallEvent: WorldEvent {
    var second: Int32
    var caller: Int32
    /// Below 0: a number that is nobody's, such as a shop's.
    var callee: Int32
    var device: Int32
    var cell: Int32
    var seconds: Int32

    func write(_ line: inout LineWriter) {
        line.field(.sim, caller)
        line.field(callee < 0 ? .service : .sim, callee < 0 ? ~callee : callee)
        line.field(.identity, device)
        line.field(.cell, cell)
        line.field(seconds)
    }
}

struct MessageEvent: WorldEvent {
    var second: Int32
    var sender: Int32
    var recipient: Int32
    var device: Int32
    var cell: Int32

    func write(_ line: inout LineWriter) {
        line.field(.sim, sender)
        line.field(.sim, recipient)
        line.field(.identity, device)
        line.field(.cell, cell)
    }
}

struct DataEvent: WorldEvent {
    var second: Int32
    var sim: Int32
    var device: Int32
    var cell: Int32
    var megabytes: Int32

    func write(_ line: inout LineWriter) {
        line.field(.sim, sim)
        line.field(.identity, device)
        line.field(.cell, cell)
        line.field(megabytes)
    }
}

/// The nightly record of a SIM card that called or wrote on the day.
struct SimDayEvent: WorldEvent {
    var second: Int32
    var sim: Int32
    var device: Int32
    var cell: Int32
    var holder: Int32
    var store: Int32
    var tenure: Int32

    func write(_ line: inout LineWriter) {
        line.field(.sim, sim)
        line.field(.identity, device)
        line.field(.cell, cell)
        line.field(.person, holder)
        line.field(.store, store)
        line.field(tenure)
    }
}

struct ActivationEvent: WorldEvent {
    var second: Int32
    var sim: Int32
    var holder: Int32
    var store: Int32
    var isCompany: Bool

    func write(_ line: inout LineWriter) {
        line.field(.sim, sim)
        line.field(.person, holder)
        line.field(.store, store)
        line.field(isCompany)
    }
}

/// The nightly record of a card opened not long ago. Regions are numbers of 0..<12.
struct YoungCardEvent: WorldEvent {
    var second: Int32
    var sim: Int32
    var holder: Int32
    var store: Int32
    /// The shop's region, and the one on the holder's document.
    var opened: Int32
    var document: Int32
    /// Where it was used on the day, nil for not at all.
    var used: Int32?
    var tenure: Int32

    func write(_ line: inout LineWriter) {
        line.field(.sim, sim)
        line.field(.person, holder)
        line.field(.store, store)
        line.field(opened)
        line.field(document)
        if let used { line.field(used) } else { line.comma() }
        line.field(tenure)
    }
}

/// An account registered at one of the operator's own platforms.
struct RegistrationEvent: WorldEvent {
    var second: Int32
    /// The number given.
    var sim: Int32
    var device: Int32
    var ip: UInt32
    var service: Int32

    func write(_ line: inout LineWriter) {
        line.field(.sim, sim)
        line.field(.device, device)
        line.field(address: ip)
        line.field(service)
    }
}

/// A message with a code, from any service.
struct CodeEvent: WorldEvent {
    var second: Int32
    var sim: Int32
    var service: Int32

    func write(_ line: inout LineWriter) {
        line.field(.sim, sim)
        line.field(service)
    }
}

struct LineOrderEvent: WorldEvent {
    var second: Int32
    var line: Int32
    var purchaser: Int32
    var store: Int32
    var address: Int32
    var card: Int32
    var region: Int32

    func write(_ writer: inout LineWriter) {
        writer.field(.line, line)
        writer.field(.person, purchaser)
        writer.field(.store, store)
        writer.field(.place, address)
        writer.field(.card, card)
        writer.field(region)
    }
}

/// A new connection of a broadband line.
struct SessionEvent: WorldEvent {
    var second: Int32
    var line: Int32
    var ip: UInt32

    func write(_ writer: inout LineWriter) {
        writer.field(.line, line)
        writer.field(address: ip)
    }
}

/// The nightly record of a broadband line.
struct LineDayEvent: WorldEvent {
    var second: Int32
    var order: LineOrderEvent
    var tenure: Int32
    var down: Int32
    var up: Int32

    func write(_ writer: inout LineWriter) {
        order.write(&writer)
        writer.field(tenure)
        writer.field(down)
        writer.field(up)
    }
}

struct ComplaintEvent: WorldEvent {
    var second: Int32
    var sim: Int32

    func write(_ line: inout LineWriter) { line.field(.sim, sim) }
}

/// A case: when the act was, when it became known, and whom it is about.
struct CaseEvent: WorldEvent {
    var second: Int32
    /// Days from the act's day to the one on which it became known.
    var delay: Int32
    /// The midnight on which it became known, as in a line.
    var knownDate: [UInt8]
    var subjects: (EntityKind, Int32)
    var others: [(EntityKind, Int32)] = []
    var ip: UInt32?

    func write(_ line: inout LineWriter) {
        line.comma()
        // In office hours; a case of the same day at its end.
        line.write(
            date: knownDate,
            second: delay == 0
                ? 86_399 : 9 * 3600 + Int(subjects.0.number(of: subjects.1) % 32_400))
        if let ip { line.field(address: ip) } else { line.field(subjects.0, subjects.1) }
        for (kind, index) in others { line.field(kind, index) }
    }
}
