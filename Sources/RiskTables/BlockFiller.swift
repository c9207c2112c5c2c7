/// Reads a file block by block, each ending with a whole record.
final class BlockFiller {
    /// What finds the records of a block.
    enum Scanner {
        case csv(CSVScanner)
        case jsonLines(JSONLineScanner)

        var stride: Int {
            switch self {
            case .csv(let scanner): scanner.stride
            case .jsonLines(let scanner): scanner.stride
            }
        }

        func scan(_ block: RecordBlock) {
            switch self {
            case .csv(let scanner): scanner.scan(block)
            case .jsonLines(let scanner): scanner.scan(block)
            }
        }
    }

    let source: ReadAhead
    let chunkBytes: Int
    let recordLimit: Int

    init(source: ReadAhead, chunkBytes: Int, recordLimit: Int) {
        self.source = source
        self.chunkBytes = chunkBytes
        self.recordLimit = recordLimit
    }

    /// Fills a block with what `previous` left over and what follows it in the file, and finds its
    /// records.
    func fill(
        _ block: RecordBlock, after previous: RecordBlock, scanner: Scanner
    ) throws(TableError) {
        let rest = previous.count - previous.consumed
        block.count = 0
        block.start = 0
        block.isLast = previous.isLast
        block.firstLine = previous.firstLine + previous.lineCount
        block.reserve(rest + chunkBytes)
        block.bytes.update(from: previous.bytes + previous.consumed, count: rest)
        block.count = rest
        try read(into: block, atMost: chunkBytes)
        try scan(block, with: scanner)
    }

    /// Finds the records of a block, reading on while it holds none in full.
    func scan(_ block: RecordBlock, with scanner: Scanner) throws(TableError) {
        block.prepare(stride: scanner.stride, chunkBytes: chunkBytes)
        while true {
            block.clearRecords()
            scanner.scan(block)
            if block.consumed > block.start || block.isLast { break }
            try extend(block, recordStart: block.start)
        }
        block.survey()
    }

    /// Reads about as much again, for a record that the block does not hold in full.
    func extend(_ block: RecordBlock, recordStart: Int) throws(TableError) {
        guard block.count - recordStart <= recordLimit else {
            throw TableError(
                .badData, file: source.path, line: block.firstLine + lines(block, recordStart),
                "the record that begins here is longer than \(megabytes(recordLimit)); "
                    + "is a quote left open, or is this another kind of file?")
        }
        let more = min(max(block.count, chunkBytes), recordLimit - (block.count - recordStart) + 1)
        block.reserve(block.count + more)
        try read(into: block, atMost: more)
    }

    func read(into block: RecordBlock, atMost more: Int) throws(TableError) {
        let end = block.count + more
        while block.count < end, !block.isLast {
            let space = UnsafeMutableRawBufferPointer(
                start: block.bytes + block.count, count: end - block.count)
            let count = try source.read(into: space)
            if count == 0 { block.isLast = true }
            block.count += count
        }
        block.bytesRead = source.bytesRead
    }

    private func lines(_ block: RecordBlock, _ end: Int) -> Int {
        var lines = 0
        for i in 0..<end where block.bytes[i] == UInt8(ascii: "\n") { lines += 1 }
        return lines
    }

    private func megabytes(_ bytes: Int) -> String {
        bytes >= 1 << 20 ? "\(bytes >> 20) MiB" : "\(bytes) bytes"
    }
}
