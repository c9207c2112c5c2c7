import Foundation
import RiskJSON

/// The numbers that scikit-learn and pandas gave; `Fixtures/reference.py` says how.
struct Reference {
    let root: Node

    init() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appendingPathComponent("Fixtures/reference.json"))
        root = try JSONParser.parse([UInt8](data))
    }

    var ranking: [RankingCase] { elements(root["ranking"]!).map(RankingCase.init) }
    var capacity: [Node] { elements(root["capacity"]!) }
    var known: Node { root["known"]! }
}

struct RankingCase {
    let node: Node
    let name: String
    let scores: [Double]
    let labels: [Bool]
    let weights: [Double]?

    init(_ node: Node) {
        self.node = node
        name = text(node["name"]!)
        scores = numbers(node["scores"]!)
        labels = numbers(node["labels"]!).map { $0 == 1 }
        weights = node["weights"].flatMap { $0 == nil ? nil : numbers($0) }
    }

    func value(_ key: String) -> Double { number(node[key]!) }
}

func elements(_ node: Node) -> [Node] {
    guard case .array(let values) = node.content else { preconditionFailure("no list") }
    return Array(values)
}

func text(_ node: Node) -> String {
    guard case .string(let value) = node.content else { preconditionFailure("no text") }
    return value
}

func number(_ node: Node) -> Double {
    switch node.content {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: preconditionFailure("no number")
    }
}

func numbers(_ node: Node) -> [Double] { elements(node).map(number) }
func integers(_ node: Node) -> [Int] { numbers(node).map { Int($0) } }
func codes(_ node: Node) -> [Int32] { numbers(node).map { Int32($0) } }
