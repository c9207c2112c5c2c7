import Foundation
import RiskJSON
import Testing

/// A folder of its own in which a test runs the real release binary; removed when the test ends.
final class Workplace: Sendable {
    /// Where commands run and relative paths start.
    let folder: URL

    /// How a command ended and what it said.
    struct Outcome: Sendable {
        /// The exit code; 128 + the signal's number where a signal ended it, as in shells.
        let exitCode: Int32
        let output: String
        let errors: String
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("risk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The project's root, in which Package.swift lies.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The binary under test: `$RISK_BINARY`, else the release build of this checkout. Its absence
    /// fails the test: a silent skip would prove nothing.
    static func binary() throws -> URL {
        let given = ProcessInfo.processInfo.environment["RISK_BINARY"].map { URL(filePath: $0) }
        let binary = given ?? root.appending(path: ".build/release/risk")
        guard FileManager.default.isExecutableFile(atPath: binary.path) else {
            throw MissingBinary(path: binary.path)
        }
        return binary
    }

    struct MissingBinary: Error, CustomStringConvertible {
        let path: String
        var description: String {
            "there is no \(path): build it with `swift build -c release --product risk`, or run `make test`"
        }
    }

    /// Runs `risk` with these arguments.
    func risk(_ arguments: String..., input: String = "/dev/null") async throws -> Outcome {
        try await risk(arguments, input: input)
    }

    /// Runs `risk` with these arguments.
    func risk(_ arguments: [String], input: String = "/dev/null") async throws -> Outcome {
        try await run(Self.binary(), arguments, input: input)
    }

    /// Runs a line of bash, with `risk` on its PATH.
    func bash(_ line: String) async throws -> Outcome {
        try await run(URL(filePath: "/bin/bash"), ["-c", line], input: "/dev/null")
    }

    private func run(_ binary: URL, _ arguments: [String], input: String) async throws -> Outcome {
        let process = Process()
        process.executableURL = binary
        process.arguments = arguments
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] =
            try Self.binary().deletingLastPathComponent().path + ":" + (environment["PATH"] ?? "")
        environment["COLUMNS"] = nil
        environment["LC_ALL"] = "C.UTF-8"
        process.environment = environment
        // Through files and not pipes: nothing blocks, however much is said.
        let said = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let outputURL = said.appendingPathExtension("out")
        let errorsURL = said.appendingPathExtension("err")
        for url in [outputURL, errorsURL] { try Data().write(to: url) }
        defer {
            for url in [outputURL, errorsURL] { try? FileManager.default.removeItem(at: url) }
        }
        process.standardInput = FileHandle(forReadingAtPath: resolve(input).path)
        process.standardOutput = try FileHandle(forWritingTo: outputURL)
        process.standardError = try FileHandle(forWritingTo: errorsURL)
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        let signalled = process.terminationReason == .uncaughtSignal
        return Outcome(
            exitCode: (signalled ? 128 : 0) + process.terminationStatus,
            output: String(decoding: try Data(contentsOf: outputURL), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errorsURL), as: UTF8.self))
    }

    private func resolve(_ path: String) -> URL {
        path.hasPrefix("/") ? URL(filePath: path) : folder.appending(path: path)
    }

    /// Writes a file.
    func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    /// Writes a file.
    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: resolve(name))
    }

    /// A file's bytes.
    func bytes(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: resolve(name))) }

    /// A file as text.
    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// A file as a JSON document.
    func json(_ name: String) throws -> Node { try JSONParser.parse(bytes(name)) }

    /// The names of the files here, hidden ones too, sorted.
    var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }
}
