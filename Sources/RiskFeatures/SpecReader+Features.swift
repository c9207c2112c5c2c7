import RiskColumns
import RiskJSON

extension SpecReader {
    mutating func readFeatures(_ place: Place, _ vectors: VectorDefinition?) {
        let unit = vectors?.unit
        if case .field(let name)? = vectors?.label { labelField = name }
        let taken = ["time", "label", "current"] + columns(vectors)
        guard let entries = reader.entries(of: place) else { return }
        if entries.isEmpty { reader.note("expected at least one feature", at: place) }
        for (name, place) in entries {
            checkWord(name, at: place)
            if taken.contains(name) {
                reader.note("the name \"\(name)\" is taken by the vector itself", at: place)
            }
            let known = [
                "of", "by", "aggregate", "where", "window", "hop", "delay", "include", "per",
                "derive", "default", "reason", "hidden", "ring",
            ]
            guard let members = reader.members(of: place, known: known) else {
                broken.insert(name)
                continue
            }
            let definition: FeatureDefinition.Definition?
            if let derive = members["derive"] {
                for key in known where !["derive", "default", "reason", "hidden"].contains(key) {
                    if let place = members[key] {
                        reader.note("a derived feature has no \"\(key)\"", at: place)
                    }
                }
                definition = readDerived(derive, unit: unit).map { .derived($0) }
            } else if members["ring"] != nil {
                definition = readRingFeature(place, members, unit: unit).map { .ring($0) }
            } else {
                definition = readWindow(place, members, unit: unit).map { .window($0) }
            }
            let defaultValue = members["default"].flatMap { reader.number($0, in: -1e15...1e15) }
            let reason = members["reason"].flatMap { readReason($0) }
            let isHidden = members["hidden"].flatMap { reader.bool($0) } ?? false
            guard let definition else {
                broken.insert(name)
                continue
            }
            features.append(
                FeatureDefinition(
                    name: name, reason: reason, isHidden: isHidden,
                    defaultValue: defaultValue ?? .nan, definition: definition))
        }
        if !features.isEmpty, features.allSatisfy(\.isHidden) {
            reader.note("expected at least one feature that is not hidden", at: place)
        }
    }

    /// The columns that stand before the features in a table of vectors.
    private func columns(_ vectors: VectorDefinition?) -> [String] {
        switch vectors?.unit {
        case nil: []
        case .event(let index)?: events[index].keys.map(\.name) + (vectors?.carry ?? [])
        case .entity(let key, _)?: [key]
        }
    }

    private func readReason(_ place: Place) -> FeatureDefinition.ReasonTexts? {
        guard let members = reader.members(of: place, known: ["investigator", "customer"]) else {
            return nil
        }
        func texts(_ key: String) -> [String: String] {
            guard let place = members[key], let entries = reader.entries(of: place) else {
                return [:]
            }
            return entries.reduce(into: [:]) { texts, entry in
                texts[entry.key] = reader.string(entry.place)
            }
        }
        return .init(investigator: texts("investigator"), customer: texts("customer"))
    }

    private mutating func readWindow(
        _ place: Place, _ members: [String: Place], unit: VectorDefinition.Unit?
    ) -> WindowFeature? {
        var isComplete = true
        for key in ["of", "by", "aggregate"] where members[key] == nil {
            reader.note("expected \"\(key)\"", at: place)
            isComplete = false
        }
        let type = members["of"].flatMap { eventType($0) }
        let key = members["by"].flatMap { readBy($0, type: type, unit: unit) }
        let window = members["window"].flatMap { readWindowLength($0) }
        let hop = members["hop"].flatMap { readDuration($0) }
        let delay = members["delay"].flatMap { readDuration($0) } ?? 0
        var includesCurrent = false
        if let include = members["include"], let word = reader.string(include) {
            includesCurrent = word == "current"
            if word != "current" { reader.note("expected \"current\"", at: include) }
            if delay > 0 { reader.note("a delayed event is never current", at: include) }
            if let type, let unit, unit != .event(type) {
                reader.note("the unit is not an event of this type", at: include)
            }
        }
        let reach: Int64? = window ?? nil
        // A window that is no span has been noted; it is not also missing.
        let isUnbounded = reach == nil && (window != nil || members["window"] == nil)
        if let hop, let place = members["hop"] {
            if let reach, reach < hop || reach % hop != 0 {
                reader.note("the window must be a multiple of the hop", at: place)
            }
            if isUnbounded { reader.note("a hop needs a window", at: place) }
        }
        guard let type else { return nil }
        var fieldsRead: [(FieldDefinition, Place)] = []
        var condition: Program?
        if let place = members["where"], let text = reader.string(place) {
            condition = compile(text, type: type, wanted: .boolean, at: place, &fieldsRead)
            if condition == nil { isComplete = false }
        }
        let per = members["per"].flatMap { readPer($0, key: key) }
        let aggregate = members["aggregate"].flatMap {
            readAggregate($0, type: type, per: per, &fieldsRead)
        }
        if let place = members["per"], let aggregate {
            if case .rate = aggregate {} else { reader.note("only a rate has \"per\"", at: place) }
        }
        if case .rate(nil) = aggregate, members["per"] == nil, isUnbounded {
            reader.note("a rate needs a window, or \"per\": another event", at: place)
        }
        var span = WindowSpan(window: reach, hop: hop)
        var asked = key
        if let aggregate, let place = members["aggregate"] {
            span = fit(aggregate, span, isUnbounded: isUnbounded, members, at: place)
            if case .new(let slot) = aggregate {
                let field = events[type].fields[slot - EventStore.firstFieldSlot].name
                asked = readNew(
                    place, field: field, key: key, unit: unit, current: members["include"])
            }
        }
        for (field, place) in fieldsRead {
            if includesCurrent, field.name == labelField, field.knownAfter == nil {
                reader.note("\"\(field.name)\" is the label of the current event", at: place)
            }
            if let after = field.knownAfter, delay < after {
                reader.note(
                    "\"\(field.name)\" is known only \(Durations.format(after)) after the event: "
                        + "expected \"delay: \(Durations.format(after))\" or more", at: place)
            }
        }
        guard isComplete, let asked, let aggregate else { return nil }
        return WindowFeature(
            eventType: type, key: asked, aggregate: aggregate, condition: condition,
            window: span.window, hop: span.hop, delay: delay, includesCurrent: includesCurrent)
    }

