import RiskColumns
import RiskJSON

extension SpecReader {
    // MARK: lists and databases

    mutating func readLists(_ place: Place) {
        for (name, place) in reader.entries(of: place) ?? [] {
            checkWord(name, at: place)
            let (sources, validity) = readVersions(place, ["values", "file", "cidr"]) {
                kind, value -> ListDeclaration.Source? in
                switch kind {
                case "values":
                    .values((reader.elements(of: value) ?? []).compactMap { reader.string($0) })
                case "file": reader.string(value).map { .file($0) }
                default: reader.string(value).map { .cidr($0) }
                }
            }
            // One that could not be read is not also unknown to whoever names it.
            lists.append(
                ListDeclaration(
                    name: name, sources: validity == nil ? [.values([])] : sources,
                    validity: validity ?? .always))
        }
    }

    mutating func readDatabases(_ place: Place) {
        for (name, place) in reader.entries(of: place) ?? [] {
            checkWord(name, at: place)
            let (paths, validity) = readVersions(place, ["mmdb"]) { _, path in reader.string(path) }
            databases.append(
                DatabaseDeclaration(
                    name: name, paths: validity == nil ? [""] : paths,
                    validity: validity ?? .always))
        }
    }

    /// One source, or `versions`, each with the moment `from` which it is in force.
    private func readVersions<Source>(
        _ place: Place, _ kinds: [String], _ read: (String, Place) -> Source?
    ) -> (sources: [Source], validity: Validity?) {
        func source(_ members: [String: Place], at place: Place) -> Source? {
            let given = kinds.filter { members[$0] != nil }
            guard given.count == 1, let kind = given.first, let value = members[kind] else {
                reader.note("expected \(Self.choice(of: kinds))", at: place)
                return nil
            }
            return read(kind, value)
        }
        guard let members = reader.members(of: place, known: kinds + ["versions"]) else {
            return ([], nil)
        }
        guard let versionsPlace = members["versions"] else {
            guard let source = source(members, at: place) else { return ([], nil) }
            return ([source], .always)
        }
        for kind in kinds {
            if let place = members[kind] {
                reader.note("\"\(kind)\" stands in each of the versions", at: place)
            }
        }
        var sources: [Source] = []
        var starts: [Int64] = []
        var end = Int64.max
        let places = reader.elements(of: versionsPlace) ?? []
        if places.isEmpty { reader.note("expected at least one version", at: versionsPlace) }
        for (index, place) in places.enumerated() {
            guard let members = reader.members(of: place, known: kinds + ["from", "until"]) else {
                continue
            }
            if let source = source(members, at: place) { sources.append(source) }
            if let from = members["from"] {
                if let start = readMoment(from) {
                    if let last = starts.last, start <= last {
                        reader.note(
                            "expected a later moment than that of the version before, "
                                + Timestamps.format(last), at: from)
                    }
                    starts.append(start)
                }
            } else {
                reader.note("expected \"from\": when the version came into force", at: place)
            }
            guard let until = members["until"] else { continue }
            if index < places.count - 1 {
                reader.note(
                    "a version ends where the next begins; only the last has one", at: until)
            } else if let moment = readMoment(until) {
                end = moment
                if let start = starts.last, end <= start {
                    reader.note("expected a later moment than \"from\"", at: until)
                }
            }
        }
        let isWhole = !starts.isEmpty && starts.count == places.count
        guard isWhole, sources.count == places.count else { return ([], nil) }
        return (sources, Validity(starts: starts, end: end))
    }

    private static func choice(of kinds: [String]) -> String {
        kinds.count == 1 ? "\"\(kinds[0])\"" : "one of \(kinds.joined(separator: ", "))"
    }

    /// A date or a time; without an offset, of the spec's zone.
    private func readMoment(_ place: Place) -> Int64? {
        guard let text = reader.string(place) else { return nil }
        guard let reading = Timestamps.parse(text) else {
            reader.note(
                "expected a time such as 2025-01-01 or 2025-01-01T00:00:00Z, found \"\(text)\"",
                at: place)
            return nil
        }
        return reading.isLocal
            ? zone.moment(ofLocal: reading.microseconds) : reading.microseconds
    }

    // MARK: what fields are looked up by

