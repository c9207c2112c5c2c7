/// Reads a whole file: a spec, a model, a policy; "-" is standard input. Nothing is inflated.
/// - Parameter limit: the most bytes that are read.
/// - Throws: `.noInput` where the file cannot be opened, `.badData` where it is longer than the
///   limit, `.input` where reading fails.
/// - Complexity: O(bytes).
public func readFile(_ path: String, limit: Int) throws(TableError) -> [UInt8] {
    let file = try InputFile(path: path)
    let tooLong = TableError(.badData, file: path, "is longer than \(limit) bytes")
    if let total = file.totalBytes, total > limit { throw tooLong }
    var bytes: [UInt8] = []
    // Made once: growing would hold the file twice over, and half as much room again.
    if let total = file.totalBytes { bytes.reserveCapacity(total) }
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = try piece.withUnsafeMutableBufferPointer { (space) throws(TableError) in
            try file.read(into: UnsafeMutableRawBufferPointer(space))
        }
        if count == 0 { return bytes }
        guard bytes.count + count <= limit else { throw tooLong }
        bytes.append(contentsOf: piece[..<count])
    }
}
