import Foundation
import RiskColumns
import Synchronization

/// The offsets of a time zone from UTC, as a table: what `hour` and `weekday` need, millions of times.
///
/// Read once from the system's time zone database by asking for the offset of each day from 1900 to
/// 2200 and halving the interval wherever it changes.
public struct ZoneOffsets: Sendable, Equatable {
    /// The zone's name: `Asia/Shanghai`.
    public let name: String
    /// When each offset begins to hold; the first begins at the beginning of time.
    private let starts: [Int64]
    /// Microseconds east of UTC.
    private let offsets: [Int64]

    /// Coordinated universal time.
    public static let utc = ZoneOffsets(name: "UTC", starts: [.min], offsets: [0])

    private init(name: String, starts: [Int64], offsets: [Int64]) {
        self.name = name
        self.starts = starts
        self.offsets = offsets
    }

    /// Tables that were made before: making one asks for 110,000 offsets.
    private static let made = Mutex<[String: ZoneOffsets]>([:])

    /// The names of the zones, for suggestions.
    static var names: [String] { TimeZone.knownTimeZoneIdentifiers }

    /// The zone of that name; nil where the system's database has none.
    public init?(_ name: String) {
        if name == "UTC" {
            self = .utc
            return
        }
        if let zone = Self.made.withLock({ $0[name] }) {
            self = zone
            return
        }
        // `knownTimeZoneIdentifiers` leaves out names that the database has, Asia/Kolkata among them.
        guard let zone = TimeZone(identifier: name), zone.identifier == name else { return nil }
        func offset(_ seconds: Int64) -> Int64 {
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
        }
        var starts = [Int64.min]
        let first = Timestamps.earliest / Timestamps.second
        var offsets = [offset(first) * Timestamps.second]
        var previous = first
        while previous < Timestamps.end / Timestamps.second {
            let next = previous + 86_400
            let after = offset(next)
            if after * Timestamps.second != offsets[offsets.count - 1] {
                var (low, high) = (previous, next)
                while high - low > 1 {
                    let middle = (low + high) / 2
                    if offset(middle) == after { high = middle } else { low = middle }
                }
                starts.append(high * Timestamps.second)
                offsets.append(after * Timestamps.second)
            }
            previous = next
        }
        self.init(name: name, starts: starts, offsets: offsets)
        let made = self
        Self.made.withLock { $0[name] = made }
    }

    /// Microseconds east of UTC at a moment.
    /// - Complexity: O(log changes).
    public func offset(at time: Int64) -> Int64 {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= time { low = middle } else { high = middle }
        }
        return offsets[low]
    }

    /// The moment at which clocks of the zone show this local time (given as if it were UTC). Where
    /// clocks show it twice, the first; where they skip it, as if they had not yet been moved.
    public func moment(ofLocal local: Int64) -> Int64 {
        if offsets.count == 1 { return local - offsets[0] }
        let early = local - offset(at: local - Timestamps.day)
        if early + offset(at: early) == local { return early }
        let late = local - offset(at: local + Timestamps.day)
        return late + offset(at: late) == local ? late : early
    }

    /// The first moment at which clocks of the zone show this local time or a later one: where they
    /// skip it, when they are moved. Unlike `moment(ofLocal:)` it never decreases as `local` grows.
    public func firstMoment(showing local: Int64) -> Int64 {
        let moment = moment(ofLocal: local)
        if moment + offset(at: moment) == local { return moment }
        return starts.last { $0 <= moment } ?? moment
    }

    /// The hour of the day, 0...23.
    public func hour(of time: Int64) -> Int64 {
        Timestamps.floorDivide(time + offset(at: time), Timestamps.day).remainder / Timestamps.hour
    }

    /// The hour of the week, 0...167 from Monday's midnight.
    func weekHour(of time: Int64) -> Int64 { (weekday(of: time) - 1) * 24 + hour(of: time) }

    /// The day of the week by ISO 8601: 1 is Monday, 7 is Sunday.
    public func weekday(of time: Int64) -> Int64 {
        let day = Timestamps.floorDivide(time + offset(at: time), Timestamps.day).quotient
        return Timestamps.floorDivide(day + 3, 7).remainder + 1
    }
}
