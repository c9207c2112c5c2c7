/// Rows that train together with those of other partitions, wherever they lie.
///
/// A learner that trains from partitions asks each of them for sums over its rows and never for the rows.
/// All sums are whole numbers, so what comes out is the model that one matrix with all the rows would give,
/// byte for byte, however they are divided.
///
/// `LocalPartition` holds its rows in memory. One that lies elsewhere sends `request.bytes` there, where a
/// `LocalPartition` answers, and gets the answer's bytes back:
///
/// ```swift
/// struct RemotePartition: TrainingPartition {
///     let connection: Connection
///     func answer(_ request: PartitionRequest) throws -> PartitionStatistics {
///         try PartitionStatistics(bytes: connection.call(request.bytes))
///     }
/// }
/// // and where the rows are:
/// let rows = try LocalPartition(data)
/// connection.serve { try rows.answer(PartitionRequest(bytes: $0)).bytes }
/// ```
///
/// A partition keeps what was said before (bins, the rows' scores so far), so it serves one training at a
/// time, and a request that got no answer can only be made again by training anew.
public protocol TrainingPartition: Sendable {
    /// Carries a request out.
    ///
    /// Several requests for values of columns may be under way at once; all others come one after the other.
    /// - Throws: any error: training ends with it, named with the partition's number.
    func answer(_ request: PartitionRequest) throws -> PartitionStatistics
}

/// The partitions of one training, asked side by side; their answers are added up.
struct PartitionGroup: Sendable {
    let partitions: [any TrainingPartition]
    /// How many are asked at a time.
    let workers: Int
    private let threads: Int

    /// - Parameter threads: partitions asked at a time, at most.
    init(_ partitions: [any TrainingPartition], threads: Int) {
        self.partitions = partitions
        self.threads = threads
        workers = max(1, min(threads, partitions.count))
    }

    /// The answers to a request, one a partition.
    func ask(_ request: PartitionRequest.Kind) throws(TrainingError) -> [PartitionStatistics] {
        try ask(partitions.map { _ in request })
    }

    /// The answers to a request of its own for each partition.
    func ask(_ requests: [PartitionRequest.Kind]) throws(TrainingError) -> [PartitionStatistics] {
        let none = Result<PartitionStatistics, TrainingError>.success(.done)
        var answers = [Result<PartitionStatistics, TrainingError>](
            repeating: none, count: partitions.count)
        answers.withUnsafeMutableBufferPointer { answers in
            nonisolated(unsafe) let answers = answers
            concurrently(workers) { worker in
                for index in stride(from: worker, to: partitions.count, by: workers) {
                    answers[index] = answer(of: index, to: requests[index])
                }
            }
        }
        var found: [PartitionStatistics] = []
        for answer in answers { found.append(try answer.get()) }
        return found
    }

    private func answer(
        of index: Int, to request: PartitionRequest.Kind
    ) -> Result<PartitionStatistics, TrainingError> {
        do {
            return .success(try partitions[index].answer(PartitionRequest(kind: request)))
        } catch {
            // With all rows in one partition nobody thinks of partitions.
            if partitions.count == 1, let error = error as? TrainingError { return .failure(error) }
            return .failure(.partition(index + 1, "\(error)"))
        }
    }

    /// The answers to a request, added up.
    func sum(_ request: PartitionRequest.Kind) throws(TrainingError) -> PartitionStatistics {
        let answers = try ask(request)
        guard var sum = answers.first else { return .done }
        for (index, answer) in answers.enumerated().dropFirst() {
            do {
                try sum.add(answer)
            } catch {
                throw .partition(index + 1, "\(error)")
            }
        }
        return sum
    }

    /// The answers to a request for a sum of whole numbers, added up.
    func total(_ request: PartitionRequest.Kind) throws(TrainingError) -> Int64 {
        guard case .total(let total) = try sum(request) else { throw unexpected(request) }
        return total
    }

    /// Asks for hashes of rows, and gives the rows of all partitions names that follow from them.
    func nameRows(
        _ request: PartitionRequest.Kind, _ give: ([UInt64]) -> PartitionRequest.Kind
    ) throws(TrainingError) {
        var sizes: [Int] = []
        var hashes: [UInt64] = []
        for answer in try ask(request) {
            guard case .hashes(let some) = answer else { throw unexpected(request) }
            sizes.append(some.count)
            if hashes.isEmpty { hashes = some } else { hashes += some }
        }
        let names = RowNames.numbered(hashes, threads: threads)
        var requests: [PartitionRequest.Kind] = []
        var start = 0
        for size in sizes {
            requests.append(give(size == names.count ? names : Array(names[start..<start + size])))
            start += size
        }
        _ = try ask(requests)
    }

    /// What to throw where an answer is to another question.
    func unexpected(_ request: PartitionRequest.Kind) -> TrainingError {
        .badPartition("an answer to \"\(request.name)\" is of another kind, or of another size")
    }
}
