extension WorldParameters {
    /// SIM cards that people open in their names in order to sell them.
    public struct BlackCards: GangTactic, Equatable, Sendable {
        /// Batches that a gang begins to have opened in a day.
        public var startsPerDay: Double
        /// Cards of one batch.
        public var cards: ClosedRange<Int>
        /// Cards on one identity document.
        public var perHolder: ClosedRange<Int>
        /// Shops in which they are opened.
        public var stores: Int
        /// Days over which they are opened.
        public var opening: ClosedRange<Int>
        /// The share of documents from another region than the shop's.
        public var foreignDocuments: Double
        /// The share of documents that an earlier batch of the gang was opened on.
        public var knownHolders: Double
        /// Days from the opening to the sale.
        public var waiting: ClosedRange<Int>
        /// Days for which a card is used once it is sold, unless it is shut down.
        public var days: ClosedRange<Int>
        /// The share of the days until the sale on which somebody calls and uses data, so that the card
        /// looks alive.
        public var keptAlive: Double
        /// The share of cards used in another region than they were opened in.
        public var usedElsewhere: Double
        /// Calls on a day once it is sold.
        public var calls: ClosedRange<Int>
        /// The share of days with data once it is sold.
        public var data: Double
        /// How it becomes known; the days count from the first use after the sale.
        public var discovery: Discovery
    }

    /// Numbers that receive other people's codes, for accounts that nobody is behind.
    public struct CodeNumbers: GangTactic, Equatable, Sendable {
        /// Gangs that begin in a day.
        public var startsPerDay: Double
        /// Numbers of one gang.
        public var numbers: ClosedRange<Int>
        /// Whether they are cards in a modem pool, which are in nobody's hands; else they are the numbers of
        /// people who let theirs for money, whose lives go on.
        public var inPool: Bool
        /// Days for which a number is used, unless it is found out.
        public var days: ClosedRange<Int>
        /// Codes of other services on a day.
        public var codes: ClosedRange<Int>
        /// Accounts registered with a number in all.
        public var registrations: ClosedRange<Int>
        /// Telephones from which a gang registers; 0 for a new fingerprint each time.
        public var devices: Int
        /// Addresses from which it does on a day, where it has telephones of its own.
        public var addresses: Int
        /// The share of addresses that are homes let as proxies.
        public var homeProxy: Double
        /// The share of pools whose cards are kept warm: for days before they are used, and then on, they
        /// call each other and use some data.
        public var warm: Double
        /// The share of accounts that the number's owner registers, at home, and hands over.
        public var handedOver: Double
        /// How it becomes known; the days count from the first.
        public var discovery: Discovery
    }
}
