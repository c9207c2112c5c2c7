/// An IPv4 or IPv6 address: 128 bits, IPv4 mapped to ::ffff:0:0/96 (RFC 4291, 2.5.5.2).
public struct InternetAddress: Hashable, Sendable {
    /// The bits, the first one highest.
    public let value: UInt128
    /// Whether it was written the IPv4 way.
    let isWrittenAsIPv4: Bool

    /// Reads `192.0.2.7` or `2001:db8::7` (RFC 4291, 2.2); nothing may stand around it. Octets are
    /// decimal without zeros in front, since what reads `010` as 8 and what reads it as 10 disagree.
    /// - Complexity: O(length).
    public init?(_ text: some StringProtocol) { self.init(Array(text.utf8)[...]) }

    init?(_ text: ArraySlice<UInt8>) {
        isWrittenAsIPv4 = !text.contains(UInt8(ascii: ":"))
        if isWrittenAsIPv4 {
            guard let value = Self.ipv4(text) else { return nil }
            self.value = 0xFFFF_0000_0000 | UInt128(value)
        } else {
            guard let value = Self.ipv6(text) else { return nil }
            self.value = value
        }
    }

    /// The 32 bits of an IPv4 address, however it was written; nil for others.
    public var ipv4: UInt32? { value >> 32 == 0xFFFF ? UInt32(truncatingIfNeeded: value) : nil }

    /// Whether both are the same address, however they were written.
    public static func == (a: Self, b: Self) -> Bool { a.value == b.value }

    /// Hashes the address.
    public func hash(into hasher: inout Hasher) { hasher.combine(value) }

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
