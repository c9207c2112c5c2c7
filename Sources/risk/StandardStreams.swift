import Foundation
import RiskJSON

/// Standard output, for results only, with every failure seen: `print` would lose them.
enum StandardOutput {
    /// Writes a text as it stands.
    static func write(_ text: String) throws(CommandFailure) {
        let errorNumber = writeAll(text, to: STDOUT_FILENO)
        if errorNumber == EPIPE { throw CommandFailure(signal: SIGPIPE) }
        if errorNumber != 0 {
            throw CommandFailure(
                .inputOutput, "standard output: \(String(cString: strerror(errorNumber)))")
        }
    }

    /// Writes a line.
    static func print(_ line: String) throws(CommandFailure) { try write(line + "\n") }

    /// Writes a document as indented JSON.
    static func print(_ document: Node) throws(CommandFailure) {
        try write(document.json(.indented) + "\n")
    }
}

/// Standard error, for talk; nobody to tell where it fails.
enum StandardError {
    static func write(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }

    /// A remark of a command that goes on.
    static func remark(_ text: String) {
        Progress.clear()
        write("risk: \(text)\n")
    }
}

/// Returns the error's number, 0 where all was written.
private func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
        var written = 0
        while written < bytes.count {
            let count = Foundation.write(
                descriptor, bytes.baseAddress! + written, bytes.count - written)
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
