/// Which rows to keep when entities whose positive had become known by then are left out.
///
/// A card that is known as compromised is blocked; finding it again is no merit. With a delay of D
/// days between an act and its label, a row of day d is left out where its entity has a positive
/// row on a day in [firstDay, d - D - 1] of the history. With `firstDay` the first day of training
/// this is the test protocol of the Fraud Detection Handbook (`get_train_test_set`).
///
/// - Parameters:
///   - entities: the entity of each row to be evaluated.
///   - days: the day of each.
///   - history: all rows with their labels, those of training and of the delay among them.
///   - firstDay: positives before this day are forgotten.
///   - delay: days between an act and the day on which its label is known; at least 0.
/// - Returns: for each row of `entities`, whether it stays.
/// - Throws: `EvaluationError` for sizes that differ or a delay below 0.
/// - Complexity: O(rows + history), with a dictionary of the positive entities.
public func rowsOfEntitiesNotYetKnown(
    entities: [Int32], days: [Int32], history: LabelHistory, firstDay: Int32, delay: Int32
) throws(EvaluationError) -> [Bool] {
    try Checks.size("days", days.count, expected: entities.count)
    try Checks.size("history's entities", history.entities.count, expected: history.labels.count)
    try Checks.size("history's days", history.days.count, expected: history.labels.count)
    if delay < 0 { throw .invalidSetting("expected a delay of at least 0 days, found \(delay)") }
    var firstPositive: [Int32: Int32] = [:]
    for row in history.labels.indices where history.labels[row] && history.days[row] >= firstDay {
        let day = history.days[row]
        firstPositive[history.entities[row]] = min(firstPositive[history.entities[row]] ?? day, day)
    }
    return entities.indices.map { row in
        guard let day = firstPositive[entities[row]] else { return true }
        return Int(day) > Int(days[row]) - Int(delay) - 1
    }
}

/// Who was positive when.
public struct LabelHistory: Sendable {
    /// The entity of each row.
    public var entities: [Int32]
    /// The day of each.
    public var days: [Int32]
    /// The label of each.
    public var labels: [Bool]

    /// Makes a history; the three have the same count.
    public init(entities: [Int32], days: [Int32], labels: [Bool]) {
        self.entities = entities
        self.days = days
        self.labels = labels
    }
}
