import RiskColumns
import RiskJSON

/// A question about a text value, answered once for each distinct value: `ip in proxy`.
struct TextTest: Sendable, Equatable {
    enum Question: Sendable, Equatable {
        case oneOf([String])
        case inList(String)
    }

    /// The field whose dictionary the codes come from.
    let field: String
    let question: Question
}

/// Gives names their meaning, checks types, and writes the instructions of a `Program`.
struct ExpressionCompiler {
    /// What a name stands for.
    enum Meaning {
        case field(slot: Int, FieldDefinition)
        case time(slot: Int)
        case feature(Int)
    }

    enum Kind: String {
        case number = "a number"
        case boolean = "true or false"
        case text = "a text"
    }

    /// The meaning of a name; nil where it has none.
    let meaning: (String) -> Meaning?
    /// Every name that has a meaning, for suggestions.
    let names: [String]
    /// The names of the lists.
    let lists: [String]
    /// Text tests so far; shared by all programs of a spec.
    var tests: [TextTest]
    /// Those of the lists that have versions.
    var versioned: Set<String> = []
    /// What such lists are asked about fields of the event's type, and the first one's slot.
    var memberships: [Lookup] = []
    var firstMembershipSlot = 0
    /// Fields that were read.
    private(set) var fieldsRead: [FieldDefinition] = []
    /// Features that were read.
    private(set) var featuresRead: [Int] = []

    private var program = Program()
    private var height = 0

    init(
        names: [String], lists: [String], tests: [TextTest],
        meaning: @escaping (String) -> Meaning?
    ) {
        self.meaning = meaning
        self.names = names
        self.lists = lists
        self.tests = tests
    }

    /// Compiles an expression of the wanted kind.
    mutating func compile(_ text: String, wanted: Kind) throws(ExpressionFailure) -> Program {
        program = Program()
        height = 0
        let kind = try emit(try ExpressionParser.parse(text))
        guard kind == wanted || (wanted == .number && kind == .boolean) else {
            throw mistake("the expression is \(kind.rawValue); expected \(wanted.rawValue)")
        }
        guard program.depth <= Program.deepest else { throw mistake("the expression is too deep") }
        return program
    }

    private func mistake(_ message: String) -> ExpressionFailure {
        ExpressionFailure(column: 0, message: message)
    }

    private mutating func push(
        _ operation: Program.Operation, operand: Int = 0, value: Double = 0
    ) {
        program.instructions.append(.init(operation: operation, operand: operand, value: value))
        height += 1
        program.depth = max(program.depth, height)
    }

    private mutating func apply(_ operation: Program.Operation, taking count: Int) {
        program.instructions.append(.init(operation: operation))
        height -= count - 1
    }

    private mutating func emit(
        _ syntax: Syntax, as wanted: Kind
    ) throws(ExpressionFailure) {
        try check(try emit(syntax), is: wanted)
    }

    /// True or false is a number where one is wanted: 1 or 0.
    private func check(_ kind: Kind, is wanted: Kind) throws(ExpressionFailure) {
        guard kind == wanted || (wanted == .number && kind == .boolean) else {
            throw mistake("expected \(wanted.rawValue), found \(kind.rawValue)")
        }
    }

    private mutating func emit(_ syntax: Syntax) throws(ExpressionFailure) -> Kind {
        // `x in 1...2` writes x down twice, so nesting it doubles the program each time.
        guard program.instructions.count <= Program.longest else {
            throw mistake("the expression comes to more than \(Program.longest) steps")
        }
        guard height <= Program.deepest else { throw mistake("the expression is too deep") }
        switch syntax {
        case .number(let value):
            push(.constant, value: value)
            return .number
        case .bool(let value):
            push(.constant, value: value ? 1 : 0)
            return .boolean
        case .text(let text):
            throw mistake("the text '\(text)' stands alone; compare a field with it")
        case .name(let name):
            return try emit(name: name)
        case .not(let inner):
            try emit(inner, as: .boolean)
            apply(.not, taking: 1)
            return .boolean
        case .negate(let inner):
            try emit(inner, as: .number)
            apply(.negate, taking: 1)
            return .number
        case .binary(let operation, let left, let right):
            return try emit(operation, left, right)
        case .inRange(let value, let low, let high, let closed):
            // value in a..<b reads the value twice: a ≤ value and value < b.
            try emit(value, as: .number)
            try emit(low, as: .number)
            apply(.greaterOrEqual, taking: 2)
            try emit(value, as: .number)
            try emit(high, as: .number)
            apply(closed ? .lessOrEqual : .less, taking: 2)
            apply(.and, taking: 2)
            return .boolean
        case .inValues(let value, let values):
            return try emit(value, in: values)
        case .inList(let value, let list):
            guard lists.contains(list) else {
                throw mistake(
                    "there is no list \"\(list)\"" + suggestion(for: list, among: lists))
            }
            guard let (slot, field) = textField(value) else {
                throw mistake("only a key or a category can be in a list")
            }
            if versioned.contains(list) {
                push(.integer, operand: slotOfMembership(in: list, field: field.name))
                return .boolean
            }
            emit(test: TextTest(field: field.name, question: .inList(list)), slot: slot)
            return .boolean
        case .call(let name, let arguments):
            return try emit(call: name, arguments)
        }
    }

