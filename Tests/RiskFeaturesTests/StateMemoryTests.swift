import RiskColumns
import Testing

@testable import RiskFeatures

@Suite("Memory of states: blocks of whole cache lines")
struct StateMemoryTests {
    @Test("blocks begin at a cache line, and long ones where 128 bits may")
    func alignment() {
        let memory = StateMemory()
        for bytes in [1, 63, 64, 65, 5_000, 60_000, 65_536] {
            #expect(UInt(bitPattern: memory.allocate(bytes: bytes)) % 64 == 0, "\(bytes)")
        }
        for bytes in [65_537, 3 << 20, 9 << 20] {
            let block = memory.allocate(bytes: bytes)
            #expect(UInt(bitPattern: block) % 16 == 0, "\(bytes)")
            memory.deallocate(block, bytes: bytes)
        }
    }

    @Test("a block that was given back is the next one of its lines, the last one first")
    func reuse() {
        let memory = StateMemory()
        let (a, b, c) = (
            memory.allocate(bytes: 100), memory.allocate(bytes: 128), memory.allocate(bytes: 129)
        )
        memory.deallocate(a, bytes: 100)
        memory.deallocate(b, bytes: 128)
        #expect(memory.allocate(bytes: 192) != c, "nobody gave three lines back")
        #expect(memory.allocate(bytes: 70) == b)
        #expect(memory.allocate(bytes: 128) == a)
        #expect(![a, b, c].contains(memory.allocate(bytes: 128)))
    }

    @Test("blocks in use never overlap, whatever is asked for and given back")
    func apart() {
        let memory = StateMemory()
        var random = SplitMix64(seed: 5)
        var held: [(block: UnsafeMutablePointer<UInt8>, bytes: Int, mark: UInt8)] = []
        for step in 0..<4_000 {
            if random.below(3) > 0 || held.isEmpty {
                let bytes = 1 + random.below([50, 700, 9_000, 80_000][random.below(4)])
                let block = memory.allocate(bytes: bytes)
                    .bindMemory(to: UInt8.self, capacity: bytes)
                let mark = UInt8(truncatingIfNeeded: step)
                block.update(repeating: mark, count: bytes)
                held.append((block, bytes, mark))
            } else {
                let (block, bytes, mark) = held.remove(at: random.below(held.count))
                #expect(UnsafeBufferPointer(start: block, count: bytes).allSatisfy { $0 == mark })
                memory.deallocate(block, bytes: bytes)
            }
        }
        for (block, bytes, mark) in held {
            #expect(UnsafeBufferPointer(start: block, count: bytes).allSatisfy { $0 == mark })
            memory.deallocate(block, bytes: bytes)
        }
    }
}
