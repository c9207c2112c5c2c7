import RiskJSON

/// Takes the `recipe.yaml` of a table apart; nil is returned only where mistakes were noted.
struct TableRecipeReader {
    typealias Place = DocumentReader.Place

    let folder: String
    let reader: DocumentReader

    func read(_ root: Place) -> TableRecipe? {
        let keys = [
            "riskkit", "name", "title", "table", "neighbours", "folds", "models", "main", "policy",
            "reasons", "groups",
        ]
        guard let members = reader.members(of: root, known: keys) else { return nil }
        let format = text("riskkit", members, root)
        if let format, format != "recipe/1" {
            reader.note("expected \"recipe/1\", found \"\(format)\"", at: root)
        }
        let source = place("table", members, root).flatMap { readSource($0) }
        let links = members["neighbours"].flatMap { readLinks($0) }
        let schedule = place("folds", members, root).flatMap { readSchedule($0) }
        let models = place("models", members, root).flatMap { reader.entries(of: $0) } ?? []
        let variants = models.compactMap { model in
            readVariant(model.key, model.place, hasLinks: members["neighbours"] != nil)
        }
        if models.isEmpty, let place = members["models"] {
            reader.note("expected at least one model", at: place)
        }
        let main = text("main", members, root)
        if let main, !models.contains(where: { $0.key == main }) {
            reader.note(
                "there is no model \"\(main)\"" + suggestion(for: main, among: models.map(\.key)),
                at: members["main"] ?? root)
        }
        let groups = (members["groups"].flatMap { reader.entries(of: $0) } ?? []).compactMap {
            readGroup($0.key, $0.place)
        }
        guard let name = text("name", members, root), let title = text("title", members, root),
            let source, let schedule, let main, links != nil || members["neighbours"] == nil
        else { return nil }
        return TableRecipe(
            folder: folder, name: name, title: title, source: source, links: links,
            schedule: schedule, variants: variants, main: main,
            policy: members["policy"].flatMap { reader.string($0) },
            reasons: members["reasons"].flatMap { reader.string($0) }, groups: groups)
    }

    private func place(_ key: String, _ members: [String: Place], _ parent: Place) -> Place? {
        if members[key] == nil { reader.note("expected \"\(key)\"", at: parent) }
        return members[key]
    }

    private func text(_ key: String, _ members: [String: Place], _ parent: Place) -> String? {
        place(key, members, parent).flatMap { reader.string($0) }
    }

    private func readSource(_ place: Place) -> TableRecipe.Source? {
        let keys = ["path", "label", "entity", "source"]
        guard let members = reader.members(of: place, known: keys) else { return nil }
        let texts = keys.map { text($0, members, place) }
        guard let path = texts[0], let label = texts[1], let entity = texts[2],
            let origin = texts[3]
        else { return nil }
        return .init(path: path, label: label, entity: entity, origin: origin)
    }

    private func readLinks(_ place: Place) -> TableRecipe.Links? {
        guard let members = reader.members(of: place, known: ["path", "from", "to"]) else {
            return nil
        }
        let texts = ["path", "from", "to"].map { text($0, members, place) }
        guard let path = texts[0], let from = texts[1], let to = texts[2] else { return nil }
        if from == to { reader.note("expected two columns, found \"\(from)\" twice", at: place) }
        return .init(path: path, from: from, to: to)
    }

    private func readSchedule(_ place: Place) -> TableRecipe.Schedule? {
        let keys = ["count", "seed", "capacity", "probability"]
        guard let members = reader.members(of: place, known: keys) else { return nil }
        func number(_ key: String, _ range: ClosedRange<Int>) -> Int? {
            self.place(key, members, place).flatMap { reader.integer($0, in: range) }
        }
        guard let count = number("count", 2...100), let seed = number("seed", 0...0xffff_ffff),
            let capacity = number("capacity", 1...1_000_000),
            let probability = self.place("probability", members, place).flatMap({
                reader.number($0, in: 0...1)
            })
        else { return nil }
        return .init(
            folds: count, seed: UInt32(seed), capacity: capacity, probability: probability)
    }

    private func readVariant(
        _ name: String, _ place: Place, hasLinks: Bool
    ) -> TableRecipe.Variant? {
        if name.isEmpty || name.count > 100
            || !name.unicodeScalars.allSatisfy({
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
                    || $0 == "-" || $0 == "_"
            })
        {
            reader.note("expected a name of letters, digits, - and _", at: place)
        }
        let keys = ["learner", "settings", "without", "neighbours"]
        guard let members = reader.members(of: place, known: keys),
            let learner = self.place("learner", members, place).flatMap({
                reader.choice($0, of: LearnerChoice.self)
            })
        else { return nil }
        let neighbours = members["neighbours"].flatMap { reader.bool($0) } ?? false
        if neighbours, !hasLinks, let place = members["neighbours"] {
            reader.note("the recipe has no \"neighbours\" with the file of their links", at: place)
        }
        let without = members["without"].flatMap { reader.elements(of: $0) } ?? []
        return .init(
            name: name, learner: learner,
            settings: members["settings"].flatMap { reader.string($0) },
            without: without.compactMap { reader.string($0) }, neighbours: neighbours)
    }

    private func readGroup(_ name: String, _ place: Place) -> TableRecipe.Group? {
        guard let members = reader.members(of: place, known: ["column", "from", "to"]),
            let column = text("column", members, place)
        else { return nil }
        let most = Double.greatestFiniteMagnitude
        func bound(_ key: String) -> Double? {
            members[key].flatMap { reader.number($0, in: -most...most) }
        }
        if members["from"] == nil, members["to"] == nil {
            reader.note("expected \"from\" or \"to\"", at: place)
        }
        let (from, to) = (bound("from") ?? -most, bound("to") ?? most)
        if from > to {
            reader.note("expected \"from\" at most \"to\"", at: place)
            return nil
        }
        return .init(name: name, column: column, range: from...to)
    }
}
