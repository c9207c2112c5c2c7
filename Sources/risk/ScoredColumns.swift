import RiskColumns
import RiskModel
import RiskScoring

/// Turns vectors into the columns that `risk score` writes.
struct ScoredColumns: Sendable {
    let scorer: Scorer
    /// How many reasons a row.
    let reasonCount: Int
    let language: String
    let audience: Audience
    /// nil: no tiers.
    let policy: PolicyColumns?

    /// The sentence of each feature that says the same of every value; nil where it names the value.
    private let fixedSentences: [[UInt8]?]

    init(
        scorer: Scorer, reasonCount: Int, language: String, audience: Audience,
        policy: PolicyColumns?
    ) {
        self.scorer = scorer
        self.reasonCount = reasonCount
        self.language = language
        self.audience = audience
        self.policy = policy
        // A sentence that stays the same for two values and two effects stays the same for all.
        fixedSentences = scorer.model.features.enumerated().map { index, feature in
            let samples: [(Double, Int64)] = [(1.5, 1), (-700_000, 1 << 20)]
            let sentences = samples.map { value, units in
                Reason(index: index, feature: feature, value: value, units: units)
                    .text(language: language, audience: audience)
            }
            return sentences[0] == sentences[1] ? Array(sentences[0].utf8) : nil
        }
    }

    /// The names of the columns made here, in their order.
    var names: [String] {
        ["log_odds", "probability", "points"] + (policy == nil ? [] : PolicyColumns.names)
            + reasonNames
    }

    private var reasonNames: [String] {
        reasonCount == 0 ? [] : (1...reasonCount).map { "reason_\($0)" }
    }

    /// The scores of vectors whose columns are in the order of the scorer's layout, on this thread.
    func scores(of vectors: FeatureMatrix) -> Scores {
        withExtendedLifetime(vectors) {
            // Arrays keep their storage while the matrix lives, and nobody writes to it.
            scorer.score(
                columns: vectors.columns.map {
                    ScoringColumn($0.withUnsafeBufferPointer { $0 })
                }, rows: vectors.rowCount)
        }
    }

    /// The columns for these vectors and their scores, one row each.
    /// - Parameter tiers: the tier of each row; nil for what the policy says of each row by itself.
    func columns(of matrix: FeatureMatrix, _ scores: Scores, tiers: [Int?]? = nil) -> [Column] {
        var columns = [
            Column(
                name: "log_odds", type: .number,
                storage: .numbers(scores.units.map { LogOdds.value($0) })),
            Column(name: "probability", type: .number, storage: .numbers(scores.probability)),
            Column(
                name: "points", type: .integer, storage: .integers(scores.points.map { Int64($0) })),
        ]
        if let policy {
            columns += policy.columns(tiers ?? policy.tiers(scores.probability))
        }
        for (name, texts) in zip(reasonNames, reasons(of: matrix)) {
            columns.append(Column(name: name, type: .text, storage: .text(texts)))
        }
        return columns
    }

    /// The sentences of all rows, one buffer a rank: empty where a row has fewer reasons.
    private func reasons(of matrix: FeatureMatrix) -> [TextBuffer] {
        guard reasonCount > 0 else { return [] }
        var buffers = [TextBuffer](repeating: TextBuffer(), count: reasonCount)
        let features = scorer.model.features
        withUnsafeTemporaryAllocation(of: Double.self, capacity: features.count) { row in
            withUnsafeTemporaryAllocation(of: RaisedTerm.self, capacity: reasonCount) { terms in
                terms.initialize(repeating: RaisedTerm())
                for index in 0..<matrix.rowCount {
                    for (place, column) in matrix.columns.enumerated() {
                        row[place] = column[index]
                    }
                    let count = scorer.score(row: UnsafeBufferPointer(row), reasons: terms).count
                    for rank in 0..<reasonCount {
                        guard rank < count else {
                            buffers[rank].append("")
                            continue
                        }
                        let term = terms[rank]
                        if let sentence = fixedSentences[term.index] {
                            sentence.withUnsafeBufferPointer { buffers[rank].append($0) }
                        } else {
                            buffers[rank].append(
                                sentence(
                                    Reason(
                                        index: term.index, feature: features[term.index],
                                        value: row[term.index], units: term.units)))
                        }
                    }
                }
            }
        }
        return buffers
    }

    /// A reason as a person reads it.
    func sentence(_ reason: Reason) -> String {
        reason.text(language: language, audience: audience)
    }
}
