import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring
import RiskTables
import Synchronization

/// The way from a file of vectors to scores: pieces of the input are read, scored and laid out each on one
/// core, all cores at once, and handed on in their order.
///
/// What is held does not grow with the input: a few pieces more than there are threads, the counts of
/// `ScoredPopulation`, and the rows of a ranked list.
final class ScoreRun {
    let scored: ScoredColumns
    let reference: TrainingPopulation?
    /// What the run has counted so far, an interrupted one before it included.
    private(set) var population: ScoredPopulation
    private(set) var ranked: RankedList?
    /// The rows that this run has scored itself.
    private(set) var rowsNow = 0
    /// How far into the input it has come.
    private(set) var position = TablePieces.Progress()

    private let pieces: TablePieces
    private let carried: [Int]
    private let features: [Int]
    private let layout: RowLayout
    private let threads: Int
    private let isRanking: Bool

    /// - Parameters:
    ///   - carried: the names of the columns carried along.
    ///   - ranked: an empty list where only the riskiest rows are wanted.
    init(
        _ scored: ScoredColumns, pieces: TablePieces, carried: [String], ranked: RankedList?,
        format: TableFormat, threads: Int
    ) {
        self.scored = scored
        self.pieces = pieces
        self.ranked = ranked
        self.threads = threads
        isRanking = ranked != nil
        let places = Dictionary(
            uniqueKeysWithValues: pieces.requests.enumerated().map { ($1.name, $0) })
        self.carried = carried.compactMap { places[$0] }
        features = scored.scorer.layout.compactMap { places[$0] }
        layout = RowLayout(names: carried + scored.names, format: format)
        reference = TrainingPopulation(of: scored.scorer.model)
        population = ScoredPopulation(
            featureCount: scored.scorer.layout.count, reference: reference)
    }

    /// Goes through the input.
    /// - Parameters:
    ///   - fresh: what a state that is kept says of this run; nil: none is kept.
    ///   - interval: how long it is between two states.
    func run(
        to output: ScoreOutput, keeping fresh: ScoreCheckpoint?, every interval: Duration,
        rejects: Bool, progress line: Progress
    ) throws(TableError) {
        let skipped = output.checkpoint?.pieces ?? 0
        if let before = output.checkpoint?.population { population = before }
        if output.checkpoint == nil, ranked == nil {
            try layout.header.withUnsafeBufferPointer { (bytes) throws(TableError) in
                try output.write(UnsafeRawBufferPointer(bytes))
            }
        }
        let floor = ListFloor()
        try pieces.run(
            threads: threads, skipping: skipped, isDigested: fresh != nil, rejects: rejects
        ) { table, piece, spare in
            let product =
                spare
                ?? ScoredPiece(
                    ScoredPopulation(featureCount: features.count, reference: reference))
            score(table, piece: piece, floor: floor, into: product)
            return product
        } reject: { (row, record) throws(TableError) in
            try output.reject(row, record)
        } take: { (product: ScoredPiece?, now) throws(TableError) in
            position = now
            guard let product else {
                try output.check(now)
                line.update(count: rowsNow, share: share(now), note: "reading what was scored")
                return
            }
            if ranked != nil {
                for var row in product.candidates {
                    row.sequence += rowsNow
                    ranked?.add(row)
                }
                floor.units.store(ranked?.floor ?? .min, ordering: .relaxed)
            } else {
                try output.write(product.text.bytes)
            }
            rowsNow += product.rows
            population.add(product.population)
            if let fresh {
                try output.keep(now, every: interval, fresh, population)
            }
            line.update(count: rowsNow, share: share(now))
        }
        try output.checkEnd(position.pieces)
        ranked?.rank()
    }

    private func share(_ progress: TablePieces.Progress) -> Double? {
        pieces.totalBytes.flatMap { $0 > 0 ? Double(progress.bytesRead) / Double($0) : nil }
    }

    /// Scores a piece's rows, on one of many threads.
    private func score(_ table: Table, piece: Int, floor: ListFloor, into product: ScoredPiece) {
        let vectors = FeatureMatrix(
            names: scored.scorer.layout,
            columns: features.map { place in
                guard case .numbers(let values) = table.columns[place].storage else { return [] }
                return values
            }, rowCount: table.rowCount)
        let scores = scored.scores(of: vectors)
        product.rows = scores.count
        product.population.reset()
        product.population.add(vectors, scores, piece: piece)
        product.candidates.removeAll(keepingCapacity: true)
        guard isRanking else {
            product.text.set(
                Table(
                    columns: carried.map { table.columns[$0] }
                        + scored.columns(of: vectors, scores),
                    rowCount: scores.count), layout: layout)
            return
        }
        let least = floor.units.load(ordering: .relaxed)
        for row in 0..<scores.count where scores.units[row] > least {
            product.candidates.append(
                RankedList.Row(
                    units: scores.units[row], sequence: row,
                    carried: carried.map { table.columns[$0].text(at: row) },
                    values: vectors.columns.map { $0[row] }))
        }
    }
}

/// What was made of a piece; used by one thread at a time.
private final class ScoredPiece: @unchecked Sendable {
    let text = RowText()
    var rows = 0
    var population: ScoredPopulation
    /// Rows that may be among the riskiest, numbered within the piece.
    var candidates: [RankedList.Row] = []

    init(_ population: ScoredPopulation) { self.population = population }
}

/// The score that a row must exceed to enter a full list, for those who look before they bring one. It
/// only rises, so an old figure lets too much through and never too little.
private final class ListFloor: Sendable {
    let units = Atomic<Int64>(.min)
}

extension ScoredPopulation {
    /// Forgets the rows.
    fileprivate mutating func reset() {
        rows = 0
        least = .max
        most = .min
        probabilitySum = 0
        for bucket in histogram.indices { histogram[bucket] = 0 }
        for feature in missing.indices { missing[feature] = 0 }
        if features != nil {
            for feature in missing.indices { features?[feature].empty() }
        }
        score?.empty()
    }
}
