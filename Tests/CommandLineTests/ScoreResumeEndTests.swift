import Foundation
import RiskJSON
import Testing

/// Where two runs meet at one output, and where a kill hits the last steps of one.
@Suite("risk score --resume: two starts, and the last steps")
struct ScoreResumeEndTests {
    private let runs = ScoreResumeTests()
    private static let options =
        ScoreResumeTests.score.map { $0 == "base.csv" ? "-" : $0 } + [
            "--output", "out.csv", "--resume",
        ]
    private static let rejects = ["--rejects", "out-bad.csv"]

    private func whole(_ workplace: Workplace, _ options: [String] = []) async throws -> [UInt8] {
        let outcome = try await workplace.risk(
            ScoreResumeTests.score + ["--output", "whole.csv"] + options)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try workplace.bytes("whole.csv")
    }

    /// Makes the table what was sent through the pipe: its rows several times over.
    private func repeated(_ workplace: Workplace, _ lines: [String], _ count: Int) throws {
        let all = [lines[0]] + (0..<count).flatMap { _ in lines.dropFirst() }
        try workplace.write(all.map { $0 + "\n" }.joined(), to: "base.csv")
    }

    private func move(_ workplace: Workplace, _ name: String, to other: String) throws {
        try FileManager.default.moveItem(
            at: workplace.folder.appending(path: name), to: workplace.folder.appending(path: other))
    }

    @Test("A second start of the same command, or another one, leaves the running one alone")
    func twoStarts() async throws {
        let workplace = try await runs.interrupted()
        let lines = try workplace.text("base.csv").split(separator: "\n").map(String.init)
        let first = try RunningRisk(workplace, Self.options + ["--resume-every", "0"])
        let before = runs.rows(workplace)
        first.feed([lines[0]])
        for _ in 0..<8 { first.feed(lines.dropFirst()) }
        while runs.rows(workplace) <= before, !first.hasEnded {
            try await Task.sleep(for: .milliseconds(5))
        }
        // It is waiting for input by now; what it writes next to the state has such a name.
        try await Task.sleep(for: .milliseconds(300))
        let aside = ".out.csv.resume.abc.part"
        try workplace.write("{", to: aside)
        let (state, partial) = (
            try workplace.bytes("out.csv.resume"), try workplace.bytes("out.csv.partial")
        )
        for more in [[], ["--reasons", "1"]] {
            let second = try await runs.piped(workplace, "base.csv", Self.options + more)
            #expect(second.exitCode == 73, "\(second.errors)")
            #expect(second.errors.contains("out.csv.partial: another process is writing it"))
            #expect(!second.errors.contains("anew"), "\(second.errors)")
        }
        #expect(workplace.files.contains(aside))
        #expect(try workplace.bytes("out.csv.resume") == state)
        #expect(try workplace.bytes("out.csv.partial") == partial)

        first.close()
        #expect(await first.end() == 0, "\(first.said)")
        try repeated(workplace, lines, 8)
        #expect(try await workplace.bytes("out.csv") == whole(workplace))
    }

    /// The state and the files of a run that was killed when everything was scored and on the disk: before
    /// its first renaming, or before its second.
    private func finishing(rejectsRenamed: Bool) async throws -> (Workplace, output: [UInt8]) {
        let workplace = try await runs.interrupted(Self.rejects)
        guard case .object(let all) = try workplace.json("out.csv.resume").content,
            case .integer(let length)? = Node.object(Array(all))["output"]?["bytes"]?.content
        else { throw CocoaError(.fileReadCorruptFile) }
        var members = all.filter { $0.key != "sha256" } + [.init("finishing", Node(true))]
        members.append(.init("sha256", Node(Node.object(members).sha256())))
        try workplace.write(Node.object(members).json(.indented) + "\n", to: "out.csv.resume")
        let output = Array(try workplace.bytes("out.csv.partial").prefix(Int(length)))
        try workplace.write(output, to: "out.csv.partial")
        try workplace.write("file,line,field,reason,record\n", to: "out-bad.csv.partial")
        if rejectsRenamed {
            try move(workplace, "out-bad.csv.partial", to: "out-bad.csv")
        }
        return (workplace, output)
    }

