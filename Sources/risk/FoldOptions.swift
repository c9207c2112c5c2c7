import ArgumentParser
import RiskTraining

extension FoldKind: ExpressibleByArgument {}

/// Whether and how a learner is measured by folds.
struct FoldOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Also measure the learner by so many folds, from 2 to 50: a model for each, trained without it. The model that is written learns from all rows, as without.",
            valueName: "count"))
    var folds: Int?

    @Option(
        help: """
            How rows are folded, for --folds and for the folds that choose lambda: automatic is by time \
            where --time is given, else by --entity where one has several rows (lambda: never), else \
            stratified.
            """)
    var foldsBy: FoldKind?

    func validate() throws {
        if let folds, !(2...50).contains(folds) {
            throw ValidationError("--folds must be from 2 to 50.")
        }
    }

    /// Refuses what the other options leave no ground for.
    /// - Parameter gap: of the folds, where it is not before a test.
    func check(
        _ learner: LearnerChoice, _ options: LearnerOptions, time: String?, entity: String?,
        gap: Int64, seed: UInt64
    ) throws {
        if folds == nil, foldsBy != nil, learner != .logistic {
            throw ValidationError("--folds-by needs --folds, or --learner logistic.")
        }
        if folds == nil, foldsBy == .entity {
            throw ValidationError("--folds-by entity needs --folds: lambda is not chosen so.")
        }
        if foldsBy == .time, time == nil {
            throw ValidationError("--folds-by time needs --time.")
        }
        if foldsBy == .entity, entity == nil {
            throw ValidationError("--folds-by entity needs --entity.")
        }
        if gap > 0, let foldsBy, foldsBy == .entity || foldsBy == .stratified {
            throw ValidationError(
                "--gap is between a time and the next: not with --folds-by \(foldsBy.rawValue).")
        }
        if folds != nil, options.initModel != nil {
            throw ValidationError(
                "--folds does not go with --init-model, which may have learned the folds' rows.")
        }
        if folds != nil, seed > UInt32.max {
            throw ValidationError("--seed must be at most 4294967295 with --folds.")
        }
    }
}