    private func readWindowLength(_ place: Place) -> Int64?? {
        if case .string("all") = place.node.content { return .some(nil) }
        return readDuration(place).map { .some($0) }
    }

    /// A key, or several whose values together are one: `[buyer, seller]`.
    private func readBy(
        _ place: Place, type: Int?, unit: VectorDefinition.Unit?
    ) -> String? {
        guard case .array = place.node.content else {
            return readKey(place, type: type, unit: unit)
        }
        let places = reader.elements(of: place) ?? []
        let keys = places.compactMap { readKey($0, type: type, unit: unit) }
        guard keys.count == places.count else { return nil }
        guard (2...4).contains(keys.count), Set(keys).count == keys.count else {
            reader.note("expected two to four different keys", at: place)
            return nil
        }
        return EventType.name(of: keys)
    }

    private func readKey(
        _ place: Place, type: Int?, unit: VectorDefinition.Unit?
    ) -> String? {
        guard let key = reader.string(place), let type else { return nil }
        let keys = events[type].keys.map(\.name)
        guard keys.contains(key) else {
            reader.note(
                "\(events[type].name) has no key \"\(key)\"" + suggestion(for: key, among: keys)
                    + "; it has \(keys.joined(separator: ", "))", at: place)
            return nil
        }
        switch unit {
        case .event(let index) where !events[index].keys.contains { $0.name == key }:
            reader.note(
                "the unit \(events[index].name) has no key \"\(key)\" to look the feature up by",
                at: place)
        case .entity(let entity, _) where entity != key:
            reader.note("the vector is one of \(entity); expected by: \(entity)", at: place)
        default: break
        }
        return key
    }

    private func readPer(_ place: Place, key: String?) -> Int? {
        guard let type = eventType(place) else { return nil }
        for name in key.map(EventType.fields(of:)) ?? []
        where !events[type].keys.contains(where: { $0.name == name }) {
            reader.note("\(events[type].name) has no key \"\(name)\"", at: place)
            return nil
        }
        return type
    }

    /// Compiles a condition over an event of a type.
    mutating func compile(
        _ text: String, type: Int, wanted: ExpressionCompiler.Kind, at place: Place,
        _ fieldsRead: inout [(FieldDefinition, Place)]
    ) -> Program? {
        let event = events[type]
        var compiler = ExpressionCompiler(
            names: event.fields.map(\.name) + ["time", "hour", "weekday"],
            lists: lists.map(\.name), tests: tests
        ) { name in
            if ["time", "hour", "weekday"].contains(name) { return .time(slot: 0) }
            guard let field = event.fields.first(where: { $0.name == name }),
                let slot = event.slot(of: name)
            else { return nil }
            return .field(slot: slot, field)
        }
        tell(&compiler, type)
        defer { learn(from: compiler, type) }
        do throws(ExpressionFailure) {
            let program = try compiler.compile(text, wanted: wanted)
            fieldsRead += compiler.fieldsRead.map { ($0, place) }
            return program
        } catch {
            note(error, at: place)
            return nil
        }
    }

    /// Compiles a derived feature: earlier features by their names, the unit's event as `current.…`.
    private mutating func readDerived(_ place: Place, unit: VectorDefinition.Unit?) -> Program? {
        guard let text = reader.string(place) else { return nil }
        var unitType: Int?
        if case .event(let index) = unit { unitType = index }
        let current = unitType.map { events[$0] }
        let currentNames = current.map { event in
            (event.fields.map(\.name) + ["time", "hour", "weekday"]).map { "current.\($0)" }
        }
        let earlier = features.map(\.name)
        let broken = broken
        var compiler = ExpressionCompiler(
            names: earlier + (currentNames ?? []), lists: lists.map(\.name), tests: tests
        ) { name in
            if let index = earlier.firstIndex(of: name) { return .feature(index) }
            if broken.contains(name) { return .feature(0) }
            guard let current, name.hasPrefix("current.") else { return nil }
            let field = String(name.dropFirst(8))
            if ["time", "hour", "weekday"].contains(field) { return .time(slot: 0) }
            guard let definition = current.fields.first(where: { $0.name == field }),
                let slot = current.slot(of: field)
            else { return nil }
            return .field(slot: slot, definition)
        }
        tell(&compiler, unitType)
        defer { learn(from: compiler, unitType) }
        do throws(ExpressionFailure) {
            let program = try compiler.compile(text, wanted: .number)
            for field in compiler.fieldsRead {
                if field.knownAfter != nil {
                    reader.note(
                        "\"\(field.name)\" is not yet known when the vector is made", at: place)
                } else if field.name == labelField {
                    reader.note("\"\(field.name)\" is the label of the vector", at: place)
                }
            }
            return program
        } catch {
            note(error, at: place)
            return nil
        }
    }

    private func note(_ failure: ExpressionFailure, at place: Place) {
        let position = failure.column > 0 ? "at character \(failure.column): " : ""
        reader.note(position + failure.message, at: place)
    }
}
