import Synchronization

/// Memory to sort columns in, used again by the next column: to touch new memory costs as much as to sort.
final class SortingRooms: Sendable {
    /// What a column of some length needs.
    struct Room: Sendable {
        let present: Storage<Double>
        let values: Storage<Double>
        let sums: Storage<Int64>
        /// nil where no row has a weight of its own.
        let weights: (present: Storage<UInt32>, other: Storage<UInt32>)?

        init(_ count: Int, isWeighted: Bool) {
            present = Storage(uninitialized: count)
            values = Storage(uninitialized: count)
            sums = Storage(uninitialized: count)
            weights =
                isWeighted ? (Storage(uninitialized: count), Storage(uninitialized: count)) : nil
        }

        func fits(_ count: Int, isWeighted: Bool) -> Bool {
            present.count >= count && (weights != nil || !isWeighted)
        }
    }

    private let free = Mutex<[Room]>([])

    /// Lends room for so many rows.
    func with<Result>(_ count: Int, isWeighted: Bool, _ body: (Room) -> Result) -> Result {
        let last = free.withLock { $0.popLast() }
        let room: Room
        if let last, last.fits(count, isWeighted: isWeighted) {
            room = last
        } else {
            room = Room(count, isWeighted: isWeighted)
        }
        defer { free.withLock { $0.append(room) } }
        return body(room)
    }
}
