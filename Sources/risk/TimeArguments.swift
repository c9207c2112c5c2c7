import ArgumentParser
import RiskColumns

/// A moment on the command line: `2018-08-08`, `2018-08-08T06:00:00Z`, `…+08:00`; UTC where no
/// offset is named.
struct TimeArgument: ExpressibleByArgument {
    /// Microseconds since 1970-01-01T00:00:00Z.
    let microseconds: Int64

    init(microseconds: Int64) { self.microseconds = microseconds }

    init?(argument: String) {
        guard let reading = Timestamps.parse(argument) else { return nil }
        microseconds = reading.microseconds
    }

    var defaultValueDescription: String { Timestamps.format(microseconds) }
}

/// A length of time on the command line: `7d`, `12h`, `30m`, `45s`.
struct DurationArgument: ExpressibleByArgument {
    /// Not negative.
    let microseconds: Int64
    private let text: String

    static let none = DurationArgument(argument: "0d")!

    init?(argument: String) {
        let units: [Character: Int64] = [
            "s": Timestamps.second, "m": Timestamps.minute, "h": Timestamps.hour,
            "d": Timestamps.day,
        ]
        guard let unit = argument.last.flatMap({ units[$0] }), argument.utf8.count <= 10,
            argument.dropLast().allSatisfy({ ("0"..."9").contains($0) }),
            let count = Int64(argument.dropLast()), count * unit < 400 * 366 * Timestamps.day
        else { return nil }
        microseconds = count * unit
        text = argument
    }

    var defaultValueDescription: String { text }
}
