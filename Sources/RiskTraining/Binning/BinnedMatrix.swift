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
    /// - Parameter limit: bins a feature, in 2 ... 255.
    /// - Complexity: O(rows × features): a radix sort a column, columns side by side.
    init(_ matrix: FeatureMatrix, _ sample: Sample, limit: Int, threads: Int) {
        let rooms = SortingRooms()
        let distinct: (Int) -> Result<DistinctValues, Never> = {
            .success(DistinctValues(matrix.columns[$0], sample, rooms))
        }
        self = Self.chosen(matrix.names, limit: limit, threads: threads, distinct).get()
    }

    /// Chooses bins for the rows of partitions.
    /// - Parameters:
    ///   - names: the columns', in their order.
    ///   - halvings: how often the rows to look at are halved; nil for all rows. A column that has at most
    ///     `limit` different values among those drawn is looked at in all rows, so rare values are seen.
    init(
        _ group: PartitionGroup, names: [String], limit: Int, halvings: Int?, threads: Int
    ) throws(TrainingError) {
        // Columns are asked for side by side, and so partitions one after the other.
        let group = PartitionGroup(group.partitions, threads: 1)
        func distinct(_ column: Int, _ halvings: Int?) throws(TrainingError) -> DistinctValues {
            let request = PartitionRequest.Kind.distinct(column: column, halvings: halvings)
            guard case .distinct(let values) = try group.sum(request) else {
                throw group.unexpected(request)
            }
            return values
        }
        let values: (Int) -> Result<DistinctValues, TrainingError> = { column in
            do throws(TrainingError) {
                let drawn = try distinct(column, halvings)
                let isFew = halvings != nil && drawn.values.count <= limit
                return .success(isFew ? try distinct(column, nil) : drawn)
            } catch {
                return .failure(error)
            }
        }
        self = try Self.chosen(names, limit: limit, threads: threads, values).get()
    }

    /// What a column comes to.
    private enum Outcome<Failure: Error> {
        case bins(FeatureBins)
        case allMissing
        case constant
        case failed(Failure)
    }

    private static func chosen<Failure: Error>(
        _ names: [String], limit: Int, threads: Int,
        _ distinct: (_ column: Int) -> Result<DistinctValues, Failure>
    ) -> Result<Binning, Failure> {
        let count = names.count
        var outcomes = [Outcome<Failure>](repeating: .constant, count: count)
        outcomes.withUnsafeMutableBufferPointer { outcomes in
            nonisolated(unsafe) let outcomes = outcomes
            concurrently(threads, count) { column in
                let values: DistinctValues
                switch distinct(column) {
                case .success(let found): values = found
                case .failure(let error):
                    outcomes[column] = .failed(error)
                    return
                }
                if values.values.isEmpty {
                    outcomes[column] = .allMissing
                    return
                }
                let cutPoints = CutPoints.choose(
                    values: values.values, weights: values.weights, budget: limit)
                if cutPoints.isEmpty && !values.hasMissing { return }
                outcomes[column] = .bins(
                    FeatureBins(
                        column: column, cutPoints: cutPoints, hasMissing: values.hasMissing))
            }
        }
        let order = (0..<count).sorted {
            names[$0].unicodeScalars.lexicographicallyPrecedes(names[$1].unicodeScalars)
        }
        let features = order.compactMap {
            if case .bins(let bins) = outcomes[$0] { bins } else { nil }
        }
        var allMissing: [String] = []
        var constant: [String] = []
        for column in 0..<count {
            switch outcomes[column] {
            case .bins: continue
            case .allMissing: allMissing.append(names[column])
            case .constant: constant.append(names[column])
            case .failed(let error): return .failure(error)
            }
        }
        return .success(
            Binning(features: features, allMissing: allMissing, constant: constant))
    }

    /// - Parameters:
    ///   - features: in the order of their names.
    init(features: [FeatureBins], allMissing: [String] = [], constant: [String] = []) {
        self.features = features
        self.allMissing = allMissing
        self.constant = constant
    }

    /// The bin of a missing value: above every feature's bins.
    var missing: UInt8 { UInt8(features.reduce(1) { max($0, $1.cutPoints.count + 1) }) }
    /// Bins and the missing bin: the length of a feature's histogram.
    var histogramLength: Int { Int(missing) + 1 }

    /// The same features with other bins.
    func with(_ features: [FeatureBins]) -> Binning {
        Binning(features: features, allMissing: allMissing, constant: constant)
    }
}

