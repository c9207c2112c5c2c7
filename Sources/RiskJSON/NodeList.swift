/// The values of an array of a document.
///
/// A model file is mostly arrays of numbers, and a `Node` takes 24 bytes where a number's text has five or
/// ten. So an array of nothing but whole numbers, or of nothing but other numbers and nulls, all on one
/// line, holds the numbers themselves; any other holds its nodes. Nobody who reads can tell them apart.
public struct NodeList: Sendable {
    fileprivate enum Storage {
        case nodes([Node])
        case integers([Int32])
        case wideIntegers([Int64])
        /// NaN is null, which no number of a document is.
        case numbers([Double])
    }

    fileprivate var storage: Storage
    /// Of values that are no nodes; in 32 bits, so that a list is no larger than a text.
    fileprivate var line: Int32

    /// No values.
    public init() {
        storage = .nodes([])
        line = 0
    }

    /// These values.
    public init(_ nodes: [Node]) {
        storage = .nodes(nodes)
        line = 0
    }

    fileprivate init(_ storage: Storage, line: Int) {
        self.storage = storage
        self.line = Int32(clamping: line)
    }
}

/// Makes a list of the values that the parser finds, in the form that takes least room.
struct NodeListBuilder {
    private enum Form {
        case none, nodes, integers, wideIntegers, numbers
    }

    private var form = Form.none
    private var nodes: [Node] = []
    private var integers: [Int32] = []
    private var wideIntegers: [Int64] = []
    private var numbers: [Double] = []
    private var line = 0
    private let expected: Int

    /// - Parameter expected: how many values will come, if that is known, else 0.
    init(expecting expected: Int) { self.expected = expected }

    /// The list.
    func list() -> NodeList {
        switch form {
        case .none: NodeList()
        case .nodes: NodeList(.nodes(nodes), line: line)
        case .integers: NodeList(.integers(integers), line: line)
        case .wideIntegers: NodeList(.wideIntegers(wideIntegers), line: line)
        case .numbers: NodeList(.numbers(numbers), line: line)
        }
    }

    /// Adds a value.
    /// - Complexity: O(1), amortised.
    mutating func append(_ node: Node) {
        if form == .none { begin(node) }
        switch (form, node.content) {
        case (.integers, .integer(let value)) where node.line == line:
            if let narrow = Int32(exactly: value) { return integers.append(narrow) }
            wideIntegers.reserveCapacity(max(expected, integers.count + 1))
            wideIntegers.append(contentsOf: integers.lazy.map { Int64($0) })
            wideIntegers.append(value)
            integers = []
            form = .wideIntegers
        case (.wideIntegers, .integer(let value)) where node.line == line:
            wideIntegers.append(value)
        case (.numbers, .number(let value)) where node.line == line: numbers.append(value)
        case (.numbers, .null) where node.line == line: numbers.append(.nan)
        default:
            if form != .nodes { spread() }
            nodes.append(node)
        }
    }

    private mutating func begin(_ node: Node) {
        line = node.line
        switch node.content {
        case .integer:
            form = .integers
            integers.reserveCapacity(expected)
        case .number, .null:
            form = .numbers
            numbers.reserveCapacity(expected)
        default:
            form = .nodes
            nodes.reserveCapacity(expected)
        }
    }

    /// Another kind of value has come: from now on there are nodes.
    private mutating func spread() {
        let values = list()
        nodes.reserveCapacity(max(expected, values.count + 1))
        nodes.append(contentsOf: values)
        (integers, wideIntegers, numbers) = ([], [], [])
        form = .nodes
    }
}

extension NodeList: RandomAccessCollection, MutableCollection, RangeReplaceableCollection {
    /// 0.
    public var startIndex: Int { 0 }

    /// The number of values.
    public var endIndex: Int {
        switch storage {
        case .nodes(let nodes): nodes.count
        case .integers(let values): values.count
        case .wideIntegers(let values): values.count
        case .numbers(let values): values.count
        }
    }

    /// The value at a place; after a change the list holds nodes.
    /// - Complexity: O(1), of a change O(values).
    public subscript(index: Int) -> Node {
        get {
            switch storage {
            case .nodes(let nodes): nodes[index]
            case .integers(let values): Node(.integer(Int64(values[index])), line: Int(line))
            case .wideIntegers(let values): Node(.integer(values[index]), line: Int(line))
            case .numbers(let values):
                Node(values[index].isNaN ? .null : .number(values[index]), line: Int(line))
            }
        }
        set {
            var nodes = Array(self)
            nodes[index] = newValue
            storage = .nodes(nodes)
        }
    }

    /// Puts other values in the place of some; the list holds nodes from then on.
    /// - Complexity: O(values).
    public mutating func replaceSubrange(
        _ subrange: Range<Int>, with elements: some Collection<Node>
    ) {
        var nodes = Array(self)
        nodes.replaceSubrange(subrange, with: elements)
        storage = .nodes(nodes)
    }
}

extension NodeList: Equatable {
    /// Whether the values are equal, however they are held; lines do not count.
    public static func == (a: NodeList, b: NodeList) -> Bool { a.elementsEqual(b) }
}

extension NodeList: ExpressibleByArrayLiteral {
    /// These values.
    public init(arrayLiteral elements: Node...) { self.init(elements) }
}
