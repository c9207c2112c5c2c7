/// Protocol Buffers' wire format, as far as ONNX needs it: each field is a key (number and wire type)
/// and a varint, or a length and as many bytes. (protobuf.dev/programming-guides/encoding)
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    /// A varint: seven bits a byte, the lowest first.
    private mutating func append(varint value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    /// An int32, int64, enum or bool; a negative one takes ten bytes.
    mutating func add(_ field: Int, _ value: Int64) {
        append(varint: UInt64(field) << 3)
        append(varint: UInt64(bitPattern: value))
    }

    /// A string.
    mutating func add(_ field: Int, _ text: String) { add(field, bytes: text.utf8) }

    /// Bytes.
    mutating func add(_ field: Int, bytes content: some Collection<UInt8>) {
        append(varint: UInt64(field) << 3 | 2)
        append(varint: UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    /// A message.
    mutating func add(_ field: Int, _ build: (inout ProtobufWriter) -> Void) {
        var message = ProtobufWriter()
        build(&message)
        add(field, bytes: message.bytes)
    }

    /// Fields that were written elsewhere.
    mutating func append(_ other: ProtobufWriter) { bytes.append(contentsOf: other.bytes) }
}
