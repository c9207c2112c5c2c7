import Foundation

/// Keeps an output from taking the place of an input, or of another output.
enum DistinctFiles {
    /// Throws where two options name one file, links and spellings of a path seen through; inputs may
    /// stand twice.
    static func check(
        inputs: [(option: String, path: String?)] = [], outputs: [(option: String, path: String?)]
    ) throws {
        var seen: [String: String] = [:]
        for (option, path) in inputs {
            if let path, path != "-" { seen[identity(path)] = option }
        }
        for (option, path) in outputs {
            guard let path else { continue }
            if let other = seen.updateValue(option, forKey: identity(path)) {
                throw CommandFailure(
                    .usage,
                    "\(option) and \(other) name the same file, \(path == "-" ? "standard output" : path)"
                )
            }
        }
    }

    /// The file itself where there is one, else where it would be; standard output by its sign.
    private static func identity(_ path: String) -> String {
        if path == "-" { return path }
        var status = stat()
        if stat(path, &status) == 0 {
            // Devices may be written to as often as one likes.
            if status.st_mode & S_IFMT == S_IFCHR { return UUID().uuidString }
            return "\(status.st_dev):\(status.st_ino)"
        }
        return URL(filePath: path).standardizedFileURL.path
    }
}
