import RiskColumns
import RiskJSON

extension SpecReader {
    mutating func readVectors(_ place: Place) -> VectorDefinition? {
        guard let members = reader.members(of: place, known: ["unit", "label", "carry"]) else {
            return nil
        }
        guard let unitPlace = members["unit"] else {
            reader.note("expected \"unit\": an event, or { entity: KEY, every: 1d }", at: place)
            return nil
        }
        guard let unit = readUnit(unitPlace) else { return nil }
        let label = members["label"].flatMap { readLabel($0, unit: unit) }
        var carry: [String] = []
        if let place = members["carry"] {
            for place in reader.elements(of: place) ?? [] {
                guard let name = reader.string(place) else { continue }
                guard case .event(let index) = unit else {
                    reader.note("only the vector of an event can carry fields", at: place)
                    continue
                }
                let names = events[index].fields.filter { !$0.isKey }.map(\.name)
                if name == "label" || carry.contains(name) {
                    reader.note("the vector has a column \"\(name)\" already", at: place)
                } else if names.contains(name) {
                    carry.append(name)
                } else {
                    reader.note(
                        "\(events[index].name) has no field \"\(name)\""
                            + suggestion(for: name, among: names), at: place)
                }
            }
        }
        return VectorDefinition(unit: unit, label: label, carry: carry)
    }

    private func readUnit(_ place: Place) -> VectorDefinition.Unit? {
        if case .string = place.node.content {
            return eventType(place).map { .event($0) }
        }
        guard let members = reader.members(of: place, known: ["entity", "every"]) else {
            return nil
        }
        guard let entityPlace = members["entity"], let entity = reader.string(entityPlace) else {
            reader.note("expected \"entity\": the key that has a vector", at: place)
            return nil
        }
        let keys = Set(events.flatMap(\.keys).map(\.name)).sorted()
        guard keys.contains(entity) else {
            reader.note(
                "no event has a key \"\(entity)\"" + suggestion(for: entity, among: keys),
                at: entityPlace)
            return nil
        }
        return .entity(entity, every: members["every"].flatMap { readDuration($0) })
    }

    private func readLabel(
        _ place: Place, unit: VectorDefinition.Unit
    ) -> VectorDefinition.Label? {
        guard let members = reader.members(of: place, known: ["field", "from", "by", "within"])
        else { return nil }
        if let fieldPlace = members["field"] {
            for key in ["from", "by", "within"] {
                if let place = members[key] {
                    reader.note("a label that is a field has no \"\(key)\"", at: place)
                }
            }
            guard let name = reader.string(fieldPlace) else { return nil }
            guard case .event(let index) = unit else {
                reader.note("a label field needs an event as unit", at: fieldPlace)
                return nil
            }
            let booleans = events[index].fields.filter { $0.type == .boolean }
            guard booleans.contains(where: { $0.name == name }) else {
                reader.note(
                    "\(events[index].name) has no boolean field \"\(name)\""
                        + suggestion(for: name, among: booleans.map(\.name)), at: fieldPlace)
                return nil
            }
            return .field(name)
        }
        guard let fromPlace = members["from"], let event = eventType(fromPlace) else {
            if members["from"] == nil {
                reader.note("expected { field: NAME } or { from: EVENT, within: 30d }", at: place)
            }
            return nil
        }
        if unit == .event(event) {
            reader.note("the unit itself cannot be its label's event", at: fromPlace)
        }
        guard let withinPlace = members["within"], let within = readDuration(withinPlace) else {
            if members["within"] == nil { reader.note("expected \"within\": 30d", at: place) }
            return nil
        }
        let labelKeys = events[event].keys.map(\.name)
        let unitKeys: [String] =
            switch unit {
            case .event(let index): events[index].keys.map(\.name)
            case .entity(let key, _): [key]
            }
        let shared = unitKeys.filter { labelKeys.contains($0) }
        if let byPlace = members["by"] {
            guard let key = reader.string(byPlace) else { return nil }
            if shared.contains(key) { return .event(event, key: key, within: within) }
            reader.note(
                "the unit and the label's event do not share a key \"\(key)\""
                    + suggestion(for: key, among: shared), at: byPlace)
            return nil
        }
        guard shared.count == 1 else {
            reader.note(
                "expected \"by\": one of the shared keys (\(shared.joined(separator: ", ")))",
                at: place)
            return nil
        }
        return .event(event, key: shared[0], within: within)
    }
}
