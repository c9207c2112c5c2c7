import CRiskKernels
import RiskModel

/// A model laid out for the machine: what the kernels read, in memory of its own.
///
/// Immutable from the end of `init`, so any number of threads may read it; a class with raw storage
/// rather than arrays, so that scoring a row touches no reference count.
final class CompiledModel: @unchecked Sendable {
    /// What the kernels read; its pointers point into memory that lives as long as this object.
    let scorer: UnsafePointer<rk_scorer>
    let featureCount: Int

    private let storage: Storage

    init(_ model: AdditiveModel) {
        let storage = Storage()
        var tables: [rk_table] = []
        for table in model.tables {
            var compiled = rk_table()
            compiled.f32 = Self.singleCells(table, storage)
            compiled.f64 = Self.doubleCells(table, storage)
            compiled.tree = Self.tree(table, storage)
            Self.addFew(to: &compiled, table, storage)
            compiled.feature = UInt32(table.feature)
            compiled.missing = table.missingUnits
            compiled.typical = table.typicalUnits
            tables.append(compiled)
        }
        let terms = model.linearTerms.map { term in
            rk_linear_term(
                coefficient: term.coefficient, missing: term.missingUnits,
                typical: term.typicalUnits, feature: UInt32(term.feature))
        }
        let link = Self.link(model.calibration, model.scaling, storage)
        scorer = storage.keep([
            rk_scorer(
                tables: storage.keep(tables), table_count: tables.count, terms: storage.keep(terms),
                term_count: terms.count, intercept: model.intercept, link: link)
        ])
        featureCount = model.features.count
        self.storage = storage
    }

    /// The score of one row of `featureCount` values.
    func score(row: UnsafePointer<Double>) -> Score {
        score(units: rk_score_row_f64(scorer, row, nil, nil))
    }

    /// The score of a sum.
    func score(units: Int64) -> Score {
        var (probability, points) = (0.0, Int32(0))
        rk_link_units(scorer, units, &probability, &points)
        return Score(units: units, probability: probability, points: points)
    }
}

extension CompiledModel {
    private static func singleCells(_ table: ScoreTable, _ storage: Storage) -> rk_cells_f32 {
        // Cut points that are one as floats leave the bins between them without a float.
        var cuts: [Float] = []
        var units = [table.units[0]]
        for (cut, above) in zip(table.cutPoints, table.units.dropFirst()) {
            let single = Float(noMoreThan: cut)
            if cuts.last == single {
                units[units.count - 1] = above
            } else {
                cuts.append(single)
                units.append(above)
            }
        }
        if cuts.count <= Int(RK_FEW_CUTS) {
            var few = rk_few_f32()
            few.count = Int32(cuts.count)
            withUnsafeMutableBytes(of: &few.cuts) { bytes in
                let room = bytes.bindMemory(to: Float.self)
                room.update(repeating: .infinity)
                _ = room.update(fromContentsOf: cuts)
            }
            withUnsafeMutableBytes(of: &few.units) { bytes in
                _ = bytes.bindMemory(to: Int32.self).update(fromContentsOf: units)
            }
            var cells = rk_cells_f32()
            cells.kind = Int32(RK_CELLS_FEW)
            cells.few = storage.keep([few])
            return cells
        }
        guard let layout = CellLayout(cutPoints: cuts),
            storage.spend(bytes: layout.count * MemoryLayout<rk_cell_f32>.stride)
        else { return rk_cells_f32() }
        var cells = layout.arithmetic
        var list = [rk_cell_f32](
            repeating: rk_cell_f32(cut: .infinity, units: units[0]), count: layout.count + 1)
        for (bin, place) in layout.places.enumerated() {
            list[place].cut = cuts[bin]
            let next = bin + 1 < layout.places.count ? layout.places[bin + 1] : layout.count
            for cell in place + 1...next { list[cell].units = units[bin + 1] }
        }
        cells.top = Int32(layout.count - 1)
        cells.cells = storage.keep(list)
        return cells
    }

    private static func doubleCells(_ table: ScoreTable, _ storage: Storage) -> rk_cells_f64 {
        guard let layout = CellLayout(cutPoints: table.cutPoints),
            storage.spend(bytes: layout.count * MemoryLayout<rk_cell_f64>.stride)
        else { return rk_cells_f64() }
        var cells = layout.arithmetic
        let first = table.units[0]
        var list = [rk_cell_f64](
            repeating: rk_cell_f64(cut: .infinity, units: (first, first)), count: layout.count)
        for (bin, place) in layout.places.enumerated() {
            let above = table.units[bin + 1]
            list[place].cut = table.cutPoints[bin]
            list[place].units.1 = above
            let next = bin + 1 < layout.places.count ? layout.places[bin + 1] : layout.count - 1
            for cell in place..<next {
                list[cell + 1].units = (above, above)
            }
        }
        cells.top = Int32(layout.count - 1)
        cells.cells = storage.keep(list)
        return cells
    }

