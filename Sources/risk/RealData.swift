/// Real data sets that a recipe needs and that are not part of the project.
enum RealData {
    /// Says which files are not there, where they come from and how to name their place.
    /// - Parameters:
    ///   - paths: below the data folder.
    ///   - data: the data folder; nil where a simulated world was asked for.
    ///   - source: where the recipe says that they come from.
    static func missing(
        _ paths: [String], in data: String?, recipe: String, source: String?
    ) -> CommandFailure {
        guard let data else {
            return CommandFailure(
                .usage, "--simulated: \(recipe) runs on real data and has no simulated world")
        }
        let files = paths.map { "\(data)/\($0)" }.joined(separator: ", ")
        let origin = source.map { "; it comes from \($0)" } ?? ""
        return CommandFailure(
            .noInput, "\(recipe) runs on real data, which is not here: \(files)\(origin)",
            "the folder with the data is named with --data or RISKKIT_DATA; "
                + "datasets/README.md says which files belong there")
    }
}
