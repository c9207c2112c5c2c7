import RiskJSON

extension SpecReader {
    // MARK: definitions

    mutating func readRings(_ place: Place) {
        for (name, place) in reader.entries(of: place) ?? [] {
            checkName(name, at: place)
            if let ring = readRing(name, place) {
                rings.append(ring)
            } else {
                brokenRings.insert(name)
            }
        }
    }

    private mutating func readRing(_ name: String, _ place: Place) -> RingDefinition? {
        let known = ["members", "through", "of", "degree", "fraud"]
        guard let members = reader.members(of: place, known: known) else { return nil }
        for key in ["members", "through"] where members[key] == nil {
            reader.note("expected \"\(key)\"", at: place)
        }
        let keys = events.flatMap(\.keys).map(\.name)
        let member = members["members"].flatMap { readRingKey($0, among: keys) }
        let entities = members["through"].flatMap { readEntities($0, member: member, among: keys) }
        guard let member else { return nil }
        let fraud = members["fraud"].flatMap { readFraud($0, member: member) }
        let isWhole = members["fraud"] == nil || fraud != nil
        guard let entities else { return nil }
        let cutOffs = readCutOffs(members["degree"], entities: entities)
        let types = readLinking(members["of"], member: member, entities: entities)
        guard let cutOffs, let types, isWhole else { return nil }
        for entity in entities where !types.contains(where: { has(entity, $0) }) {
            reader.note(
                "no event that links has both \(member) and \(entity)", at: members["through"]!)
        }
        return RingDefinition(
            name: name, member: member, entities: entities, cutOffs: cutOffs, eventTypes: types,
            fraud: fraud)
    }

    private func has(_ key: String, _ type: Int) -> Bool {
        events[type].keys.contains { $0.name == key }
    }

    private func readRingKey(_ place: Place, among keys: [String]) -> String? {
        guard let key = reader.string(place) else { return nil }
        if keys.contains(key) { return key }
        reader.note(
            "no event has a key \"\(key)\"" + suggestion(for: key, among: keys), at: place)
        return nil
    }

    private func readEntities(
        _ place: Place, member: String?, among keys: [String]
    ) -> [String]? {
        guard let places = reader.elements(of: place) else { return nil }
        if places.isEmpty { reader.note("expected at least one key", at: place) }
        var entities: [String] = []
        for place in places {
            guard let key = readRingKey(place, among: keys) else { continue }
            if key == member {
                reader.note("members cannot be tied through themselves", at: place)
            } else if entities.contains(key) {
                reader.note("\"\(key)\" is named twice", at: place)
            } else {
                entities.append(key)
            }
        }
        return entities.isEmpty || entities.count < places.count ? nil : entities
    }

    /// One number for all, or a mapping.
    private func readCutOffs(_ place: Place?, entities: [String]) -> [Int]? {
        guard let place else { return entities.map { _ in RingDefinition.usualCutOff } }
        let range = 2...1_000_000
        guard case .object = place.node.content else {
            return reader.integer(place, in: range).map { cutOff in entities.map { _ in cutOff } }
        }
        guard let members = reader.members(of: place, known: entities) else { return nil }
        let cutOffs = entities.map { entity in
            members[entity].map { reader.integer($0, in: range) } ?? RingDefinition.usualCutOff
        }
        return cutOffs.contains(nil) ? nil : cutOffs.map { $0! }
    }

    /// The events that link; those that have the member and an entity where the spec names none.
    private func readLinking(_ place: Place?, member: String, entities: [String]) -> [Int]? {
        let linking = events.indices.filter { type in
            has(member, type) && entities.contains { has($0, type) }
        }
        guard let place else {
            if !linking.isEmpty { return linking }
            // Where each of the entities is missing, that has its own words.
            return []
        }
        guard let places = reader.elements(of: place) else { return nil }
        if places.isEmpty { reader.note("expected at least one event", at: place) }
        var types: [Int] = []
        for place in places {
            guard let type = eventType(place) else { continue }
            if types.contains(type) {
                reader.note("\"\(events[type].name)\" is named twice", at: place)
            } else if linking.contains(type) {
                types.append(type)
            } else {
                let lack =
                    has(member, type)
                    ? "none of the keys \(entities.joined(separator: ", "))"
                    : "no key \"\(member)\""
                reader.note("\(events[type].name) has \(lack)", at: place)
            }
        }
        return types.isEmpty || types.count < places.count ? nil : types
    }

