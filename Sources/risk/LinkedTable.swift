import RiskColumns
import RiskJSON
import RiskTables
import RiskTraining

/// A table of entities with labels, and who has to do with whom where a file of links says so.
struct LinkedTable {
    let table: LabelledTable
    /// The entities, one a row, distinct.
    let entities: [String]
    /// nil without a file of links.
    let neighbours: NeighbourLabels?
    /// Links to somebody who is not in the table; they are left out.
    let strangers: Int

    /// Reads both files.
    /// - Throws: where an entity has two rows.
    init(
        path: String, source: TableRecipe.Source,
        links: (path: String, columns: TableRecipe.Links)?,
        talk: TalkOptions
    ) throws {
        table = try LabelledTable(
            path: path,
            roles: LabelledTable.Roles(label: source.label, entity: source.entity), talk: talk)
        entities = try Self.entities(path: path, source)
        var rows: [String: Int32] = [:]
        for (row, entity) in entities.enumerated()
        where rows.updateValue(Int32(row), forKey: entity) != nil {
            throw CommandFailure(
                .badData,
                "\(path): column \(printable(source.entity)): \(printable(entity)) has two rows, "
                    + "which would come into different folds")
        }
        guard let links else {
            (neighbours, strangers) = (nil, 0)
            return
        }
        let reader = try TableReader(
            path: links.path,
            requests: .columns([
                ColumnRequest(links.columns.from, .text), ColumnRequest(links.columns.to, .text),
            ]))
        var pairs: [(Int32, Int32)] = []
        var strangers = 0
        while let batch = try reader.next() {
            for row in 0..<batch.rowCount {
                if let from = rows[batch.columns[0].text(at: row)],
                    let to = rows[batch.columns[1].text(at: row)]
                {
                    pairs.append((from, to))
                } else {
                    strangers += 1
                }
            }
        }
        neighbours = NeighbourLabels(rowCount: entities.count, links: pairs)
        self.strangers = strangers
    }

    /// The entities of the rows with a label, in the order of `LabelledTable`.
    private static func entities(
        path: String, _ source: TableRecipe.Source
    ) throws -> [String] {
        let reader = try TableReader(
            path: path,
            requests: .columns([
                ColumnRequest(source.entity, .text), ColumnRequest(source.label, .boolean),
            ]))
        var entities: [String] = []
        while let batch = try reader.next() {
            guard case .integers(let labels) = batch.columns[1].storage else { continue }
            for row in labels.indices where labels[row] != Column.missing {
                entities.append(batch.columns[0].text(at: row))
            }
        }
        return entities
    }

    /// The features of every row.
    /// - Parameters:
    ///   - without: columns that are left out.
    ///   - known: the rows whose labels may be known of neighbours; nil without neighbours' features.
    func features(without: [String], known: [Int]?) -> FeatureMatrix {
        let left = Set(without)
        let kept = table.matrix.names.indices.filter { !left.contains(table.matrix.names[$0]) }
        var names = kept.map { table.matrix.names[$0] }
        var columns = kept.map { table.matrix.columns[$0] }
        if let known, let neighbours {
            var labels = [Bool?](repeating: nil, count: table.rowCount)
            for row in known { labels[row] = table.labels[row] }
            let more = neighbours.features(labels: labels)
            names += more.names
            columns += more.columns
        }
        return FeatureMatrix(names: names, columns: columns, rowCount: table.rowCount)
    }

    /// Writes some rows with entity, label and features.
    func write(
        _ rows: [Int], _ features: FeatureMatrix, source: TableRecipe.Source, to path: String
    ) throws {
        let part = features.selecting(rows: rows)
        var columns = [
            Column(
                name: source.entity, type: .text,
                storage: .text(TextBuffer(rows.lazy.map { entities[$0] }))),
            Column(
                name: source.label, type: .boolean,
                storage: .integers(rows.map { table.labels[$0] ? 1 : 0 })),
        ]
        for (name, values) in zip(part.names, part.columns) {
            columns.append(Column(name: name, type: .number, storage: .numbers(values)))
        }
        let writer = try TableWriter(path: path)
        try writer.write(Table(columns: columns, rowCount: rows.count))
        try writer.finish()
    }
}
