/// Lines of CSV written into one block of memory that is used again: no allocation an event.
///
/// What is written is digits, letters of names and points; nothing needs quotes.
struct LineWriter: ~Copyable {
    private let memory: UnsafeMutableBufferPointer<UInt8>
    private var position = 0

    /// No event's line is longer.
    static let longestLine = 256

    init(capacity: Int = 1 << 20) {
        memory = .allocate(capacity: max(capacity, 2 * Self.longestLine))
    }

    deinit { memory.deallocate() }

    /// Whether another line might not fit.
    var isFull: Bool { position + Self.longestLine > memory.count }
    var isEmpty: Bool { position == 0 }

    /// The bytes so far; there are none after that.
    mutating func take() -> [UInt8] {
        defer { position = 0 }
        return Array(memory[..<position])
    }

    /// One byte.
    @inline(__always)
    mutating func write(_ byte: UInt8) {
        memory[position] = byte
        position += 1
    }

    /// Bytes as they are.
    mutating func write(_ bytes: [UInt8]) { for byte in bytes { write(byte) } }

    /// A whole number of at least 0, in decimal: two digits a division, from the last on.
    mutating func write(number: UInt64) {
        var (length, bound) = (1, 10 as UInt64)
        while length < 20, number >= bound {
            length += 1
            // 10^20 is beyond 64 bits; a number of twenty digits has been told by then.
            bound = bound &* 10
        }
        var place = position + length
        var rest = number
        while rest >= 100 {
            let (hundreds, pair) = rest.quotientAndRemainder(dividingBy: 100)
            memory[place - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair % 10)
            memory[place - 2] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair / 10)
            place -= 2
            rest = hundreds
        }
        if rest >= 10 {
            memory[place - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            place -= 1
            rest /= 10
        }
        memory[place - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)
        position += length
    }

    /// A number of 0...99 with two digits.
    @inline(__always)
    mutating func write(twoDigits number: Int) {
        write(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10))
        write(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    mutating func comma() { write(UInt8(ascii: ",")) }
    mutating func newline() { write(UInt8(ascii: "\n")) }

    /// `2026-01-01T08:13:00`, from the bytes of `2026-01-01T` and the second of the day.
    mutating func write(date: [UInt8], second: Int) {
        write(date)
        write(twoDigits: second / 3600)
        write(UInt8(ascii: ":"))
        write(twoDigits: second / 60 % 60)
        write(UInt8(ascii: ":"))
        write(twoDigits: second % 60)
    }

    /// `,12.50` of an amount of hundredths.
    mutating func field(hundredths: Int32) {
        comma()
        write(number: UInt64(max(0, hundredths) / 100))
        write(UInt8(ascii: "."))
        write(twoDigits: Int(max(0, hundredths) % 100))
    }

    /// `,17`.
    mutating func field(_ number: Int32) {
        comma()
        write(number: UInt64(max(0, number)))
    }

    /// `,1` or `,0`.
    mutating func field(_ value: Bool) {
        comma()
        write(UInt8(ascii: value ? "1" : "0"))
    }

    /// `,s1234567890`; nothing after the comma for an entity below 0.
    mutating func field(_ kind: EntityKind, _ index: Int32) {
        comma()
        write(kind, index)
    }

    /// `s1234567890`; nothing for an entity below 0.
    mutating func write(_ kind: EntityKind, _ index: Int32) {
        if index < 0 { return }
        write(kind.rawValue)
        write(number: UInt64(kind.number(of: index)))
    }

    /// `,192.0.2.7`.
    mutating func field(address: UInt32) {
        comma()
        write(address: address)
    }

    /// `192.0.2.7`.
    mutating func write(address: UInt32) {
        for shift in [24, 16, 8, 0] as [UInt32] {
            if shift < 24 { write(UInt8(ascii: ".")) }
            write(number: UInt64(address >> shift & 255))
        }
    }
}

/// What has a name in the logs; the raw value is the name's first letter.
enum EntityKind: UInt8 {
    case account = 0x61  // a
    case line = 0x62  // b, a broadband account
    case cell = 0x63
    case device = 0x64
    case person = 0x68  // h, who holds a contract
    case identity = 0x69  // i, the IMEI of a device
    case card = 0x6b  // k
    case merchant = 0x6d
    case service = 0x6e  // n, a number that is nobody's
    case place = 0x72  // r, a postal address
    case sim = 0x73
    case store = 0x74
    case site = 0x77  // w, a site that messages link to

    /// The number in the name. It is a bijection of 32 bits, so that a name does not tell who came
    /// first or who is in the wrong half of a table.
    @inline(__always)
    func number(of index: Int32) -> UInt32 {
        var x = UInt32(bitPattern: index) &* 0x9e37_79b1 &+ UInt32(rawValue) &* 0x85eb_ca6b
        x ^= x >> 15
        x = x &* 0x2c1b_3c6d
        x ^= x >> 13
        return x
    }

    /// The name of an entity.
    func name(_ index: Int32) -> String {
        String(UnicodeScalar(rawValue)) + String(number(of: index))
    }
}
