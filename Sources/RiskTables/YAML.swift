import RiskJSON
import Yams

/// Reads YAML as people write specs, policies and settings in it: one document of mappings, lists
/// and scalars, read into the shape of JSON with the line of each value.
///
/// A plain scalar is null, true or false, a number or a text by the core schema of YAML 1.2
/// (chapter 10.3.2): `7d`, `0..<6`, `yes` and `12:30` are texts. A quoted one is always a text.
/// Anchors and aliases (a few lines of which can stand for gigabytes), tags, keys that are no
/// scalars, keys that stand twice, numbers that are not finite, documents of more than 4 MiB and
/// nesting deeper than 32 levels are refused.
/// - Throws: every mistake found, with its line.
/// - Complexity: O(bytes).
public func parseYAML(_ bytes: [UInt8]) throws(Mistakes) -> RiskJSON.Node {
    guard bytes.count <= YAMLReader.byteLimit else {
        throw mistake(
            0, "the document has \(bytes.count) bytes; at most \(YAMLReader.byteLimit) are read")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw mistake(lineOfInvalidUTF8(bytes), "a text that is no UTF-8")
    }
    if let line = AnchorScan.lineOfAlias(bytes) { throw mistake(line, YAMLReader.noAnchors) }
    let parser: Parser
    let root: Yams.Node?
    do {
        // Without a resolver every scalar stays the text that it is; what a plain one means is
        // decided here.
        parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
        root = try parser.singleRoot()
    } catch {
        throw Mistakes([YAMLReader.describe(error, in: text)])
    }
    guard let root else { throw mistake(0, "the document is empty") }
    var reader = YAMLReader()
    // The parser holds the anchors, the nodes only refer to them.
    let node = withExtendedLifetime(parser) { reader.read(root, path: "", depth: 0) }
    if !reader.mistakes.isEmpty { throw Mistakes(reader.mistakes) }
    return node
}

private func mistake(_ line: Int, _ message: String) -> Mistakes {
    Mistakes([Mistake(line: line, path: "", message: message)])
}

private func lineOfInvalidUTF8(_ bytes: [UInt8]) -> Int {
    var line = 1
    for piece in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        if !piece.withUnsafeBufferPointer({ UTF8Text.isValid($0) }) { break }
        line += 1
    }
    return line
}

/// Takes what the YAML library composed and makes a document of it.
private struct YAMLReader {
    static let byteLimit = 4 << 20
    static let depthLimit = 32
    static let noAnchors = "anchors (&name) and aliases (*name) are not read; write the value out"

    var mistakes: [Mistake] = []

    private mutating func note(_ line: Int, _ path: String, _ message: String) {
        mistakes.append(Mistake(line: line, path: path, message: message))
    }

    mutating func read(_ node: Yams.Node, path: String, depth: Int) -> RiskJSON.Node {
        let line = node.mark?.line ?? 0
        guard depth <= Self.depthLimit else {
            note(line, path, "nested deeper than \(Self.depthLimit) levels")
            return RiskJSON.Node(.null, line: line)
        }
        if node.anchor != nil { note(line, path, Self.noAnchors) }
        switch node {
        case .scalar(let scalar):
            return RiskJSON.Node(content(scalar, line, path), line: line)
        case .sequence(let sequence):
            check(sequence.tag, line, path)
            return RiskJSON.Node(
                .array(
                    NodeList(
                        sequence.enumerated().map { index, value in
                            read(value, path: "\(path)[\(index)]", depth: depth + 1)
                        })), line: line)
        case .mapping(let mapping):
            check(mapping.tag, line, path)
            return RiskJSON.Node(.object(members(mapping, path, depth)), line: line)
        case .alias:
            note(line, path, Self.noAnchors)
            return RiskJSON.Node(.null, line: line)
        }
    }

    private mutating func members(
        _ mapping: Yams.Node.Mapping, _ path: String, _ depth: Int
    ) -> [RiskJSON.Node.Member] {
        var members: [RiskJSON.Node.Member] = []
        var seen: Set<String> = []
        for (key, value) in mapping {
            guard case .scalar(let name) = key else {
                note(key.mark?.line ?? 0, path, "expected a key that is a text")
                continue
            }
            let inner = path.isEmpty ? name.string : "\(path).\(name.string)"
            if key.anchor != nil { note(key.mark?.line ?? 0, inner, Self.noAnchors) }
            if !seen.insert(name.string).inserted {
                note(key.mark?.line ?? 0, path, "the key \"\(name.string)\" stands twice")
                continue
            }
            members.append(
                RiskJSON.Node.Member(name.string, read(value, path: inner, depth: depth + 1)))
        }
        return members
    }

    private mutating func check(_ tag: Tag, _ line: Int, _ path: String) {
        if !tag.rawValue.isEmpty { note(line, path, "tags (\(tag.rawValue)) are not read") }
    }

