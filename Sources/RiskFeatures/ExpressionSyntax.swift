/// The small expression language of `where`, `share(…)` and `derive`, as a syntax tree.
///
///     or → and → not → comparison (= != < <= > >= in) → + - → * / → unary - → primary
///     primary = number | 'text' | "text" | true | false | name | name.name | f(…) | ( … )
///     right of `in` = a..<b | a...b | [value, …] | name of a list
///
/// `docs/features.md` has the meaning, missing values included.
indirect enum Syntax: Equatable {
    case number(Double)
    case text(String)
    case bool(Bool)
    case name(String)
    case not(Syntax)
    case negate(Syntax)
    case binary(BinaryOperator, Syntax, Syntax)
    case inRange(Syntax, low: Syntax, high: Syntax, closed: Bool)
    case inValues(Syntax, [Syntax])
    case inList(Syntax, String)
    case call(String, [Syntax])
}

enum BinaryOperator: String, Equatable {
    case or, and
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
}

/// Why a text is no expression, and at which character, from 1.
struct ExpressionFailure: Error, Equatable {
    let column: Int
    let message: String
}

/// Reads an expression by recursive descent; depth and length are bounded.
struct ExpressionParser {
    private enum Token: Equatable {
        case number(Double)
        case text(String)
        case word(String)
        case sign(String)
        case end
    }

    private var tokens: [(token: Token, column: Int)] = []
    private var index = 0
    private var depth = 0
    private var operators = 0

    static let longest = 4096
    static let deepest = 48
    /// Chains such as `a + b + c` nest to the left without parentheses; what walks the tree recurses.
    static let mostOperators = 256

    static func parse(_ text: String) throws(ExpressionFailure) -> Syntax {
        var parser = ExpressionParser()
        try parser.tokenise(Array(text.unicodeScalars))
        let syntax = try parser.disjunction()
        guard parser.current == .end else { throw parser.failure("expected the end") }
        return syntax
    }

    private var current: Token { tokens[index].token }

    private func failure(_ message: String) -> ExpressionFailure {
        ExpressionFailure(column: tokens[index].column, message: message)
    }