    private mutating func emit(name: String) throws(ExpressionFailure) -> Kind {
        guard let meaning = meaning(name) else {
            let some = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
            throw mistake(
                "\"\(name)\" is not known here" + suggestion(for: name, among: names)
                    + "; known are \(some)")
        }
        switch meaning {
        case .feature(let index):
            featuresRead.append(index)
            push(.feature, operand: index)
            return .number
        case .time(let slot):
            switch name.split(separator: ".").last {
            case "hour": push(.hour, operand: slot)
            case "weekday": push(.weekday, operand: slot)
            default: push(.time, operand: slot)
            }
            return .number
        case .field(let slot, let field):
            fieldsRead.append(field)
            switch field.type {
            case .integer:
                push(.integer, operand: slot)
                return .number
            case .boolean:
                push(.integer, operand: slot)
                return .boolean
            case .decimal(let scale):
                push(.decimal, operand: slot, value: Double(Decimals.powersOfTen[scale]))
                return .number
            case .number:
                push(.number, operand: slot)
                return .number
            case .time:
                push(.time, operand: slot)
                return .number
            case .category, .text:
                throw mistake("\"\(name)\" is a text; compare it with a text or use `in`")
            }
        }
    }

    private mutating func emit(
        _ operation: BinaryOperator, _ left: Syntax, _ right: Syntax
    ) throws(ExpressionFailure) -> Kind {
        if operation == .equal || operation == .notEqual,
            case .text(let text) = right, let (slot, field) = textField(left)
        {
            emit(test: TextTest(field: field.name, question: .oneOf([text])), slot: slot)
            if operation == .notEqual { apply(.not, taking: 1) }
            return .boolean
        }
        // a + b + c nests to the left as deep as it is long: a loop, not a recursion, walks down.
        var chain = [(operation, right)]
        var first = left
        while case .binary(let inner, let left, let right) = first, !inner.isComparison {
            chain.append((inner, right))
            first = left
        }
        var kind = try emit(first)
        for (operation, right) in chain.reversed() {
            let wanted: Kind = operation == .or || operation == .and ? .boolean : .number
            try check(kind, is: wanted)
            try emit(right, as: wanted)
            apply(operation.program, taking: 2)
            kind = operation.isArithmetic ? .number : .boolean
        }
        return kind
    }

    private mutating func emit(
        _ value: Syntax, in values: [Syntax]
    ) throws(ExpressionFailure) -> Kind {
        if let (slot, field) = textField(value) {
            var texts: [String] = []
            for candidate in values {
                guard case .text(let text) = candidate else {
                    throw mistake("\"\(field.name)\" is a text; the list must hold texts")
                }
                texts.append(text)
            }
            emit(test: TextTest(field: field.name, question: .oneOf(texts)), slot: slot)
            return .boolean
        }
        for (index, candidate) in values.enumerated() {
            try emit(value, as: .number)
            try emit(candidate, as: .number)
            apply(.equal, taking: 2)
            if index > 0 { apply(.or, taking: 2) }
        }
        return .boolean
    }

    private mutating func emit(
        call name: String, _ arguments: [Syntax]
    ) throws(ExpressionFailure) -> Kind {
        let functions: [String: (Program.Operation, Int)] = [
            "abs": (.abs, 1), "sqrt": (.sqrt, 1), "floor": (.floor, 1), "min": (.minimum, 2),
            "max": (.maximum, 2), "coalesce": (.coalesce, 2), "is_missing": (.isMissing, 1),
            "if": (.choose, 3),
        ]
        guard let (operation, count) = functions[name] else {
            let known = functions.keys.sorted().joined(separator: ", ")
            throw mistake("there is no function \"\(name)\"; there are \(known)")
        }
        guard arguments.count == count else {
            throw mistake("\(name) takes \(count) values, found \(arguments.count)")
        }
        if operation == .isMissing, let (slot, field) = textField(arguments[0]) {
            // A question that every text answers with no, and a missing one not at all.
            emit(test: TextTest(field: field.name, question: .oneOf([])), slot: slot)
            apply(.isMissing, taking: 1)
            return .boolean
        }
        for (index, argument) in arguments.enumerated() {
            try emit(argument, as: operation == .choose && index == 0 ? .boolean : .number)
        }
        apply(operation, taking: count)
        return operation == .isMissing ? .boolean : .number
    }

    private mutating func emit(test: TextTest, slot: Int) {
        let index = tests.firstIndex(of: test) ?? tests.count
        if index == tests.count { tests.append(test) }
        push(.category, operand: index, value: Double(slot))
    }

    /// What is true of a text at one time and not at another has a slot of its own in the event.
    private mutating func slotOfMembership(in list: String, field: String) -> Int {
        let lookup = Lookup(field: field, question: .list(list))
        let index = memberships.firstIndex(of: lookup) ?? memberships.count
        if index == memberships.count { memberships.append(lookup) }
        return firstMembershipSlot + index
    }

    private mutating func textField(_ syntax: Syntax) -> (slot: Int, field: FieldDefinition)? {
        guard case .name(let name) = syntax, case .field(let slot, let field)? = meaning(name),
            field.type == .category
        else { return nil }
        fieldsRead.append(field)
        return (slot, field)
    }
}

extension BinaryOperator {
    fileprivate var isArithmetic: Bool {
        switch self {
        case .add, .subtract, .multiply, .divide: true
        default: false
        }
    }

    fileprivate var isComparison: Bool { !isArithmetic && self != .or && self != .and }

    /// The instruction that takes two values off the stack.
    fileprivate var program: Program.Operation {
        switch self {
        case .or: .or
        case .and: .and
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        case .add: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        }
    }
}
