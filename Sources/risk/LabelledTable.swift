import RiskColumns
import RiskJSON
import RiskTables
import RiskTraining

/// Vectors with labels, and what else is known of each row, from one file.
struct LabelledTable {
    /// Which columns of a file mean what.
    struct Roles {
        var label: String
        var time: String?
        var entity: String?
        var weight: String?
        /// Columns that are nothing.
        var ignored: [String] = []
        /// The features, in order; nil for all the other columns.
        var features: [String]?

        /// The columns that are no features, in the order in which they are read.
        fileprivate var requests: [ColumnRequest] {
            var requests = [ColumnRequest(label, .boolean)]
            if let time { requests.append(ColumnRequest(time, .time, required: true)) }
            if let entity { requests.append(ColumnRequest(entity, .category)) }
            if let weight { requests.append(ColumnRequest(weight, .number)) }
            return requests
        }

        /// What a row needs where it has a label.
        fileprivate var rules: [RowRule] {
            [entity.map { .needed($0, where: label) }, weight.map { .weight($0, where: label) }]
                .compactMap { $0 }
        }
    }

    private(set) var matrix: FeatureMatrix
    private(set) var labels: [Bool] = []
    private(set) var times: [Int64]?
    private(set) var entities: [Int32]?
    private(set) var weights: [Double]?
    /// Rows without a label, which are left out.
    private(set) var unlabelled = 0

    var rowCount: Int { labels.count }
    var positives: Int { labels.count { $0 } }

    /// Reads a whole file.
    init(path: String, roles: Roles, talk: TalkOptions) throws {
        try Self.checkDistinct(roles)
        let reader = try TableReader(
            path: path, requests: Self.selection(roles), rules: roles.rules)
        let others = Set(roles.requests.map(\.name) + roles.ignored)
        let names = roles.features ?? reader.header.filter { !others.contains($0) }
        if names.isEmpty {
            throw CommandFailure(.badData, "\(path):1: there is no column left to be a feature")
        }
        var columns = [[Double]](repeating: [], count: names.count)
        var dictionary = CategoryDictionary()
        if roles.time != nil { times = [] }
        if roles.entity != nil { entities = [] }
        if roles.weight != nil { weights = [] }
        matrix = FeatureMatrix(names: [], columns: [], rowCount: 0)

        let progress = Progress("reading", options: talk)
        while let batch = try Self.next(reader, roles) {
            guard case .integers(let given)? = batch[roles.label]?.storage else { continue }
            let kept = given.indices.filter { given[$0] != Column.missing }
            unlabelled += given.count - kept.count
            labels += kept.map { given[$0] == 1 }
            for (index, name) in names.enumerated() {
                columns[index].append(values: batch[name]?.doubles ?? [], at: kept, of: given.count)
            }
            if let name = roles.time, case .integers(let values)? = batch[name]?.storage {
                times?.append(values: values, at: kept, of: given.count)
            }
            if let name = roles.entity, case .codes(let codes, let texts)? = batch[name]?.storage {
                append(codes, texts, at: kept, into: &dictionary)
            }
            if let name = roles.weight, let values = batch[name]?.doubles {
                weights?.append(values: values, at: kept, of: given.count)
            }
            progress.update(count: reader.rowsRead, share: reader.share)
        }
        progress.finish()
        matrix = FeatureMatrix(names: names, columns: columns, rowCount: labels.count)
        if labels.isEmpty {
            throw CommandFailure(
                .badData, "\(path): column \(roles.label): there is no row with a label")
        }
    }

    /// The entity codes of a batch, as codes over all batches.
    /// - Precondition: the rows kept have one.
    private mutating func append(
        _ codes: [Int32], _ texts: CategoryDictionary, at kept: [Int],
        into dictionary: inout CategoryDictionary
    ) {
        var known = [Int32](repeating: -1, count: texts.count)
        for row in kept {
            let code = codes[row]
            if known[Int(code)] < 0 { known[Int(code)] = dictionary.intern(texts[code]) }
            entities?.append(known[Int(code)])
        }
    }

    /// The next batch. Where a column that nobody named turns out to be no number, it is said how to
    /// name it.
    private static func next(_ reader: TableReader, _ roles: Roles) throws -> Table? {
        do throws(TableError) {
            return try reader.next()
        } catch {
            let named = Set(roles.requests.map(\.name))
            guard roles.features == nil, error.kind == .badData, !error.field.isEmpty,
                !named.contains(error.field)
            else { throw error }
            throw CommandFailure(
                .badData, error.description, "columns that are no features are named with --ignore")
        }
    }

    /// Features as numbers; a column that is named for something else is read as that.
    private static func selection(_ roles: Roles) -> ColumnSelection {
        if let features = roles.features {
            return .columns(roles.requests + features.map { ColumnRequest($0, .number) })
        }
        let ignored = roles.ignored.map { ColumnRequest($0, .text) }
        return .all(as: .number, except: roles.requests + ignored)
    }

    private static func checkDistinct(_ roles: Roles) throws {
        var seen: Set<String> = []
        for name in roles.requests.map(\.name) + roles.ignored where !seen.insert(name).inserted {
            throw CommandFailure(
                .usage, "column \(name) is named for two things on the command line")
        }
        if let features = roles.features, let both = features.first(where: seen.contains) {
            throw CommandFailure(
                .usage, "column \(both) is a feature of the model and cannot be something else")
        }
    }

    /// The rows for a learner.
    var data: TrainingData {
        TrainingData(matrix: matrix, labels: labels, weights: weights, times: times)
    }

    /// Some of the rows.
    func selecting(rows: [Int]) -> LabelledTable {
        var part = self
        part.matrix = matrix.selecting(rows: rows)
        part.labels = rows.map { labels[$0] }
        part.times = times.map { times in rows.map { times[$0] } }
        part.entities = entities.map { entities in rows.map { entities[$0] } }
        part.weights = weights.map { weights in rows.map { weights[$0] } }
        return part
    }

    /// The rows of a period; all where no time is known.
    func rows(from start: Int64?, until end: Int64?) -> [Int] {
        guard let times else { return Array(0..<rowCount) }
        return times.indices.filter { row in
            (start.map { times[row] >= $0 } ?? true) && (end.map { times[row] < $0 } ?? true)
        }
    }

    /// The day of each row, by UTC, from 1970-01-01; all 0 where no time is known.
    var days: [Int32] {
        times.map { $0.map { Int32(Timestamps.floorDivide($0, Timestamps.day).quotient) } }
            ?? [Int32](repeating: 0, count: rowCount)
    }
}

extension Array {
    /// Appends the values of some rows; of all `count` of them without looking them up one by one.
    fileprivate mutating func append(values: [Element], at rows: [Int], of count: Int) {
        if rows.count == count {
            append(contentsOf: values)
        } else {
            append(contentsOf: rows.lazy.map { values[$0] })
        }
    }
}
