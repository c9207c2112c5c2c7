/// Values of the MaxMind DB format: those of the records, or the metadata.
struct MaxMindSection: Sendable {
    private enum Kind: Int {
        case pointer = 1
        case text, double, bytes, uint16, uint32, map, int32, uint64, uint128, array
        case boolean = 14
        case float = 15
    }

    /// A value, but for its payload.
    private struct Value {
        var kind: Kind
        /// Bytes of the payload; members of a mapping or a list; 0 or 1 for a boolean.
        var size: Int
        /// Where the payload begins.
        var payload: Int

        /// Where the next value begins; for mappings and lists, where their own first one does.
        var end: Int {
            switch kind {
            case .map, .array, .boolean: payload
            default: payload + size
            }
        }
    }

    /// Values that a look-up visits at most: those of real records are some hundred.
    static let valueLimit = 1 << 16
    /// Bytes of a text: different texts are kept, and many may overlap in a few bytes.
    static let textLimit = 4096

    let bytes: [UInt8]
    /// Where the section begins, and its bytes.
    let base: Int
    let count: Int
    let name: String

    private func damage(_ what: String, _ offset: Int) -> AddressDatabaseError {
        AddressDatabaseError("is damaged: \(what) at byte \(offset) of its \(name)")
    }

    private func byte(_ offset: Int) throws(AddressDatabaseError) -> Int {
        guard offset >= 0, offset < count else { throw damage("it is cut off", offset) }
        return Int(bytes[base + offset])
    }

    private func unsigned(_ offset: Int, _ length: Int) throws(AddressDatabaseError) -> Int {
        var value = 0
        for index in 0..<length { value = value << 8 | (try byte(offset + index)) }
        return value
    }

    /// Reads what kind of value it is and how large, and sees to it that its payload is there.
    private func value(at offset: Int) throws(AddressDatabaseError) -> Value {
        let control = try byte(offset)
        var next = offset + 1
        var number = control >> 5
        if number == 0 {
            // Kinds from 8 on; that a run of zeros is none tells where a file has a hole.
            let further = try byte(next)
            number = further == 0 ? 0 : further + 7
            next += 1
        }
        guard let kind = Kind(rawValue: number) else {
            throw damage("no kind of value has the number \(number)", offset)
        }
        if kind == .pointer {
            let size = control >> 3 & 3
            _ = try byte(next + size)
            return Value(kind: kind, size: size + 1, payload: next)
        }
        var size = control & 31
        if size > 28 {
            let length = size - 28
            size = try [29, 285, 65821][length - 1] + unsigned(next, length)
            next += length
        }
        let value = Value(kind: kind, size: size, payload: next)
        if value.end > count { throw damage("a value is cut off", offset) }
        return value
    }

    /// The value, or the one that it points to, and where the next one begins.
    private func resolved(
        _ offset: Int
    ) throws(AddressDatabaseError) -> (value: Value, end: Int) {
        let own = try value(at: offset)
        guard own.kind == .pointer else { return (own, own.end) }
        let high = try byte(offset) & 7
        let low = try unsigned(own.payload, own.size)
        let target =
            switch own.size {
            case 1: high << 8 | low
            case 2: (high << 16 | low) + 2048
            case 3: (high << 24 | low) + 526_336
            default: low
            }
        let value = try value(at: target)
        if value.kind == .pointer { throw damage("a pointer points to another one", offset) }
        return (value, own.end)
    }

    /// Where the value behind this one begins. Nesting costs no stack.
    private func end(
        of offset: Int, _ budget: inout Int
    ) throws(AddressDatabaseError) -> Int {
        var offset = offset
        var pending = 1
        while pending > 0 {
            let value = try value(at: offset)
            pending -= 1
            budget -= 1
            if value.kind == .map { pending += 2 * value.size }
            if value.kind == .array { pending += value.size }
            if pending > budget { throw damage("more values than a record can have", offset) }
            offset = value.end
        }
        return offset
    }

    /// The value at a path, nil where there is none.
    private func value(
        at path: [String], from start: Int
    ) throws(AddressDatabaseError) -> Value? {
        var budget = Self.valueLimit
        var value = try resolved(start).value
        for step in path {
            guard let place = try place(of: step, in: value, &budget) else { return nil }
            value = try resolved(place).value
        }
        return value
    }

    private func place(
        of step: String, in value: Value, _ budget: inout Int
    ) throws(AddressDatabaseError) -> Int? {
        var offset = value.payload
        switch value.kind {
        case .array:
            guard let index = Int(step), index >= 0, index < value.size else { return nil }
            for _ in 0..<index { offset = try end(of: offset, &budget) }
            return offset
        case .map:
            for _ in 0..<value.size {
                let (key, behind) = try resolved(offset)
                budget -= 1
                guard key.kind == .text else { throw damage("a name that is no text", offset) }
                if bytes[base + key.payload..<base + key.end].elementsEqual(step.utf8) {
                    return behind
                }
                offset = try end(of: behind, &budget)
            }
            return nil
        default:
            return nil
        }
    }

    /// The whole number at a path; nil where there is none, or another value.
    func unsigned(at path: [String], from start: Int) throws(AddressDatabaseError) -> UInt64? {
        guard let value = try value(at: path, from: start) else { return nil }
        switch value.kind {
        case .uint16, .uint32, .uint64: return UInt64(try whole(value))
        default: return nil
        }
    }

    /// The value at a path as a text; nil where there is none, or one that is no text.
    func text(at path: [String], from start: Int) throws(AddressDatabaseError) -> String? {
        guard let value = try value(at: path, from: start) else { return nil }
        switch value.kind {
        case .text:
            let payload = bytes[base + value.payload..<base + value.end]
            guard payload.count <= Self.textLimit else {
                throw damage("a text of more than \(Self.textLimit) bytes", value.payload)
            }
            guard let text = String(validating: payload, as: UTF8.self) else {
                throw damage("a text that is no UTF-8", value.payload)
            }
            return text
        case .uint16, .uint32, .uint64, .uint128: return "\(try whole(value))"
        case .int32:
            return "\(Int32(truncatingIfNeeded: try whole(value)))"
        case .boolean: return value.size == 0 ? "false" : "true"
        case .double:
            guard value.size == 8 else { throw damage("a number of another size", value.payload) }
            let number = Double(bitPattern: UInt64(try whole(value)))
            return number.isFinite ? "\(number)" : nil
        case .float:
            guard value.size == 4 else { throw damage("a number of another size", value.payload) }
            let number = Float(bitPattern: UInt32(try whole(value)))
            return number.isFinite ? "\(number)" : nil
        case .map, .array, .bytes, .pointer: return nil
        }
    }

    /// The payload as one number, the highest byte first.
    private func whole(_ value: Value) throws(AddressDatabaseError) -> UInt128 {
        let largest =
            switch value.kind {
            case .uint16: 2
            case .uint32, .int32, .float: 4
            case .uint64, .double: 8
            default: 16
            }
        guard value.size <= largest else { throw damage("a number too long", value.payload) }
        return bytes[base + value.payload..<base + value.end].reduce(0) { $0 << 8 | UInt128($1) }
    }
}
