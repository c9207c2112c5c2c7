import CRiskKernels

/// The bins of one feature on a scorecard: ranges of values, declared special values, missing ones.
struct FeatureBins: Sendable {
    /// A declared value that does not mean its number: -1 for "never", 999 for "unknown".
    struct Special: Sendable {
        let value: Double
        let tally: BinTally
    }

    /// Range k holds cutPoints[k-1] < x ≤ cutPoints[k].
    let cutPoints: [Double]
    /// One more than there are cut points.
    let ranges: [BinTally]
    /// Those declared values that occur, in increasing order.
    let specials: [Special]
    let missing: BinTally
    /// Of all rows.
    let whole: BinTally
    /// A row of average weight, in the multiples that tallies count: 1 where there are no weights.
    let averageRow: Double

    /// All bins, ranges first, missing values last.
    var tallies: [BinTally] { ranges + specials.map(\.tally) + [missing] }

    /// The weight of evidence of each bin, in the order of `tallies`.
    var evidence: [WeightOfEvidence] {
        tallies.map { WeightOfEvidence($0, of: whole, row: averageRow) }
    }

    /// The sum over all bins.
    var information: Double { evidence.reduce(0) { $0 + $1.information } }

    /// The bin of a value, by its place in `tallies`. A declared value that did not occur in training
    /// is treated as its number.
    func bin(of value: Double) -> Int {
        if value.isNaN { return ranges.count + specials.count }
        if let special = specials.firstIndex(where: { $0.value == value }) {
            return ranges.count + special
        }
        var low = 0
        var high = cutPoints.count
        while low < high {
            let middle = (low + high) / 2
            if cutPoints[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Cuts a column finely, then joins the fine bins as the rule asks.
    /// - Complexity: O(rows log fine bins + bins × fine bins³).
    init(_ column: [Double], _ sample: Sample, _ rule: ScorecardRule, fineBins: Int) {
        let declared = Set(rule.specialValues)
        let plain = declared.isEmpty ? column : column.map { declared.contains($0) ? .nan : $0 }
        let distinct = DistinctValues(plain, sample)
        let cuts =
            distinct.values.isEmpty
            ? [] : CutPoints.choose(values: distinct.values, weights: distinct.weights, budget: 255)
        var fine = [BinTally](repeating: BinTally(), count: cuts.count + 1)
        var missing = BinTally()
        var special: [Double: BinTally] = [:]
        let absent = UInt8(255)
        let bytes = Storage<UInt8>(repeating: 0, count: sample.count)
        let rows = sample.rows.map { Storage($0) }
        rk_bin_f64(plain, rows?.base, sample.count, cuts, cuts.count, absent, bytes.base)
        for place in 0..<sample.count {
            let weight = sample.weights.multiples.map { Int64($0[place]) } ?? 1
            let one = BinTally(rows: weight, events: sample.labels[place] == 1 ? weight : 0)
            let bin = bytes.base[place]
            if bin != absent {
                fine[Int(bin)] = fine[Int(bin)] + one
                continue
            }
            let value = column[sample.rows.map { Int($0[place]) } ?? place]
            if value.isNaN {
                missing = missing + one
            } else {
                // A declared 0 is -0 too: they are equal keys.
                special[value, default: BinTally()] = special[value, default: BinTally()] + one
            }
        }
        let whole = BinTally(rows: sample.weights.total, events: sample.positiveMultiples)
        (self.missing, self.whole) = (missing, whole)
        let bounds = rule.bounds(sample)
        averageRow = bounds.row
        specials = special.sorted { $0.key < $1.key }.map { Special(value: $0, tally: $1) }

        var starts = cuts
        if fine.count > fineBins {
            let lasts = BinMerging.merge(
                fine.map(\.rows), fine.map(\.events), budget: fineBins)
            (fine, starts) = Self.joined(fine, cuts, lasts)
        }
        let best = OptimalBinning(fine, of: whole, bounds)
        (ranges, cutPoints) = Self.joined(fine, starts, best.lasts)
    }

    /// Fine bins joined, and the cuts that are left.
    private static func joined(
        _ tallies: [BinTally], _ cuts: [Double], _ lasts: [Int]
    ) -> ([BinTally], [Double]) {
        var first = 0
        let joined = lasts.map { last -> BinTally in
            defer { first = last + 1 }
            return tallies[first...last].reduce(BinTally(), +)
        }
        return (joined, lasts.dropLast().map { cuts[$0] })
    }
}

extension ScorecardRule {
    /// The rule on the scale of a sample's weights.
    fileprivate func bounds(_ sample: Sample) -> OptimalBinning.Bounds {
        func multiples(_ weight: Double) -> Int64 {
            Int64(min((weight / sample.weights.unit).rounded(.up), 0x1p62))
        }
        let rows = (minimumShare * Double(sample.weights.total)).rounded(.up)
        return OptimalBinning.Bounds(
            bins: bins, rows: Int64(rows), events: multiples(minimumPositives),
            others: multiples(minimumNegatives), shape: shape, tolerance: tolerance,
            row: Double(sample.weights.total) / Double(sample.count))
    }
}
