import Foundation

/// The files beside the tests.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Fixtures")

    static func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: folder.appending(path: name)))
    }
}
