import CRiskKernels

/// The shape of the search tree over so many cut points, as `risk_score_rows.h` describes it.
struct SearchTree {
    /// Where the levels begin, in keys; as many as the tree is deep.
    let levelStarts: [UInt32]
    /// The keys of all levels.
    let keyCount: Int
    /// Bins that a node of each level spans: 9^(depth - level).
    private let spans: [Int]

    init(cutPoints: Int) {
        let (node, fanout) = (Int(RK_TABLE_NODE), Int(RK_TABLE_FANOUT))
        var spans: [Int] = []
        var span = 1
        while span < cutPoints + 1 {
            span *= fanout
            spans.insert(span, at: 0)
        }
        precondition(spans.count <= Int(RK_TABLE_MAX_DEPTH), "too many cut points")
        var starts: [UInt32] = []
        var start = 0
        for span in spans {
            starts.append(UInt32(start))
            start += node * (cutPoints / span + 1)
        }
        self.spans = spans
        levelStarts = starts
        keyCount = start
    }

    /// Puts the cut points into their places; the rest stays as it is.
    func fill(_ keys: UnsafeMutablePointer<Double>, with cutPoints: [Double]) {
        let (node, fanout) = (Int(RK_TABLE_NODE), Int(RK_TABLE_FANOUT))
        for (level, span) in spans.enumerated() {
            let child = span / fanout
            for index in 0...cutPoints.count / span {
                for key in 0..<node {
                    let cut = index * span + (key + 1) * child - 1
                    guard cut < cutPoints.count else { break }
                    keys[Int(levelStarts[level]) + node * index + key] = cutPoints[cut]
                }
            }
        }
    }
}
