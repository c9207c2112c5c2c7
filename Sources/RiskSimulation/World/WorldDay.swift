import RiskColumns

/// A day of the subscribers' world in the making. Everything that it holds is emptied for the next.
struct WorldDay {
    let world: SubscriberWorld
    private(set) var day = 0
    private(set) var calendar: WorldCalendar

    var logins: [LoginEvent] = []
    var purchases: [PurchaseEvent] = []
    var calls: [CallEvent] = []
    var messages: [MessageEvent] = []
    var data: [DataEvent] = []
    var simDays: [SimDayEvent] = []
    var activations: [ActivationEvent] = []
    var orders: [LineOrderEvent] = []
    var sessions: [SessionEvent] = []
    var lineDays: [LineDayEvent] = []
    var complaints: [ComplaintEvent] = []
    var takeoverCases: [CaseEvent] = []
    var sweepCases: [CaseEvent] = []
    var farmCases: [CaseEvent] = []
    var lineCases: [CaseEvent] = []
    var youngCards: [YoungCardEvent] = []
    var openedCases: [CaseEvent] = []
    var registrations: [RegistrationEvent] = []
    var codes: [CodeEvent] = []
    var registrationCases: [CaseEvent] = []

    /// Which accounts have a mistaken case of the day.
    var mistaken: [Int32: FraudPlans.Mistake] = [:]

    init(world: SubscriberWorld) {
        self.world = world
        calendar = WorldCalendar(midnight: world.start)
    }

    var population: Population { world.population }
    var plans: FraudPlans { world.plans }
    var parameters: WorldParameters { world.parameters }

    /// Moves to a day without making its events.
    mutating func stand(on day: Int) {
        self.day = day
        calendar = WorldCalendar(midnight: world.start + Int64(day) * Timestamps.day)
    }

    /// Makes a day; its events are not in order yet.
    mutating func make(_ day: Int) {
        stand(on: day)
        clear()
        for index in plans.mistakenAccountsOfDay[day] {
            let mistake = plans.mistakenAccounts[Int(index)]
            mistaken[mistake.entity] = mistake
        }
        for index in population.subscribers.indices { live(index) }
        for index in plans.takeoversOfDay[day] { steal(Int(index)) }
        for index in plans.sweepsOfDay[day] { sweep(Int(index)) }
        for index in plans.cardsOfDay[day] { dial(Int(index)) }
        for index in plans.activationsOfDay[day] { activate(Int(index)) }
        for index in population.lines.indices { connect(index) }
        for index in plans.linesOfDay[day] { redial(Int(index)) }
        for index in plans.ordersOfDay[day] { order(Int(index)) }
        for index in plans.blackCardsOfDay[day] { useBlackCard(Int(index)) }
        shareAddresses()
        register()
        closeSims()
        closeYoungCards()
        useDataCards()
        for index in plans.codeNumbersOfDay[day] { keepWarm(Int(index)) }
        accuseByMistake()
        accuseAddresses()
    }

    private mutating func clear() {
        logins.removeAll(keepingCapacity: true)
        purchases.removeAll(keepingCapacity: true)
        calls.removeAll(keepingCapacity: true)
        messages.removeAll(keepingCapacity: true)
        data.removeAll(keepingCapacity: true)
        simDays.removeAll(keepingCapacity: true)
        activations.removeAll(keepingCapacity: true)
        orders.removeAll(keepingCapacity: true)
        sessions.removeAll(keepingCapacity: true)
        lineDays.removeAll(keepingCapacity: true)
        complaints.removeAll(keepingCapacity: true)
        takeoverCases.removeAll(keepingCapacity: true)
        sweepCases.removeAll(keepingCapacity: true)
        farmCases.removeAll(keepingCapacity: true)
        lineCases.removeAll(keepingCapacity: true)
        youngCards.removeAll(keepingCapacity: true)
        openedCases.removeAll(keepingCapacity: true)
        registrations.removeAll(keepingCapacity: true)
        codes.removeAll(keepingCapacity: true)
        registrationCases.removeAll(keepingCapacity: true)
        mistaken.removeAll(keepingCapacity: true)
    }

    /// Bytes that the day's events take: what a test holds against the population.
    var stateBytes: Int {
        func bytes<Event>(_ events: [Event]) -> Int {
            events.capacity * MemoryLayout<Event>.stride
        }
        return bytes(logins) + bytes(purchases) + bytes(calls) + bytes(messages) + bytes(data)
            + bytes(simDays) + bytes(sessions) + bytes(lineDays) + bytes(orders)
            + bytes(activations) + bytes(complaints) + bytes(youngCards) + bytes(registrations)
            + bytes(codes)
    }

    /// A second of the day by somebody's rhythm.
    @inline(__always)
    func second(_ rhythm: Rhythm, _ draw: inout Draw) -> Int32 {
        Int32(draw.place(cumulative: rhythm.hours) * 3600 + draw.below(3600))
    }

    /// A case about an act of this day, where it becomes known before the world ends; nil for never
    /// is never a case.
    func makeCase(
        second: Int32, known: Int?, _ subject: (EntityKind, Int32),
        others: [(EntityKind, Int32)] = [], ip: UInt32? = nil
    ) -> CaseEvent? {
        guard let known, known >= day, known < world.days else { return nil }
        return CaseEvent(
            second: second, delay: Int32(known - day), knownDate: world.dates[known],
            subjects: subject, others: others, ip: ip)
    }
}

extension Array where Element: WorldEvent {
    /// The order of the events by their seconds; of one second, as they were made.
    ///
    /// An event outside the day would be counted outside the places, so each is checked.
    /// - Complexity: O(n + 86,400).
    @inline(__always)
    func orderedBySecond() -> [Int32] {
        [Int32](unsafeUninitializedCapacity: count) { order, made in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: 86_401) { places in
                places.initialize(repeating: 0)
                for event in self {
                    let second = event.second
                    precondition(second >= 0 && second < 86_400)
                    places[Int(second) + 1] += 1
                }
                for second in 1...86_400 { places[second] += places[second - 1] }
                for index in indices {
                    let second = Int(self[index].second)
                    order[Int(places[second])] = Int32(index)
                    places[second] += 1
                }
            }
            made = count
        }
    }
}
