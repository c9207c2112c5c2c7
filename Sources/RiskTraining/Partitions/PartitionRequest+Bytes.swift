import RiskModel

extension PartitionRequest {
    /// The request as bytes, in the form that `PartitionBytes` describes.
    /// - Complexity: O(size).
    public var bytes: [UInt8] {
        var writer = PartitionWriter("RKPR", kind: code)
        switch kind {
        case .summary, .hessians, .rowHashes: break
        case .weigh(let exponent, let shift):
            writer.put(exponent)
            writer.put(shift)
        case .unweighted(let unit): writer.put(unit)
        case .moments(let label): writer.put(optional: label) { $0.put($1) }
        case .split(let from): writer.put(from)
        case .goOn(let model): writer.put(model.artifact())
        case .stage(let stage, let names):
            writer.put(stage.rawValue)
            writer.put(names)
        case .names(let names), .rowNames(let names): writer.put(names)
        case .distinct(let column, let halvings):
            writer.put(column)
            writer.put(optional: halvings) { $0.put($1) }
        case .bin(let features): writer.put(features)
        case .merge(let features, let maps):
            writer.put(features)
            writer.put(list: maps) { $0.put($1) }
        case .bag(let bag): writer.put(bag)
        case .begin(let run):
            writer.put(run.intercept)
            writer.put(run.isBag)
            writer.put(optional: run.gramHalvings) { $0.put($1) }
            writer.put(run.scale)
            writer.put(optional: run.heldOut) { $0.put($1) }
        case .look(let tables), .heldOutLoss(let tables):
            writer.put(optional: tables) { $0.put($1) }
        case .takeAway(let tables): writer.put(tables)
        case .pairs(let shift): writer.put(shift)
        case .scores(let parts):
            writer.put(parts.intercept)
            writer.put(parts.tables)
        case .typical(let tables): writer.put(tables)
        }
        return writer.finished()
    }

    private var code: UInt8 {
        switch kind {
        case .summary: 0
        case .weigh: 1
        case .unweighted: 2
        case .moments: 3
        case .split: 4
        case .goOn: 5
        case .stage: 6
        case .names: 7
        case .distinct: 8
        case .bin: 9
        case .merge: 10
        case .bag: 11
        case .begin: 12
        case .look: 13
        case .takeAway: 14
        case .heldOutLoss: 15
        case .hessians: 16
        case .pairs: 17
        case .scores: 18
        case .typical: 19
        case .rowHashes: 20
        case .rowNames: 21
        }
    }

    /// Reads a request.
    /// - Throws: `TrainingError.badPartition` for anything but what `bytes` gives.
    /// - Complexity: O(bytes).
    public init(bytes: [UInt8]) throws(TrainingError) {
        var reader = try PartitionReader(bytes, magic: "RKPR")
        kind = try reader.takeRequest()
        try reader.finish()
    }
}

extension PartitionWriter {
    fileprivate mutating func put(_ scale: SumScale) {
        put(scale.gradient)
        put(scale.loss)
        put(scale.weight)
        put(scale.unit)
    }

    fileprivate mutating func put(_ features: [Binning.FeatureBins]) {
        put(list: features) { writer, feature in
            writer.put(feature.column)
            writer.put(feature.cutPoints)
            writer.put(feature.hasMissing)
        }
    }

    fileprivate mutating func put(_ tables: MarginTables) {
        put(tables.features)
        put(tables.entries)
        put(tables.length)
    }

    fileprivate mutating func put(_ tables: [ScoreTable]) {
        put(list: tables) { writer, table in
            writer.put(table.feature)
            writer.put(table.cutPoints)
            writer.put(table.units)
            writer.put(table.missingUnits)
            writer.put(table.typicalUnits)
        }
    }
}

