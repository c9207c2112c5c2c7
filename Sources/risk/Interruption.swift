import Foundation
import Synchronization

/// Ctrl-C, a kill or a closed pipe end a command in good order: what was written aside is removed
/// first, then the process ends by that very signal, so that shells see what they expect.
///
/// The handler only notes the signal; loops ask with `check()` between batches. A second Ctrl-C ends
/// the process at once.
enum Interruption {
    private static let received = Atomic<Int32>(0)

    /// Begins to note SIGINT, SIGTERM and SIGHUP, and to see closed pipes as failed writes.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { Interruption.received.store($0, ordering: .relaxed) }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
            sigaction(number, &action, nil)
        }
    }

    /// Whether a signal has asked the command to end.
    static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

    /// Throws where a signal has asked the command to end.
    static func check() throws(CommandFailure) {
        let number = received.load(ordering: .relaxed)
        if number != 0 { throw CommandFailure(signal: number) }
    }

    /// Ends the process as the signal would have done.
    static func end(by number: Int32) -> Never {
        signal(number, SIG_DFL)
        raise(number)
        exit(128 + number)
    }
}