    /// `{ lookup: country(ip), in: geo }`, or `{ lookup: ip, in: geo, path: [traits, user_type] }`.
    func readLookup(_ place: Place) -> Lookup? {
        guard let members = reader.members(of: place, known: ["lookup", "in", "path"]) else {
            return nil
        }
        guard let lookup = members["lookup"] else {
            reader.note("expected \"lookup\": country(ip), or a key and a \"path\"", at: place)
            return nil
        }
        let database = readDatabase(members["in"], at: place)
        guard let text = reader.string(lookup) else { return nil }
        var field = text
        var path: [String]?
        if let place = members["path"] {
            path = readPath(place)
            if text.contains("(") {
                reader.note("with a \"path\", expected the key alone: lookup: ip", at: lookup)
                return nil
            }
        } else {
            let words = AddressQuestion.paths.map(\.word)
            guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else {
                reader.note(
                    "expected \(words.joined(separator: ", ")) of a key, such as country(ip), or "
                        + "a \"path\"", at: lookup)
                return nil
            }
            let word = String(text[..<open])
            field = String(text[text.index(after: open)...].dropLast())
            path = AddressQuestion.paths.first { $0.word == word }?.path
            if path == nil {
                reader.note(
                    "there is no look-up \"\(word)\"" + suggestion(for: word, among: words)
                        + "; there are \(words.joined(separator: ", ")), and any other value by "
                        + "its \"path\"", at: lookup)
            }
        }
        guard let database, let path else { return nil }
        return Lookup(field: field, question: .database(database, path: path))
    }

    /// The database that is named, or the only one.
    private func readDatabase(_ place: Place?, at field: Place) -> String? {
        let names = databases.map(\.name)
        guard let place else {
            if names.count == 1 { return names[0] }
            reader.note(
                names.isEmpty
                    ? "the spec has no \"databases\" to look it up in"
                    : "expected \"in\": one of \(names.joined(separator: ", "))", at: field)
            return nil
        }
        guard let name = reader.string(place) else { return nil }
        if names.contains(name) { return name }
        reader.note(
            "there is no database \"\(name)\"" + suggestion(for: name, among: names), at: place)
        return nil
    }

    private func readPath(_ place: Place) -> [String]? {
        guard let steps = reader.elements(of: place) else { return nil }
        guard (1...16).contains(steps.count) else {
            reader.note("expected one to sixteen names", at: place)
            return nil
        }
        let path = steps.compactMap { step in
            if case .integer(let index) = step.node.content, index >= 0 { return "\(index)" }
            return reader.string(step)
        }
        return path.count == steps.count ? path : nil
    }

    /// Checks that what is looked up is a key or a category of the log; what is known later makes
    /// what is found of it known later.
    func checkedLookups(
        _ fields: [FieldDefinition], _ places: [String: Place]
    ) -> [FieldDefinition] {
        fields.map { field in
            guard let lookup = field.lookup, let place = places[field.name] else { return field }
            let names = fields.filter { $0.type == .category && !$0.isLookedUp }.map(\.name)
            guard let source = fields.first(where: { $0.name == lookup.field }) else {
                reader.note(
                    "there is no key or category \"\(lookup.field)\" to look up"
                        + suggestion(for: lookup.field, among: names), at: place)
                return field
            }
            if source.isLookedUp {
                reader.note("\"\(source.name)\" is itself looked up", at: place)
            } else if source.type != .category {
                reader.note(
                    "only a key or a category is looked up, and \"\(source.name)\" is neither",
                    at: place)
            }
            if field.isKey, source.knownAfter != nil {
                reader.note(
                    "a key is known with its event, and \"\(source.name)\" is not", at: place)
            }
            return FieldDefinition(
                name: field.name, column: field.column, type: .category, isKey: field.isKey,
                knownAfter: source.knownAfter, rounds: false, lookup: lookup)
        }
    }

    // MARK: lists in expressions

    /// Lets a compiler know which lists have versions.
    func tell(_ compiler: inout ExpressionCompiler, _ type: Int?) {
        guard let type else { return }
        compiler.versioned = Set(lists.filter(\.hasVersions).map(\.name))
        compiler.memberships = events[type].memberships
        compiler.firstMembershipSlot = events[type].firstMembershipSlot
    }

    /// Takes over what a compiler asks of texts.
    mutating func learn(from compiler: ExpressionCompiler, _ type: Int?) {
        tests = compiler.tests
        if let type { events[type].memberships = compiler.memberships }
    }
}
