import RiskColumns
import RiskJSON

/// When each version of a list or a database is in force: from its beginning to that of the next.
public struct Validity: Sendable, Equatable {
    /// Microseconds since the epoch, ascending; `.min` for one version that always was.
    public let starts: [Int64]
    /// When the last version ends; `.max` where it does not.
    public let end: Int64

    /// One version, in force at all times.
    public static let always = Validity(starts: [.min], end: .max)

    /// The number of versions, at least 1.
    public var count: Int { starts.count }

    /// The version in force at a moment, nil where none is.
    /// - Complexity: O(log versions).
    public func version(at moment: Int64) -> Int? {
        if moment < starts[0] || moment >= end { return nil }
        var low = 1
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= moment { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}

extension FeatureSpec {
    /// The spec without the versions of its lists and databases: what a snapshot's state depends on.
    /// A new version every month leaves the state of the past as it was.
    var documentWithoutVersions: Node {
        guard case .object(let members) = document.content else { return document }
        func stripped(_ entry: Node.Member) -> Node.Member {
            guard case .object(let kinds) = entry.value.content,
                kinds.contains(where: { $0.key == "versions" })
            else { return entry }
            return .init(entry.key, .object(["versions": .array([])]))
        }
        return Node(
            .object(
                members.map { member in
                    guard ["lists", "databases"].contains(member.key),
                        case .object(let entries) = member.value.content
                    else { return member }
                    return .init(
                        member.key, Node(.object(entries.map(stripped)), line: member.value.line))
                }), line: document.line)
    }
}