    private mutating func tokenise(_ text: [Unicode.Scalar]) throws(ExpressionFailure) {
        guard text.count <= Self.longest else {
            throw ExpressionFailure(
                column: 1, message: "the expression is longer than \(Self.longest) characters")
        }
        func isDigit(_ i: Int) -> Bool { i < text.count && ("0"..."9").contains(text[i]) }
        func isLetter(_ i: Int) -> Bool {
            i < text.count && (text[i].properties.isAlphabetic || text[i] == "_")
        }
        var i = 0
        while i < text.count {
            let start = i
            let token: Token
            if text[i].properties.isWhitespace {
                i += 1
                continue
            } else if isDigit(i) {
                while isDigit(i) { i += 1 }
                if i < text.count, text[i] == ".", isDigit(i + 1) {
                    i += 1
                    while isDigit(i) { i += 1 }
                }
                if i < text.count, text[i] == "e" || text[i] == "E" {
                    let sign = i + 1 < text.count && (text[i + 1] == "-" || text[i + 1] == "+")
                    if isDigit(i + (sign ? 2 : 1)) {
                        i += sign ? 2 : 1
                        while isDigit(i) { i += 1 }
                    }
                }
                let digits = String(String.UnicodeScalarView(text[start..<i]))
                guard let number = Double(digits), number.isFinite else {
                    throw ExpressionFailure(column: start + 1, message: "\(digits) is too large")
                }
                token = .number(number)
            } else if isLetter(i) {
                while isLetter(i) || isDigit(i)
                    || (i < text.count && text[i] == "." && isLetter(i + 1))
                {
                    i += 1
                }
                token = .word(String(String.UnicodeScalarView(text[start..<i])))
            } else if text[i] == "'" || text[i] == "\"" {
                i += 1
                while i < text.count, text[i] != text[start] { i += 1 }
                guard i < text.count else {
                    throw ExpressionFailure(
                        column: start + 1, message: "a text without its closing quote")
                }
                token = .text(String(String.UnicodeScalarView(text[start + 1..<i])))
                i += 1
            } else {
                let signs = [
                    "..<", "...", "==", "!=", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", "(",
                    ")", "[", "]", ",",
                ]
                guard
                    let sign = signs.first(where: {
                        Array($0.unicodeScalars) == Array(text[i...].prefix($0.count))
                    })
                else {
                    throw ExpressionFailure(
                        column: start + 1, message: "\"\(text[i])\" has no meaning here")
                }
                i += sign.count
                token = .sign(sign == "==" ? "=" : sign)
            }
            tokens.append((token, start + 1))
        }
        tokens.append((.end, text.count + 1))
    }

    private mutating func take(_ sign: String) -> Bool {
        guard current == .sign(sign) else { return false }
        index += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard current == .word(word) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ sign: String) throws(ExpressionFailure) {
        guard take(sign) else { throw failure("expected \"\(sign)\"") }
    }

    private mutating func join(
        _ operation: BinaryOperator, _ left: Syntax, _ right: Syntax
    ) throws(ExpressionFailure) -> Syntax {
        operators += 1
        guard operators <= Self.mostOperators else {
            throw failure("more than \(Self.mostOperators) operators")
        }
        return .binary(operation, left, right)
    }

    private mutating func disjunction() throws(ExpressionFailure) -> Syntax {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw failure("nested too deep") }
        var left = try conjunction()
        while take(word: "or") { left = try join(.or, left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(ExpressionFailure) -> Syntax {
        var left = try negation()
        while take(word: "and") { left = try join(.and, left, try negation()) }
        return left
    }

    private mutating func negation() throws(ExpressionFailure) -> Syntax {
        guard take(word: "not") else { return try comparison() }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw failure("nested too deep") }
        return .not(try negation())
    }

    private mutating func comparison() throws(ExpressionFailure) -> Syntax {
        let left = try sum()
        if take(word: "in") { return try membership(of: left) }
        guard case .sign(let sign) = current, let operation = BinaryOperator(rawValue: sign),
            [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual].contains(operation)
        else { return left }
        index += 1
        return .binary(operation, left, try sum())
    }

    private mutating func membership(of left: Syntax) throws(ExpressionFailure) -> Syntax {
        if take("[") {
            var values: [Syntax] = []
            repeat { values.append(try primary()) } while take(",")
            try expect("]")
            return .inValues(left, values)
        }
        if case .word(let list) = current, !continuesValue(tokens[index + 1].token) {
            index += 1
            return .inList(left, list)
        }
        let low = try sum()
        if take("..<") { return .inRange(left, low: low, high: try sum(), closed: false) }
        if take("...") { return .inRange(left, low: low, high: try sum(), closed: true) }
        throw failure("expected a range a..<b or a...b, a [list] or the name of a list")
    }

    /// Whether a name in front of this token is the beginning of a value rather than a list's name.
    private func continuesValue(_ token: Token) -> Bool {
        if case .sign(let sign) = token {
            return ["..<", "...", "+", "-", "*", "/", "("].contains(sign)
        }
        return false
    }

    private mutating func sum() throws(ExpressionFailure) -> Syntax {
        var left = try product()
        while true {
            if take("+") {
                left = try join(.add, left, try product())
            } else if take("-") {
                left = try join(.subtract, left, try product())
            } else {
                return left
            }
        }
    }

    private mutating func product() throws(ExpressionFailure) -> Syntax {
        var left = try primary()
        while true {
            if take("*") {
                left = try join(.multiply, left, try primary())
            } else if take("/") {
                left = try join(.divide, left, try primary())
            } else {
                return left
            }
        }
    }

    private mutating func primary() throws(ExpressionFailure) -> Syntax {
        switch current {
        case .number(let value):
            index += 1
            return .number(value)
        case .text(let value):
            index += 1
            return .text(value)
        case .word(let word):
            if ["and", "or", "not", "in"].contains(word) {
                throw failure("\"\(word)\" is no value")
            }
            index += 1
            if word == "true" || word == "false" { return .bool(word == "true") }
            guard take("(") else { return .name(word) }
            var arguments: [Syntax] = []
            if !take(")") {
                repeat { arguments.append(try disjunction()) } while take(",")
                try expect(")")
            }
            return .call(word, arguments)
        case .sign("("):
            index += 1
            let inner = try disjunction()
            try expect(")")
            return inner
        case .sign("-"):
            index += 1
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.deepest else { throw failure("nested too deep") }
            return .negate(try primary())
        default:
            throw failure("expected a value")
        }
    }
}
