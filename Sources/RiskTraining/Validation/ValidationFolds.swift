import RiskColumns

/// How rows are divided into folds.
public enum FoldKind: String, CaseIterable, Sendable {
    /// By time where times are given; else by entity where one has several rows; else stratified.
    case automatic
    /// Periods of equal weight: each is predicted from earlier ones (rolling origin).
    case time
    /// All rows of an entity are in one fold, which has its share of either class.
    case entity
    /// Each fold has its share of either class, drawn by chance.
    case stratified
}

/// Which rows train and which are predicted when a learner is measured by folds.
///
/// ```swift
/// let folds = try ValidationFolds(data, count: 5, gap: 7 * 86_400_000_000)
/// for fold in 0..<folds.count {
///     let model = try learner.train(data.selecting(rows: folds.training(without: fold)), name: "fold")
///     // measure it on folds.rows(of: fold)
/// }
/// ```
///
/// **By time** the rows are cut into `count` + 1 periods of about equal weight, rows of one moment together;
/// the first only trains. A fold is a later period, and trained are the rows of all periods before it, less
/// those within `gap` of its start: their labels were not yet known then (rolling origin, Tashman 2000,
/// doi:10.1016/S0169-2070(00)00065-0). **By entity** and **stratified** every row is predicted once, by a
/// model of all other folds (`StratifiedGroupFolds`, `StratifiedFolds`).
public struct ValidationFolds: Sendable, Equatable {
    /// How rows were divided: never `automatic`.
    public let kind: FoldKind
    /// How many folds are predicted.
    public let count: Int
    /// By time: the first moment of each fold, from the earliest; else empty.
    public let starts: [Int64]

    /// The part that each row is in, -1 for those of weight 0; by time part 0 is in no fold.
    private let parts: [Int]
    private let times: [Int64]
    private let gap: Int64

    /// Divides rows.
    /// - Parameters:
    ///   - entities: who each row is about, one a row; nil where nobody knows.
    ///   - count: folds, in 2 ... 50.
    ///   - kind: `entity` needs entities, `time` needs the data's times.
    ///   - gap: how long before a fold the training ends, in units of the times: 0 or more; only by time.
    ///   - seed: of the folds by chance.
    /// - Throws: `TrainingError` where the data are bad, or a fold or what it is trained on would have one
    ///   class only; rows of weight 0 do not count.
    /// - Complexity: O(rows log rows).
    public init(
        _ data: TrainingData, entities: [Int32]? = nil, count: Int, by kind: FoldKind = .automatic,
        gap: Int64 = 0, seed: UInt32 = 1
    ) throws(TrainingError) {
        guard (2...50).contains(count) else {
            throw .badSetting("folds: expected 2 to 50, found \(count)")
        }
        guard gap >= 0 else { throw .badSetting("gap: expected 0 or more, found \(gap)") }
        let sample = try Sample(data)
        if let entities, entities.count != data.labels.count {
            throw .countMismatch(
                what: "entities", count: entities.count, rows: data.labels.count)
        }
        let kept = sample.rows.map { rows in rows.map { Int($0) } } ?? Array(data.labels.indices)
        self.kind = Self.resolved(kind, data, entities.map { all in kept.map { all[$0] } })
        self.count = count
        self.gap = gap
        switch self.kind {
        case .time, .automatic:
            guard let times = data.times else {
                throw .cannotFold("folds by time need the time of each row")
            }
            let periods = Self.periods(sample, times, count: count + 1)
            var parts = [Int](repeating: -1, count: times.count)
            var starts = [Int64](repeating: .max, count: count + 1)
            for (place, period) in periods.enumerated() {
                let row = sample.rows.map { Int($0[place]) } ?? place
                parts[row] = Int(period)
                starts[Int(period)] = min(starts[Int(period)], times[row])
            }
            (self.parts, self.times, self.starts) = (parts, times, Array(starts.dropFirst()))
        case .entity:
            guard let entities else {
                throw .cannotFold("folds by entity need the entity of each row")
            }
            let folds = try StratifiedGroupFolds(
                labels: kept.map { data.labels[$0] }, groups: kept.map { entities[$0] },
                count: count, seed: seed
            ).folds
            (parts, times, starts) = (Self.dealt(folds, to: kept, data), [], [])
        case .stratified:
            let folds = try StratifiedFolds(
                labels: kept.map { data.labels[$0] }, count: count, seed: seed
            ).folds
            (parts, times, starts) = (Self.dealt(folds, to: kept, data), [], [])
        }
        try check(data)
    }

