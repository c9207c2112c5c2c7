/// A mistake in a document: where it is, and what was expected there.
public struct Mistake: Equatable, Sendable, CustomStringConvertible {
    /// The line, from 1; 0 where the document has none.
    public let line: Int
    /// The way from the root: `features.spend_7d.window`.
    public let path: String
    /// What was found and what was expected.
    public let message: String

    /// Makes a mistake.
    public init(line: Int, path: String, message: String) {
        self.line = line
        self.path = path
        self.message = message
    }

    /// `line 7: features.spend_7d.window: expected …`.
    public var description: String {
        let place = path.isEmpty ? "" : "\(path): "
        return line > 0 ? "line \(line): \(place)\(message)" : "\(place)\(message)"
    }
}

/// All the mistakes of a document, in the order of its lines.
public struct Mistakes: Error, Equatable, Sendable, CustomStringConvertible {
    /// At least one.
    public let list: [Mistake]

    /// Makes the error; the mistakes are sorted by line, and the same one is named once.
    public init(_ list: [Mistake]) {
        var seen: Set<String> = []
        self.list = list.filter { seen.insert($0.description).inserted }
            .enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
            .map(\.element)
    }

    /// One mistake a line.
    public var description: String { list.map(\.description).joined(separator: "\n") }
}

/// Takes a document apart and collects every mistake on the way, so that they are named all at once.
///
/// Each accessor notes a mistake and returns nil where the document is not as expected; the reader
/// goes on with what is there, and `finish` throws the whole list.
public final class DocumentReader {
    /// The mistakes noted so far.
    public private(set) var mistakes: [Mistake] = []

    private var unlisted = 0

    /// A reader without mistakes.
    public init() {}

    /// A value and the way to it.
    public struct Place: Sendable {
        /// The value.
        public let node: Node
        /// The way to it from the root.
        public let path: String

        /// The root of a document.
        public init(root: Node) {
            self.node = root
            self.path = ""
        }

        init(node: Node, path: String) {
            self.node = node
            self.path = path
        }
    }

    /// How many mistakes are kept; a hostile document must not make more of them than it has bytes.
    public static let mistakeLimit = 100

    /// Notes a mistake at a place; past `mistakeLimit` it is only counted.
    public func note(_ message: @autoclosure () -> String, at place: Place) {
        guard mistakes.count < Self.mistakeLimit else {
            unlisted += 1
            return
        }
        mistakes.append(Mistake(line: place.node.line, path: place.path, message: message()))
    }

    /// Throws all the mistakes, if there are any.
    public func finish() throws(Mistakes) {
        if mistakes.isEmpty { return }
        var list = mistakes
        if unlisted > 0 {
            let last = list.map(\.line).max() ?? 0
            list.append(Mistake(line: last, path: "", message: "and \(unlisted) more mistakes"))
        }
        throw Mistakes(list)
    }

    /// The members of a mapping; a member that is not in `known` is a mistake.
    public func members(
        of place: Place, known: [String]
    ) -> [String: Place]? {
        guard let all = entries(of: place) else { return nil }
        for (key, member) in all where !known.contains(key) {
            note(
                "\(quoted(key)) is not known here\(suggestion(for: key, among: known))", at: member)
        }
        return Dictionary(uniqueKeysWithValues: all)
    }

    /// The entries of a mapping whose keys are names that the author chose, in their order.
    public func entries(of place: Place) -> [(key: String, place: Place)]? {
        guard case .object(let members) = place.node.content else {
            note("expected a mapping, found \(place.node.kind)", at: place)
            return nil
        }
        return members.map { member in
            let key = shown(member.key)
            let path = place.path.isEmpty ? key : "\(place.path).\(key)"
            return (member.key, Place(node: member.value, path: path))
        }
    }

    /// The elements of a list.
    public func elements(of place: Place) -> [Place]? {
        guard case .array(let values) = place.node.content else {
            note("expected a list, found \(place.node.kind)", at: place)
            return nil
        }
        return values.enumerated().map { Place(node: $1, path: "\(place.path)[\($0)]") }
    }

    /// A text.
    public func string(_ place: Place) -> String? {
        if case .string(let value) = place.node.content { return value }
        note("expected a text, found \(place.node.kind)", at: place)
        return nil
    }

    /// A whole number within a range.
    public func integer(_ place: Place, in range: ClosedRange<Int>) -> Int? {
        if case .integer(let value) = place.node.content, let whole = Int(exactly: value),
            range.contains(whole)
        {
            return whole
        }
        note(
            "expected a whole number from \(range.lowerBound) to \(range.upperBound), "
                + "found \(found(place))", at: place)
        return nil
    }

    /// A finite number within a range.
    public func number(_ place: Place, in range: ClosedRange<Double>) -> Double? {
        var value: Double?
        if case .integer(let whole) = place.node.content { value = Double(whole) }
        if case .number(let number) = place.node.content { value = number }
        if let value, range.contains(value) { return value }
        note(
            "expected a number from \(range.lowerBound) to \(range.upperBound), "
                + "found \(found(place))", at: place)
        return nil
    }

    /// A list of finite numbers within a range; only the first element that is none is noted.
    /// - Complexity: O(elements), without a path for each.
    public func numbers(_ place: Place, in range: ClosedRange<Double>) -> [Double]? {
        list(place) { place in
            number(place, in: range)
        } plain: { content in
            switch content {
            case .integer(let whole) where range.contains(Double(whole)): Double(whole)
            case .number(let number) where range.contains(number): number
            default: nil
            }
        }
    }

    /// A list of whole numbers within a range; only the first element that is none is noted.
    /// - Complexity: O(elements), without a path for each.
    public func integers(_ place: Place, in range: ClosedRange<Int>) -> [Int]? {
        list(place) { place in
            integer(place, in: range)
        } plain: { content in
            guard case .integer(let value) = content, let whole = Int(exactly: value),
                range.contains(whole)
            else { return nil }
            return whole
        }
    }

    private func list<Element>(
        _ place: Place, careful: (Place) -> Element?, plain: (Node.Content) -> Element?
    ) -> [Element]? {
        guard case .array(let nodes) = place.node.content else {
            note("expected a list, found \(place.node.kind)", at: place)
            return nil
        }
        var values: [Element] = []
        values.reserveCapacity(nodes.count)
        for (index, node) in nodes.enumerated() {
            let path = { "\(place.path)[\(index)]" }
            guard let value = plain(node.content) ?? careful(Place(node: node, path: path()))
            else { return nil }
            values.append(value)
        }
        return values
    }

    /// True or false.
    public func bool(_ place: Place) -> Bool? {
        if case .bool(let value) = place.node.content { return value }
        note("expected true or false, found \(found(place))", at: place)
        return nil
    }

    /// One of a few words.
    public func choice<Choice: RawRepresentable & CaseIterable>(
        _ place: Place, of type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        guard let word = string(place) else { return nil }
        if let choice = Choice(rawValue: word) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        note(
            "expected one of \(words.joined(separator: ", ")), found \(quoted(word))"
                + suggestion(for: word, among: words), at: place)
        return nil
    }

    private func found(_ place: Place) -> String {
        switch place.node.content {
        case .array, .object, .null: place.node.kind
        case .string(let text): quoted(text)
        default: place.node.json()
        }
    }
}
