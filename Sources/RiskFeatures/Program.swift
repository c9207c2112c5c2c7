import RiskColumns

/// A compiled expression: a straight run of instructions over a stack of doubles, true as 1, false as
/// 0 and missing as NaN. It has no loops and no branches, so it ends; its stack depth is known.
///
/// Missing values: arithmetic and comparisons with a missing value are missing, so is a division by
/// zero; `and` and `or` are Kleene's (false and missing is false). The result is never infinite: what
/// overflows is missing.
struct Program: Sendable, Equatable {
    enum Operation: UInt8, Sendable {
        case constant, integer, decimal, number, time, hour, weekday, feature, category
        case not, negate, or, and, equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        case add, subtract, multiply, divide
        case abs, sqrt, floor, minimum, maximum, coalesce, isMissing, choose
    }

    struct Instruction: Sendable, Equatable {
        var operation: Operation
        /// A slot of the event, a feature, or a text test.
        var operand: Int = 0
        /// A constant, or the power of ten by which a decimal is divided.
        var value: Double = 0
    }

    var instructions: [Instruction] = []
    /// The deepest the stack gets, at most `deepest`.
    var depth = 0

    static let deepest = 64
    /// The most instructions, give or take the last few.
    static let longest = 16_384

    /// What a program reads: one row of an event's slots and of the features.
    struct Row {
        /// One pointer a slot; see `EventStore`.
        var slots: UnsafePointer<UnsafePointer<Int64>>?
        var row = 0
        /// One pointer a feature.
        var features: UnsafePointer<UnsafeMutablePointer<Double>>?
        var vector = 0
        var zone: ZoneOffsets
        /// For each text test, whether each code passes.
        var tests: [[Bool]]
    }

    /// Runs the program.
    func evaluate(_ input: borrowing Row) -> Double {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.deepest) { stack in
            var top = -1
            for instruction in instructions {
                let operand = instruction.operand
                switch instruction.operation {
                case .constant:
                    top += 1
                    stack[top] = instruction.value
                case .integer:
                    top += 1
                    let value = input.slots![operand][input.row]
                    stack[top] = value == Column.missing ? .nan : Double(value)
                case .decimal:
                    top += 1
                    let value = input.slots![operand][input.row]
                    stack[top] =
                        value == Column.missing ? .nan : Double(value) / instruction.value
                case .number:
                    top += 1
                    stack[top] = Self.finite(
                        Double(bitPattern: UInt64(bitPattern: input.slots![operand][input.row])))
                case .time:
                    top += 1
                    stack[top] =
                        Double(input.slots![operand][input.row]) / Double(Timestamps.second)
                case .hour:
                    top += 1
                    stack[top] = Double(input.zone.hour(of: input.slots![operand][input.row]))
                case .weekday:
                    top += 1
                    stack[top] = Double(input.zone.weekday(of: input.slots![operand][input.row]))
                case .feature:
                    top += 1
                    stack[top] = input.features![operand][input.vector]
                case .category:
                    top += 1
                    let code = input.slots![Int(instruction.value)][input.row]
                    stack[top] = code < 0 ? .nan : input.tests[operand][Int(code)] ? 1 : 0
                case .not: stack[top] = 1 - stack[top]
                case .negate: stack[top] = -stack[top]
                case .abs: stack[top] = Swift.abs(stack[top])
                case .sqrt: stack[top] = stack[top] < 0 ? .nan : stack[top].squareRoot()
                case .floor: stack[top] = stack[top].rounded(.down)
                case .isMissing: stack[top] = stack[top].isNaN ? 1 : 0
                case .choose:
                    top -= 2
                    let condition = stack[top]
                    stack[top] =
                        condition.isNaN ? .nan : condition != 0 ? stack[top + 1] : stack[top + 2]
                default:
                    top -= 1
                    stack[top] = Self.combine(
                        instruction.operation, stack[top], stack[top + 1])
                }
            }
            return stack[0]
        }
    }

    private static func combine(_ operation: Operation, _ a: Double, _ b: Double) -> Double {
        switch operation {
        case .or: return a == 1 || b == 1 ? 1 : a.isNaN || b.isNaN ? .nan : 0
        case .and: return a == 0 || b == 0 ? 0 : a.isNaN || b.isNaN ? .nan : 1
        case .coalesce: return a.isNaN ? b : a
        default: break
        }
        if a.isNaN || b.isNaN { return .nan }
        switch operation {
        case .equal: return a == b ? 1 : 0
        case .notEqual: return a != b ? 1 : 0
        case .less: return a < b ? 1 : 0
        case .lessOrEqual: return a <= b ? 1 : 0
        case .greater: return a > b ? 1 : 0
        case .greaterOrEqual: return a >= b ? 1 : 0
        case .add: return finite(a + b)
        case .subtract: return finite(a - b)
        case .multiply: return finite(a * b)
        case .divide: return b == 0 ? .nan : finite(a / b)
        case .minimum: return Swift.min(a, b)
        case .maximum: return Swift.max(a, b)
        default: preconditionFailure("not an operation of two values")
        }
    }

    private static func finite(_ value: Double) -> Double { value.isFinite ? value : .nan }
}
