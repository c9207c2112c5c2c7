import RiskColumns

/// A question about a text of an event that is answered as of the event's time: what a database says
/// of an address, or whether a list of several versions has it.
struct Lookup: Sendable, Equatable {
    enum Question: Sendable, Equatable {
        /// A text of a database of the spec.
        case database(String, path: [String])
        /// Whether it is in a list.
        case list(String)
    }

    /// The key or category that is looked up.
    let field: String
    let question: Question
}

/// A look-up of a type of events: from which slot, and into which.
struct LookupSlot: Sendable {
    let source: Int
    let slot: Int
    /// The place among the spec's look-ups.
    let lookup: Int
}

/// The look-ups of a spec and what they gave: each distinct text is looked up once a version.
struct Lookups: Sendable {
    /// What is asked, and whose dictionary the answers are of; nil for answers of yes and no.
    struct Entry: Sendable {
        let lookup: Lookup
        let target: String?
        let validity: Validity
    }

    private(set) var entries: [Entry] = []
    /// For each look-up, version and code: the answer's slot, or that nobody asked yet.
    private var answers: [[[Int32]]] = []
    private(set) var damaged: [DamagedDatabase] = []
    private let lists: [String: ListContents]
    private let databases: [String: [any AddressDatabase]]

    private static let unasked: Int32 = -2

    init(
        spec: FeatureSpec, lists: [String: ListContents],
        databases: [String: [any AddressDatabase]]
    ) {
        self.lists = lists
        self.databases = databases
        for declared in spec.databases {
            precondition(
                databases[declared.name]?.count == declared.validity.count,
                "the versions of the database \(declared.name) were not given")
        }
        for declared in spec.lists where declared.hasVersions {
            guard case .versions(let versions)? = lists[declared.name],
                versions.count == declared.validity.count
            else {
                preconditionFailure("the versions of the list \(declared.name) were not given")
            }
        }
        for type in spec.events {
            for (lookup, target) in type.lookups
            where !entries.contains(where: { $0.lookup == lookup && $0.target == target }) {
                let validity = spec.validity(of: lookup)
                entries.append(Entry(lookup: lookup, target: target, validity: validity))
                answers.append(Array(repeating: [], count: validity.count))
            }
        }
    }

    /// What is looked up for the events of a type: first fields, then what lists are asked about them.
    func slots(of type: EventType) -> [LookupSlot] {
        func slot(_ lookup: Lookup, _ target: String?, _ slot: Int) -> LookupSlot {
            LookupSlot(
                source: type.slot(of: lookup.field)!, slot: slot,
                lookup: entries.firstIndex { $0.lookup == lookup && $0.target == target }!)
        }
        let fields = type.fields.compactMap { field in
            field.lookup.map { slot($0, field.name, type.slot(of: field.name)!) }
        }
        let memberships = type.memberships.enumerated().map { index, lookup in
            slot(lookup, nil, type.firstMembershipSlot + index)
        }
        return fields + memberships
    }

    /// The version of a look-up in force at a moment, and what a slot holds where nothing is found.
    func place(_ index: Int, at time: Int64) -> (version: Int?, nothing: Int64) {
        (
            entries[index].validity.version(at: time),
            entries[index].target == nil ? Column.missing : -1
        )
    }

    /// The answer of a version for a code; nil where nobody asked yet.
    func answer(_ index: Int, _ version: Int, _ code: Int) -> Int64? {
        guard code < answers[index][version].count else { return nil }
        let answer = answers[index][version][code]
        return answer == Self.unasked ? nil : Int64(answer)
    }

    mutating func keep(_ answer: Int64, _ index: Int, _ version: Int, _ code: Int) {
        let missing = code + 1 - answers[index][version].count
        if missing > 0 {
            answers[index][version].append(
                contentsOf: repeatElement(Self.unasked, count: missing))
        }
        answers[index][version][code] = Int32(answer)
    }

    /// Whether the list of a version has a text.
    func has(_ text: String, list: String, version: Int) -> Bool {
        guard case .versions(let versions)? = lists[list] else { return false }
        return versions[version].contains(text)
    }

    /// What a database says of a text; nil where it is no address, or nothing is known of it.
    mutating func found(
        _ text: String, database name: String, path: [String], version: Int
    ) -> String? {
        guard let address = InternetAddress(text) else { return nil }
        do throws(AddressDatabaseError) {
            return try databases[name]![version].text(of: address, at: path)
        } catch {
            if !damaged.contains(where: { $0.name == name && $0.version == version }) {
                damaged.append(
                    DamagedDatabase(
                        name: name, version: version, message: "\(error) (looking up \(text))"))
            }
            return nil
        }
    }
}

extension Symbols {
    /// What a look-up gives for the code of a text at a moment, as a slot holds it: a code of the
    /// field's dictionary, or 0 and 1.
    /// - Complexity: O(log versions), once the text was looked up.
    mutating func answer(_ index: Int, code: Int64, at time: Int64) -> Int64 {
        let (version, nothing) = lookups.place(index, at: time)
        guard code >= 0, let version else { return nothing }
        if let known = lookups.answer(index, version, Int(code)) { return known }
        let entry = lookups.entries[index]
        let text = dictionaries[entry.lookup.field]![Int32(code)]
        var answer: Int64
        switch entry.lookup.question {
        case .list(let name):
            answer = lookups.has(text, list: name, version: version) ? 1 : 0
        case .database(let name, let path):
            let found = lookups.found(text, database: name, path: path, version: version)
            answer = found.map { Int64(intern($0, field: entry.target!)) } ?? nothing
        }
        lookups.keep(answer, index, version, Int(code))
        return answer
    }
}

extension EventType {
    /// The slots of yes and no, behind those of the fields.
    var firstMembershipSlot: Int { EventStore.firstFieldSlot + fields.count }

    /// What is looked up, and whose dictionary the answers are of.
    fileprivate var lookups: [(Lookup, String?)] {
        fields.compactMap { field in field.lookup.map { ($0, field.name) } }
            + memberships.map { ($0, nil) }
    }
}

extension FeatureSpec {
    /// When the versions of what a look-up asks are in force.
    fileprivate func validity(of lookup: Lookup) -> Validity {
        switch lookup.question {
        case .database(let name, _): databases.first { $0.name == name }!.validity
        case .list(let name): lists.first { $0.name == name }!.validity
        }
    }
}
