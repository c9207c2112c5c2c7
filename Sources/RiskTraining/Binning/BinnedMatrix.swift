import CRiskKernels
import RiskColumns

/// The cut points of every feature that varies.
///
/// Features are in the order of their names (by Unicode scalars), whatever their order in the matrix,
/// so that a tie between two is broken by name.
struct Binning: Sendable {
    /// A feature's bins: `cutPoints.count + 1` of them, and one for missing values.
    struct FeatureBins: Sendable, Equatable {
        /// The feature's column in the matrix.
        let column: Int
        /// Bin k holds cutPoints[k-1] < x ≤ cutPoints[k].
        let cutPoints: [Double]
        /// Whether a row of the sample has no value.
        let hasMissing: Bool
    }

    /// The features that can be split: two bins, or one and missing values.
    let features: [FeatureBins]
    /// The names of features without any value.
    let allMissing: [String]
    /// The names of features with one value only.
    let constant: [String]

    /// Chooses bins for the sample's rows.
    /// - Parameters:
    ///   - limit: bins a feature, in 2 ... 255.
    ///   - drawn: places in the sample of the rows to look at; nil for all. A column that has at most
    ///     `limit` different values among them is looked at in all rows, so rare values are seen.
    /// - Complexity: O(rows × features): a radix sort a column, columns side by side.
    init(
        _ matrix: FeatureMatrix, _ sample: Sample, limit: Int, drawn: [UInt32]? = nil, threads: Int
    ) {
        enum Outcome {
            case bins(FeatureBins)
            case allMissing
            case constant
        }
        let count = matrix.columns.count
        var outcomes = [Outcome](repeating: .constant, count: count)
        let fewer = drawn.map { sample.selecting($0) }
        let rows = sample.rows.map { Storage($0) }
        outcomes.withUnsafeMutableBufferPointer { outcomes in
            concurrently(threads) { worker in
                for column in stride(from: worker, to: count, by: threads) {
                    var distinct = DistinctValues(matrix.columns[column], fewer ?? sample)
                    if fewer != nil, distinct.values.count <= limit {
                        distinct = DistinctValues(matrix.columns[column], sample)
                    } else if !distinct.hasMissing {
                        distinct.hasMissing =
                            rk_has_nan_f64(matrix.columns[column], rows?.base, sample.count) != 0
                    }
                    if distinct.values.isEmpty {
                        outcomes[column] = .allMissing
                        continue
                    }
                    let cutPoints = CutPoints.choose(
                        values: distinct.values, weights: distinct.weights, budget: limit)
                    if cutPoints.isEmpty && !distinct.hasMissing { continue }
                    outcomes[column] = .bins(
                        FeatureBins(
                            column: column, cutPoints: cutPoints, hasMissing: distinct.hasMissing))
                }
            }
        }
        let order = (0..<count).sorted {
            matrix.names[$0].unicodeScalars.lexicographicallyPrecedes(
                matrix.names[$1].unicodeScalars)
        }
        features = order.compactMap { if case .bins(let bins) = outcomes[$0] { bins } else { nil } }
        var allMissing: [String] = []
        var constant: [String] = []
        for column in 0..<count {
            switch outcomes[column] {
            case .bins: continue
            case .allMissing: allMissing.append(matrix.names[column])
            case .constant: constant.append(matrix.names[column])
            }
        }
        self.allMissing = allMissing
        self.constant = constant
    }

    private init(features: [FeatureBins], allMissing: [String], constant: [String]) {
        self.features = features
        self.allMissing = allMissing
        self.constant = constant
    }

    /// The same features with other bins.
    func with(_ features: [FeatureBins]) -> Binning {
        Binning(features: features, allMissing: allMissing, constant: constant)
    }
}

/// The different values of a column in a sample, in order, with the weight of each.
struct DistinctValues {
    var values: [Double] = []
    var weights: [Int64] = []
    var hasMissing = false

