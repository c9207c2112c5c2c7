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

    /// The machine's memory, or less where the control group has a limit (cgroup 2).
    static let available: Int = {
        let machine = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        let group = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8)
        let bound = group.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        return min(machine, bound ?? machine)
    }()

    /// Bytes in words: `512 MB`.
    static func text(_ bytes: Int) -> String {
        bytes < 10_000_000_000 ? "\(bytes / 1_000_000) MB" : "\(bytes / 1_000_000_000) GB"
    }
}
