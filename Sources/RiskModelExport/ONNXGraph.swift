/// A graph of ONNX under construction: nodes in the order of their use, constants and names.
/// (onnx.ai/onnx/repo-docs/IR.html; the numbers of fields are those of onnx.proto)
struct ONNXGraph {
    /// What a tensor's elements are, by ONNX's number.
    enum Element: Int64 {
        case int64 = 7
        case double = 11
    }

    /// The operator set, and the version of the format that came with it: ONNX 1.8 of 2020.
    static let operatorSet: Int64 = 13
    static let formatVersion: Int64 = 7

    private var nodes = ProtobufWriter()
    private var constants = ProtobufWriter()
    private var inputs = ProtobufWriter()
    private var outputs = ProtobufWriter()
    private var taken: Set<String>
    private var counter = 0

    /// A graph whose inputs are columns of doubles, one value a row.
    init(inputs names: [String]) {
        taken = Set(names)
        for name in names { Self.describe(name, .double, 11, columns: 1, in: &inputs) }
    }

    private static func describe(
        _ name: String, _ element: Element, _ field: Int, columns: Int,
        in writer: inout ProtobufWriter
    ) {
        writer.add(field) { value in
            value.add(1, name)
            value.add(2) { type in
                type.add(1) { tensor in
                    tensor.add(1, element.rawValue)
                    tensor.add(2) { shape in
                        shape.add(1) { $0.add(2, "rows") }
                        shape.add(1) { $0.add(1, Int64(columns)) }
                    }
                }
            }
        }
    }

    /// A name that no input has.
    private mutating func freshName(_ word: String) -> String {
        while true {
            counter += 1
            let name = "\(word)_\(counter)"
            if taken.insert(name).inserted { return name }
        }
    }

    /// A constant of whole numbers, of one axis.
    mutating func integers(_ values: [Int64]) -> String {
        var raw: [UInt8] = []
        raw.reserveCapacity(8 * values.count)
        for value in values {
            withUnsafeBytes(of: value.littleEndian) { raw.append(contentsOf: $0) }
        }
        return constant(raw, .int64, values.count)
    }

    /// A constant of doubles, of one axis, or of none where `isScalar`.
    mutating func constant(_ values: [Double], isScalar: Bool = false) -> String {
        var raw: [UInt8] = []
        raw.reserveCapacity(8 * values.count)
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { raw.append(contentsOf: $0) }
        }
        return constant(raw, .double, isScalar ? nil : values.count)
    }

    private mutating func constant(_ raw: [UInt8], _ element: Element, _ count: Int?) -> String {
        let name = freshName("constant")
        constants.add(5) { tensor in
            if let count { tensor.add(1, Int64(count)) }
            tensor.add(2, element.rawValue)
            tensor.add(8, name)
            tensor.add(9, bytes: raw)
        }
        return name
    }

    /// A node with one output, whose name is returned.
    mutating func node(
        _ type: String, _ inputs: [String], _ attributes: [String: Int64] = [:],
        output: String? = nil
    ) -> String {
        let name = output ?? freshName(type)
        add(type, inputs, attributes, outputs: [name])
        return name
    }

    /// A node with two outputs.
    mutating func pair(
        _ type: String, _ inputs: [String], _ attributes: [String: Int64] = [:]
    ) -> (String, String) {
        let names = (freshName(type), freshName(type))
        add(type, inputs, attributes, outputs: [names.0, names.1])
        return names
    }

    private mutating func add(
        _ type: String, _ inputs: [String], _ attributes: [String: Int64], outputs: [String]
    ) {
        nodes.add(1) { node in
            for input in inputs { node.add(1, input) }
            for output in outputs { node.add(2, output) }
            node.add(4, type)
            for (key, value) in attributes.sorted(by: { $0.key < $1.key }) {
                node.add(5) { attribute in
                    attribute.add(1, key)
                    attribute.add(3, value)
                    attribute.add(20, 2)
                }
            }
        }
    }

    /// Makes a node's output one of the graph's.
    mutating func add(output name: String, _ element: Element, columns: Int) {
        taken.insert(name)
        Self.describe(name, element, 12, columns: columns, in: &outputs)
    }

    /// The whole file.
    func model(name: String, properties: [(String, String)]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.add(1, Self.formatVersion)
        writer.add(2, "RiskKit")
        writer.add(7) { graph in
            graph.append(nodes)
            graph.add(2, name)
            graph.append(constants)
            graph.append(inputs)
            graph.append(outputs)
        }
        writer.add(8) { set in
            set.add(1, "")
            set.add(2, Self.operatorSet)
        }
        for (key, value) in properties {
            writer.add(14) { property in
                property.add(1, key)
                property.add(2, value)
            }
        }
        return writer.bytes
    }

    /// Bytes so far, about.
    var size: Int { nodes.bytes.count + constants.bytes.count + inputs.bytes.count }
}
