extension RingState {
    /// Makes an entity that gets a member too many a hub: it ties nobody any more.
    ///
    /// Its ring may fall apart. Searches set out from each of its members at once, a step each in turn;
    /// those that meet go on as one, and when no more than one has anything left to visit, the others
    /// have each found a whole piece. So the largest piece is never walked through for its own sake.
    /// - Complexity: O(links of the members whose first tie it was) + O(members and links visited): at most
    ///   the cut-off times those of the largest piece that breaks off, or of what must be seen for the
    ///   searches to meet. Every entity becomes a hub at most once.
    mutating func retire(_ entity: Int32) {
        let gone = links.removeAll(ofEntity: entity)
        entities[Int(entity)].count = Self.hub
        for link in gone {
            members[Int(link.member)].shared -= 1
            let tied = max(link.time, entities[Int(entity)].sharedSince)
            if tied == members[Int(link.member)].tied {
                setTied(link.member, firstTie(of: link.member))
            }
        }
        split(gone.map(\.member))
    }

    /// Since when a member shares one of the entities that it shares now.
    private func firstTie(of member: Int32) -> Int64 {
        var first = Self.never
        var place = links.first(ofMember: member)
        while place >= 0 {
            let link = links[place]
            let entity = entities[Int(link.entity)]
            if entity.count > 1 { first = min(first, max(link.time, entity.sharedSince)) }
            place = link.nextOfMember
        }
        return first
    }

    /// Makes rings of the pieces into which the ring of some members has fallen.
    private mutating func split(_ gang: [Int32]) {
        let pieces = pieces(gang)
        let ring = members[Int(gang[0])].ring
        for piece in pieces {
            for member in piece { leave(member) }
            if piece.count == 1 { continue }
            let fresh = addRing()
            for member in piece { enter(member, fresh) }
        }
        if rings[Int(ring)].members.count == 1 { leave(rings[Int(ring)].members[0]) }
        if rings[Int(ring)].members.isEmpty { remove(ring: ring) }
    }

    /// The pieces that break off: all but one, which is the largest or was not walked through.
    private mutating func pieces(_ gang: [Int32]) -> [[Int32]] {
        var searches = RingSearches(gang)
        var expanded: [Int32] = []
        for (search, member) in gang.enumerated() {
            members[Int(member)].search = Int32(search)
        }
        while searches.areApart() {
            for search in searches.open {
                expand(searches.next(search), search, &searches, &expanded)
            }
            searches.close()
        }
        for found in searches.found {
            for member in found { members[Int(member)].search = -1 }
        }
        for entity in expanded { entities[Int(entity)].search = -1 }
        return searches.pieces()
    }

    /// Visits those who share an entity with a member.
    private mutating func expand(
        _ member: Int32, _ search: Int, _ searches: inout RingSearches, _ expanded: inout [Int32]
    ) {
        var place = links.first(ofMember: member)
        while place >= 0 {
            let entity = links[place].entity
            place = links[place].nextOfMember
            let other = entities[Int(entity)].search
            if other >= 0 {
                searches.unite(search, Int(other))
                continue
            }
            entities[Int(entity)].search = Int32(search)
            expanded.append(entity)
            var neighbour = links.first(ofEntity: entity)
            while neighbour >= 0 {
                let link = links[neighbour]
                neighbour = link.nextOfEntity
                let found = members[Int(link.member)].search
                if found >= 0 {
                    searches.unite(search, Int(found))
                } else {
                    members[Int(link.member)].search = Int32(search)
                    searches.add(link.member, to: search)
                }
            }
        }
    }
}

/// Searches through a ring that set out from several members, and unite where they meet.
private struct RingSearches {
    /// What each search has found, in the order in which it visits them.
    private(set) var found: [[Int32]]
    /// The searches that have something left to visit.
    private(set) var open: [Int]
    private var visited: [Int]
    /// A search with which each is united, itself where it stands for all of them.
    private var parents: [Int]

    init(_ members: [Int32]) {
        found = members.map { [$0] }
        open = Array(members.indices)
        visited = members.map { _ in 0 }
        parents = Array(members.indices)
    }

    /// Whether open searches have not all met.
    mutating func areApart() -> Bool {
        guard let first = open.first else { return false }
        let one = representative(first)
        for search in open where representative(search) != one { return true }
        return false
    }

    /// The next member to visit.
    mutating func next(_ search: Int) -> Int32 {
        visited[search] += 1
        return found[search][visited[search] - 1]
    }

    mutating func add(_ member: Int32, to search: Int) { found[search].append(member) }

    /// Leaves out the searches that have visited all they found.
    mutating func close() { open.removeAll { visited[$0] == found[$0].count } }

    mutating func unite(_ a: Int, _ b: Int) {
        let (first, second) = (representative(a), representative(b))
        if first == second { return }
        // The smaller index stands for both: what comes out does not depend on who met whom.
        parents[max(first, second)] = min(first, second)
    }

    private mutating func representative(_ search: Int) -> Int {
        var search = search
        while parents[search] != search {
            // The next time the way is half as long.
            parents[search] = parents[parents[search]]
            search = parents[search]
        }
        return search
    }

    /// What was found by searches that have met, but for those still open or else the largest.
    mutating func pieces() -> [[Int32]] {
        var all: [Int: [Int32]] = [:]
        for search in found.indices {
            all[representative(search), default: []] += found[search]
        }
        let rest: Int
        if let search = open.first {
            rest = representative(search)
        } else {
            rest = all.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }!.key
        }
        return all.keys.sorted().filter { $0 != rest }.map { all[$0]! }
    }
}
