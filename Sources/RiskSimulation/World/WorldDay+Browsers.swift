import RiskColumns

/// What honest people's devices do that looks like somebody else's: browsers that forget, and apps that
/// go on with an old password. All of it has random numbers of its own.
enum Fingerprints {
    /// Fingerprints of browsers that keep nothing: numbers of devices that nobody has.
    static let first: Int32 = 100_000_000
    /// How many there are; two people may have the same, as in reality.
    static let count = 400_000_000
    /// Devices that lie around with an app on them, by subscriber.
    static let oldDevice: Int32 = 500_000_000
}

extension WorldDay {
    /// Whether somebody logs in by a browser that keeps nothing: 5 % of people.
    static func browsesPrivately(_ index: Int) -> Bool { index &* 5_915_587 % 1013 < 51 }

    /// Whose device an act in a browser seems to be from: for some a new one nearly each time.
    func seen(_ place: Whereabouts, of index: Int, at second: Int32) -> Whereabouts {
        guard Self.browsesPrivately(index) else { return place }
        var draw = world.draw(.fingerprint, index, day * 86_400 + Int(second))
        guard draw.chance(0.7) else { return place }
        let device = Fingerprints.first + Int32(draw.below(Fingerprints.count))
        return Whereabouts(device: device, ip: place.ip)
    }

    /// After a password was changed, some have an app on an older device that was not told: it logged in
    /// now and then, and now fails several times a day until somebody notices.
    mutating func retryOldPassword(_ index: Int, _ who: Subscriber) {
        for slot in [day / 60 - 1, day / 60, day / 60 + 1] {
            var fixed = world.draw(.oldPassword, index, slot)
            guard fixed.chance(0.026) else { continue }
            let changed = slot * 60 + fixed.below(60)
            let noticed = changed + fixed.integer(3...27)
            guard (changed - 20..<noticed).contains(day) else { continue }
            let most = fixed.integer(2...6)
            let device =
                who.other >= 0 && fixed.chance(0.5)
                ? who.other : Fingerprints.oldDevice + Int32(index)
            let isOld = day >= changed
            var draw = world.draw(.oldPassword, ~index, day)
            for _ in 0..<(isOld ? draw.integer(1...most) : draw.below(2)) {
                let second = Int32(draw.below(86_400))
                let household = world.population.households[Int(who.household)]
                let ip =
                    household.line >= 0 && draw.chance(0.8)
                    ? address(ofLine: Int(household.line), at: second)
                    : world.addresses.gateway(
                        region: Int(household.region), of: index,
                        hour: day * 24 + Int(second) / 3600)
                logins.append(
                    LoginEvent(
                        second: second, account: Int32(index), device: device, ip: ip,
                        success: !isOld))
            }
        }
    }
}
