import RiskJSON
import RiskModel
import RiskTables

/// A model file, read and checked as a whole.
enum ModelFile {
    /// The largest model file that is read.
    static let largest = 1 << 28

    /// Reads a model; nothing of it is believed before all of it has been checked.
    /// - Parameter scoresDiffer: how a command ends where only the golden vectors score differently.
    static func load(
        _ path: String, scoresDiffer: CommandFailure.Code = .badData
    ) throws -> AdditiveModel {
        let bytes = try readFile(path, limit: largest)
        do {
            return try AdditiveModel(artifact: bytes)
        } catch {
            throw CommandFailure(
                error.isOnlyOfScores ? scoresDiffer : .badData,
                messages: Mistakes(error.mistakes).messages(in: path))
        }
    }
}
