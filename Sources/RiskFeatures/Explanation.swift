/// What stands behind each value of one vector: the events that count, as of its moment.
public struct Explanation: Sendable {
    /// An event that counts.
    public struct Event: Sendable, Equatable {
        /// The type's name.
        public let type: String
        /// Its place in its log, from 0; rows that were rejected have none.
        public let row: Int
        /// When it happened.
        public let time: Int64
        /// When it became known.
        public let known: Int64
        /// The event's keys, by name; missing ones are left out.
        public let keys: [Named<String>]
        /// What the aggregate takes of it, as text: `amount` and `12.50`. Empty where it only counts.
        public let arguments: [Named<String>]
        /// Whether it is the vector's own.
        public let isOwn: Bool
    }

    /// Something with a name.
    public struct Named<Value: Sendable & Equatable>: Sendable, Equatable {
        /// What it is called.
        public let name: String
        /// What it is.
        public let value: Value

        /// Names something.
        public init(name: String, value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// Where a window feature's value comes from.
    public struct Window: Sendable {
        /// Events happened after it; nil where the window has no beginning.
        public let start: Int64?
        /// Events happened, and became known, at or before it. Of those known at this very moment only
        /// the ones that stand before the vector in the total order count.
        public let end: Int64
        /// The key and its values; a missing one is nil, and nothing counts then.
        public let key: [Named<String?>]
        /// The events that count, by (time, total order).
        public let events: [Event]
        /// Whether the first of them decides, and not the last: for `first` and `since_first`.
        public let isDecidedByFirst: Bool
        /// For a rate per another type of event: those by which it is divided.
        public let divisor: [Event]?
        /// For a peak: events before the window, near enough to be counted with its first ones.
        public let before: [Event]
        /// The value made anew from these events; nil for aggregates where that is not done.
        public let recomputed: Double?
    }

    /// Where a value comes from.
    public enum Origin: Sendable {
        /// Events.
        case window(Window)
        /// Other features, and fields of the vector's own event (`current.amount`).
        case derived(features: [Named<Double>], current: [Named<String?>])
    }

    /// A feature of the vector.
    public struct Feature: Sendable {
        /// The name in the spec.
        public let name: String
        /// Whether it only serves derived features.
        public let isHidden: Bool
        /// The engine's value; NaN where it is missing.
        public let value: Double
        /// What it is, in words.
        public let definition: String
        /// Where the value comes from.
        public let origin: Origin

        /// Whether the events lead to another value than the engine's.
        public var contradicts: Bool {
            guard case .window(let window) = origin, let other = window.recomputed else {
                return false
            }
            return value != other && !(value.isNaN && other.isNaN)
        }
    }

    /// The vector, from 0.
    public let vector: Int
    /// Its moment.
    public let time: Int64
    /// Its keys; a missing one is nil.
    public let keys: [Named<String?>]
    /// Its features, hidden ones too, in the order of the spec.
    public let features: [Feature]
}
