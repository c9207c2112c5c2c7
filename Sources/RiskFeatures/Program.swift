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
    /// Events that are evaluated together.
    static let lanes = 512
    /// The most instructions, give or take the last few.
    static let longest = 16_384

    /// What a program reads: events' slots, and the features of vectors.
    struct Input {
        /// See `EventStore`.
        var slots: Slots?
        /// The features of vectors; see `VectorRows`.
        var features: UnsafePointer<VectorRows.Place>?
        var zone: ZoneOffsets
        /// The text tests.
        var tests: TextAnswers
    }

    /// The slots of an event that are read.
    var slots: [Int] {
        instructions.compactMap { instruction in
            switch instruction.operation {
            case .integer, .decimal, .number, .time, .hour, .weekday: instruction.operand
            case .category: Int(instruction.value)
            default: nil
            }
        }
    }

    /// Doubles that `evaluate` needs for each event.
    var stackWords: Int { max(depth, 1) }

    /// The value for one event, or for one vector.
    func value(_ input: borrowing Input, row: Int, vector: Int = 0) -> Double {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: stackWords) { stack in
            var row = Int32(truncatingIfNeeded: row)
            evaluate(input, rows: &row, vector: vector, count: 1, stack: stack.baseAddress!)
            return stack[0]
        }
    }

    /// Runs the program for many events at once, one instruction after the other.
    /// - Parameters:
    ///   - rows: the events' rows.
    ///   - vector: the first one's vector; the others' follow.
    ///   - stack: room for `count * stackWords` values; the first `count` become the results.
    func evaluate(
        _ input: borrowing Input, rows: UnsafePointer<Int32>, vector: Int, count: Int,
        stack: UnsafeMutablePointer<Double>
    ) {
        var top = stack - count
        for instruction in instructions {
            switch instruction.operation {
            case .constant, .integer, .decimal, .number, .time, .hour, .weekday, .feature,
                .category:
                top += count
                load(instruction, input, rows, vector, count, top)
            case .not: for lane in 0..<count { top[lane] = 1 - top[lane] }
            case .negate: for lane in 0..<count { top[lane] = -top[lane] }
            case .abs: for lane in 0..<count { top[lane] = Swift.abs(top[lane]) }
            case .sqrt:
                for lane in 0..<count {
                    top[lane] = top[lane] < 0 ? .nan : top[lane].squareRoot()
                }
            case .floor: for lane in 0..<count { top[lane] = top[lane].rounded(.down) }
            case .isMissing: for lane in 0..<count { top[lane] = top[lane].isNaN ? 1 : 0 }
            case .choose:
                top -= 2 * count
                for lane in 0..<count {
                    let condition = top[lane]
                    top[lane] =
                        condition.isNaN
                        ? .nan : condition != 0 ? top[lane + count] : top[lane + 2 * count]
                }
            default:
                top -= count
                combine(instruction.operation, top, top + count, count)
            }
        }
    }

    /// The value for each of many events, some hundred at a time.
    @inline(__always)
    func each(
        _ input: borrowing Input, _ rows: UnsafePointer<Int32>, _ count: Int,
        _ stack: Scratch<Double>, _ body: (_ event: Int, _ value: Double) -> Void
    ) {
        let values = stack.room(min(Self.lanes, count) * stackWords)
        var start = 0
        while start < count {
            let lanes = min(Self.lanes, count - start)
            evaluate(input, rows: rows + start, vector: 0, count: lanes, stack: values)
            for lane in 0..<lanes { body(start + lane, values[lane]) }
            start += lanes
        }
    }

    private func load(
        _ instruction: Instruction, _ input: borrowing Input, _ rows: UnsafePointer<Int32>,
        _ vector: Int, _ count: Int, _ top: UnsafeMutablePointer<Double>
    ) {
        let operand = instruction.operand
        func slot(_ index: Int) -> SlotValues { input.slots![index] }
        switch instruction.operation {
        case .constant: top.update(repeating: instruction.value, count: count)
        case .integer:
            let values = slot(operand)
            for lane in 0..<count {
                let value = values[Int(rows[lane])]
                top[lane] = value == Column.missing ? .nan : Double(value)
            }
        case .decimal:
            let values = slot(operand)
            for lane in 0..<count {
                let value = values[Int(rows[lane])]
                top[lane] = value == Column.missing ? .nan : Double(value) / instruction.value
            }
        case .number:
            let values = slot(operand)
            for lane in 0..<count {
                let bits = UInt64(bitPattern: values[Int(rows[lane])])
                top[lane] = Self.finite(Double(bitPattern: bits))
            }
        case .time:
            let times = slot(operand)
            for lane in 0..<count {
                top[lane] = Double(times[Int(rows[lane])]) / Double(Timestamps.second)
            }
        case .hour:
            let times = slot(operand)
            for lane in 0..<count {
                top[lane] = Double(input.zone.hour(of: times[Int(rows[lane])]))
            }
        case .weekday:
            let times = slot(operand)
            for lane in 0..<count {
                top[lane] = Double(input.zone.weekday(of: times[Int(rows[lane])]))
            }
        case .feature:
            let feature = input.features![operand]
            for lane in 0..<count { top[lane] = feature[vector + lane] }
        case .category:
            let codes = slot(Int(instruction.value))
            let passes = input.tests.answers[operand]
            for lane in 0..<count {
                let code = codes[Int(rows[lane])]
                top[lane] = code < 0 ? .nan : passes[Int(code)] ? 1 : 0
            }
        default: preconditionFailure("not an operation that loads a value")
        }
    }

    private func combine(
        _ operation: Operation, _ a: UnsafeMutablePointer<Double>, _ b: UnsafePointer<Double>,
        _ count: Int
    ) {
        @inline(__always)
        func each(_ value: (Double, Double) -> Double) {
            for lane in 0..<count { a[lane] = value(a[lane], b[lane]) }
        }
        /// Missing where either is.
        @inline(__always)
        func eachKnown(_ value: (Double, Double) -> Double) {
            each { $0.isNaN || $1.isNaN ? .nan : value($0, $1) }
        }
        switch operation {
        case .or: each { $0 == 1 || $1 == 1 ? 1 : $0.isNaN || $1.isNaN ? .nan : 0 }
        case .and: each { $0 == 0 || $1 == 0 ? 0 : $0.isNaN || $1.isNaN ? .nan : 1 }
        case .coalesce: each { $0.isNaN ? $1 : $0 }
        case .equal: eachKnown { $0 == $1 ? 1 : 0 }
        case .notEqual: eachKnown { $0 != $1 ? 1 : 0 }
        case .less: eachKnown { $0 < $1 ? 1 : 0 }
        case .lessOrEqual: eachKnown { $0 <= $1 ? 1 : 0 }
        case .greater: eachKnown { $0 > $1 ? 1 : 0 }
        case .greaterOrEqual: eachKnown { $0 >= $1 ? 1 : 0 }
        case .add: eachKnown { Self.finite($0 + $1) }
        case .subtract: eachKnown { Self.finite($0 - $1) }
        case .multiply: eachKnown { Self.finite($0 * $1) }
        case .divide: eachKnown { $1 == 0 ? .nan : Self.finite($0 / $1) }
        case .minimum: eachKnown { Swift.min($0, $1) }
        case .maximum: eachKnown { Swift.max($0, $1) }
        default: preconditionFailure("not an operation of two values")
        }
    }

    private static func finite(_ value: Double) -> Double { value.isFinite ? value : .nan }
}