    private mutating func readFraud(_ place: Place, member: String) -> RingDefinition.Fraud? {
        guard let members = reader.members(of: place, known: ["of", "where", "delay"]) else {
            return nil
        }
        guard let typePlace = members["of"] else {
            reader.note("expected \"of\": the event that tells of a fraud", at: place)
            return nil
        }
        guard let type = eventType(typePlace) else { return nil }
        if !has(member, type) {
            reader.note("\(events[type].name) has no key \"\(member)\"", at: typePlace)
            return nil
        }
        let delay = members["delay"].map { readDuration($0) } ?? 0
        var condition: Program?
        if let place = members["where"] {
            guard let text = reader.string(place) else { return nil }
            var fieldsRead: [(FieldDefinition, Place)] = []
            condition = compile(text, type: type, wanted: .boolean, at: place, &fieldsRead)
            for (field, place) in fieldsRead {
                if let after = field.knownAfter, let delay, delay < after {
                    reader.note(
                        "\"\(field.name)\" is known only \(Durations.format(after)) after the "
                            + "event: expected \"delay: \(Durations.format(after))\" or more",
                        at: place)
                }
            }
            if condition == nil { return nil }
        }
        return delay.map {
            RingDefinition.Fraud(eventType: type, condition: condition, delay: $0)
        }
    }

    // MARK: features

    /// A feature that asks a ring.
    func readRingFeature(
        _ place: Place, _ members: [String: Place], unit: VectorDefinition.Unit?
    ) -> RingFeature? {
        let known = ["ring", "aggregate", "include", "default", "reason", "hidden"]
        for (key, place) in members.sorted(by: { $0.key < $1.key }) where !known.contains(key) {
            let hint = key == "window" ? "; growth has its span itself: growth(7d)" : ""
            reader.note("a feature of a ring has no \"\(key)\"\(hint)", at: place)
        }
        let index = readRingName(members["ring"]!)
        guard let aggregatePlace = members["aggregate"] else {
            reader.note("expected \"aggregate\"", at: place)
            return nil
        }
        let aggregate = readRingAggregate(aggregatePlace)
        guard let index else { return nil }
        let ring = rings[index]
        switch unit {
        case .event(let type) where !has(ring.member, type):
            reader.note(
                "the unit \(events[type].name) has no key \"\(ring.member)\" to look the ring up by",
                at: members["ring"]!)
        case .entity(let entity, _) where entity != ring.member:
            reader.note(
                "the vector is one of \(entity); the ring's members are \(ring.member)",
                at: members["ring"]!)
        default: break
        }
        if ring.fraud == nil, aggregate == .frauds || aggregate == .fraudShare {
            reader.note("the ring \(ring.name) does not say what a fraud is", at: aggregatePlace)
        }
        var includesCurrent = false
        if let include = members["include"], let word = reader.string(include) {
            includesCurrent = word == "current"
            if word != "current" { reader.note("expected \"current\"", at: include) }
            var isLinking = false
            if case .event(let type) = unit { isLinking = ring.eventTypes.contains(type) }
            if unit != nil, !isLinking {
                reader.note("the unit is no event that links in \(ring.name)", at: include)
            }
        }
        return aggregate.map {
            RingFeature(ring: index, aggregate: $0, includesCurrent: includesCurrent)
        }
    }

    private func readRingName(_ place: Place) -> Int? {
        guard let name = reader.string(place) else { return nil }
        if let index = rings.firstIndex(where: { $0.name == name }) { return index }
        if !brokenRings.contains(name) {
            let names = rings.map(\.name) + brokenRings.sorted()
            reader.note(
                "there is no ring \"\(name)\"" + suggestion(for: name, among: names), at: place)
        }
        return nil
    }

    private func readRingAggregate(_ place: Place) -> RingFeature.Aggregate? {
        guard let text = reader.string(place) else { return nil }
        let plain: [(name: String, aggregate: RingFeature.Aggregate)] = [
            ("size", .size), ("frauds", .frauds), ("fraud_share", .fraudShare), ("age", .age),
            ("degree", .degree),
        ]
        if let found = plain.first(where: { $0.name == text }) { return found.aggregate }
        if text.hasPrefix("growth(") && text.hasSuffix(")"),
            let span = Durations.parse(String(text.dropFirst(7).dropLast()))
        {
            return .growth(span)
        }
        if text == "growth" || text.hasPrefix("growth(") {
            reader.note("expected growth(7d), found \"\(text)\"", at: place)
            return nil
        }
        let names = plain.map(\.name) + ["growth"]
        let name = String(text.prefix { $0 != "(" })
        let complaint =
            names.contains(name)
            ? "\(name) takes nothing in parentheses"
            : "a ring has no aggregate \"\(name)\"" + suggestion(for: name, among: names)
                + "; there are \(names.dropLast().joined(separator: ", ")), growth(7d)"
        reader.note(complaint, at: place)
        return nil
    }
}