    /// - Complexity: O(rows).
    init(_ column: [Double], _ sample: Sample) {
        let capacity = sample.count
        var present = [Double]()
        present.reserveCapacity(capacity)
        var multiples: [UInt32]? = sample.weights.multiples == nil ? nil : []
        multiples?.reserveCapacity(capacity)
        if sample.rows == nil, multiples == nil {
            for value in column where !value.isNaN { present.append(value) }
        } else {
            for place in 0..<capacity {
                let value = column[sample.rows.map { Int($0[place]) } ?? place]
                if value.isNaN { continue }
                present.append(value)
                if let all = sample.weights.multiples { multiples?.append(all[place]) }
            }
        }
        hasMissing = present.count < capacity
        let count = present.count
        var scratch = [Double](repeating: 0, count: count)
        if multiples == nil {
            rk_sort_f64(&present, nil, count, &scratch, nil)
        } else {
            var other = [UInt32](repeating: 0, count: count)
            multiples!.withUnsafeMutableBufferPointer {
                rk_sort_f64(&present, $0.baseAddress, count, &scratch, &other)
            }
        }
        present.withUnsafeBufferPointer { present in
            var place = 0
            while place < count {
                let value = present[place]
                var weight: Int64 = 0
                while place < count, present[place] == value {
                    weight += multiples.map { Int64($0[place]) } ?? 1
                    place += 1
                }
                values.append(value)
                weights.append(weight)
            }
        }
    }
}

/// The rows of a sample as bins, one byte a value, column after column.
struct BinnedMatrix: Sendable {
    let binning: Binning
    let rowCount: Int
    /// The bin of a missing value: above every feature's bins.
    let missing: UInt8
    /// Feature f's bins are `bytes[f × rowCount ..< (f + 1) × rowCount]`.
    let bytes: Storage<UInt8>

    init(binning: Binning, rowCount: Int, missing: UInt8, bytes: Storage<UInt8>) {
        self.binning = binning
        self.rowCount = rowCount
        self.missing = missing
        self.bytes = bytes
    }

    /// Bins and the missing bin: the length of a feature's histogram.
    var histogramLength: Int { Int(missing) + 1 }

    /// - Complexity: O(rows × features × log bins).
    init(_ matrix: FeatureMatrix, _ sample: Sample, _ binning: Binning, threads: Int) {
        self.binning = binning
        rowCount = sample.count
        let missing = UInt8(binning.features.reduce(1) { max($0, $1.cutPoints.count + 1) })
        self.missing = missing
        let count = sample.count
        let features = binning.features
        let bytes = Storage<UInt8>(repeating: 0, count: count * features.count)
        let rows = sample.rows.map { Storage($0) }
        concurrently(threads) { worker in
            for index in stride(from: worker, to: features.count, by: threads) {
                let cutPoints = features[index].cutPoints
                matrix.columns[features[index].column].withUnsafeBufferPointer { values in
                    cutPoints.withUnsafeBufferPointer { cuts in
                        rk_bin_f64(
                            values.baseAddress, rows?.base, count, cuts.baseAddress, cuts.count,
                            missing, bytes.base + index * count)
                    }
                }
            }
        }
        self.bytes = bytes
    }

    /// The weight multiples in each bin, and those of events, `histogramLength` entries a feature.
    /// - Complexity: O(rows × features).
    func counts(_ sample: Sample, threads: Int) -> (all: [Int64], events: [Int64]) {
        let (features, length, block) = (binning.features.count, histogramLength, 1024)
        let workers = max(1, min(threads, rowCount / (4 * block)))
        let entries = features * length
        let sums = Storage<Int64>(repeating: 0, count: 2 * entries * workers)
        let (bytes, rowCount) = (bytes, rowCount)
        sample.labels.withUnsafeBufferPointer { labels in
            nonisolated(unsafe) let labels = labels
            concurrently(workers) { worker in
                let mine = sums.base + 2 * entries * worker
                let rows = share(of: rowCount, block: block, worker: worker, workers: workers)
                withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * block) { pairs in
                    guard let pairs = pairs.baseAddress else { return }
                    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: block) {
                        let count = min(block, rows.upperBound - start)
                        for row in 0..<count {
                            let weight = sample.weights.multiples.map { Int64($0[start + row]) }
                            pairs[2 * row] = weight ?? 1
                            pairs[2 * row + 1] = labels[start + row] == 1 ? weight ?? 1 : 0
                        }
                        rk_histogram_i64(
                            bytes.base + start, rowCount, features, pairs, count, mine, length)
                    }
                }
            }
        }
        var all = [Int64](repeating: 0, count: entries)
        var events = all
        for index in 0..<entries {
            for worker in 0..<workers {
                all[index] += sums.base[2 * (entries * worker + index)]
                events[index] += sums.base[2 * (entries * worker + index) + 1]
            }
        }
        return (all, events)
    }
}
