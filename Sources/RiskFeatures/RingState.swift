/// The state of one kind of ring: the machine that takes events one at a time, in batch and live.
///
/// Two members that share an entity are tied. A ring is held as a list of its members with what they add
/// up to; when two rings are tied, the smaller one's members move over. A member that is tied to none
/// needs no ring. An entity of too many members is a hub: its links are dropped, for good, and the ring
/// falls into the pieces that other entities do not hold together.
/// - Complexity: amortised O(log members) a link, O(1) a value; see `retire` for hubs.
struct RingState: Sendable {
    struct Member: Sendable {
        /// Its ring, and where in the ring's list it is; -1 where it is tied to none.
        var ring: Int32 = -1
        var place: Int32 = 0
        /// How many entities it shares.
        var shared: Int32 = 0
        /// The search that found it, while a ring is split.
        var search: Int32 = -1
        /// Since when it shares one of the entities that it shares now.
        var tied = RingState.never
    }

    struct Entity: Sendable {
        let kind: Int32
        let code: Int32
        /// How many members it has; `hub` where there were too many.
        var count: Int32 = 0
        var search: Int32 = -1
        /// Since when it has two members.
        var sharedSince = RingState.never
    }

    struct Ring: Sendable {
        var members: [Int32] = []
        var frauds = 0
        /// When the first of its members were tied; where `isDated` is false, that or an earlier moment.
        var tied = RingState.never
        var isDated = true
    }

    static let never = Int64.max
    static let hub: Int32 = -1

    let plan: RingPlan
    var links = RingLinks()
    var members: [Member] = []
    var isFraud: [Bool] = []
    var entities: [Entity] = []
    /// For each kind of entity the index of a code, -1 where it has none yet.
    private var entityOfCode: [[Int32]]
    var rings: [Ring] = []
    private var freeRings: [Int32] = []
    /// For each ring and window of growth, how many members were tied within it.
    var recent: [Int32] = []
    var recency: [RecentTies]
    var waiting = WaitingMarks()

    init(_ plan: RingPlan) {
        self.plan = plan
        entityOfCode = plan.definition.entities.map { _ in [] }
        recency = plan.windows.map { RecentTies(window: $0) }
    }

    /// Bytes held.
    var bytes: Int {
        links.bytes + members.capacity * MemoryLayout<Member>.stride + isFraud.capacity
            + entities.capacity * MemoryLayout<Entity>.stride
            + entityOfCode.reduce(0) { $0 + $1.capacity * 4 }
            + rings.reduce(rings.capacity * MemoryLayout<Ring>.stride) {
                $0 + $1.members.capacity * 4
            } + recent.capacity * 4 + recency.reduce(0) { $0 + $1.bytes } + waiting.bytes
    }

    // MARK: events

    /// Takes an event in; events come in their total order.
    /// - Parameter vector: its vector among `rows`, -1 where it has none.
    mutating func take(
        type: Int, _ input: borrowing Program.Input, row: Int, vector: Int, into rows: VectorRows
    ) {
        guard plan.concerns[type] else { return }
        let slots = input.slots!
        let known = slots[EventStore.knownSlot][row]
        advance(to: known)
        let unit = vector < 0 ? -1 : Int32(slots[plan.unitSlot][row])
        if vector >= 0 { answer(plan.before, of: unit, now: known, into: rows, vector) }
        let isLate = known - slots[EventStore.timeSlot][row] > plan.lateness[type]
        if let linking = plan.links[type], !isLate {
            let member = Int32(slots[linking.member][row])
            for (kind, slot) in linking.entities where member >= 0 {
                let code = Int32(slots[slot][row])
                if code >= 0 { link(member, kind: kind, code: code, at: known) }
            }
        }
        if vector >= 0 { answer(plan.after, of: unit, now: known, into: rows, vector) }
        guard let fraud = plan.definition.fraud, fraud.eventType == type, !isLate else { return }
        let member = Int32(slots[plan.fraudSlot][row])
        if member < 0 { return }
        if let condition = fraud.condition, condition.value(input, row: row) != 1 { return }
        if fraud.delay == 0 {
            mark(member)
        } else {
            waiting.append(WaitingMarks.Mark(visible: known + fraud.delay, member: member))
        }
    }

    /// Lets time pass: frauds become visible, ties leave the windows of growth.
    mutating func advance(to now: Int64) {
        while let member = waiting.next(at: now) { mark(member) }
        for window in recency.indices {
            while let (member, tied) = recency[window].next(at: now) {
                guard members[Int(member)].tied == tied else { continue }
                recent[Int(members[Int(member)].ring) * recency.count + window] -= 1
            }
        }
    }

    /// Remembers that a member is known as fraud.
    mutating func mark(_ member: Int32) {
        makeRoom(member)
        if isFraud[Int(member)] { return }
        isFraud[Int(member)] = true
        let ring = members[Int(member)].ring
        if ring >= 0 { rings[Int(ring)].frauds += 1 }
    }

