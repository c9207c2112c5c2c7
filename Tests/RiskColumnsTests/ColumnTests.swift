import RiskColumns
import Testing

@Suite("CategoryDictionary: texts to codes")
struct CategoryDictionaryTests {
    @Test("codes count up from 0 in the order of first appearance")
    func order() {
        var dictionary = CategoryDictionary()
        let codes = ["b", "a", "b", "", "c", "a", ""].map { dictionary.intern($0) }
        #expect(codes == [0, 1, 0, 2, 3, 1, 2])
        #expect(dictionary.texts == ["b", "a", "", "c"])
        #expect(dictionary.count == 4)
    }

    @Test("a text that was never added has no code, and asking adds none")
    func absent() {
        var dictionary = CategoryDictionary()
        #expect(dictionary.code(of: "x") == nil)
        _ = dictionary.intern("x")
        #expect(dictionary.code(of: "x") == 0)
        #expect(dictionary.code(of: "") == nil)
        #expect(dictionary.code(of: "x\0") == nil)
        #expect(dictionary.count == 1)
    }

    @Test("texts of every length around eight bytes that differ in one byte are different")
    func nearTexts() {
        var dictionary = CategoryDictionary()
        var texts: [String] = []
        for length in 0...40 {
            let base = [UInt8](repeating: UInt8(ascii: "k"), count: length)
            texts.append(String(decoding: base, as: UTF8.self))
            for place in 0..<length {
                var other = base
                other[place] = UInt8(ascii: "j")
                texts.append(String(decoding: other, as: UTF8.self))
                other[place] = 0
                texts.append(String(decoding: other, as: UTF8.self))
            }
        }
        for (code, text) in texts.enumerated() { #expect(dictionary.intern(text) == Int32(code)) }
        for (code, text) in texts.enumerated() {
            #expect(dictionary.code(of: text) == Int32(code))
            #expect(dictionary[Int32(code)] == text)
            #expect(dictionary.withUTF8(Int32(code)) { Array($0) } == Array(text.utf8))
        }
    }

    @Test("what was prepared finds texts of up to sixteen bytes, also if the table grew meanwhile")
    func prepared() {
        var dictionary = CategoryDictionary()
        let texts = (0..<500).map { String(repeating: "k", count: $0 % 15) + "\($0)" }
        let sought = texts.map { dictionary.prepare($0) }
        #expect(sought.allSatisfy { dictionary.code(of: $0) == nil })
        for text in texts { _ = dictionary.intern(text) }
        for (code, text) in texts.enumerated() {
            let found = dictionary.code(of: sought[code])
            #expect(found == (text.utf8.count <= 16 ? Int32(code) : nil))
        }
        #expect(dictionary.texts == texts)
    }

    @Test("agrees with Swift's dictionary on many random texts")
    func againstDictionary() {
        var dictionary = CategoryDictionary()
        var naive: [String: Int32] = [:]
        var state: UInt64 = 11
        for _ in 0..<50_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let text = String(state >> 44, radix: 36) + (state & 1 << 20 == 0 ? "" : "-Zürich-张伟")
            let code = naive[text] ?? Int32(naive.count)
            naive[text] = code
            #expect(dictionary.intern(text) == code)
        }
        #expect(dictionary.count == naive.count)
    }

    @Test("a copy goes its own way")
    func valueSemantics() {
        var first = CategoryDictionary()
        _ = first.intern("a")
        var second = first
        _ = second.intern("b")
        #expect(first.texts == ["a"])
        #expect(second.texts == ["a", "b"])
    }
}

@Suite("TextBuffer: texts one after the other")
struct TextBufferTests {
    @Test("texts come back in their order, empty ones too")
    func order() {
        let texts = ["", "a", "", "Zürich", "张伟", ""]
        let buffer = TextBuffer(texts)
        #expect(buffer.count == texts.count)
        #expect(texts.indices.map { buffer[$0] } == texts)
        #expect(buffer.range(3).count == 7)
        #expect(buffer.range(0) == 0..<0)
    }

    @Test("bytes that are no UTF-8 become replacement characters")
    func replacement() {
        var buffer = TextBuffer()
        let bytes: [UInt8] = [0x61, 0xFF, 0x62]
        bytes.withUnsafeBufferPointer { buffer.append($0) }
        #expect(buffer[0] == "a\u{FFFD}b")
        #expect(buffer.bytes == bytes)
    }
}

@Suite("Column: typed values with missing ones")
struct ColumnTests {
    func integers(_ type: ColumnType, _ values: [Int64]) -> Column {
        Column(name: "x", type: type, storage: .integers(values))
    }

    @Test("decimals as doubles are the doubles nearest to them")
    func decimals() throws {
        let column = integers(.decimal(scale: 2), [1230, -5, 0, 8565, 999_999_999_999_999])
        #expect(try #require(column.doubles) == [12.30, -0.05, 0, 85.65, 9_999_999_999_999.99])
    }

    @Test("missing integers, decimals, booleans and times become NaN")
    func missing() throws {
        for type in [ColumnType.integer, .decimal(scale: 3), .boolean, .time] {
            let doubles = try #require(integers(type, [1, Column.missing]).doubles)
            #expect(doubles[0] == (type == .decimal(scale: 3) ? 0.001 : 1))
            #expect(doubles[1].isNaN)
        }
    }

    @Test("texts and categories are no doubles")
    func texts() {
        let codes = Column(
            name: "x", type: .category, storage: .codes([-1, 0], CategoryDictionary()))
        #expect(codes.doubles == nil)
        #expect(codes.count == 2)
        #expect(Column(name: "x", type: .text, storage: .text(TextBuffer(["1"]))).doubles == nil)
    }

    @Test("a table finds its columns by name")
    func table() {
        let table = Table(columns: [integers(.integer, [1, 2])], rowCount: 2)
        #expect(table["x"]?.count == 2)
        #expect(table["y"] == nil)
    }

    @Test("a matrix gives the rows asked for, in the order asked for")
    func matrix() {
        let matrix = FeatureMatrix(
            names: ["a", "b"], columns: [[1, 2, 3], [4, 5, 6]], rowCount: 3)
        let chosen = matrix.selecting(rows: [2, 0, 2])
        #expect(chosen.columns == [[3, 1, 3], [6, 4, 6]])
        #expect(chosen.rowCount == 3)
        #expect(chosen.names == ["a", "b"])
    }
}
