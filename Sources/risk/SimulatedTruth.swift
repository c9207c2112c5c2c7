import RiskColumns
import RiskTables

/// What only a simulation knows of the entities that a recipe scores: who is fraudulent from when to
/// when and how, and who only looks like it. It measures; no feature and no label comes from it.
struct SimulatedTruth {
    /// The days on which an entity is fraudulent.
    struct Spell {
        /// Days since 1970, first and last.
        let from: Int32
        let until: Int32
        let tactic: String
    }

    /// By entity, in the order of their days; some entities, such as addresses, have several.
    private(set) var spells: [String: [Spell]] = [:]
    /// The gang of each fraudulent entity, by its last line.
    private(set) var gangs: [String: String] = [:]
    /// The members of each look-alike group, by its name.
    private(set) var groups: [(name: String, members: Set<String>)] = []

    /// Reads the truth of a world.
    /// - Parameters:
    ///   - type: the entities' type in the file, such as `sim`.
    ///   - fraud: the fraud's name in the file, such as `sim-farm`.
    init(path: String, type: String, fraud: String) throws {
        let names = ["type", "entity", "fraud", "tactic", "group", "gang"]
        let reader = try TableReader(
            path: path,
            requests: .columns(
                names.map { ColumnRequest($0, .text) }
                    + ["from", "until"].map { ColumnRequest($0, .time) }))
        var members: [String: Set<String>] = [:]
        while let batch = try reader.next() {
            let texts = names.compactMap { batch[$0] }
            guard let from = batch["from"], let until = batch["until"] else { continue }
            for row in 0..<batch.rowCount where texts[0].text(at: row) == type {
                let entity = texts[1].text(at: row)
                let group = texts[4].text(at: row)
                if !group.isEmpty { members[group, default: []].insert(entity) }
                if texts[2].text(at: row) == fraud, let first = Self.day(from, row),
                    let last = Self.day(until, row)
                {
                    gangs[entity] = texts[5].text(at: row)
                    spells[entity, default: []].append(
                        Spell(from: first, until: last, tactic: texts[3].text(at: row)))
                }
            }
        }
        spells = spells.mapValues(Self.joined)
        groups = members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if spells.isEmpty {
            throw CommandFailure(
                .badData,
                "\(path): no entity of type \(type) has the fraud \(fraud): the world is too small")
        }
    }

    /// Spells in their order; what follows on another with no day between them is one spell, in the
    /// tactic of the first.
    static func joined(_ spells: [Spell]) -> [Spell] {
        var joined: [Spell] = []
        for spell in spells.sorted(by: { ($0.from, $0.until) < ($1.from, $1.until) }) {
            if let last = joined.last, spell.from <= last.until + 1 {
                joined[joined.count - 1] = Spell(
                    from: last.from, until: max(last.until, spell.until), tactic: last.tactic)
            } else {
                joined.append(spell)
            }
        }
        return joined
    }

    private static func day(_ column: Column, _ row: Int) -> Int32? {
        guard case .integers(let times) = column.storage, times[row] != Column.missing else {
            return nil
        }
        return Int32(Timestamps.floorDivide(times[row], Timestamps.day).quotient)
    }

    /// Whether an entity is fraudulent on a day.
    func isFraud(_ entity: String, on day: Int32) -> Bool {
        spells[entity]?.contains { $0.from <= day && day <= $0.until } ?? false
    }
}

/// The vectors of a period with their entities by name.
struct NamedVectors {
    let matrix: FeatureMatrix
    let labels: [Bool]
    /// Days since 1970, UTC.
    let days: [Int32]
    let entities: [Int32]
    let names: CategoryDictionary
    /// The texts of the columns that were asked for, by name; empty where there is none.
    let carried: [String: [String]]

    /// Reads the rows of a table of vectors from a moment on.
    /// - Parameter carry: which of the ignored columns are kept as texts.
    init(
        path: String, entity: String, ignored: [String], from: Int64, until: Int64,
        carry: [String] = []
    ) throws {
        let reader = try TableReader(
            path: path,
            requests: .all(
                as: .number,
                except: [
                    ColumnRequest("time", .time, required: true), ColumnRequest(entity, .category),
                    ColumnRequest("label", .boolean),
                ] + ignored.map { ColumnRequest($0, .text) }))
        let others = Set(["time", entity, "label"] + ignored)
        let features = reader.header.filter { !others.contains($0) }
        var columns = [[Double]](repeating: [], count: features.count)
        var (labels, days, entities) = ([Bool](), [Int32](), [Int32]())
        var dictionary = CategoryDictionary()
        var carried: [String: [String]] = [:]
        while let batch = try reader.next() {
            guard case .integers(let times)? = batch["time"]?.storage,
                case .integers(let given)? = batch["label"]?.storage,
                case .codes(let codes, let texts)? = batch[entity]?.storage
            else { continue }
            let kept = times.indices.filter {
                times[$0] >= from && times[$0] < until && codes[$0] >= 0
            }
            for row in kept {
                labels.append(given[row] == 1)
                days.append(
                    Int32(Timestamps.floorDivide(times[row], Timestamps.day).quotient))
                entities.append(dictionary.intern(texts[codes[row]]))
            }
            for name in carry {
                guard let column = batch[name] else { continue }
                carried[name, default: []] += kept.map { column.text(at: $0) }
            }
            for (index, name) in features.enumerated() {
                let values = batch[name]?.doubles ?? []
                columns[index].append(contentsOf: kept.lazy.map { values[$0] })
            }
        }
        matrix = FeatureMatrix(names: features, columns: columns, rowCount: labels.count)
        self.labels = labels
        self.days = days
        self.entities = entities
        names = dictionary
        self.carried = carried
    }
}
