@testable import RiskFeatures

extension RingState {
    /// Whether lists, links and sums say the same.
    var isConsistent: Bool {
        for (number, ring) in rings.enumerated() where !ring.members.isEmpty {
            if ring.members.count < 2 { return false }
            for (place, member) in ring.members.enumerated() {
                let own = members[Int(member)]
                if own.ring != number || own.place != place || own.search != -1 { return false }
                if own.shared == 0 || own.tied == Self.never { return false }
            }
            if ring.frauds != ring.members.count(where: { isFraud[Int($0)] }) { return false }
            let first = ring.members.map { members[Int($0)].tied }.min()!
            if ring.isDated ? ring.tied != first : ring.tied > first { return false }
        }
        for (number, member) in members.enumerated() where member.ring < 0 {
            if member.shared != 0 || member.tied != Self.never { return false }
            if rings.contains(where: { $0.members.contains(Int32(number)) }) { return false }
        }
        var ofMembers = 0
        for member in members.indices {
            var before: Int32 = -1
            var place = links.first(ofMember: Int32(member))
            while place >= 0 {
                if links[place].member != member || links[place].previousOfMember != before {
                    return false
                }
                ofMembers += 1
                (before, place) = (place, links[place].nextOfMember)
            }
        }
        if ofMembers != links.count { return false }
        return entities.enumerated().allSatisfy { index, entity in
            var count: Int32 = 0
            var place = links.first(ofEntity: Int32(index))
            while place >= 0 {
                count += 1
                if !links.contains(links[place].member, Int32(index)) { return false }
                place = links[place].nextOfEntity
            }
            return entity.search == -1
                && (entity.count == Self.hub ? count == 0 : entity.count == count)
        }
    }
}
