import RiskColumns

/// A seasonal job: the card lies in a drawer before it, and calls strangers during it.
struct Season: Sendable {
    /// The card is silent on these days.
    let silent: Range<Int>
    /// The days of the job.
    let work: Range<Int>
    /// Calls to strangers on a working day.
    let calls: ClosedRange<Int>
    /// The employer's telephone, that cards of several are put into in turn; -1 for one's own.
    let device: Int32
}

/// Whose cards were opened in ways that look like cards opened to be sold, and cards that lay unused.
/// All of it has random numbers of its own, so that it moves nobody else's.
extension Population {
    /// Gives some people a job for a season: parcels before the holidays, sales, surveys.
    mutating func makeSeasons(days: Int, seed: SplitMix64) {
        let ordinary: SubscriberTraits = [
            .withoutData, .familyContract, .secondCard, .giftShopper, .traveller, .vpn,
        ]
        // The telephone that is passed around, and how many more cards it gets.
        var (shared, left) = (Int32(-1), 0)
        for index in subscribers.indices {
            var draw = Draw(seed.child(UInt64(index)))
            guard subscribers[index].traits.isSubset(of: ordinary), draw.chance(0.025) else {
                continue
            }
            let first = draw.integer(-20...max(0, days - 1))
            let silence = draw.integer(10...60)
            let length = draw.integer(8...45)
            let fewest = draw.integer(3...18)
            if left == 0 {
                (shared, left) = (Int32(devices), draw.integer(2...4))
                devices += 1
            }
            let isShared = draw.chance(0.35)
            if isShared { left -= 1 }
            subscribers[index].traits.insert(.seasonal)
            seasons[Int32(index)] = Season(
                silent: first - silence..<first, work: first..<first + length,
                calls: fewest...fewest * 2 + 6, device: isShared ? shared : -1)
        }
    }

    /// Schools whose new people open cards on a day or two, staff hired from far away, and cards bought
    /// by post.
    mutating func makeOpenings(days: Int, seed: SplitMix64) {
        var draw = Draw(seed)
        let stores = storesPerRegion * Self.regions
        postStores = (0..<max(2, stores / 60)).map { _ in Int32(draw.below(stores)) }
        for index in subscribers.indices {
            var draw = Draw(seed.child(UInt64(index)))
            let who = subscribers[index]
            guard who.traits.isDisjoint(with: [.companyLine, .familyContract]) else { continue }
            if draw.chance(0.09) {
                subscribers[index].store = postStores[draw.below(postStores.count)]
                subscribers[index].traits.insert(.byPost)
            }
        }
        for (number, household) in households.enumerated() where household.isDormitory {
            open(
                Int(household.first)..<Int(household.first) + Int(household.size), share: 0.5,
                days: days, seed.child(1 << 40 | UInt64(number)))
        }
        var staff: [Int32: [Int]] = [:]
        for index in subscribers.indices where subscribers[index].company >= 0 {
            staff[subscribers[index].company, default: []].append(index)
        }
        for company in companies.indices where companies[company].kind == .ordinary {
            var draw = Draw(seed.child(1 << 41 | UInt64(company)))
            if draw.chance(0.12) {
                open(staff[Int32(company)] ?? [], share: 0.35, days: days, draw.child())
            }
        }
    }

    /// New cards for a share of some people, on a day or two, in one shop of their region.
    private mutating func open(
        _ people: some Sequence<Int>, share: Double, days: Int, _ seed: SplitMix64
    ) {
        var draw = Draw(seed)
        let day = draw.integer(-110...max(0, days - 1))
        var store: Int32 = -1
        for index in people where index < subscribers.count {
            let chosen = draw.chance(share)
            let later = draw.below(2)
            let who = subscribers[index]
            guard chosen,
                who.traits.isDisjoint(with: [.companyLine, .familyContract, .seasonal, .sales])
            else { continue }
            if store < 0 {
                store = anyStore(in: Int(households[Int(who.household)].region), &draw)
            }
            subscribers[index].activated = Int16(day + later)
            subscribers[index].store = store
            subscribers[index].traits.remove(.byPost)
            subscribers[index].traits.insert(.arrival)
        }
    }

    /// The region on somebody's identity document: for most the one they live in.
    func homeRegion(of index: Int, seed: SplitMix64) -> Int {
        let who = subscribers[index]
        var draw = Draw(seed.child(UInt64(bitPattern: Int64(who.holder))))
        let region =
            Int(who.holder) < subscribers.count
            ? Int(households[Int(subscribers[Int(who.holder)].household)].region)
            : Int(households[Int(who.household)].region)
        return draw.chance(who.traits.contains(.arrival) ? 0.75 : 0.22)
            ? anyRegion(&draw) : region
    }
}
