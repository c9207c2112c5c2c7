import RiskColumns

/// The dictionaries of a run: one for each name of a key or category, shared by all types of events,
/// and the answers to the spec's questions about their texts.
struct Symbols: Sendable {
    private(set) var dictionaries = NamedDictionaries()
    /// For each text test of the spec, whether each code passes.
    let answers: TextAnswers
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
        answers = TextAnswers(count: spec.tests.count)
        for field in spec.events.flatMap(\.fields) where field.type == .category {
            dictionaries.add(field.name)
        }
        for composite in spec.events.flatMap(\.composites) {
            dictionaries.add(EventType.name(of: composite))
        }
    }

    /// The code of several codes as one key, -1 where one of them is missing.
    mutating func intern(_ codes: [Int64], composite: String) -> Int64 {
        if codes.contains(where: { $0 < 0 }) { return -1 }
        return codes.withUnsafeBytes { bytes in
            let text = bytes.assumingMemoryBound(to: UInt8.self)
            return Int64(dictionaries[dictionaries.number(composite)].intern(text))
        }
    }

    /// The code of a text of a field, a new one where it has none yet.
    mutating func intern(_ text: String, field: String) -> Int32 {
        let code = dictionaries[dictionaries.number(field)].intern(text)
        for (index, test) in tests.enumerated()
        where test.field == field && answers.answers[index].count <= Int(code) {
            answers.answers[index].append(answer(test, text))
        }
        return code
    }

    /// Where the dictionary of a field is, for those who ask for it with every event.
    struct Place {
        fileprivate let dictionary: Int
        /// The first test of its texts; -1 where nothing is asked about them.
        fileprivate let test: Int
    }

    func place(of field: String) -> Place {
        Place(
            dictionary: dictionaries.number(field),
            test: tests.firstIndex { $0.field == field } ?? -1)
    }

    /// Asks memory for a text of a field, for `code(of:at:)`.
    mutating func prepare(_ text: String, at place: Place) -> CategoryDictionary.Sought {
        dictionaries[place.dictionary].prepare(text)
    }

    /// The code of a text of a field; nil where `intern(_:_:at:)` is to be asked.
    mutating func code(of sought: CategoryDictionary.Sought, at place: Place) -> Int32? {
        dictionaries[place.dictionary].code(of: sought)
    }

    /// The code of a text of a field, a new one where it has none yet.
    mutating func intern(
        _ text: String, _ sought: CategoryDictionary.Sought, at place: Place
    ) -> Int32 {
        if place.test >= 0 { return intern(text, field: tests[place.test].field) }
        return dictionaries[place.dictionary].intern(text, sought)
    }

    /// The code of several codes as one key, given as bytes.
    mutating func intern(composite bytes: ArraySlice<UInt8>, _ name: String) -> Int {
        let number = dictionaries.number(name)
        return bytes.withUnsafeBufferPointer { Int(dictionaries[number].intern($0)) }
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
        dictionaries[dictionaries.number(field)] = dictionary
        return true
    }

    private func answer(_ test: TextTest, _ text: String) -> Bool {
        switch test.question {
        case .oneOf(let texts): texts.contains(text)
        case .inList(let name): lists[name]!.contains(text)
        }
    }
}

/// For each text test of a spec, whether each code passes: by reference, so that programs that are run with
/// every event see what was answered since.
///
/// Copies of the symbols share them: texts of fields are interned in one of these only. Threads read them
/// while nobody writes.
final class TextAnswers: @unchecked Sendable {
    fileprivate(set) var answers: [[Bool]]

    init(count: Int) { answers = Array(repeating: [], count: count) }
}

/// Dictionaries by name, and by number for those who ask with every event.
struct NamedDictionaries: Sendable {
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]
    private var dictionaries: [CategoryDictionary] = []

    /// Adds an empty one, where there is none of that name yet.
    mutating func add(_ name: String) {
        if numbers[name] != nil { return }
        numbers[name] = names.count
        names.append(name)
        dictionaries.append(CategoryDictionary())
    }

    /// Each with its name.
    var all: [(name: String, dictionary: CategoryDictionary)] {
        zip(names, dictionaries).map { ($0, $1) }
    }

    /// - Precondition: there is one of that name.
    func number(_ name: String) -> Int { numbers[name]! }

    subscript(name: String) -> CategoryDictionary? { numbers[name].map { dictionaries[$0] } }

    subscript(number: Int) -> CategoryDictionary {
        get { dictionaries[number] }
        @inline(__always)
        _modify { yield &dictionaries[number] }
    }
}
