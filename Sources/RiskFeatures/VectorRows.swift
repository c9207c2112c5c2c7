/// The features of all vectors while threads fill them.
///
/// What is computed for a key value is scattered over the log. So the features of one key lie together
/// in blocks of at most a cache line a vector: a vector's part of a block is written at once, and the
/// blocks that are written at a time are few enough for the processor to know where their pages are.
final class VectorRows: @unchecked Sendable {
    /// Up to eight features of all vectors, the vectors one after the other.
    struct Block {
        let features: [Int]
        let values: UnsafeMutablePointer<Double>
        let stride: Int

        /// Whether a vector's part is a cache line.
        var isOfLines: Bool { stride == 8 && UInt(bitPattern: values) % 64 == 0 }
    }

    /// One feature of all vectors.
    struct Place {
        let base: UnsafeMutablePointer<Double>
        let stride: Int

        @inline(__always)
        subscript(vector: Int) -> Double {
            get { base[vector &* stride] }
            nonmutating set { base[vector &* stride] = newValue }
        }
    }

    /// Features of a vector, hidden ones included.
    let width: Int
    let count: Int
    private let blocks: [Block]
    private let placesOfFeatures: UnsafeMutablePointer<Place>

    /// By feature.
    var places: UnsafePointer<Place> { UnsafePointer(placesOfFeatures) }

    /// Vectors without values yet.
    /// - Parameter together: features that are filled together; what is left is by itself.
    init(width: Int, count: Int, together: [[Int]] = []) {
        self.width = width
        self.count = count
        let named = Set(together.joined())
        var blocks: [Block] = []
        for features in together + [(0..<width).filter { !named.contains($0) }] {
            for start in stride(from: 0, to: features.count, by: 8) {
                let part = Array(features[start..<min(start + 8, features.count)])
                let values = HugePages.allocate(part.count * count, of: Double.self)
                blocks.append(Block(features: part, values: values, stride: part.count))
            }
        }
        self.blocks = blocks
        placesOfFeatures = .allocate(capacity: max(1, width))
        for block in blocks {
            for (index, feature) in block.features.enumerated() {
                (placesOfFeatures + feature).initialize(
                    to: Place(base: block.values + index, stride: block.stride))
            }
        }
    }

    deinit {
        for block in blocks { block.values.deallocate() }
        placesOfFeatures.deallocate()
    }

    /// The blocks that hold some of the features.
    func blocks(of features: [Int]) -> [Block] {
        blocks.filter { !Set($0.features).isDisjoint(with: features) }
    }

    subscript(vector: Int, feature: Int) -> Double {
        get { places[feature][vector] }
        set { places[feature][vector] = newValue }
    }

    /// A feature of some vectors.
    func column(_ feature: Int, rows: Range<Int>) -> [Double] {
        let place = places[feature]
        return Array(unsafeUninitializedCapacity: rows.count) { column, count in
            for row in 0..<rows.count {
                column.initializeElement(at: row, to: place[rows.lowerBound + row])
            }
            count = rows.count
        }
    }
}
