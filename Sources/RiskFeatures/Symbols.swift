import RiskColumns

/// The dictionaries of a run: one for each name of a key or category, shared by all types of events,
/// and the answers to the spec's questions about their texts.
struct Symbols: Sendable {
    private(set) var dictionaries: [String: CategoryDictionary] = [:]
    /// For each text test of the spec, whether each code passes.
    private(set) var answers: [[Bool]]
    private let tests: [TextTest]
    private let lists: [String: ListContents]
    private var codesOfLogs: [String: [Int64]] = [:]
    /// What fields are looked up by, and lists of several versions.
    var lookups: Lookups

    init(
        spec: FeatureSpec, lists: [String: ListContents],
        databases: [String: [any AddressDatabase]] = [:]
    ) {
        tests = spec.tests
        var lists = lists
        for list in spec.lists where lists[list.name] == nil {
            let versions = list.sources.map { source -> ListContents in
                guard case .values(let values) = source else {
                    preconditionFailure("the members of the list \(list.name) were not given")
                }
                return .values(Set(values))
            }
            lists[list.name] = list.hasVersions ? .versions(versions) : versions[0]
        }
        self.lists = lists
        lookups = Lookups(spec: spec, lists: lists, databases: databases)
        answers = spec.tests.map { _ in [] }
        for field in spec.events.flatMap(\.fields) where field.type == .category {
            dictionaries[field.name] = CategoryDictionary()
        }
        for composite in spec.events.flatMap(\.composites) {
            dictionaries[EventType.name(of: composite)] = CategoryDictionary()
        }
    }

    /// The code of several codes as one key, -1 where one of them is missing.
    mutating func intern(_ codes: [Int64], composite: String) -> Int64 {
        if codes.contains(where: { $0 < 0 }) { return -1 }
        return codes.withUnsafeBytes { bytes in
            Int64(dictionaries[composite]!.intern(bytes.assumingMemoryBound(to: UInt8.self)))
        }
    }

    /// The code of a text of a field, a new one where it has none yet.
    mutating func intern(_ text: String, field: String) -> Int32 {
        let code = dictionaries[field]!.intern(text)
        for (index, test) in tests.enumerated()
        where test.field == field && answers[index].count <= Int(code) {
            answers[index].append(answer(test, text))
        }
        return code
    }

    /// Where the dictionary of a field is, for those who ask for it with every event.
    struct Place {
        fileprivate let index: Dictionary<String, CategoryDictionary>.Index
        /// The field, where something is asked about its texts.
        fileprivate let asked: String?
    }

    func place(of field: String) -> Place {
        Place(
            index: dictionaries.index(forKey: field)!,
            asked: tests.contains { $0.field == field } ? field : nil)
    }

    /// The code of a text of a field, a new one where it has none yet.
    mutating func intern(_ text: String, at place: Place) -> Int32 {
        if let field = place.asked { return intern(text, field: field) }
        return dictionaries.values[place.index].intern(text)
    }

    /// The code of several codes as one key, given as bytes.
    mutating func intern(composite bytes: ArraySlice<UInt8>, _ name: String) -> Int {
        bytes.withUnsafeBufferPointer { Int(dictionaries[name]!.intern($0)) }
    }

    /// The codes of all texts of a log's dictionary.
    mutating func intern(
        all dictionary: CategoryDictionary, field: String, of type: String
    ) -> [Int64] {
        guard followsLogs else {
            return dictionary.texts.map { Int64(intern($0, field: field)) }
        }
        let log = "\(type) \(field)"
        var codes: [Int64] = []
        swap(&codes, &codesOfLogs[log, default: []])
        for code in codes.count..<max(codes.count, dictionary.count) {
            codes.append(Int64(intern(dictionary[Int32(code)], field: field)))
        }
        codesOfLogs[log] = codes
        return codes
    }

    /// Whether logs come in pieces, whose dictionaries only grow: what was looked up is remembered.
    var followsLogs = false {
        didSet { if !followsLogs { codesOfLogs = [:] } }
    }

    /// Takes a field's first dictionary over as it is, where no question is asked about its texts.
    /// - Returns: whether codes are now the dictionary's.
    mutating func adopt(_ dictionary: CategoryDictionary, field: String) -> Bool {
        guard !followsLogs, dictionaries[field]!.count == 0,
            !tests.contains(where: { $0.field == field })
        else {
            return false
        }
        dictionaries[field] = dictionary
        return true
    }

    private func answer(_ test: TextTest, _ text: String) -> Bool {
        switch test.question {
        case .oneOf(let texts): texts.contains(text)
        case .inList(let name): lists[name]!.contains(text)
        }
    }
}
