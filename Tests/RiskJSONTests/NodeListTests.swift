import RiskJSON
import Testing

/// Arrays of numbers are held as numbers; nobody who reads a document can tell.
@Suite struct NodeListTests {
    private func parse(_ text: String) throws -> Node { try JSONParser.parse(Array(text.utf8)) }

    /// What the parser made, against the nodes written out one by one.
    @Test(
        arguments: [
            ("[]", []), ("[1,2,3]", [1, 2, 3]), ("[0.5,1.0,-0]", [0.5, 1.0, Node(-0.0)]),
            ("[null,0.5,null]", [nil, 0.5, nil]), ("[null]", [nil]), ("[1,0.5]", [1, 0.5]),
            ("[0.5,1]", [0.5, 1]), ("[1,null]", [1, nil]), ("[null,1]", [nil, 1]),
            (
                "[2147483647,2147483648,-9223372036854775808]",
                [
                    2_147_483_647, 2_147_483_648, Node(.integer(.min)),
                ]
            ),
            ("[1,\"a\",[2,3],{\"b\":4}]", [1, "a", [2, 3], .object(["b": 4])]),
            ("[true,1]", [true, 1]), ("[1e300,99999999999999999999]", [1e300, 1e20]),
        ] as [(String, [Node])])
    func sameNodes(_ text: String, _ nodes: [Node]) throws {
        let read = try parse(text)
        #expect(read == .array(nodes))
        guard case .array(let list) = read.content else {
            Issue.record("no array")
            return
        }
        #expect(list.count == nodes.count && Array(list) == nodes)
        #expect(list.map(\.kind) == nodes.map(\.kind))
        #expect(try parse(read.json()) == read)
        #expect(read.sha256() == Node.array(nodes).sha256())
    }

    @Test func linesStayThoseOfTheValues() throws {
        let text = "[\n[1, 2, 3],\n[4,\n5,\n6.5],\n[0.5, null,\nnull]]"
        guard case .array(let rows) = try parse(text).content else {
            Issue.record("no array")
            return
        }
        let lines = rows.map { row -> [Int] in
            guard case .array(let values) = row.content else { return [] }
            return values.map(\.line)
        }
        #expect(lines == [[2, 2, 2], [3, 4, 5], [6, 6, 7]])
    }

    /// A change makes a list of nodes of it, and copies share nothing.
    @Test func aListIsACollection() throws {
        guard case .array(var list) = try parse("[1,2,3]").content else {
            Issue.record("no array")
            return
        }
        let before = list
        list.append("x")
        list.remove(at: 0)
        #expect(Array(list) == [2, 3, "x"] && Array(before) == [1, 2, 3])
        #expect(list != before && Array((before + before).dropLast(2)) == [1, 2, 3, 1])
        #expect(MemoryLayout<Node>.stride == 24)
    }
}
