import Foundation
import RiskColumns
import Testing

@testable import RiskTables

/// Pieces taken apart on several threads, against `TableReader` on the same file: the same rows, the same
/// rejected rows, the same error, wherever the pieces end.
@Suite("A table in pieces")
struct TablePiecesTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    struct Outcome: Equatable {
        var error: TableError?
        var rows: [[String]] = []
        var rejects: [UInt8] = []
    }

    static let requests = FuzzTests.requests.map {
        $0.type == .category ? ColumnRequest($0.name, .text) : $0
    }

    private func expected(_ path: String, rejecting: Bool, all: Bool, chunk: Int) throws -> Outcome
    {
        var outcome = Outcome()
        let rejects = try RejectsWriter(path: bench.path("rejects.csv"))
        do throws(TableError) {
            let reader = try TableReader.chunked(
                path, all ? .all(as: .text, except: []) : .columns(Self.requests), chunk: chunk,
                onError: rejecting ? .reject(rejects) : .fail, recordLimit: 4096)
            outcome.rows = try reader.readAll().shownRows
        } catch {
            outcome.error = error
        }
        try rejects.finish()
        if outcome.error == nil { outcome.rejects = try bench.bytes("rejects.csv") }
        return outcome
    }

    private func pieces(
        _ path: String, rejecting: Bool, all: Bool, chunk: Int, threads: Int
    ) -> Outcome {
        var outcome = Outcome()
        var rejects = Array(RejectsWriter.header.utf8)
        do throws(TableError) {
            let pieces = try TablePieces(
                path: path, format: nil,
                requests: all ? .all(as: .text, except: []) : .columns(Self.requests),
                notesAll: rejecting, pieceBytes: chunk, recordLimit: 4096)
            var next = 0
            try pieces.run(threads: threads, rejects: rejecting) { table, piece, _ in
                (piece, table.shownRows)
            } reject: { row, record in
                RejectsWriter.append(file: path, row, record: record, to: &rejects)
            } take: { product, progress in
                #expect(product?.0 == next && progress.pieces == next + 1)
                next += 1
                outcome.rows += product?.1 ?? []
            }
        } catch {
            outcome.error = error
            outcome.rows = []
        }
        if rejecting, outcome.error == nil {
            outcome.rejects = rejects
        } else if outcome.error == nil {
            outcome.rejects = Array(RejectsWriter.header.utf8)
        }
        return outcome
    }

    @Test(
        "Mutated files come to the same as with one thread and batches",
        arguments: ["csv", "jsonl"])
    func fuzz(_ form: String) throws {
        var generator = SeededGenerator(seed: 2026)
        let valid = form == "csv" ? FuzzTests.csv : FuzzTests.json
        var (failures, rejected) = (0, 0)
        for round in 0..<1500 {
            let path = bench.file("log.\(form)", FuzzTests.mutated(valid, &generator))
            let chunk = Int.random(in: 1...300, using: &generator)
            let (rejecting, all) = (round % 2 == 0, round % 5 == 0)
            let wanted = try expected(path, rejecting: rejecting, all: all, chunk: chunk)
            let found = pieces(
                path, rejecting: rejecting, all: all, chunk: chunk, threads: 1 + round % 3)
            #expect(found == wanted)
            if wanted.error != nil { failures += 1 }
            if wanted.rejects.count > RejectsWriter.header.utf8.count { rejected += 1 }
        }
        #expect(failures > 100 && rejected > 100)
    }

    @Test("Past offenders", arguments: FuzzTests.offenders.indices, ["log.csv", "log.jsonl"])
    func offender(_ index: Int, _ name: String) throws {
        let path = bench.file(name, FuzzTests.offenders[index])
        for chunk in [1, 2, 3, 4096] {
            for rejecting in [true, false] {
                #expect(
                    pieces(path, rejecting: rejecting, all: false, chunk: chunk, threads: 2)
                        == (try expected(path, rejecting: rejecting, all: false, chunk: chunk)))
            }
        }
    }

    @Test(
        "Passing pieces over leaves the others and the digest as they were; other bytes have another"
    )
    func skipping() throws {
        let text = "n,x\n" + (0..<500).map { "\($0),\"a\n\($0)\"\n" }.joined()
        func run(_ text: String, skipping: Int) throws -> ([String], [PieceDigest], Int) {
            let path = bench.file("log.csv", text)
            let pieces = try TablePieces(
                path: path, format: nil, requests: .columns([ColumnRequest("n", .text)]),
                notesAll: false, pieceBytes: 256, recordLimit: 4096)
            var rows: [String] = []
            var digests: [PieceDigest] = []
            var position = 0
            try pieces.run(threads: 2, skipping: skipping, isDigested: true) { table, _, _ in
                table.shownRows.map { $0[0] }
            } take: { product, progress in
                #expect((product == nil) == (progress.pieces <= skipping))
                rows += product ?? []
                digests.append(progress.digest)
                position = progress.position
            }
            return (rows, digests, position)
        }
        let (all, digests, position) = try run(text, skipping: 0)
        #expect(all == (0..<500).map(String.init))
        #expect(position == text.utf8.count - 4)
        for skipped in [1, 7, digests.count - 1, digests.count, digests.count + 3] {
            let (rows, same, _) = try run(text, skipping: skipped)
            #expect(same == digests)
            #expect(Array(all.suffix(rows.count)) == rows)
            #expect(rows.isEmpty == (skipped >= digests.count))
        }
        #expect(Set(digests.map(\.hexadecimal)).count == digests.count)
        for digest in digests { #expect(PieceDigest(hexadecimal: digest.hexadecimal) == digest) }
        // One byte of the first piece: from there on every digest of the chain is another.
        let other = try run(text.replacing("\n7,", with: "\n8,", maxReplacements: 1), skipping: 0).1
        #expect(!zip(digests, other).contains { $0 == $1 })
    }

    @Test("Every change of a byte, of a length or of the order of bytes changes the digest")
    func digest() {
        var generator = SeededGenerator(seed: 5)
        func digest(_ bytes: [UInt8]) -> String {
            bytes.withUnsafeBytes { PieceDigest($0).hexadecimal }
        }
        var seen: Set<String> = []
        var expected = 0
        for count in 0..<100 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            seen.insert(digest(bytes))
            seen.insert(digest(bytes + [0]))
            expected += 2
            for place in bytes.indices {
                var changed = bytes
                changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                seen.insert(digest(changed))
                expected += 1
            }
        }
        #expect(seen.count == expected)
        for malformed in [
            "", "0", String(repeating: "g", count: 32), String(repeating: "+1", count: 16),
        ] {
            #expect(PieceDigest(hexadecimal: malformed) == nil)
        }
    }

    @Test(
        "What is laid out in pieces is what a writer of tables writes",
        arguments: TableFormat.allCases)
    func rowText(_ format: TableFormat) throws {
        let path = bench.file("log.csv", FuzzTests.csv)
        let reader = try TableReader.chunked(path, .columns(Self.requests), chunk: 4096)
        let table = try reader.readAll()
        let writer = try TableWriter(path: bench.path("out"), format: format)
        try writer.write(table)
        try writer.finish()
        let layout = RowLayout(names: table.columns.map(\.name), format: format)
        let text = RowText()
        text.set(table, layout: layout)
        #expect(layout.header + Array(text.bytes) == (try bench.bytes("out")))
    }
}
