/// A message, with the domain that it links to.
struct TextEvent: WorldEvent {
    var second: Int32
    var sender: Int32
    var recipient: Int32
    var device: Int32
    var cell: Int32
    /// -1 for no link.
    var domain: Int32
    /// Days since the domain was registered.
    var domainAge: Int32

    func write(_ line: inout LineWriter) {
        line.field(.sim, sender)
        line.field(.sim, recipient)
        line.field(.identity, device)
        line.field(.cell, cell)
        line.field(.site, domain)
        if domain >= 0 { line.field(domainAge) } else { line.comma() }
    }
}

/// The nightly record of a number that sent messages on the day.
struct SenderDayEvent: WorldEvent {
    var second: Int32
    var sim: Int32
    /// Identity and cell of the last message, and the last domain linked to; -1 for none.
    var device: Int32
    var cell: Int32
    var domain: Int32
    var domainAge: Int32
    var holder: Int32
    var store: Int32
    var tenure: Int32
    /// Of the day.
    var callsMade: Int32
    var callsReceived: Int32
    var megabytes: Int32

    func write(_ line: inout LineWriter) {
        line.field(.sim, sim)
        line.field(.identity, device)
        line.field(.cell, cell)
        line.field(.site, domain)
        line.field(.person, holder)
        line.field(.store, store)
        line.field(tenure)
        if domain >= 0 { line.field(domainAge) } else { line.comma() }
        line.field(callsMade)
        line.field(callsReceived)
        line.field(megabytes)
    }
}

/// Somebody forwards a message to the operator as unwanted.
struct ReportEvent: WorldEvent {
    var second: Int32
    var sender: Int32
    var domain: Int32

    func write(_ line: inout LineWriter) {
        line.field(.sim, sender)
        line.field(.site, domain)
    }
}
