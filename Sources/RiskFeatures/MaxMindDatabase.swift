/// A database in the MaxMind DB format, version 2 (`.mmdb`), held in memory.
///
/// Its bytes are hostile until shown otherwise: every place is checked before it is read, no value is
/// followed through more than one pointer, and no look-up visits more than `MaxMindSection.valueLimit`
/// values, so none can crash or hang. Format: https://maxmind.github.io/MaxMind-DB/.
public struct MaxMindDatabase: AddressDatabase {
    /// What it says it is: `GeoLite2-City`.
    public let type: String
    /// When it was made, seconds since the epoch; nil where it does not say.
    public let buildEpoch: UInt64?

    private let tree: MaxMindTree
    private let data: MaxMindSection

    private static let separator = 16
    private static let marker = [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
    /// Metadata are within this many bytes of the end.
    private static let metadataReach = 128 << 10

    /// Opens a database.
    /// - Throws: where the bytes are none, are cut off, or of a version that is not known.
    /// - Complexity: O(1), and the bytes are kept.
    public init(_ bytes: [UInt8]) throws(AddressDatabaseError) {
        let start = bytes.count - min(bytes.count, Self.metadataReach)
        guard let place = Self.lastMarker(bytes[start...]) else {
            throw AddressDatabaseError(
                "is no MaxMind DB, or cut off: it does not end with their metadata")
        }
        let behind = place + Self.marker.count
        let metadata = MaxMindSection(
            bytes: bytes, base: behind, count: bytes.count - behind, name: "metadata")
        func number(_ name: String) throws(AddressDatabaseError) -> UInt64? {
            try metadata.unsigned(at: [name], from: 0)
        }
        guard let version = try number("binary_format_major_version"), version == 2 else {
            throw AddressDatabaseError("is no MaxMind DB of version 2, the only one that is read")
        }
        guard let nodes = try number("node_count"), nodes > 0, nodes <= UInt32.max,
            let bits = try number("record_size"), [24, 28, 32].contains(bits),
            let family = try number("ip_version"), [4, 6].contains(family)
        else {
            throw AddressDatabaseError(
                "its metadata have no node_count, a record_size other than 24, 28, 32, or an "
                    + "ip_version other than 4, 6")
        }
        let size = Int(nodes) * Int(bits) / 4
        guard size + Self.separator < place else {
            throw AddressDatabaseError(
                "is cut off: a tree of \(nodes) nodes takes \(size) bytes, and it has \(place)")
        }
        type = try metadata.text(at: ["database_type"], from: 0) ?? ""
        buildEpoch = try number("build_epoch")
        let base = size + Self.separator
        data = MaxMindSection(bytes: bytes, base: base, count: place - base, name: "data")
        tree = MaxMindTree(
            bytes: bytes, nodes: Int(nodes), recordBits: Int(bits), isIPv6: family == 6)
    }

    private static func lastMarker(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= marker.count else { return nil }
        return (bytes.startIndex...bytes.endIndex - marker.count).last {
            bytes[$0] == marker[0] && bytes[$0..<$0 + marker.count].elementsEqual(marker)
        }
    }

    /// The text at a path within the record of the longest network that holds the address.
    ///
    /// Whole numbers are written in decimal, booleans as true and false, numbers as Swift writes them.
    /// - Returns: nil where no network holds the address, or there is no such value, or it is a
    ///   mapping, a list, bytes or no finite number. IPv6 is in no database of IPv4.
    /// - Throws: where the bytes that lead there are damaged.
    /// - Complexity: O(bits of the address + values of the record).
    public func text(
        of address: InternetAddress, at path: [String]
    ) throws(AddressDatabaseError) -> String? {
        guard let record = try tree.record(of: address) else { return nil }
        guard record >= Self.separator, record - Self.separator < data.count else {
            throw AddressDatabaseError("is damaged: its tree points outside of its data")
        }
        return try data.text(at: path, from: record - Self.separator)
    }
}

/// The search tree at the front: a node has two records, one for each value of the next bit.
private struct MaxMindTree: Sendable {
    let bytes: [UInt8]
    let nodes: Int
    let recordBits: Int
    let isIPv6: Bool

    /// Where the data of an address begin, counted from the end of the tree; nil where it has none.
    func record(of address: InternetAddress) throws(AddressDatabaseError) -> Int? {
        var bits = address.value
        var length = 128
        if let ipv4 = address.ipv4 {
            // In a tree of IPv6 they are at ::/96, which is where every writer puts them.
            bits = UInt128(ipv4)
            if !isIPv6 {
                bits <<= 96
                length = 32
            }
        } else if !isIPv6 {
            return nil
        }
        var node = 0
        for _ in 0..<length {
            node = child(node, bits >> 127 == 1)
            bits <<= 1
            if node == nodes { return nil }
            if node > nodes { return node - nodes }
        }
        throw AddressDatabaseError("is damaged: its tree is deeper than an address is long")
    }

    /// - Precondition: `node < nodes`; the tree's bytes were checked to be there.
    private func child(_ node: Int, _ isRight: Bool) -> Int {
        func byte(_ index: Int) -> Int { Int(bytes[node * recordBits / 4 + index]) }
        let whole = recordBits / 8
        let first = isRight ? recordBits / 4 - whole : 0
        var value = 0
        // The middle byte of two records of 28 bits has the highest four of each.
        if recordBits == 28 { value = isRight ? byte(3) & 15 : byte(3) >> 4 }
        for index in first..<first + whole { value = value << 8 | byte(index) }
        return value
    }
}
