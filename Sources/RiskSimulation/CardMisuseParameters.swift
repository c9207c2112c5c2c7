/// What the fraudsters of the card world do, and how often. `docs/simulation.md` explains each
/// number.
///
/// Rates are per day and per 5,000 customers or 10,000 terminals, so a smaller world has as high a
/// share of fraud. Changing them gives a world that a model has not been trained on.
public struct CardMisuseParameters: Equatable, Sendable {
    /// What a tactic of testing cards and emptying them does.
    public struct Testing: Equatable, Sendable {
        /// Incidents that start in a day.
        public var startsPerDay: Double
        /// Payments that try the card.
        public var tests: ClosedRange<Int>
        /// Their amounts, in hundredths.
        public var testAmounts: ClosedRange<Int>
        /// Payments that empty it.
        public var draws: ClosedRange<Int>
        /// Their amounts, in multiples of what the customer's payments come to.
        public var drawMultiples: ClosedRange<Double>
        /// The least that emptying is worth the trouble, in hundredths.
        public var smallestDraw: Int
        /// Days from the first test over which the payments are spread.
        public var days: ClosedRange<Int>
    }

    /// What a tactic of compromised terminals does.
    public struct Terminals: Equatable, Sendable {
        /// Terminals that fall into the wrong hands in a day.
        public var startsPerDay: Double
        /// For how many days.
        public var days: ClosedRange<Int>
        /// The share of payments there that is fraud.
        public var shares: ClosedRange<Double>
        /// The factor on the amounts of those.
        public var multiples: ClosedRange<Double>
    }

    /// What a tactic of stolen credentials does.
    public struct Credentials: Equatable, Sendable {
        /// Cards stolen in a day.
        public var startsPerDay: Double
        /// For how many days they are used.
        public var days: ClosedRange<Int>
        /// Fraudulent payments a day.
        public var paymentsPerDay: Double
        /// Their amounts, in multiples of what the customer's payments come to.
        public var multiples: ClosedRange<Double>
        /// The share of them at the customer's own terminals.
        public var atHabitualTerminals: Double
        /// The share of them between 22:00 and 6:00; the others keep to the customer's hours.
        public var atNight: Double
    }

    /// Testing and emptying a card within hours.
    public var easyTesting = Testing(
        startsPerDay: 1.0, tests: 2...5, testAmounts: 50...300, draws: 1...3,
        drawMultiples: 3...8, smallestDraw: 15_000, days: 0...0)
    /// Testing once or twice with everyday amounts, drawing on later days.
    public var evasiveTesting = Testing(
        startsPerDay: 1.3, tests: 1...2, testAmounts: 200...1_500, draws: 1...3,
        drawMultiples: 2...4, smallestDraw: 8_000, days: 2...6)
    /// A terminal at which most payments are fraud.
    public var easyTerminals = Terminals(
        startsPerDay: 1.0, days: 20...35, shares: 0.8...1, multiples: 1...1.4)
    /// A terminal at which some payments are fraud, for longer.
    public var evasiveTerminals = Terminals(
        startsPerDay: 0.8, days: 28...45, shares: 0.15...0.4, multiples: 1...1.1)
    /// Many large payments anywhere, many of them at night.
    public var easyCredentials = Credentials(
        startsPerDay: 1.3, days: 9...18, paymentsPerDay: 1.5, multiples: 4...12,
        atHabitualTerminals: 0.1, atNight: 0.35)
    /// Few payments, a little larger than the owner's, where and when the owner pays.
    public var evasiveCredentials = Credentials(
        startsPerDay: 0.9, days: 20...35, paymentsPerDay: 0.5, multiples: 1.8...3.5,
        atHabitualTerminals: 0.6, atNight: 0.04)

    /// The parameters of the registered scenario.
    public init() {}
}