    /// Adds the form for one double, where the table has one.
    private static func addFew(
        to compiled: inout rk_table, _ table: ScoreTable, _ storage: Storage
    ) {
        let cuts = table.cutPoints.map { Float(noMoreThan: $0) }
        // A processor may take floats that are smaller than normal ones for zero.
        let isTold = zip(cuts, table.cutPoints).allSatisfy {
            $1 == 0 || abs($1) >= Double(Float.leastNormalMagnitude)
        }
        guard cuts.count <= Int(RK_FEW_CUTS), isTold, Set(cuts).count == cuts.count else { return }
        var few = rk_few_f64()
        withUnsafeMutableBytes(of: &few.cuts) { bytes in
            let room = bytes.bindMemory(to: Float.self)
            room.update(repeating: .infinity)
            _ = room.update(fromContentsOf: cuts)
        }
        let vectors = cuts.count <= Int(RK_FEW_CUTS_OF_ONE_VECTOR) ? 1 : Int(RK_FEW_VECTORS)
        let bounds = [-.infinity] + table.cutPoints + [.infinity]
        withUnsafeMutableBytes(of: &few.bins) { bytes in
            let room = bytes.bindMemory(to: rk_few_bin.self)
            for (place, (cut, units)) in zip(bounds, [table.units[0]] + table.units).enumerated() {
                room[place] = rk_few_bin(cut: cut, units: units)
            }
            room[1 + 8 * vectors] = rk_few_bin(cut: .infinity, units: table.missingUnits)
        }
        compiled.few_vectors = Int32(vectors)
        compiled.few = storage.keep([few])
    }

    private static func tree(_ table: ScoreTable, _ storage: Storage) -> rk_tree {
        let shape = SearchTree(cutPoints: table.cutPoints.count)
        var keys = [Double](repeating: .infinity, count: shape.keyCount)
        keys.withUnsafeMutableBufferPointer { keys in
            if let start = keys.baseAddress { shape.fill(start, with: table.cutPoints) }
        }
        var tree = rk_tree()
        tree.keys = storage.keep(keys)
        tree.units = storage.keep(table.units + [table.missingUnits])
        tree.missing = UInt32(table.units.count)
        tree.depth = UInt32(shape.levelStarts.count)
        withUnsafeMutableBytes(of: &tree.level_start) { starts in
            _ = starts.bindMemory(to: UInt32.self).update(fromContentsOf: shape.levelStarts)
        }
        return tree
    }

    private static func link(
        _ calibration: Calibration, _ scaling: PointsScaling, _ storage: Storage
    ) -> rk_link {
        var link = rk_link()
        switch calibration {
        case .identity:
            link.kind = Int32(RK_LOGISTIC)
        case .platt(let slope, let intercept):
            link.kind = Int32(RK_PLATT)
            link.slope = slope
            link.intercept = intercept
        case .isotonic(let knots, let probabilities):
            link.kind = Int32(RK_ISOTONIC)
            link.knots = storage.keep(knots)
            link.probabilities = storage.keep(probabilities)
            link.knot_count = knots.count
        }
        link.base_points = scaling.basePoints
        link.log_base_odds = rk_log_f64(scaling.baseOdds)
        link.points_to_double_odds = scaling.pointsToDoubleOdds
        return link
    }
}

/// Memory that is filled once and given back all at once.
private final class Storage {
    private var pieces: [UnsafeMutableRawBufferPointer] = []
    /// What cells may still occupy: beyond a few megabytes they are no faster than trees, and no file
    /// shall be able to ask for more.
    private var cellBytes = 8 << 20

    /// Whether so many bytes of cells are to be had.
    func spend(bytes: Int) -> Bool {
        guard bytes <= cellBytes else { return false }
        cellBytes -= bytes
        return true
    }

    /// A copy of the values, at a cache line's begin.
    func keep<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafePointer<Value> {
        let piece = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(1, values.count) * MemoryLayout<Value>.stride, alignment: 64)
        pieces.append(piece)
        _ = piece.initializeMemory(as: Value.self, fromContentsOf: values)
        return UnsafePointer(piece.baseAddress!.assumingMemoryBound(to: Value.self))
    }

    deinit {
        for piece in pieces { piece.deallocate() }
    }
}
