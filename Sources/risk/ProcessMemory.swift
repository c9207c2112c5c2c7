import Foundation

/// What this process has of the machine's memory, and what it may have.
struct ProcessMemory {
    /// The bound in bytes.
    let limit: Int
    /// Whether somebody set it; else it follows from the machine.
    let isGiven: Bool

    /// - Parameter given: nil: nine tenths of what the machine has, or of what the process's control group
    ///   may take of it.
    init(given: MemoryArgument?) {
        isGiven = given != nil
        limit = given?.bytes ?? Self.available / 10 * 9
    }

    /// Whether so many bytes more would be too many.
    /// - Complexity: a system call.
    func isExceeded(by bytes: Int = 0) -> Bool { Self.resident > limit - min(bytes, limit) }

    /// What it is held to, in words.
    var bound: String {
        let amount = Self.text(limit)
        return isGiven ? "--memory \(amount)" : "\(amount), nine tenths of what there is"
    }

    /// The bytes that the process holds.
    static var resident: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
            return 0
        }
        let words = text.split(separator: " ")
        return words.count > 1 ? (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    /// The machine's memory, or less where a control group has a limit: the process's own, or one that
    /// it is in (cgroup 2; of cgroup 1 the memory controller's).
    static let available: Int = {
        func number(_ path: String) -> Int? {
            let text = try? String(contentsOfFile: path, encoding: .utf8)
            return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        var least = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isSecond = parts[0] == "0" && parts[1].isEmpty
            guard isSecond || parts[1].split(separator: ",").contains("memory") else { continue }
            let (root, file) =
                isSecond
                ? ("/sys/fs/cgroup", "memory.max")
                : ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            var names = parts[2].split(separator: "/")
            while true {
                let folder = ([root] + names.map(String.init)).joined(separator: "/")
                if let bound = number("\(folder)/\(file)"), bound > 0 { least = min(least, bound) }
                if names.popLast() == nil { break }
            }
        }
        return least
    }()

    /// Bytes in words: `512 MB`.
    static func text(_ bytes: Int) -> String {
        bytes < 10_000_000_000 ? "\(bytes / 1_000_000) MB" : "\(bytes / 1_000_000_000) GB"
    }
}
