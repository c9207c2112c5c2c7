import Foundation
import RiskTables
import Synchronization

/// Ctrl-C, a kill or a closed pipe end a command in good order: what was written aside is removed
/// first, then the process ends by that very signal, so that shells see what they expect.
///
/// The handler only passes the signal's number on through a pipe, to a thread that waits there. So
/// nothing has to ask whether a signal came, and a command that waits for input ends at once too.
enum Interruption {
    /// Where the handler writes.
    private static let pipeEnd = Atomic<Int32>(-1)
    /// Where signals are passed on to, for a command that ends by itself; -1: it does not.
    private static let command = Atomic<Int32>(-1)

    /// From now on a signal does not end the process: the descriptor that is returned can be read then,
    /// and the command ends in its own good order. A second signal of the kind ends the process.
    static func passOn() -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return -1 }
        command.store(ends[1], ordering: .sequentiallyConsistent)
        return ends[0]
    }

    /// Sees to SIGINT, SIGTERM and SIGHUP, unless whoever started the process had them ignored (as
    /// nohup does), and turns closed pipes and file size limits into failed writes.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        pipeEnd.store(ends[1], ordering: .sequentiallyConsistent)
        Thread.detachNewThread { [reading = ends[0]] in
            var number: UInt8 = 0
            while true {
                while read(reading, &number, 1) != 1 {}
                let command = command.load(ordering: .sequentiallyConsistent)
                if command < 0 { break }
                write(command, &number, 1)
            }
            Progress.clear()
            AtomicFile.abandonAll()
            end(by: Int32(number))
        }
        for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                var byte = UInt8(truncatingIfNeeded: number)
                write(Interruption.pipeEnd.load(ordering: .relaxed), &byte, 1)
            }
            // A second signal of the kind ends the process at once; reads and writes go on.
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
            sigaction(number, &action, nil)
            unblock(number)
        }
    }

    /// Ends the process as the signal would have done.
    static func end(by number: Int32) -> Never {
        signal(number, SIG_DFL)
        unblock(number)
        raise(number)
        exit(128 + number)
    }

    /// A process inherits the signals that the thread which started it had blocked, and the threads of
    /// a service block nearly all.
    private static func unblock(_ number: Int32) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
