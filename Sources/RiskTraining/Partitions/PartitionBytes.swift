/// The bytes of requests and statistics, as they go from one process to another.
///
/// | bytes | |
/// | --- | --- |
/// | 4 | `RKPR` for a request, `RKPS` for statistics |
/// | 1 | version: 1 |
/// | 1 | the kind |
/// | 2 | 0 |
/// | 8 | how many bytes the content has |
/// | … | the content |
/// | 8 | checksum of all before it |
///
/// Numbers are little-endian; a list is its length in 8 bytes and its elements. The checksum is FNV-1a's step over
/// words of 8 bytes (the last one filled with zeros): it finds what goes wrong on the way, not what somebody made
/// up. So every length, and what is made of the content, is checked too, and what does not hold is refused.
enum PartitionBytes {
    static let version: UInt8 = 1
    static let headerSize = 16

    static func checksum(_ bytes: some Collection<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func take(_ word: UInt64) {
            hash = (hash ^ word) &* 0x100_0000_01b3
            // FNV's low bits do not see a word's high ones.
            hash ^= hash >> 32
        }
        let done: Void? = bytes.withContiguousStorageIfAvailable { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            let words = raw.count / 8
            for index in 0..<words {
                take(
                    UInt64(
                        littleEndian: raw.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
                )
            }
            var last: UInt64 = 0
            for (place, index) in (8 * words..<raw.count).enumerated() {
                last |= UInt64(raw[index]) << UInt64(8 * place)
            }
            take(last)
        }
        return done == nil ? checksum(Array(bytes)) : hash
    }
}

/// Writes a request or statistics.
struct PartitionWriter {
    private(set) var bytes: [UInt8]

    init(_ magic: String, kind: UInt8) {
        bytes = Array(magic.utf8) + [PartitionBytes.version, kind, 0, 0]
        bytes += [UInt8](repeating: 0, count: 8)
    }

    /// Fills in length and checksum.
    consuming func finished() -> [UInt8] {
        var bytes = bytes
        let size = UInt64(bytes.count - PartitionBytes.headerSize)
        for place in 0..<8 {
            bytes[8 + place] = UInt8(truncatingIfNeeded: size >> UInt64(8 * place))
        }
        let sum = PartitionBytes.checksum(bytes)
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: sum >> UInt64(8 * place))) }
        return bytes
    }

    mutating func put<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ value: Int) { put(Int64(value)) }
    mutating func put(_ value: Double) { put(value.bitPattern) }
    mutating func put(_ value: Bool) { put(UInt8(value ? 1 : 0)) }

    mutating func put(_ text: String) { put(Array(text.utf8)) }

    mutating func put<Value: FixedWidthInteger>(_ values: [Value]) {
        put(values.count)
        #if _endian(little)
            values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        #else
            for value in values { put(value) }
        #endif
    }

    mutating func put(_ values: [Double]) { put(values.map(\.bitPattern)) }

    mutating func put<Value>(
        optional value: Value?, _ write: (inout PartitionWriter, Value) -> Void
    ) {
        put(value != nil)
        if let value { write(&self, value) }
    }

    mutating func put<Value>(
        list values: [Value], _ write: (inout PartitionWriter, Value) -> Void
    ) {
        put(values.count)
        for value in values { write(&self, value) }
    }
}

/// Reads a request or statistics; nothing in the bytes is believed.
struct PartitionReader {
    private let bytes: [UInt8]
    private var place: Int
    private let end: Int
    let kind: UInt8

    /// Checks header and checksum.
    init(_ bytes: [UInt8], magic: String) throws(TrainingError) {
        guard bytes.count >= PartitionBytes.headerSize + 8,
            bytes.prefix(4).elementsEqual(magic.utf8)
        else {
            throw .badPartition("these bytes are no \(magic == "RKPR" ? "request" : "statistics")")
        }
        guard bytes[4] == PartitionBytes.version else {
            throw .badPartition(
                "version \(bytes[4]) of the bytes: this program reads \(PartitionBytes.version)")
        }
        self.bytes = bytes
        kind = bytes[5]
        place = 8
        end = bytes.count - 8
        let size = try take(UInt64.self)
        guard bytes[6] == 0, bytes[7] == 0, size == UInt64(end - PartitionBytes.headerSize) else {
            throw .badPartition("the bytes are cut off, or there are more than belong to them")
        }
        let sum = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[end + $1]) << UInt64(8 * $1) }
        guard PartitionBytes.checksum(bytes[..<end]) == sum else {
            throw .badPartition("the checksum is wrong: the bytes changed on the way")
        }
    }

    /// Everything must have been read.
    func finish() throws(TrainingError) {
        if place != end { throw .badPartition("\(end - place) bytes are left over") }
    }

    private func need(_ count: Int) throws(TrainingError) {
        guard count <= end - place else { throw .badPartition("the content is cut off") }
    }

    mutating func take<Value: FixedWidthInteger>(_: Value.Type) throws(TrainingError) -> Value {
        let size = MemoryLayout<Value>.size
        try need(size)
        let value = bytes.withUnsafeBytes {
            Value(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Value.self))
        }
        place += size
        return value
    }

    mutating func takeInt() throws(TrainingError) -> Int { Int(try take(Int64.self)) }

    mutating func takeDouble() throws(TrainingError) -> Double {
        Double(bitPattern: try take(UInt64.self))
    }

    mutating func takeBool() throws(TrainingError) -> Bool {
        switch try take(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw .badPartition("a yes or no that is neither")
        }
    }

    /// A list's length; each of its elements has so many bytes or more.
    private mutating func takeCount(elementSize: Int) throws(TrainingError) -> Int {
        let count = try takeInt()
        guard count >= 0, count <= (end - place) / elementSize else {
            throw .badPartition("a list is longer than the content")
        }
        return count
    }

    mutating func takeList<Value: FixedWidthInteger>(
        _: Value.Type
    ) throws(TrainingError) -> [Value] {
        let size = MemoryLayout<Value>.size
        let count = try takeCount(elementSize: size)
        let start = place
        place += count * size
        return bytes.withUnsafeBytes { raw in
            (0..<count).map {
                Value(
                    littleEndian: raw.loadUnaligned(
                        fromByteOffset: start + $0 * size, as: Value.self))
            }
        }
    }

    mutating func takeDoubles() throws(TrainingError) -> [Double] {
        try takeList(UInt64.self).map { Double(bitPattern: $0) }
    }

    mutating func takeText() throws(TrainingError) -> String {
        guard let text = String(validating: try takeList(UInt8.self), as: UTF8.self) else {
            throw .badPartition("a name is no UTF-8")
        }
        return text
    }

    mutating func takeOptional<Value>(
        _ read: (inout PartitionReader) throws(TrainingError) -> Value
    ) throws(TrainingError) -> Value? {
        try takeBool() ? try read(&self) : nil
    }

    mutating func takeList<Value>(
        of read: (inout PartitionReader) throws(TrainingError) -> Value
    ) throws(TrainingError) -> [Value] {
        let count = try takeCount(elementSize: 1)
        var values: [Value] = []
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
}
