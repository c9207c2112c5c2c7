import RiskJSON

/// How a feature is divided into the bins of a scorecard.
public struct ScorecardRule: Sendable, Equatable {
    /// The most ranges; missing and special values have bins of their own besides. In 1 ... 64.
    public var bins = 10
    /// The least share of all rows, by weight, in a range: in [0, 0.5].
    public var minimumShare = 0.03
    /// The least weight of events in a range (their number where there are no weights). With 0, half a
    /// row (of average weight) is counted to each class in a range that has rows of one only.
    public var minimumPositives = 10.0
    /// The least weight of other rows in a range.
    public var minimumNegatives = 10.0
    /// How the rate of events may run over the ranges.
    public var shape = BinShape.monotone
    /// Values that do not mean their number and get a bin each: finite, at most 32.
    public var specialValues: [Double] = []
    /// The share of a feature's information value that may be given up for fewer bins: in [0, 0.5].
    public var tolerance = 0.0

    /// The default rule.
    public init() {}

    static let keys = [
        "bins", "minimumShare", "minimumPositives", "minimumNegatives", "shape", "specialValues",
        "tolerance",
    ]

    /// Takes what a document says; what it does not say stays.
    mutating func read(_ members: [String: DocumentReader.Place], _ reader: DocumentReader) {
        func number(_ key: String, in range: ClosedRange<Double>, _ set: (Double) -> Void) {
            if let place = members[key], let value = reader.number(place, in: range) { set(value) }
        }
        if let place = members["bins"], let value = reader.integer(place, in: 1...64) {
            bins = value
        }
        number("minimumShare", in: 0...0.5) { minimumShare = $0 }
        number("minimumPositives", in: 0...1e12) { minimumPositives = $0 }
        number("minimumNegatives", in: 0...1e12) { minimumNegatives = $0 }
        number("tolerance", in: 0...0.5) { tolerance = $0 }
        if let place = members["shape"], let choice = reader.choice(place, of: BinShape.self) {
            shape = choice
        }
        if let place = members["specialValues"],
            let values = reader.numbers(
                place, in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
        {
            if values.count > 32 {
                reader.note("expected at most 32 values, found \(values.count)", at: place)
            } else {
                specialValues = values
            }
        }
    }

    /// The rule as members of a document, or what is different from another.
    func members(unlike other: ScorecardRule? = nil) -> [Node.Member] {
        var members: [Node.Member] = []
        func add<Value: Equatable>(
            _ key: String, _ value: KeyPath<ScorecardRule, Value>, _ node: (Value) -> Node
        ) {
            if let other, other[keyPath: value] == self[keyPath: value] { return }
            members.append(.init(key, node(self[keyPath: value])))
        }
        add("bins", \.bins) { Node($0) }
        add("minimumShare", \.minimumShare) { Node($0) }
        add("minimumPositives", \.minimumPositives) { Node($0) }
        add("minimumNegatives", \.minimumNegatives) { Node($0) }
        add("shape", \.shape) { Node($0.rawValue) }
        add("specialValues", \.specialValues) { .array($0.map { Node($0) }) }
        add("tolerance", \.tolerance) { Node($0) }
        return members
    }
}
