import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring
import RiskTraining

/// `--points-like`: a new model's points on the scale of an earlier one's.
struct PointsLike {
    private let file: FileDigest
    private let fit: PointsReference.Fit

    /// Scores the rows with both models and sets the new one's scaling.
    /// - Throws: where the rows lack a feature of the earlier model, or tell no scale.
    init(_ path: String, on rows: FeatureMatrix, _ model: inout AdditiveModel, threads: Int) throws
    {
        let earlier = try ModelFile.load(path)
        let old: Scores
        do throws(ScoringError) {
            old = try Scorer(earlier).score(rows, threads: threads)
        } catch {
            throw CommandFailure(.badData, "\(path): the rows that train: \(error)")
        }
        let new = try Scorer(model).score(rows, threads: threads)
        guard
            let fit = PointsReference.fit(
                earlier: (old.probability, earlier.scaling), now: new.probability)
        else {
            throw CommandFailure(
                .badData,
                "\(path): the training rows are fewer than \(PointsReference.fewRows), or too many "
                    + "of them score alike: there is no scale to go by")
        }
        file = try FileDigest(path)
        self.fit = fit
        model.scaling = fit.scaling
    }

    /// What goes into lineage and report.
    var node: Node {
        .object([
            "file": Node(file.name), "sha256": file.sha256.map { Node($0) } ?? nil,
            "alertRates": .array(
                fit.alertRates.map { rate in
                    .object([
                        "threshold": Node(rate.threshold), "earlier": Node(rate.earlier),
                        "now": Node(rate.now),
                    ])
                }),
        ])
    }

    /// For reading.
    var text: String {
        let scaling = fit.scaling
        var rows = [["threshold", "alerts of \(file.name)", "now"]]
        rows += fit.alertRates.map { rate in
            [
                "\(rate.threshold)", Text.fixed(100 * rate.earlier, 2) + " %",
                Text.fixed(100 * rate.now, 2) + " %",
            ]
        }
        return
            "  points like those of \(file.name): \(Text.plain(scaling.pointsToDoubleOdds)) double the odds\n"
            + Text.table(rows, right: [0, 1, 2], indent: "    ") + "\n"
    }
}