    @Test("A run killed between its last renamings is completed", arguments: [false, true])
    func completed(rejectsRenamed: Bool) async throws {
        let (workplace, output) = try await finishing(rejectsRenamed: rejectsRenamed)
        let lines = try workplace.text("base.csv").split(separator: "\n").map(String.init)

        // Another command is not the one to do it, and is told where the state is.
        let state = try workplace.bytes("out.csv.resume")
        let other = try await runs.piped(
            workplace, "base.csv", Self.options + ["--rejects", "elsewhere.csv"])
        #expect(other.exitCode == 65)
        #expect(other.errors.contains("out.csv.resume: the interrupted run had other options"))
        #expect(other.errors.contains("repeat its own command"))
        #expect(try workplace.bytes("out.csv.resume") == state)

        // The same one does: the old files are there before the new ones are, which wait for input.
        let process = try RunningRisk(workplace, Self.options + Self.rejects)
        process.feed([lines[0]])
        for _ in 0..<4 { process.feed(lines.dropFirst()) }
        while !workplace.files.contains("out.csv"), !process.hasEnded {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try workplace.bytes("out.csv") == output)
        #expect(try workplace.text("out-bad.csv") == "file,line,field,reason,record\n")
        process.close()
        try repeated(workplace, lines, 4)
        #expect(await process.end() == 0, "\(process.said)")
        #expect(process.said.contains("its files are in place now"))
        #expect(try await workplace.bytes("out.csv") == whole(workplace))
        #expect(!workplace.files.contains { $0.hasPrefix("out.csv.") || $0.hasSuffix(".partial") })
    }

    @Test("A run killed before its state was removed does not stand in the way of another one")
    func stateLeft() async throws {
        for isEmpty in [false, true] {
            let (workplace, _) = try await finishing(rejectsRenamed: true)
            try move(workplace, "out.csv.partial", to: "out.csv")
            // A start after that which was killed at once has left an empty file.
            if isEmpty { try workplace.write("", to: "out.csv.partial") }
            let outcome = try await workplace.risk(
                ScoreResumeTests.score + ["--output", "out.csv", "--resume", "--reasons", "1"])
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("out.csv.partial is gone: the run begins anew"))
            #expect(
                try await workplace.bytes("out.csv") == whole(workplace, ["--reasons", "1"]))
            #expect(!workplace.files.contains { $0.hasPrefix("out.csv.") })
        }
    }

    @Test("Of rejects that are gone, the message names the state that there is")
    func rejectsGone() async throws {
        let workplace = try await runs.interrupted(Self.rejects)
        try FileManager.default.removeItem(
            at: workplace.folder.appending(path: "out-bad.csv.partial"))
        let outcome = try await runs.piped(workplace, "base.csv", Self.options + Self.rejects)
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("out-bad.csv.partial: is not as the interrupted run"))
        #expect(outcome.errors.contains("remove it and out.csv.resume"), "\(outcome.errors)")
    }

    @Test("An output keeps its permissions; where it is a link, what it points to is replaced")
    func permissions() async throws {
        let workplace = try await runs.interrupted()
        let files = FileManager.default
        for name in ["out.csv.partial", "out.csv.resume"] {
            try files.removeItem(at: workplace.folder.appending(path: name))
        }
        let real = workplace.folder.appending(path: "private.csv").path
        try workplace.write("old\n", to: "private.csv")
        try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: real)
        try files.createSymbolicLink(
            atPath: workplace.folder.appending(path: "out.csv").path,
            withDestinationPath: "private.csv")
        let process = try RunningRisk(workplace, Self.options + ["--resume-every", "0"])
        let lines = try workplace.text("base.csv").split(separator: "\n").map(String.init)
        process.feed([lines[0]])
        for _ in 0..<4 { process.feed(lines.dropFirst()) }
        while !workplace.files.contains("private.csv.partial"), !process.hasEnded {
            try await Task.sleep(for: .milliseconds(5))
        }
        try await Task.sleep(for: .milliseconds(100))
        #expect(try permissions(of: real + ".partial") == 0o600)
        process.close()
        try repeated(workplace, lines, 4)
        #expect(await process.end() == 0, "\(process.said)")
        #expect(try permissions(of: real) == 0o600)
        #expect(
            try files.destinationOfSymbolicLink(
                atPath: workplace.folder.appending(path: "out.csv").path) == "private.csv")
        #expect(try await workplace.bytes("private.csv") == whole(workplace))
    }

    private func permissions(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}
