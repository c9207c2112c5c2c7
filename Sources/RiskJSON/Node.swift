/// A value of a structured document (JSON, or YAML read into the same shape), and the line it is on.
///
/// Every file that people write for RiskKit is hostile until checked, and the check must be able to
/// name the place; so positions travel with the values.
public struct Node: Sendable {
    /// What stands there.
    public enum Content: Sendable {
        case null
        case bool(Bool)
        /// A number without point or exponent that fits.
        case integer(Int64)
        /// Any other number; always finite.
        case number(Double)
        case string(String)
        case array(NodeList)
        /// Members in the order of the document; keys are distinct.
        case object([Member])
    }

    /// A key of an object and its value.
    public struct Member: Sendable {
        /// Distinct within its object.
        public let key: String
        /// What stands behind it.
        public let value: Node

        /// Makes a member.
        public init(_ key: String, _ value: Node) {
            self.key = key
            self.value = value
        }
    }

    /// What stands there.
    public let content: Content
    /// The line, from 1; 0 where the value comes from no document.
    public var line: Int { Int(shortLine) }

    /// In 32 bits, which stand beside the content's tag: a document of numbers is mostly nodes.
    private let shortLine: Int32

    /// Makes a value.
    public init(_ content: Content, line: Int = 0) {
        self.content = content
        self.shortLine = Int32(clamping: line)
    }

    /// An object of these members, in this order.
    public static func object(_ members: KeyValuePairs<String, Node>) -> Node {
        Node(.object(members.map { Member($0.key, $0.value) }))
    }

    /// An object of these members, in this order.
    public static func object(_ members: [Member]) -> Node { Node(.object(members)) }

    /// An array of these values.
    public static func array(_ values: [Node]) -> Node { Node(.array(NodeList(values))) }

    /// An array of these values.
    public static func array(_ values: NodeList) -> Node { Node(.array(values)) }

    /// The value of a key where this is an object that has it.
    /// - Complexity: O(members).
    public subscript(_ key: String) -> Node? {
        guard case .object(let members) = content else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// In words, for messages: "a number", "a list", …
    public var kind: String {
        switch content {
        case .null: "nothing"
        case .bool: "true or false"
        case .integer: "a whole number"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "a mapping"
        }
    }
}

extension Node: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByNilLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self.init(.string(value)) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self.init(.integer(value)) }
    /// A number.
    public init(floatLiteral value: Double) { self.init(value) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self.init(.bool(value)) }
    /// A list.
    public init(arrayLiteral elements: Node...) { self.init(.array(NodeList(elements))) }
    /// Nothing.
    public init(nilLiteral: ()) { self.init(.null) }

    /// A text.
    public init(_ value: String) { self.init(.string(value)) }
    /// A whole number.
    public init(_ value: Int) { self.init(.integer(Int64(value))) }
    /// A number; `null` where it is not finite, because JSON has no other way to say so.
    public init(_ value: Double) { self.init(value.isFinite ? .number(value) : .null) }
    /// True or false.
    public init(_ value: Bool) { self.init(.bool(value)) }
}

/// Documents are equal where their values are; lines do not count.
extension Node: Equatable {
    /// Whether the values are equal; lines do not count.
    public static func == (a: Node, b: Node) -> Bool { a.content == b.content }
}
extension Node.Content: Equatable {}
extension Node.Member: Equatable {}
