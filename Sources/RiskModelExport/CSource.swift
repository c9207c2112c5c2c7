import RiskJSON
import RiskModel

/// A model as one file of C99 that needs nothing but a compiler: the scorer's definition, written out.
///
/// Doubles are hexadecimal, so that no compiler's reading of decimals matters; exp and log are
/// CRiskKernels' own arithmetic, so probability and points have the scorer's bits too.
struct CSource {
    let model: AdditiveModel
    /// What every name in the file begins with.
    let name: String

    /// Bytes of a name.
    private static let nameLimit = 48

    init(_ model: AdditiveModel, name: String?) throws(Mistakes) {
        self.model = model
        if let name {
            guard Self.isIdentifier(name) else {
                throw .one(
                    "expected a name as C knows them, a letter and then letters, digits and _, at most "
                        + "\(Self.nameLimit) bytes, found \(quoted(name))")
            }
            self.name = name
        } else {
            self.name = Self.identifier(model.name)
        }
    }

    private static func isIdentifier(_ name: String) -> Bool {
        name.utf8.count <= nameLimit && name == identifier(name)
    }

    /// A name of C that is like a text: what is neither letter nor digit of ASCII becomes _, and one
    /// that does not begin with a letter gets one. No keyword comes of it, since every name of the
    /// file has a suffix.
    static func identifier(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(nameLimit) {
            let isPlain =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || (48...57).contains(scalar.value))
            result.unicodeScalars.append(isPlain ? scalar : "_")
        }
        let beginsWithLetter = result.unicodeScalars.first?.properties.isAlphabetic == true
        return beginsWithLetter ? result : String(("model" + result).prefix(nameLimit))
    }

    func export() -> ModelExport {
        let functions = ["units", "logodds", "probability", "points", "reasons"]
        var text = CText.head(name, model)
        text += "#ifndef \(name)_DECLARATIONS_ONLY\n\n"
        text += CText.checks
        writeNames(into: &text)
        writeTables(into: &text)
        writeTerms(into: &text)
        text += CText.units(
            name, intercept: model.intercept, hasTables: !model.tables.isEmpty,
            hasTerms: !model.linearTerms.isEmpty)
        writeProbability(into: &text)
        text += CText.points(
            name, base: Self.hexadecimal(model.scaling.basePoints),
            odds: Self.hexadecimal(model.scaling.baseOdds),
            double: Self.hexadecimal(model.scaling.pointsToDoubleOdds))
        text += CText.reasons(
            name, hasTables: !model.tables.isEmpty, hasTerms: !model.linearTerms.isEmpty)
        text += "\n#endif\n#endif\n"
        return ModelExport(bytes: Array(text.utf8), outputs: functions.map { "\(name)_\($0)" })
    }

    // MARK: Data

    private func writeNames(into text: inout String) {
        text += "const char *const \(name)_features[\(max(model.features.count, 1))] = {\n"
        for feature in model.features { text += "    \(Self.literal(feature.name)),\n" }
        text += model.features.isEmpty ? "    0};\n\n" : "};\n\n"
    }

    private func writeTables(into text: inout String) {
        guard !model.tables.isEmpty else { return }
        let cuts = model.tables.flatMap(\.cutPoints).map(Self.hexadecimal)
        text += "static const double \(name)_cuts[] = {\n"
        // A model may have tables and no cut point.
        Self.write(cuts.isEmpty ? ["0"] : cuts, into: &text)
        text += "static const int32_t \(name)_bins[] = {\n"
        Self.write(model.tables.flatMap(\.units).map(String.init), into: &text)
        text += """
            /* Feature, cut points, where they and the bins begin, units of a missing and a typical value. */
            static const struct {
                uint32_t feature, count, cut, bin;
                int32_t missing, typical;
            } \(name)_tables[] = {

            """
        var cut = 0
        for (index, table) in model.tables.enumerated() {
            let count = table.cutPoints.count
            text +=
                "    {\(table.feature), \(count), \(cut), \(cut + index), "
                + "\(table.missingUnits), \(table.typicalUnits)},\n"
            cut += count
        }
        text += "};\n\n"
    }

    private func writeTerms(into text: inout String) {
        guard !model.linearTerms.isEmpty else { return }
        text += """
            static const struct {
                uint32_t feature;
                double coefficient;
                int64_t missing, typical;
            } \(name)_terms[] = {

            """
        for term in model.linearTerms {
            text +=
                "    {\(term.feature), \(Self.hexadecimal(term.coefficient)), "
                + "\(term.missingUnits), \(term.typicalUnits)},\n"
        }
        text += "};\n\n"
    }

    private func writeProbability(into text: inout String) {
        switch model.calibration {
        case .identity: text += CText.logistic(name) + CText.identity(name)
        case .platt(let slope, let intercept):
            text += CText.logistic(name)
            text += CText.platt(
                name, slope: Self.hexadecimal(slope), intercept: Self.hexadecimal(intercept))
        case .isotonic(let knots, let probabilities):
            text += "static const int64_t \(name)_knots[] = {\n"
            Self.write(knots.map { "INT64_C(\($0))" }, into: &text)
            text += "static const double \(name)_probabilities[] = {\n"
            Self.write(probabilities.map(Self.hexadecimal), into: &text)
            text += CText.isotonic(name, count: knots.count)
        }
    }

    // MARK: Literals

    /// Rows of a list, and its end.
    private static func write(_ values: [String], into text: inout String) {
        var line = "   "
        for value in values {
            if line.utf8.count + value.utf8.count > 96 {
                text += line + "\n"
                line = "   "
            }
            line += " \(value),"
        }
        text += line + "\n};\n\n"
    }

    /// A finite double by its bits: 0x1.8p+1.
    static func hexadecimal(_ value: Double) -> String {
        if value == 0 { return "0.0" }
        let bits = value.significandBitPattern
        var digits = String(bits, radix: 16)
        digits = String(repeating: "0", count: 13 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        let lead = value.isNormal ? "1" : "0"
        let exponent = value.isNormal ? Int(value.exponent) : -1022
        let point = digits.isEmpty ? "" : "."
        return "\(value < 0 ? "-" : "")0x\(lead)\(point)\(digits)p\(exponent)"
    }

    /// A text; what is not plain ASCII is octal, and so is ?, which trigraphs begin with.
    static func literal(_ text: String) -> String {
        var result = "\""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                result += "\\" + String(UnicodeScalar(byte))
            case UInt8(ascii: "?"), 0..<32, 127...:
                let digits = String(byte, radix: 8)
                result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            default: result.unicodeScalars.append(UnicodeScalar(byte))
            }
        }
        return result + "\""
    }
}
