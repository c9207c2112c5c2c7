import RiskColumns

/// What a `RingState` knows, from which all else follows: so states of partitions can be united.
struct RingContent: Sendable, Equatable {
    struct Link: Sendable, Equatable {
        var time: Int64
        var member: Int32
        var kind: Int
        var code: Int32

        /// By time; what is of one time has an order only so that equal states are equal bytes.
        static func < (a: Link, b: Link) -> Bool {
            (a.time, a.member, a.kind, a.code) < (b.time, b.member, b.kind, b.code)
        }
    }

    /// For each kind of entity the codes of its hubs, ascending.
    var hubs: [[Int32]]
    /// Each pair once, in order, none of a hub.
    var links: [Link] = []
    /// Members that are known as fraud, ascending.
    var frauds: [Int32] = []
    /// In the order in which they become visible.
    var waiting: [WaitingMarks.Mark] = []

    init(kinds: Int) { hubs = Array(repeating: [], count: kinds) }

    /// The same with other codes.
    mutating func translate(
        kinds: [String], member: String, code: (_ key: String, _ code: Int32) -> Int32
    ) {
        for kind in hubs.indices { hubs[kind] = hubs[kind].map { code(kinds[kind], $0) } }
        for index in links.indices {
            links[index].member = code(member, links[index].member)
            links[index].code = code(kinds[links[index].kind], links[index].code)
        }
        frauds = frauds.map { code(member, $0) }
        for index in waiting.indices { waiting[index].member = code(member, waiting[index].member) }
    }

    /// Adds what another state knows: a link is known since it was known to either.
    mutating func unite(_ other: RingContent, cutOffs: [Int]) {
        struct Entity: Hashable {
            let kind: Int
            let code: Int32
        }
        var isHub: Set<Entity> = []
        for content in [self, other] {
            for (kind, codes) in content.hubs.enumerated() {
                for code in codes { isHub.insert(Entity(kind: kind, code: code)) }
            }
        }
        var times: [Entity: [Int32: Int64]] = [:]
        for link in links + other.links {
            let entity = Entity(kind: link.kind, code: link.code)
            if isHub.contains(entity) { continue }
            let known = times[entity, default: [:]][link.member]
            times[entity, default: [:]][link.member] = min(known ?? link.time, link.time)
        }
        links = []
        for (entity, times) in times {
            if times.count > cutOffs[entity.kind] {
                isHub.insert(entity)
                continue
            }
            for (member, time) in times {
                links.append(
                    Link(time: time, member: member, kind: entity.kind, code: entity.code))
            }
        }
        links.sort { $0 < $1 }
        for kind in hubs.indices {
            hubs[kind] = isHub.filter { $0.kind == kind }.map(\.code).sorted()
        }
        frauds = Set(frauds + other.frauds).sorted()
        waiting = (waiting + other.waiting).sorted {
            ($0.visible, $0.member) < ($1.visible, $1.member)
        }
    }
}

extension RingState {
    /// What the state knows.
    /// - Complexity: O(links log links).
    var content: RingContent {
        var content = RingContent(kinds: plan.definition.entities.count)
        for (index, entity) in entities.enumerated() {
            if entity.count == Self.hub { content.hubs[Int(entity.kind)].append(entity.code) }
            var place = links.first(ofEntity: Int32(index))
            while place >= 0 {
                let link = links[place]
                content.links.append(
                    RingContent.Link(
                        time: link.time, member: link.member, kind: Int(entity.kind),
                        code: entity.code))
                place = link.nextOfEntity
            }
        }
        for kind in content.hubs.indices { content.hubs[kind].sort() }
        content.links.sort { $0 < $1 }
        content.frauds = isFraud.indices.filter { isFraud[$0] }.map { Int32($0) }
        content.waiting = Array(waiting.all)
        return content
    }

    /// The state that knows just that.
    /// - Returns: nil where no events lead to it: a link twice, or an entity of too many members.
    init?(_ plan: RingPlan, _ content: RingContent) {
        self.init(plan)
        for (kind, codes) in content.hubs.enumerated() {
            for code in codes { declareHub(kind: kind, code: code) }
        }
        for known in content.links {
            guard link(known.member, kind: known.kind, code: known.code, at: known.time) else {
                return nil
            }
        }
        for member in content.frauds { mark(member) }
        for mark in content.waiting { waiting.append(mark) }
    }

