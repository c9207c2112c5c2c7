/// A set of IPv4 and IPv6 networks in CIDR notation, and whether an address is in one of them.
///
/// Networks become intervals of 128-bit addresses (IPv4 mapped to ::ffff:0:0/96, RFC 4291), merged
/// where they touch, and are searched by halving.
public struct NetworkList: Sendable, Equatable {
    private var firsts: [UInt128] = []
    private var lasts: [UInt128] = []

    /// Makes a list of networks: `192.0.2.0/24`, `2001:db8::/32`, or single addresses.
    /// - Returns: nil, and the index of the first text that is no network.
    public static func make(_ networks: [String]) -> (list: NetworkList?, invalid: Int?) {
        var intervals: [(first: UInt128, last: UInt128)] = []
        for (index, text) in networks.enumerated() {
            guard let interval = interval(text) else { return (nil, index) }
            intervals.append(interval)
        }
        intervals.sort { $0.first < $1.first }
        var list = NetworkList()
        for interval in intervals {
            if let last = list.lasts.last, interval.first <= last || interval.first == last &+ 1 {
                list.lasts[list.lasts.count - 1] = max(last, interval.last)
            } else {
                list.firsts.append(interval.first)
                list.lasts.append(interval.last)
            }
        }
        return (list, nil)
    }

    /// Whether the address is in one of the networks; a text that is no address is in none.
    /// - Complexity: O(log networks).
    public func contains(_ address: String) -> Bool {
        guard let value = Self.address(Array(address.utf8)[...])?.value else { return false }
        var low = 0
        var high = firsts.count
        while low < high {
            let middle = (low + high) / 2
            if firsts[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low > 0 && value <= lasts[low - 1]
    }

    private static func interval(_ text: String) -> (first: UInt128, last: UInt128)? {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= 2, let (value, isIPv4) = address(Array(parts[0])[...]) else {
            return nil
        }
        let width = isIPv4 ? 32 : 128
        var prefix = width
        if parts.count == 2 {
            guard parts[1].count <= 3, parts[1].allSatisfy({ (48...57).contains($0) }),
                !(parts[1].count > 1 && parts[1].first == 48),
                let length = Int(String(decoding: parts[1], as: UTF8.self)), length <= width
            else { return nil }
            prefix = length
        }
        let hosts: UInt128 = width - prefix == 128 ? .max : (1 << UInt128(width - prefix)) - 1
        return (value & ~hosts, value | hosts)
    }

    private static func address(_ text: ArraySlice<UInt8>) -> (value: UInt128, isIPv4: Bool)? {
        if text.contains(UInt8(ascii: ":")) {
            return ipv6(text).map { ($0, false) }
        }
        return ipv4(text).map { (0xFFFF_0000_0000 | UInt128($0), true) }
    }

    private static func ipv4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (48...57).contains($0) }),
                !(part.count > 1 && part.first == 48),
                let byte = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    private static func ipv6(_ text: ArraySlice<UInt8>) -> UInt128? {
        var groups: [UInt16] = []
        var gap: Int?
        var parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        // A colon at either end is half of "::"; of the two empty parts there, one is the gap.
        if parts[0].isEmpty {
            guard parts[1].isEmpty else { return nil }
            parts.removeFirst()
        }
        if parts[parts.count - 1].isEmpty {
            guard parts[parts.count - 2].isEmpty else { return nil }
            parts.removeLast()
        }
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                guard gap == nil else { return nil }
                gap = groups.count
            } else if index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let tail = ipv4(part) else { return nil }
                groups += [UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail)]
            } else {
                guard part.count <= 4,
                    part.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                    let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        return groups.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
    }
}
