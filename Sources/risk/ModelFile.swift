import RiskJSON
import RiskModel
import RiskTables

/// A model file, read and checked as a whole.
enum ModelFile {
    /// The largest model file that is read.
    static let largest = 1 << 28

    /// Reads a model; nothing of it is believed before all of it has been checked.
    static func load(_ path: String) throws -> AdditiveModel {
        let bytes = try readFile(path, limit: largest)
        do {
            return try AdditiveModel(artifact: bytes)
        } catch {
            throw CommandFailure(.badData, messages: Mistakes(error.mistakes).messages(in: path))
        }
    }
}
