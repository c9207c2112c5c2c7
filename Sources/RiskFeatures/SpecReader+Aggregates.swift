import RiskColumns
import RiskJSON

/// How far an aggregate looks back, and in what steps.
struct WindowSpan {
    var window: Int64?
    var hop: Int64?
}

extension SpecReader {
    /// What stands in the parentheses of an aggregate.
    private enum Form {
        case nothing, span, condition, field, fieldAndPlace, fieldAndShare, fieldAndSpan, twoFields
    }

    private static let forms: [(name: String, form: Form)] = [
        ("count", .nothing), ("sum", .field), ("mean", .field), ("min", .field), ("max", .field),
        ("std", .field), ("last", .fieldAndPlace), ("first", .field), ("since_last", .nothing),
        ("since_first", .nothing), ("distinct", .field), ("share", .condition), ("rate", .nothing),
        ("peak", .span), ("gap_mean", .nothing), ("gap_std", .nothing), ("gap_cv", .nothing),
        ("entropy", .field), ("top_share", .field), ("new", .field), ("decayed_count", .span),
        ("decayed_sum", .fieldAndSpan), ("quantile", .fieldAndShare), ("ratio", .field),
        ("zscore", .field), ("hour_distance", .nothing), ("speed", .twoFields),
    ]

    mutating func readAggregate(
        _ place: Place, type: Int, per: Int?, _ fieldsRead: inout [(FieldDefinition, Place)]
    ) -> WindowFeature.Aggregate? {
        guard let text = reader.string(place) else { return nil }
        var name = text
        var inner: String?
        if let open = text.firstIndex(of: "("), text.hasSuffix(")") {
            name = String(text[..<open])
            inner = String(text[text.index(after: open)...].dropLast())
        }
        let names = Self.forms.map(\.name)
        guard let form = Self.forms.first(where: { $0.name == name })?.form else {
            reader.note(
                "there is no aggregate \"\(name)\"" + suggestion(for: name, among: names)
                    + "; there are \(names.joined(separator: ", "))", at: place)
            return nil
        }
        if form == .nothing {
            if inner == nil { return plain(name, per: per) }
            reader.note("\(name) takes nothing in parentheses; use \"where\"", at: place)
            return nil
        }
        guard let inner else {
            reader.note("expected \(name)(…)", at: place)
            return nil
        }
        if form == .condition {
            return compile(inner, type: type, wanted: .boolean, at: place, &fieldsRead)
                .map { .share($0) }
        }
        var parts = inner.split(separator: ",", omittingEmptySubsequences: false)
            .map { Self.trimmed($0) }
        let span = form == .span || form == .fieldAndSpan ? parts.popLast() : nil
        let number =
            form == .fieldAndShare || parts.count == 2 && form == .fieldAndPlace
            ? parts.popLast() : nil
        guard parts.count == (form == .span ? 0 : form == .twoFields ? 2 : 1) else {
            reader.note("expected \(Self.example(name, form))", at: place)
            return nil
        }
        let slots = parts.map { slot($0, type: type, name, at: place, &fieldsRead) }
        let length = span.map { Durations.parse($0) }
        if let span, length == .some(nil) {
            reader.note(
                "expected \(Self.example(name, form)), found the span \"\(span)\"", at: place)
        }
        guard slots.allSatisfy({ $0 != nil }), length != .some(nil) else { return nil }
        let found = slots.map { $0! }
        switch (name, number) {
        case ("quantile", let share):
            guard let share = share.flatMap({ Double($0) }), (0...1).contains(share) else {
                reader.note("expected a share from 0 to 1: quantile(\(parts[0]), 0.9)", at: place)
                return nil
            }
            return .quantile(slot: found[0], share)
        case ("last", let back?):
            guard let back = Int(back), (1...1000).contains(back) else {
                reader.note("expected a place from 1 to 1000: last(\(parts[0]), 2)", at: place)
                return nil
            }
            return back == 1 ? .last(slot: found[0]) : .lastBut(slot: found[0], back: back - 1)
        default: return aggregate(name, found, span: length.flatMap { $0 } ?? 0)
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    private static func example(_ name: String, _ form: Form) -> String {
        switch form {
        case .span: "\(name)(10m)"
        case .fieldAndSpan: "\(name)(amount, 6h)"
        case .fieldAndShare: "\(name)(amount, 0.9)"
        case .twoFields: "\(name)(latitude, longitude)"
        default: "\(name)(amount)"
        }
    }

    private func plain(_ name: String, per: Int?) -> WindowFeature.Aggregate {
        switch name {
        case "count": .count
        case "since_last": .sinceLast
        case "since_first": .sinceFirst
        case "rate": .rate(per: per)
        case "gap_mean": .gapMean
        case "gap_std": .gapStd
        case "gap_cv": .gapCV
        default: .hourDistance
        }
    }

    private func aggregate(
        _ name: String, _ slots: [Int], span: Int64
    ) -> WindowFeature.Aggregate {
        switch name {
        case "peak": .peak(span: span)
        case "decayed_count": .decayedCount(halfLife: span)
        case "decayed_sum": .decayedSum(slot: slots[0], halfLife: span)
        case "speed": .speed(latitude: slots[0], longitude: slots[1])
        case "sum": .sum(slot: slots[0])
        case "mean": .mean(slot: slots[0])
        case "std": .std(slot: slots[0])
        case "min": .min(slot: slots[0])
        case "max": .max(slot: slots[0])
        case "first": .first(slot: slots[0])
        case "last": .last(slot: slots[0])
        case "distinct": .distinct(slot: slots[0])
        case "entropy": .entropy(slot: slots[0])
        case "top_share": .topShare(slot: slots[0])
        case "ratio": .ratio(slot: slots[0])
        case "zscore": .zscore(slot: slots[0])
        default: .new(slot: slots[0])
        }
    }

    /// The slot of a field that an aggregate can take.
    private mutating func slot(
        _ field: String, type: Int, _ name: String, at place: Place,
        _ fieldsRead: inout [(FieldDefinition, Place)]
    ) -> Int? {
        let fields = events[type].fields
        guard let definition = fields.first(where: { $0.name == field }),
            let slot = events[type].slot(of: field)
        else {
            reader.note(
                "\(events[type].name) has no field \"\(field)\""
                    + suggestion(for: field, among: fields.map(\.name)), at: place)
            return nil
        }
        fieldsRead.append((definition, place))
        let isText = definition.type == .category
        switch name {
        case "distinct", "entropy", "top_share":
            guard definition.type == .number else { return slot }
            reader.note("\(name) needs a key, a category, an integer or a decimal", at: place)
        case "new":
            if isText { return slot }
            reader.note("new needs a key or a category", at: place)
        case "sum", "mean", "std", "decayed_sum", "ratio", "zscore":
            guard isText || definition.type == .number else { return slot }
            reader.note(
                "\(name) needs an integer or a decimal, and \"\(field)\" is neither: what is "
                    + "summed must be exact", at: place)
        default:
            if !isText { return slot }
            reader.note("\(name) needs a number, and \"\(field)\" is a text", at: place)
        }
        return nil
    }

    /// Checks that an aggregate can be had over a window.
    func fit(
        _ aggregate: WindowFeature.Aggregate, _ span: WindowSpan, isUnbounded: Bool,
        _ members: [String: Place], at place: Place
    ) -> WindowSpan {
        switch aggregate {
        case .peak, .gapMean, .gapStd, .gapCV, .entropy, .topShare, .quantile, .lastBut,
            .hourDistance, .speed:
            if isUnbounded || span.hop != nil {
                reader.note(
                    "it needs an exact window: a \"window\" that is a span, no \"hop\"", at: place)
            }
            if case .peak(let length) = aggregate, let window = span.window, length > window {
                reader.note("the span of the peak is longer than the window", at: place)
            }
            return span
        case .decayedCount(let halfLife), .decayedSum(_, let halfLife):
            for member in ["window", "hop"] {
                if let place = members[member] {
                    reader.note(
                        "what decays has a half-life in place of a \"\(member)\"", at: place)
                }
            }
            guard halfLife <= Durations.longest / Decay.reach else {
                reader.note("a half-life is at most 114d", at: place)
                return span
            }
            return WindowSpan(window: halfLife * Decay.reach, hop: halfLife / Decay.steps)
        default: return span
        }
    }

    /// The key of `new(x)`: that of the feature and x, of which the current event has both.
    func readNew(
        _ place: Place, field: String, key: String?, unit: VectorDefinition.Unit?, current: Place?
    ) -> String? {
        guard let key else { return nil }
        if let current {
            reader.note(
                "new asks whether the current event's value is known from others", at: current)
        }
        guard case .event(let index) = unit else {
            reader.note("new needs a vector of an event, whose \"\(field)\" it is about", at: place)
            return nil
        }
        guard let own = events[index].fields.first(where: { $0.name == field }) else {
            reader.note("the unit \(events[index].name) has no field \"\(field)\"", at: place)
            return nil
        }
        if own.knownAfter != nil {
            reader.note("\"\(field)\" is not yet known when the vector is made", at: place)
        }
        let fields = EventType.fields(of: key)
        if fields.contains(field) {
            reader.note("\"\(field)\" is the key itself", at: place)
            return nil
        }
        return EventType.name(of: fields + [field])
    }
}