    private static func dealt(_ folds: [Int], to kept: [Int], _ data: TrainingData) -> [Int] {
        var parts = [Int](repeating: -1, count: data.labels.count)
        for (row, fold) in zip(kept, folds) { parts[row] = fold }
        return parts
    }

    private static func resolved(
        _ kind: FoldKind, _ data: TrainingData, _ entities: [Int32]?
    ) -> FoldKind {
        if kind != .automatic { return kind }
        if data.times != nil { return .time }
        if let entities, Set(entities).count < entities.count { return .entity }
        return .stratified
    }

    /// The rows of a fold, ascending.
    public func rows(of fold: Int) -> [Int] {
        let part = kind == .time ? fold + 1 : fold
        return parts.indices.filter { parts[$0] == part }
    }

    /// The rows that a fold's model learns from, ascending.
    public func training(without fold: Int) -> [Int] {
        if kind != .time {
            return parts.indices.filter { parts[$0] >= 0 && parts[$0] != fold }
        }
        let (end, isBelowAll) = starts[fold].subtractingReportingOverflow(gap)
        if isBelowAll { return [] }
        return parts.indices.filter {
            parts[$0] >= 0 && parts[$0] <= fold && times[$0] < end
        }
    }

    /// Both classes in every fold, and in what it is trained on.
    private func check(_ data: TrainingData) throws(TrainingError) {
        func classes(_ rows: [Int]) -> String? {
            let counted = rows.filter { (data.weights?[$0] ?? 1) > 0 }
            let positives = counted.count { data.labels[$0] }
            if counted.isEmpty { return "no rows" }
            if positives == 0 { return "no event" }
            return positives == counted.count ? "events only" : nil
        }
        for fold in 0..<count {
            if let what = classes(rows(of: fold)) {
                throw .cannotFold("fold \(fold + 1) of \(count) has \(what)")
            }
            if let what = classes(training(without: fold)) {
                throw .cannotFold(
                    "what fold \(fold + 1) of \(count) is trained on has \(what)"
                        + (kind == .time ? ": fewer folds, or a shorter gap" : ""))
            }
        }
    }

    /// Periods of about equal weight; rows of one moment stay together.
    /// - Returns: the period of each of the sample's rows.
    static func periods(_ sample: Sample, _ times: [Int64], count: Int) -> [UInt8] {
        func time(_ place: Int) -> Int64 { times[sample.rows.map { Int($0[place]) } ?? place] }
        let order = (0..<sample.count).map { (time: time($0), place: $0) }.sorted { $0 < $1 }
        var parts = [UInt8](repeating: 0, count: sample.count)
        var before: Int64 = 0
        var start = 0
        while start < order.count {
            var end = start
            var weight: Int64 = 0
            while end < order.count, order[end].time == order[start].time {
                weight += sample.weights.multiples.map { Int64($0[order[end].place]) } ?? 1
                end += 1
            }
            // Where the middle of the moment's weight falls.
            let middle = Double(before) + Double(weight) / 2
            let part = min(
                count - 1, Int(middle / Double(sample.weights.total) * Double(count)))
            for index in start..<end { parts[order[index].place] = UInt8(part) }
            before += weight
            start = end
        }
        return parts
    }
}

extension TrainingData {
    /// Some of the rows, in the order given.
    /// - Precondition: rows are in 0..<rowCount.
    /// - Complexity: O(rows × features).
    public func selecting(rows: [Int]) -> TrainingData {
        TrainingData(
            matrix: matrix.selecting(rows: rows), labels: rows.map { labels[$0] },
            weights: weights.map { weights in rows.map { weights[$0] } },
            times: times.map { times in rows.map { times[$0] } }, populationRate: populationRate)
    }
}
