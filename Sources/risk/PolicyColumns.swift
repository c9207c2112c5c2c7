import RiskColumns
import RiskJSON
import RiskPolicy

/// What a policy proposes for each row: the columns `tier` and `action`, empty where nothing.
struct PolicyColumns: Sendable {
    let policy: Policy

    /// The names of the columns.
    static let names = ["tier", "action"]

    /// Reads and checks a policy file.
    init(path: String) throws {
        let document = try SpecFile.document(path)
        policy = try SpecFile.mistakes(in: path) { () throws(Mistakes) in
            try Policy(document: document)
        }
    }

    /// The tiers of rows of a stream: each by its own probability. Capacities do not count, because a
    /// row of a stream has no rank.
    func tiers(_ probabilities: [Double]) -> [Int?] {
        probabilities.map { policy.propose(probability: $0) }
    }

    /// The tiers of a day's list of distinct entities, under the capacities.
    func tiers(ranked entities: [String], _ probabilities: [Double]) throws -> [Int?] {
        let list = zip(entities, probabilities).map { RankedEntity(entityKey: $0, probability: $1) }
        let proposals: DayProposals
        do throws(ProposalError) {
            proposals = try policy.propose(ranked: list)
        } catch {
            throw CommandFailure(.badData, "\(error)")
        }
        let byKey = Dictionary(
            uniqueKeysWithValues: proposals.proposals.map { ($0.entityKey, $0.tier) })
        return entities.map { byKey[$0] }
    }

    /// The columns.
    func columns(_ tiers: [Int?]) -> [Column] {
        let names = TextBuffer(tiers.map { $0.map { policy.tiers[$0].name } ?? "" })
        let actions = TextBuffer(tiers.map { $0.map { policy.tiers[$0].action.name } ?? "" })
        return [
            Column(name: "tier", type: .text, storage: .text(names)),
            Column(name: "action", type: .text, storage: .text(actions)),
        ]
    }
}
