import CRiskKernels

/// How a table's values are divided into cells that hold at most one cut point each, as
/// `risk_score_rows.h` describes it: evenly, or by the leading bits of the value.
///
/// Even cells suit values of one magnitude, bits suit amounts and counts with a long tail. The fewest
/// cells win, since what they occupy of the first-level cache is their price. Where cut points crowd
/// so that neither does, there are none, and the tree is searched.
struct CellLayout<Value: CellValue> {
    /// The arithmetic of a cell's place, without the cells.
    let arithmetic: Value.Cells
    /// The cell of each cut point, strictly increasing.
    let places: [Int]
    /// The number of cells.
    let count: Int

    /// Cells of a table at most: with floats they take 16 KiB then.
    static var limit: Int { 2048 }

    /// The layout with the fewest cells; nil where there is none within the limit.
    /// - Parameter cutPoints: strictly increasing and finite, or infinite where rounding made them so.
    init?(cutPoints: [Value]) {
        guard let first = cutPoints.first, let last = cutPoints.last else {
            arithmetic = Value.even(low: 0, scale: 1, top: 0)
            places = []
            count = 1
            return
        }
        var best: CellLayout?
        func consider(_ layout: CellLayout?) {
            guard let layout, layout.count < best?.count ?? .max else { return }
            best = layout
        }
        // A table of n cut points needs n cells at least.
        var cells = 8
        while cells <= Self.limit {
            if cells >= cutPoints.count {
                let scale = Value(cells - 1) / (last - first)
                if scale > 0, scale.isFinite, first.isFinite {
                    consider(
                        CellLayout(Value.even(low: first, scale: scale, top: cells), cutPoints))
                }
            }
            cells += cells / 2
        }
        // Where no cut point is negative, bits of the value itself serve counts best; else those of
        // its distance from the first.
        for low in first >= 0 ? [0, first] : [first] where low.isFinite && (last - low).isFinite {
            for shift in stride(from: Value.coarsestShift, through: 1, by: -1) {
                guard let layout = CellLayout(low: low, shift: shift, cutPoints) else { continue }
                consider(layout)
                break
            }
        }
        guard let best else { return nil }
        self = best
    }

    /// The places of the cut points by this arithmetic; nil where two have the same.
    private init?(_ arithmetic: Value.Cells, _ cutPoints: [Value]) {
        var places: [Int] = []
        places.reserveCapacity(cutPoints.count)
        for cut in cutPoints {
            let place = Int(Value.place(of: cut, in: arithmetic))
            if let last = places.last, place <= last { return nil }
            places.append(place)
        }
        self.arithmetic = arithmetic
        self.places = places
        count = places.last! + 1
    }

    private init?(low: Value, shift: Int32, _ cutPoints: [Value]) {
        let base = (cutPoints.first! - low).leadingBits >> shift
        let top = (cutPoints.last! - low).leadingBits >> shift - base
        guard top < Int32(Self.limit) else { return nil }
        self.init(Value.byBits(low: low, shift: shift, base: base, top: top), cutPoints)
    }
}

/// A floating-point number that cells are made for.
protocol CellValue: BinaryFloatingPoint {
    /// The C structure of the cells.
    associatedtype Cells
    /// The largest shift of the leading bits that leaves the exponent whole.
    static var coarsestShift: Int32 { get }
    /// The upper 32 bits of the value.
    var leadingBits: Int32 { get }
    static func even(low: Self, scale: Self, top: Int) -> Cells
    static func byBits(low: Self, shift: Int32, base: Int32, top: Int32) -> Cells
    /// The place of a value, as the kernels find it.
    static func place(of value: Self, in cells: Cells) -> Int32
}

extension Float: CellValue {
    static var coarsestShift: Int32 { 23 }
    var leadingBits: Int32 { Int32(bitPattern: bitPattern) }

    static func even(low: Float, scale: Float, top: Int) -> rk_cells_f32 {
        var cells = rk_cells_f32()
        cells.kind = Int32(RK_CELLS_LINEAR)
        cells.low = low
        cells.scale = scale
        cells.top = Int32(top)
        return cells
    }

    static func byBits(low: Float, shift: Int32, base: Int32, top: Int32) -> rk_cells_f32 {
        var cells = rk_cells_f32()
        cells.kind = Int32(RK_CELLS_BITS)
        cells.low = low
        cells.shift = shift
        cells.base = base
        cells.top = top
        return cells
    }

    static func place(of value: Float, in cells: rk_cells_f32) -> Int32 {
        withUnsafePointer(to: cells) { rk_cell_of_f32($0, value) }
    }

    /// The largest float that is no more than a number: a float is above the number just where it is
    /// above that.
    init(noMoreThan value: Double) {
        let nearest = Float(value)
        self = Double(nearest) > value ? nearest.nextDown : nearest
    }
}

extension Double: CellValue {
    static var coarsestShift: Int32 { 20 }
    var leadingBits: Int32 { Int32(truncatingIfNeeded: Int64(bitPattern: bitPattern) >> 32) }

    static func even(low: Double, scale: Double, top: Int) -> rk_cells_f64 {
        var cells = rk_cells_f64()
        cells.kind = Int32(RK_CELLS_LINEAR)
        cells.low = low
        cells.scale = scale
        cells.top = Int32(top)
        return cells
    }

    static func byBits(low: Double, shift: Int32, base: Int32, top: Int32) -> rk_cells_f64 {
        var cells = rk_cells_f64()
        cells.kind = Int32(RK_CELLS_BITS)
        cells.low = low
        cells.shift = shift
        cells.base = base
        cells.top = top
        return cells
    }

    static func place(of value: Double, in cells: rk_cells_f64) -> Int32 {
        withUnsafePointer(to: cells) { rk_cell_of_f64($0, value) }
    }
}
