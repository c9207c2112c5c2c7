import RiskColumns

/// Feature vectors with what identifies them: the result of a batch run.
public struct FeatureVectors: Sendable {
    /// The moment as of which each vector was computed.
    public let times: [Int64]
    /// The keys of the unit's event, or the entity.
    public let keys: [Column]
    /// Carried fields of the unit's event.
    public let carried: [Column]
    /// 1 and 0; missing where the label was not mature. Nil where the spec has no label.
    public let labels: [Int64]?
    /// The features' names.
    public let names: [String]
    let rows: VectorRows
    /// Where each feature stands in a row.
    private let shown: [Int]

    init(
        times: [Int64], keys: [Column], carried: [Column], labels: [Int64]?, names: [String],
        rows: VectorRows, shown: [Int]
    ) {
        self.times = times
        self.keys = keys
        self.carried = carried
        self.labels = labels
        self.names = names
        self.rows = rows
        self.shown = shown
    }

    /// The number of vectors.
    public var count: Int { times.count }

    /// A value: NaN where it is missing.
    /// - Complexity: O(1).
    public func value(_ vector: Int, _ feature: Int) -> Double {
        rows[vector, shown[feature]]
    }

    /// The features as columns.
    /// - Complexity: O(vectors × features), a copy.
    public var matrix: FeatureMatrix {
        FeatureMatrix(
            names: names, columns: shown.map { rows.column($0, rows: 0..<count) }, rowCount: count)
    }

    /// All of it as one table: time, keys, carried fields, label, features.
    /// - Complexity: O(vectors × features), a copy.
    public var table: Table { table(0..<count) }

    /// Some vectors as a table; a long run is written a piece at a time.
    public func table(_ range: Range<Int>) -> Table {
        var columns = [Column(name: "time", type: .time, storage: .integers(Array(times[range])))]
        columns += (keys + carried).map { $0.selecting(range) }
        if let labels {
            columns.append(
                Column(name: "label", type: .boolean, storage: .integers(Array(labels[range]))))
        }
        columns += zip(names, shown).map { name, feature in
            Column(
                name: name, type: .number, storage: .numbers(rows.column(feature, rows: range)))
        }
        return Table(columns: columns, rowCount: range.count)
    }
}

extension Column {
    /// Neighbouring rows.
    fileprivate func selecting(_ rows: Range<Int>) -> Column {
        let part: Storage
        switch storage {
        case .integers(let values): part = .integers(Array(values[rows]))
        case .numbers(let values): part = .numbers(Array(values[rows]))
        case .codes(let codes, let dictionary): part = .codes(Array(codes[rows]), dictionary)
        case .text: preconditionFailure("a vector carries no text")
        }
        return Column(name: name, type: type, storage: part)
    }
}

/// Which vectors a batch run makes.
public struct ExtractionRange: Sendable {
    /// The first moment that has vectors.
    public var from: Int64?
    /// The first moment that has none any more.
    public var until: Int64?
    /// The moment at which labels are asked for; nil: when the last event became known. An entity
    /// without `every` has its one vector as of then, and no vector is of a later moment.
    public var asOf: Int64?
    /// More vectors than this are refused: a snapshot a second over ten years is a mistake.
    public var vectorLimit: Int

    /// Makes a range.
    /// - Parameter vectorLimit: at most 2^31 - 1.
    public init(
        from: Int64? = nil, until: Int64? = nil, asOf: Int64? = nil,
        vectorLimit: Int = 200_000_000
    ) {
        precondition(vectorLimit <= Int32.max)
        self.from = from
        self.until = until
        self.asOf = asOf
        self.vectorLimit = vectorLimit
    }

    func contains(_ time: Int64) -> Bool {
        time >= (from ?? .min) && time < (until ?? .max) && time <= (asOf ?? .max)
    }
}

/// Why no vectors were made.
public struct ExtractionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, and what to do about it.
    public let description: String
}