    /// Takes in what a state of the same definition knows that saw other events.
    ///
    /// The result is the state that would have seen the events of both: links are united, each known since
    /// the earlier of its times, and so are hubs, frauds, and frauds that wait to become visible. An entity
    /// that has too many members only in both together is a hub.
    /// - Parameter code: the code in this state's dictionaries for a key and its code in the other's.
    /// - Complexity: O((links + other's links) log links).
    mutating func merge(
        _ other: RingState, code: (_ key: String, _ code: Int32) -> Int32
    ) {
        var content = content
        var more = other.content
        more.translate(
            kinds: plan.definition.entities, member: plan.definition.member, code: code)
        content.unite(more, cutOffs: plan.definition.cutOffs)
        guard let united = RingState(plan, content) else {
            preconditionFailure("what two states know together is no state")
        }
        self = united
    }

    // MARK: snapshots

    func write(to writer: inout SnapshotWriter) {
        let content = content
        for codes in content.hubs {
            writer.append(codes.count)
            for code in codes { writer.append(Int(code)) }
        }
        writer.append(content.links.count)
        for link in content.links {
            writer.append(link.time)
            writer.append(Int(link.member))
            writer.append(link.kind)
            writer.append(Int(link.code))
        }
        writer.append(content.frauds.count)
        for member in content.frauds { writer.append(Int(member)) }
        writer.append(content.waiting.count)
        for mark in content.waiting {
            writer.append(mark.visible)
            writer.append(Int(mark.member))
        }
    }

    /// The state of a snapshot.
    /// - Parameters:
    ///   - codes: how many values a key has.
    ///   - known: no event is later.
    /// - Throws: where no events lead to such a state.
    init(
        _ plan: RingPlan, from reader: inout SnapshotReader, known: Int64, codes: (String) -> Int
    ) throws(SnapshotError) {
        let definition = plan.definition
        let members = codes(definition.member)
        var content = RingContent(kinds: definition.entities.count)
        func code(_ count: Int, from first: Int = 0) throws(SnapshotError) -> Int32 {
            guard first < count else { throw reader.failure("a code too many") }
            return Int32(try reader.word(in: Int64(first)...Int64(count - 1), "a code"))
        }
        for (kind, key) in definition.entities.enumerated() {
            for _ in 0..<(try reader.count(of: 8, "hubs")) {
                let first = content.hubs[kind].last.map { Int($0) + 1 } ?? 0
                content.hubs[kind].append(try code(codes(key), from: first))
            }
        }
        var earliest = Timestamps.earliest
        for _ in 0..<(try reader.count(of: 32, "links")) {
            guard earliest <= known else { throw reader.failure("a link that is not yet known") }
            let time = try reader.word(in: earliest...known, "when a link became known")
            let member = try code(members)
            let kind = Int(try reader.word(in: 0...Int64(definition.entities.count - 1), "a kind"))
            let entity = try code(codes(definition.entities[kind]))
            content.links.append(
                RingContent.Link(time: time, member: member, kind: kind, code: entity))
            earliest = time
        }
        for _ in 0..<(try reader.count(of: 8, "frauds")) {
            let first = content.frauds.last.map { Int($0) + 1 } ?? 0
            content.frauds.append(try code(members, from: first))
        }
        let latest = known == .min ? known : known + (definition.fraud?.delay ?? 0)
        var visible = Timestamps.earliest
        for _ in 0..<(try reader.count(of: 16, "frauds to come")) {
            guard visible <= latest else { throw reader.failure("a fraud that no event tells of") }
            visible = try reader.word(in: visible...latest, "when a fraud becomes visible")
            content.waiting.append(.init(visible: visible, member: try code(members)))
        }
        guard let state = RingState(plan, content) else {
            throw reader.failure("a link twice, of a hub, or of an entity of too many members")
        }
        self = state
        if known != .min { advance(to: known) }
    }
}
