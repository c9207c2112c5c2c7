import Foundation
import RiskModel
import Testing

/// What checking a model file takes, measured on the process that does it.
@Suite("risk verify's memory")
struct ModelMemoryTests {
    /// The peak of a process's resident memory, in bytes, as the system counts it for that process alone.
    private func peak(_ workplace: Workplace, _ arguments: [String]) throws -> Int {
        var attributes = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&attributes)
        defer { posix_spawn_file_actions_destroy(&attributes) }
        posix_spawn_file_actions_addopen(&attributes, 1, "/dev/null", O_WRONLY, 0)
        let words = ([try Workplace.binary().path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        try #require(posix_spawn(&process, words[0]!, &attributes, nil, words, environ) == 0)
        var (status, usage) = (Int32(0), rusage())
        while wait4(process, &status, 0, &usage) == -1, errno == EINTR {}
        try #require(status == 0)
        return usage.ru_maxrss * 1024
    }

    /// - Parameter cut: the cut points, shorter or longer as texts.
    private func model(tables: Int, cutPoints: Int, cut: (Int) -> Double) -> AdditiveModel {
        AdditiveModel(
            name: "large", features: (0..<tables).map { Feature(name: "f\($0)") }, intercept: 0,
            tables: (0..<tables).map { table in
                ScoreTable(
                    feature: table, cutPoints: (0..<cutPoints).map(cut),
                    units: (0...cutPoints).map { Int32($0 % 1000) }, missingUnits: 0,
                    typicalUnits: 0)
            })
    }

    @Test("At most four times the file, for tens of megabytes of long numbers and of short ones")
    func fourTimes() async throws {
        let workplace = try Workplace()
        try workplace.write(
            model(tables: 1, cutPoints: 3) { Double($0) }.artifact(), to: "small.json")
        let least = try peak(
            workplace, ["verify", workplace.folder.appending(path: "small.json").path])
        for (name, cut) in [
            ("short", { Double($0) + 0.5 }), ("long", { Double($0) / 3 + 1.0 / 7 }),
        ] as [(String, (Int) -> Double)] {
            let bytes = model(tables: 300, cutPoints: 5000, cut: cut).artifact()
            #expect(bytes.count > 15 << 20)
            try workplace.write(bytes, to: "large.json")
            let path = workplace.folder.appending(path: "large.json").path
            let times = Double(try peak(workplace, ["verify", path]) - least) / Double(bytes.count)
            #expect(times < 4, "\(name): \(times) times the file")
            print("risk verify, \(name) numbers: \(times) times \(bytes.count) bytes")
        }
    }
}
