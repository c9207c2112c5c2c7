/// The links between members and entities: each pair once, with the time at which it became known.
///
/// A link is in the list of its member, in the list of its entity, and in a hash table by both.
/// - Complexity: O(1) expected to find, add or remove one. 32 bytes a link and 8 to 16 of the table, 4 a
///   member and 4 an entity; twice that at most, as storage grows by doubling.
struct RingLinks: Sendable {
    struct Link: Sendable {
        var member: Int32
        var entity: Int32
        /// The next link of the same member and of the same entity, -1 behind the last.
        var nextOfMember: Int32
        var nextOfEntity: Int32
        /// The one before it of the same member, -1 before the first.
        var previousOfMember: Int32 = -1
        var time: Int64
    }

    private var links: [Link] = []
    /// Places of links that were removed, chained by `nextOfMember`.
    private var free: Int32 = -1
    private(set) var count = 0
    private var ofMember: [Int32] = []
    private var ofEntity: [Int32] = []
    /// Places of links by their pair; -1 where the slot is free. A power of two, at most half full.
    private var slots = [Int32](repeating: -1, count: 16)

    /// Bytes held.
    var bytes: Int {
        links.capacity * MemoryLayout<Link>.stride
            + (ofMember.capacity + ofEntity.capacity + slots.capacity) * 4
    }

    subscript(link: Int32) -> Link { links[Int(link)] }

    /// The first link of a member, -1 where it has none.
    func first(ofMember member: Int32) -> Int32 {
        Int(member) < ofMember.count ? ofMember[Int(member)] : -1
    }

    /// The first link of an entity, -1 where it has none.
    func first(ofEntity entity: Int32) -> Int32 {
        Int(entity) < ofEntity.count ? ofEntity[Int(entity)] : -1
    }

    func contains(_ member: Int32, _ entity: Int32) -> Bool {
        slots[slot(member, entity)] >= 0
    }

    /// Adds a link that is not yet there.
    mutating func add(_ member: Int32, _ entity: Int32, time: Int64) {
        Self.makeRoom(&ofMember, member)
        Self.makeRoom(&ofEntity, entity)
        let link = Link(
            member: member, entity: entity, nextOfMember: ofMember[Int(member)],
            nextOfEntity: ofEntity[Int(entity)], time: time)
        let place: Int32
        if free >= 0 {
            place = free
            free = links[Int(place)].nextOfMember
            links[Int(place)] = link
        } else {
            place = Int32(links.count)
            links.append(link)
        }
        if link.nextOfMember >= 0 { links[Int(link.nextOfMember)].previousOfMember = place }
        ofMember[Int(member)] = place
        ofEntity[Int(entity)] = place
        count += 1
        if count * 2 > slots.count { grow() }
        slots[slot(member, entity)] = place
    }

    /// Removes the links of an entity.
    /// - Returns: what was removed.
    /// - Complexity: O(those links), expected.
    mutating func removeAll(ofEntity entity: Int32) -> [Link] {
        var removed: [Link] = []
        var place = first(ofEntity: entity)
        while place >= 0 {
            let link = links[Int(place)]
            removed.append(link)
            unchain(link)
            clear(slot(link.member, entity))
            links[Int(place)].nextOfMember = free
            free = place
            count -= 1
            place = link.nextOfEntity
        }
        if Int(entity) < ofEntity.count { ofEntity[Int(entity)] = -1 }
        return removed
    }

    /// Takes a link out of its member's list.
    private mutating func unchain(_ link: Link) {
        if link.nextOfMember >= 0 {
            links[Int(link.nextOfMember)].previousOfMember = link.previousOfMember
        }
        if link.previousOfMember >= 0 {
            links[Int(link.previousOfMember)].nextOfMember = link.nextOfMember
        } else {
            ofMember[Int(link.member)] = link.nextOfMember
        }
    }

    private static func makeRoom(_ heads: inout [Int32], _ index: Int32) {
        if Int(index) >= heads.count {
            let room = max(Int(index) + 1, heads.count * 2)
            heads.append(contentsOf: repeatElement(-1, count: room - heads.count))
        }
    }

    // MARK: the table

    private func home(_ member: Int32, _ entity: Int32) -> Int {
        let pair = UInt64(UInt32(bitPattern: member)) << 32 | UInt64(UInt32(bitPattern: entity))
        let product = pair.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return Int(truncatingIfNeeded: product.high ^ product.low >> 20) & (slots.count - 1)
    }

    /// The slot of a pair, or the free one where it belongs.
    private func slot(_ member: Int32, _ entity: Int32) -> Int {
        var slot = home(member, entity)
        while slots[slot] >= 0 {
            let link = links[Int(slots[slot])]
            if link.member == member, link.entity == entity { break }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    /// Frees a slot, and moves up what was only behind it because it was taken.
    private mutating func clear(_ slot: Int) {
        let mask = slots.count - 1
        var hole = slot
        var next = (slot + 1) & mask
        while slots[next] >= 0 {
            let link = links[Int(slots[next])]
            let distance = (next - home(link.member, link.entity)) & mask
            if distance >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = -1
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: -1, count: old.count * 2)
        for place in old where place >= 0 {
            let link = links[Int(place)]
            slots[slot(link.member, link.entity)] = place
        }
    }
}