    private mutating func content(
        _ scalar: Yams.Node.Scalar, _ line: Int, _ path: String
    ) -> RiskJSON.Node.Content {
        // The library marks a quoted text without a tag as a string.
        let isQuoted = scalar.style != .plain && scalar.style != .any
        if !(isQuoted && scalar.tag.rawValue == Tag.Name.str.rawValue) {
            check(scalar.tag, line, path)
        }
        if isQuoted { return .string(scalar.string) }
        switch CoreSchema.content(scalar.string) {
        case .some(let content): return content
        case .none:
            note(line, path, "the number \(scalar.string) is not finite")
            return .null
        }
    }

    static func describe(_ error: any Error, in text: String) -> Mistake {
        func mistake(_ mark: Mark?, _ problem: String, _ context: YamlError.Context?) -> Mistake {
            let before = context.map { "\($0.text): " } ?? ""
            return Mistake(line: mark?.line ?? 0, path: "", message: "no YAML: \(before)\(problem)")
        }
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _):
            return mistake(mark, problem, context)
        case .composer(let context, let problem, let mark, _):
            if problem.contains("alias") {
                return Mistake(line: mark.line, path: "", message: noAnchors)
            }
            return mistake(mark, problem, context)
        case .reader(let problem, let offset, _, _):
            let before = text.unicodeScalars.prefix(offset ?? 0)
            let line = before.reduce(1) { $0 + ($1 == "\n" ? 1 : 0) }
            return Mistake(line: line, path: "", message: "no YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "\"\($0)\"" }.joined(separator: ", ")
            return Mistake(
                line: context.mark.line, path: "",
                message: keys.count == 1
                    ? "the key \(names) stands twice" : "the keys \(names) stand twice")
        default:
            return Mistake(line: 0, path: "", message: "no YAML")
        }
    }
}

/// What a plain scalar means by the core schema.
private enum CoreSchema {
    /// nil for a number that is not finite.
    static func content(_ text: String) -> RiskJSON.Node.Content? {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
            "-.Inf", "-.INF":
            return nil
        default: break
        }
        let bytes = Array(text.utf8)
        if bytes.count > 2, bytes[0] == UInt8(ascii: "0") {
            let digits = text.dropFirst(2)
            let isHexadecimal = digits.utf8.allSatisfy {
                Unicode.Scalar($0).properties.isASCIIHexDigit
            }
            if bytes[1] == UInt8(ascii: "x"), isHexadecimal {
                return Int64(digits, radix: 16).map { .integer($0) } ?? .string(text)
            }
            if bytes[1] == UInt8(ascii: "o"),
                digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) })
            {
                return Int64(digits, radix: 8).map { .integer($0) } ?? .string(text)
            }
        }
        guard let first = bytes.first,
            first &- UInt8(ascii: "0") <= 9
                || [UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ".")].contains(first),
            !text.hasSuffix("inf")
        else { return .string(text) }
        return bytes.withUnsafeBufferPointer { bytes in
            let isWhole = bytes.allSatisfy {
                $0 != UInt8(ascii: ".") && $0 | 0x20 != UInt8(ascii: "e")
            }
            if isWhole, let value = try? NumberReading.integer(bytes) { return .integer(value) }
            do throws(NumberReading.Failure) {
                return .number(try NumberReading.double(bytes))
            } catch {
                return error == .tooLarge ? nil : .string(text)
            }
        }
    }
}

/// Looks for aliases before the library composes a document: it copies what an alias stands for,
/// and compares such copies where they are keys, which a few lines can make last for years.
private enum AnchorScan {
    /// The line of an alias whose anchor stands in the document too, nil where there is none.
    ///
    /// Quotes and comments are not told apart, so that nothing can hide in what this scan and the
    /// library read differently: `"*x"` and `"&x"` together in one document are refused as well.
    static func lineOfAlias(_ bytes: [UInt8]) -> Int? {
        let anchors = names(behind: UInt8(ascii: "&"), in: bytes)
        guard !anchors.isEmpty else { return nil }
        return names(behind: UInt8(ascii: "*"), in: bytes)
            .filter { anchors[$0.key] != nil }.map(\.value).min()
    }

    private static func names(behind mark: UInt8, in bytes: [UInt8]) -> [ArraySlice<UInt8>: Int] {
        var lines: [ArraySlice<UInt8>: Int] = [:]
        var line = 1
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\n") { line += 1 }
            guard bytes[index] == mark, index == 0 || !isName(bytes[index - 1]) else {
                index += 1
                continue
            }
            var end = index + 1
            while end < bytes.count, isName(bytes[end]) { end += 1 }
            if end > index + 1 {
                lines[bytes[index + 1..<end]] = lines[bytes[index + 1..<end]] ?? line
            }
            index = end
        }
        return lines
    }

    private static func isName(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") <= 25
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