extension PartitionReader {
    fileprivate mutating func takeRequest() throws(TrainingError) -> PartitionRequest.Kind {
        switch kind {
        case 0: return .summary
        case 1: return .weigh(exponent: try takeInt(), shift: try takeInt())
        case 2: return .unweighted(unit: try takeDouble())
        case 3:
            return .moments(
                label: try takeOptional { reader throws(TrainingError) in
                    try reader.take(UInt8.self)
                })
        case 4:
            let starts = try takeList(Int64.self)
            guard (1...2).contains(starts.count) else {
                throw .badPartition("moments for \(starts.count) labels")
            }
            return .split(from: starts)
        case 5:
            let artifact = try takeList(UInt8.self)
            do {
                return .goOn(from: try AdditiveModel(artifact: artifact))
            } catch {
                throw .badPartition("the model to go on from: \(error)")
            }
        case 6:
            guard let stage = PartitionRequest.Stage(rawValue: try take(UInt8.self)) else {
                throw .badPartition("a stage that there is not")
            }
            return .stage(stage, names: try takeBool())
        case 7: return .names(try takeList(UInt64.self))
        case 8:
            let column = try takeInt()
            return .distinct(column: column, halvings: try takeHalvings())
        case 9: return .bin(try takeBins())
        case 10:
            let features = try takeBins()
            return .merge(
                features,
                maps: try takeList { reader throws(TrainingError) in
                    try reader.takeList(UInt8.self)
                })
        case 11: return .bag(try takeInt())
        case 12:
            return .begin(
                PartitionRequest.Run(
                    intercept: try take(Int32.self), isBag: try takeBool(),
                    gramHalvings: try takeHalvings(), scale: try takeScale(),
                    heldOut: try takeOptional { reader throws(TrainingError) in
                        try reader.takeScale()
                    }))
        case 13: return .look(try takeOptionalTables())
        case 14: return .takeAway(try takeMarginTables())
        case 15: return .heldOutLoss(try takeOptionalTables())
        case 16: return .hessians
        case 17: return .pairs(shift: try takeInt())
        case 18:
            let intercept = try take(Int64.self)
            guard intercept.magnitude <= UInt64(LogOdds.limit) else {
                throw .badPartition("an intercept")
            }
            return .scores(.init(intercept: intercept, tables: try takeScoreTables()))
        case 19: return .typical(try takeScoreTables())
        case 20: return .rowHashes
        case 21: return .rowNames(try takeList(UInt64.self))
        default: throw .badPartition("there is no request \(kind)")
        }
    }

    private mutating func takeHalvings() throws(TrainingError) -> Int? {
        let halvings = try takeOptional { reader throws(TrainingError) in try reader.takeInt() }
        guard halvings.map({ (0...40).contains($0) }) ?? true else {
            throw .badPartition("rows cannot be halved so often")
        }
        return halvings
    }

    private mutating func takeScale() throws(TrainingError) -> SumScale {
        SumScale(
            gradient: try takeDouble(), loss: try takeDouble(), weight: try takeDouble(),
            unit: try takeDouble())
    }

    private mutating func takeBins() throws(TrainingError) -> [Binning.FeatureBins] {
        try takeList { reader throws(TrainingError) in
            Binning.FeatureBins(
                column: try reader.takeInt(), cutPoints: try reader.takeDoubles(),
                hasMissing: try reader.takeBool())
        }
    }

    private mutating func takeOptionalTables() throws(TrainingError) -> MarginTables? {
        try takeOptional { reader throws(TrainingError) in try reader.takeMarginTables() }
    }

    private mutating func takeMarginTables() throws(TrainingError) -> MarginTables {
        MarginTables(
            features: try takeList(UInt32.self), entries: try takeList(Int32.self),
            length: try takeInt())
    }

    private mutating func takeScoreTables() throws(TrainingError) -> [ScoreTable] {
        try takeList { reader throws(TrainingError) in
            ScoreTable(
                feature: try reader.takeInt(), cutPoints: try reader.takeDoubles(),
                units: try reader.takeList(Int32.self),
                missingUnits: try reader.take(Int32.self),
                typicalUnits: try reader.take(Int32.self))
        }
    }
}
