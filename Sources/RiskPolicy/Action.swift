/// What is done about somebody: one of the toolkit's words, or an operator's own word that is declared
/// to be like one of them.
///
///     actions: { call: verify, cut_off: suspend }      # in a policy
public struct Action: Hashable, Sendable, CustomStringConvertible {
    /// What an action does to a customer. The words are those of policy files.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Keep an eye on; nothing that the customer notices.
        case watch
        /// Tell or warn the customer.
        case remind
        /// Ask for a second identity verification: verify again.
        case verify
        /// Hold this one transaction, order or shipment until it is cleared.
        case hold
        /// Suspend the account or the number.
        case suspend
        /// Refuse new business.
        case refuse
        /// Hand the case to investigators.
        case refer

        /// Whether the customer is kept from doing something: `hold`, `suspend`, `refuse`.
        public var isRestrictive: Bool { self == .hold || self == .suspend || self == .refuse }
        /// Whether the customer notices it: all but `watch` and `refer`.
        public var isNoticed: Bool { self != .watch && self != .refer }
        /// Whether it settles a case, so that a fraud is caught by it: all but `watch` and `remind`.
        public var isSettling: Bool { self != .watch && self != .remind }
    }

    /// The word in policies, lists and audit records.
    public let name: String
    /// What it does.
    public let kind: Kind

    /// One of the toolkit's words.
    public init(_ kind: Kind) { self.init(name: kind.rawValue, kind: kind) }

    /// An operator's own word.
    init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// Keep an eye on.
    public static let watch = Action(.watch)
    /// Tell or warn.
    public static let remind = Action(.remind)
    /// Ask for a second identity verification.
    public static let verify = Action(.verify)
    /// Hold until cleared.
    public static let hold = Action(.hold)
    /// Suspend the account or the number.
    public static let suspend = Action(.suspend)
    /// Refuse new business.
    public static let refuse = Action(.refuse)
    /// Hand to investigators.
    public static let refer = Action(.refer)

    /// The word.
    public var description: String { name }

    /// Whether this word, where it stands in a condition, means that action too: a word of the toolkit
    /// means all actions of its kind, an operator's own word only itself.
    public func covers(_ other: Action) -> Bool {
        self == other || (name == kind.rawValue && kind == other.kind)
    }
}

extension [Action] {
    /// Whether one of the words means the action.
    func cover(_ action: Action) -> Bool { contains { $0.covers(action) } }
}
