import RiskColumns

extension RingState {
    /// Fills in what a vector asks; missing where it has no member.
    mutating func answer(
        _ outputs: [RingPlan.Output], of member: Int32, now: Int64, into rows: VectorRows,
        _ vector: Int
    ) {
        for output in outputs {
            rows.places[output.feature][vector] =
                member < 0 ? .nan : value(output.final, member, now: now)
        }
    }

    private mutating func value(
        _ final: RingPlan.Output.Final, _ member: Int32, now: Int64
    ) -> Double {
        let isKnown = Int(member) < members.count
        let ring = isKnown ? Int(members[Int(member)].ring) : -1
        guard ring >= 0 else {
            // A ring of its own.
            switch final {
            case .size: return 1
            case .frauds, .fraudShare: return isKnown && isFraud[Int(member)] ? 1 : 0
            case .age: return .nan
            case .degree, .growth: return 0
            }
        }
        switch final {
        case .size: return Double(rings[ring].members.count)
        case .frauds: return Double(rings[ring].frauds)
        case .fraudShare: return Double(rings[ring].frauds) / Double(rings[ring].members.count)
        case .age: return Double(now - firstTie(ring)) / Double(Timestamps.second)
        case .degree: return Double(members[Int(member)].shared)
        case .growth(let window): return Double(recent[ring * recency.count + window])
        }
    }

    /// When the first of a ring's members were tied.
    private mutating func firstTie(_ ring: Int) -> Int64 {
        if !rings[ring].isDated {
            rings[ring].tied = rings[ring].members.reduce(Self.never) {
                min($0, members[Int($1)].tied)
            }
            rings[ring].isDated = true
        }
        return rings[ring].tied
    }
}