    /// Links a member and an entity. Links come in the order in which they become known.
    /// - Returns: false where the link is there already, or the entity is a hub or becomes one.
    @discardableResult
    mutating func link(_ member: Int32, kind: Int, code: Int32, at time: Int64) -> Bool {
        let entity = entity(kind: kind, code: code)
        let count = entities[Int(entity)].count
        if count == Self.hub || (count > 0 && links.contains(member, entity)) { return false }
        if count == plan.definition.cutOffs[kind] {
            retire(entity)
            return false
        }
        let other = count == 0 ? -1 : links[links.first(ofEntity: entity)].member
        makeRoom(member)
        links.add(member, entity, time: time)
        entities[Int(entity)].count = count + 1
        guard other >= 0 else { return true }
        unite(member, other)
        if count == 1 {
            entities[Int(entity)].sharedSince = time
            tie(other, at: time)
        }
        tie(member, at: time)
        return true
    }

    /// Counts one more entity that a member shares.
    private mutating func tie(_ member: Int32, at time: Int64) {
        members[Int(member)].shared += 1
        if members[Int(member)].tied == Self.never { setTied(member, time) }
    }

    private mutating func makeRoom(_ member: Int32) {
        let missing = Int(member) + 1 - members.count
        if missing <= 0 { return }
        members.append(contentsOf: repeatElement(Member(), count: missing))
        isFraud.append(contentsOf: repeatElement(false, count: missing))
    }

    private mutating func entity(kind: Int, code: Int32) -> Int32 {
        let known = entityOfCode[kind].count
        if Int(code) >= known {
            let room = max(Int(code) + 1, known * 2)
            entityOfCode[kind].append(contentsOf: repeatElement(-1, count: room - known))
        }
        let index = entityOfCode[kind][Int(code)]
        if index >= 0 { return index }
        let fresh = Int32(entities.count)
        entityOfCode[kind][Int(code)] = fresh
        entities.append(Entity(kind: Int32(kind), code: code))
        return fresh
    }

    /// Makes an entity a hub that was never linked; for snapshots.
    mutating func declareHub(kind: Int, code: Int32) {
        let entity = entity(kind: kind, code: code)
        entities[Int(entity)].count = Self.hub
    }

    // MARK: rings

    /// A new ring without members.
    mutating func addRing() -> Int32 {
        if let ring = freeRings.popLast() { return ring }
        rings.append(Ring())
        recent.append(contentsOf: repeatElement(0, count: recency.count))
        return Int32(rings.count - 1)
    }

    /// Forgets a ring whose members have left.
    mutating func remove(ring: Int32) {
        rings[Int(ring)] = Ring()
        for window in recency.indices { recent[Int(ring) * recency.count + window] = 0 }
        freeRings.append(ring)
    }

    /// Puts a member that is in no ring into one.
    mutating func enter(_ member: Int32, _ ring: Int32) {
        members[Int(member)].ring = ring
        members[Int(member)].place = Int32(rings[Int(ring)].members.count)
        rings[Int(ring)].members.append(member)
        if isFraud[Int(member)] { rings[Int(ring)].frauds += 1 }
        count(members[Int(member)].tied, in: ring, by: 1)
    }

    /// Takes a member out of its ring.
    mutating func leave(_ member: Int32) {
        let (ring, place) = (members[Int(member)].ring, members[Int(member)].place)
        let last = rings[Int(ring)].members.removeLast()
        if last != member {
            rings[Int(ring)].members[Int(place)] = last
            members[Int(last)].place = place
        }
        members[Int(member)].ring = -1
        if isFraud[Int(member)] { rings[Int(ring)].frauds -= 1 }
        count(members[Int(member)].tied, in: ring, by: -1)
    }

    private mutating func unite(_ a: Int32, _ b: Int32) {
        let (first, second) = (members[Int(a)].ring, members[Int(b)].ring)
        switch (first >= 0, second >= 0) {
        case (false, false):
            let ring = addRing()
            enter(a, ring)
            enter(b, ring)
        case (true, false): enter(b, first)
        case (false, true): enter(a, second)
        case (true, true):
            if first == second { return }
            let firstIsLarger =
                rings[Int(first)].members.count >= rings[Int(second)].members.count
            let (large, small) = firstIsLarger ? (first, second) : (second, first)
            for member in rings[Int(small)].members { enter(member, large) }
            remove(ring: small)
        }
    }

    /// Counts a member's tie in or out of what its ring adds up to.
    private mutating func count(_ tied: Int64, in ring: Int32, by change: Int32) {
        if tied == Self.never { return }
        if change < 0 {
            if tied <= rings[Int(ring)].tied { rings[Int(ring)].isDated = false }
        } else if tied <= rings[Int(ring)].tied {
            rings[Int(ring)].tied = tied
            rings[Int(ring)].isDated = true
        }
        for window in recency.indices where recency[window].covers(tied) {
            recent[Int(ring) * recency.count + window] += change
        }
    }

    /// Sets since when a member of a ring is tied.
    mutating func setTied(_ member: Int32, _ time: Int64) {
        let (ring, before) = (members[Int(member)].ring, members[Int(member)].tied)
        if before == time { return }
        count(before, in: ring, by: -1)
        members[Int(member)].tied = time
        count(time, in: ring, by: 1)
        guard time != Self.never else { return }
        for window in recency.indices where recency[window].covers(time) {
            recency[window].append(member, tied: time)
        }
    }
}
