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
    /// The features.
    public let matrix: FeatureMatrix

    /// All of it as one table: time, keys, carried fields, label, features.
    public var table: Table {
        var columns = [Column(name: "time", type: .time, storage: .integers(times))]
        columns += keys + carried
        if let labels {
            columns.append(Column(name: "label", type: .boolean, storage: .integers(labels)))
        }
        columns += zip(matrix.names, matrix.columns).map { name, values in
            Column(name: name, type: .number, storage: .numbers(values))
        }
        return Table(columns: columns, rowCount: times.count)
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