/// The different values of a column in a sample, in order, with the weight of each.
public struct DistinctValues: Sendable, Equatable {
    /// Strictly increasing; no NaN.
    public internal(set) var values: [Double] = []
    /// The sum of weight multiples of each.
    public internal(set) var weights: [Int64] = []
    /// Whether a row has no value.
    public internal(set) var hasMissing = false

    init(values: [Double], weights: [Int64], hasMissing: Bool) {
        (self.values, self.weights, self.hasMissing) = (values, weights, hasMissing)
    }

    /// The two together.
    func adding(_ other: DistinctValues) -> DistinctValues {
        let sums = mergedSums(
            (values, weights), (other.values, other.weights), isBefore: { $0 < $1 })
        return DistinctValues(
            values: sums.keys, weights: sums.weights, hasMissing: hasMissing || other.hasMissing)
    }

    /// - Complexity: O(rows).
    init(_ column: [Double], _ sample: Sample, _ rooms: SortingRooms = SortingRooms()) {
        let rows = sample.count
        let multiples = sample.weights.multiples
        rooms.with(rows, isWeighted: multiples != nil) { room in
            let (present, weights) = (room.present.base, room.weights?.present.base)
            let count = rk_gather_present_f64(
                column, sample.rows, multiples, rows, present, weights)
            rk_sort_f64(
                present, multiples == nil ? nil : weights, count, room.values.base,
                room.weights?.other.base)
            let found = rk_distinct_f64(
                present, multiples == nil ? nil : weights, count, room.values.base,
                room.sums.base)
            values = Array(UnsafeBufferPointer(start: room.values.base, count: found))
            self.weights = Array(UnsafeBufferPointer(start: room.sums.base, count: found))
            hasMissing = count < rows
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
        let missing = binning.missing
        self.missing = missing
        let count = sample.count
        let features = binning.features
        let bytes = Storage<UInt8>(uninitialized: count * features.count)
        concurrently(threads, features.count) { index in
            let cutPoints = features[index].cutPoints
            rk_bin_f64(
                matrix.columns[features[index].column], sample.rows, count, cutPoints,
                cutPoints.count, missing, bytes.base + index * count)
        }
        self.bytes = bytes
    }

    /// The weight multiples in each bin, and those of events, `histogramLength` entries a feature.
    /// - Complexity: O(rows × features).
    func counts(_ sample: Sample, threads: Int) -> BinCounts {
        let (features, length, block) = (binning.features.count, histogramLength, 1024)
        let workers = max(1, min(threads, rowCount / (4 * block)))
        let entries = features * length
        let sums = Storage<Int64>(repeating: 0, count: 2 * entries * workers)
        let packed = Storage<Int64>(repeating: 0, count: entries * workers)
        // Events and all travel in the two halves of one integer, until one may be full.
        let most = sample.weights.multiples == nil ? 1 : 1 << LatticeWeights.bits
        let (bytes, rowCount) = (bytes, rowCount)
        sample.labels.withUnsafeBufferPointer { labels in
            nonisolated(unsafe) let labels = labels
            concurrently(workers) { worker in
                let mine = sums.base + 2 * entries * worker
                let filling = packed.base + entries * worker
                let rows = share(of: rowCount, block: block, worker: worker, workers: workers)
                var pending = 0
                withUnsafeTemporaryAllocation(of: Int64.self, capacity: block) { values in
                    guard let values = values.baseAddress else { return }
                    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: block) {
                        let count = min(block, rows.upperBound - start)
                        for row in 0..<count {
                            let multiple = sample.weights.multiples.map { $0[start + row] }
                            let weight = Int64(multiple ?? 1)
                            values[row] = weight << 32 * Int64(labels[start + row]) + weight
                        }
                        if pending + count * most > Int(Int32.max) {
                            rk_unpack_sums_i64(filling, entries, mine)
                            pending = 0
                        }
                        pending += count * most
                        rk_histogram_packed_i64(
                            bytes.base + start, rowCount, features, values, count, filling, length)
                    }
                }
                rk_unpack_sums_i64(filling, entries, mine)
            }
        }
        var all = [Int64](repeating: 0, count: entries)
        var events = all
        for index in 0..<entries {
            for worker in 0..<workers {
                events[index] += sums.base[2 * (entries * worker + index)]
                all[index] += sums.base[2 * (entries * worker + index) + 1]
            }
        }
        return BinCounts(all: all, events: events)
    }
}
