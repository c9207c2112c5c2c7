import RiskEvaluation
import RiskJSON
import RiskTables

/// How far an interrupted `risk score --resume` had come, as it lies beside the output.
///
/// One JSON document. It names what the run depended on, each by a digest: nothing is continued whose
/// model, settings or input is another.
struct ScoreCheckpoint: Equatable {
    /// A file that grows with the run.
    struct Growing: Equatable {
        var length = 0
        /// Of a file of rejected rows, how many there are.
        var rows = 0
    }

    /// The SHA-256 of the model file, and of the settings that the bytes of the output depend on.
    var model = ""
    var settings = ""
    /// The length of the input as it lies on the disk; nil for a pipe.
    var inputBytes: Int?
    /// How much of the input has been taken: pieces, bytes behind the header, and what they are known by.
    var pieces = 0
    var position = 0
    var digest = PieceDigest()
    var output = Growing()
    var rejects: Growing?
    var population: ScoredPopulation
    /// Whether everything is scored and on the disk: only the names of the files are to be given.
    var isFinishing = false

    static let format = "score-run/1"
    /// Raised whenever the same options come to give other bytes of output or rejects: no run is continued
    /// that a version began which wrote others.
    static let outputVersion = 1

    /// The document's bytes.
    func bytes() -> [UInt8] {
        func growing(_ file: Growing?) -> Node {
            file.map { .object(["bytes": Node($0.length), "rows": Node($0.rows)]) } ?? nil
        }
        var content: [Node.Member] = [
            .init("riskkit", Node(Self.format)), .init("model", Node(model)),
            .init("settings", Node(settings)),
            .init(
                "input",
                .object([
                    "bytes": inputBytes.map { Node($0) } ?? nil, "pieces": Node(pieces),
                    "position": Node(position), "digest": Node(digest.hexadecimal),
                ])),
            .init("output", growing(output)), .init("rejects", growing(rejects)),
            .init("population", population.node),
        ]
        if isFinishing { content.append(.init("finishing", Node(true))) }
        content.append(.init("sha256", Node(Node.object(content).sha256())))
        return Array(Node.object(content).json(.indented).utf8) + [UInt8(ascii: "\n")]
    }

    /// Takes a document apart.
    /// - Parameter empty: a population of no rows with the features and bins of the model.
    /// - Throws: `Mistakes` where it is none, was changed, or counts other bins.
    init(_ bytes: [UInt8], empty: ScoredPopulation) throws(Mistakes) {
        func refuse(_ message: String) -> Mistakes {
            Mistakes([Mistake(line: 0, path: "", message: message)])
        }
        guard let root = try? JSONParser.parse(bytes, limits: .init(depth: 8, bytes: 1 << 28)),
            case .object(let members) = root.content, root["riskkit"] == Node(Self.format)
        else { throw refuse("is no state of risk score, or one of another version") }
        guard members.last?.key == "sha256",
            members.last?.value == Node(Node.object(Array(members.dropLast())).sha256())
        else { throw refuse("was changed after it was written") }
        func count(_ node: Node?) -> Int? {
            // No sum of such figures, and of what a run can add to them, overflows.
            guard case .integer(let value)? = node?.content, (0...1 << 50).contains(value) else {
                return nil
            }
            return Int(value)
        }
        func text(_ node: Node?) -> String? {
            guard case .string(let value)? = node?.content else { return nil }
            return value
        }
        func growing(_ node: Node?) -> Growing? {
            guard let length = count(node?["bytes"]), let rows = count(node?["rows"]) else {
                return nil
            }
            return Growing(length: length, rows: rows)
        }
        guard let model = text(root["model"]), let settings = text(root["settings"]),
            let pieces = count(root["input"]?["pieces"]),
            let position = count(root["input"]?["position"]),
            let digest = text(root["input"]?["digest"]).flatMap({ PieceDigest(hexadecimal: $0) }),
            let output = growing(root["output"]),
            let population = root["population"].flatMap({ ScoredPopulation($0, like: empty) })
        else { throw refuse("has a malformed member") }
        self.model = model
        self.settings = settings
        inputBytes = count(root["input"]?["bytes"])
        self.pieces = pieces
        self.position = position
        self.digest = digest
        self.output = output
        rejects = growing(root["rejects"])
        self.population = population
        isFinishing = root["finishing"] == Node(true)
    }

    init(empty: ScoredPopulation) { population = empty }
}

extension ScoredPopulation {
    fileprivate var node: Node {
        func numbers(_ values: [Int]) -> Node { .array(values.map { Node($0) }) }
        func bins(_ bins: PopulationBins) -> Node { numbers(bins.counts + [bins.missing]) }
        return .object([
            "rows": Node(rows), "least": Node(.integer(least)), "most": Node(.integer(most)),
            "probabilitySum": Node(.integer(probabilitySum)), "histogram": numbers(histogram),
            "missing": numbers(missing), "score": score.map(bins) ?? nil,
            "features": features.map { .array($0.map(bins)) } ?? nil,
        ])
    }

    fileprivate init?(_ node: Node, like empty: ScoredPopulation) {
        self = empty
        func integer(_ key: String) -> Int64? {
            guard case .integer(let value)? = node[key]?.content else { return nil }
            return value
        }
        func numbers(_ node: Node?, _ count: Int) -> [Int]? {
            guard case .array(let nodes)? = node?.content, nodes.count == count else { return nil }
            let values = nodes.compactMap { node -> Int? in
                guard case .integer(let value) = node.content, (0...1 << 50).contains(value) else {
                    return nil
                }
                return Int(value)
            }
            return values.count == count ? values : nil
        }
        func bins(_ node: Node?, _ bins: PopulationBins) -> PopulationBins? {
            numbers(node, bins.counts.count + 1).map { counts in
                PopulationBins(
                    upperBounds: bins.upperBounds, counts: Array(counts.dropLast()),
                    missing: counts[counts.count - 1])
            }
        }
        guard let rows = integer("rows"), (0...1 << 50).contains(rows),
            let least = integer("least"), let most = integer("most"),
            let sum = integer("probabilitySum"), (0...1 << 62).contains(sum),
            let histogram = numbers(node["histogram"], empty.histogram.count),
            let missing = numbers(node["missing"], empty.missing.count)
        else { return nil }
        if let own = empty.score {
            guard let read = bins(node["score"], own) else { return nil }
            score = read
        }
        if let own = empty.features {
            guard case .array(let nodes)? = node["features"]?.content, nodes.count == own.count
            else { return nil }
            let read = zip(nodes, own).compactMap { bins($0, $1) }
            guard read.count == own.count else { return nil }
            features = read
        }
        self.rows = Int(rows)
        self.least = least
        self.most = most
        probabilitySum = sum
        self.histogram = histogram
        self.missing = missing
    }
}
