import Foundation
import RiskJSON
import RiskModel
import RiskModelImport
import RiskScoring
import Testing

/// Models that other libraries wrote, against what those libraries say of awkward rows
/// (`Fixtures/make.py`): thresholds, their neighbours as floats, zeros, infinities, missing values.
@Suite struct ImportTests {
    @Test(arguments: [
        ("lightgbm-nan.txt", "lightgbm-nan.json", "LightGBM"),
        ("lightgbm-zero.txt", "lightgbm-zero.json", "LightGBM"),
        ("lightgbm-none.txt", "lightgbm-none.json", "LightGBM"),
        ("xgboost.json", "xgboost-rows.json", "XGBoost"),
        ("logistic.json", "logistic-rows.json", "scikit-learn"),
    ])
    func importedScoresAreTheOriginals(_ file: String, _ rows: String, _ source: String) throws {
        let imported = try ImportedModel(file: fixture(file), name: "imported")
        #expect(imported.source == source)
        let model = imported.model
        // Half a unit a term, and another for the intercept; XGBoost's own sum is one of floats.
        let terms = Double(model.tables.count + model.linearTerms.count + 1)
        let rounding = terms * 0.5 / LogOdds.unitsPerOne
        let bound = rounding + (source == "XGBoost" ? 1e-5 : 1e-12)
        #expect(imported.largestDifference <= rounding + 1e-12)
        let scorer = Scorer(model)
        let names = ["amount", "count_7d", "share", "gap", "flag"]
        let places = scorer.layout.map { name in names.firstIndex(of: name)! }
        let expected = try JSONParser.parse(fixture(rows))
        let (values, logOdds) = (numbers(expected["rows"]!), numbers(expected["logOdds"]!))
        #expect(logOdds.count == 100)
        for (row, expected) in logOdds.enumerated() {
            let score = scorer.score(row: places.map { values[row * names.count + $0] })
            #expect(abs(score.logOdds - expected) <= bound, "row \(row)")
        }
        #expect(try AdditiveModel(artifact: model.artifact()) == model)
    }

    @Test(arguments: [
        ("lightgbm-deep.txt", "num_leaves=2"), ("xgboost-deep.json", "max_depth=1"),
    ])
    func deeperTreesAreRefused(_ file: String, _ advice: String) throws {
        let error = #expect(throws: Mistakes.self) {
            try ImportedModel(file: fixture(file), name: "m")
        }
        #expect(error?.description.contains("only trees of depth one") == true)
        #expect(error?.description.contains(advice) == true)
    }

    @Test(arguments: [
        ("lightgbm-nan.txt", "objective=binary", "objective=regression", "binary or cross_entropy"),
        ("lightgbm-nan.txt", "tree_per_iteration=1", "tree_per_iteration=3", "several classes"),
        ("lightgbm-nan.txt", "decision_type=10", "decision_type=1", "categories"),
        ("lightgbm-nan.txt", "is_linear=0", "is_linear=1", "linear leaves"),
        ("lightgbm-nan.txt", "end of trees", "", "ends before"),
        ("lightgbm-nan.txt", "tree\nversion", "boosting\nversion", "whose first line"),
        ("lightgbm-nan.txt", "split_feature=0", "split_feature=9", "no name"),
        ("xgboost.json", "binary:logistic", "reg:squarederror", "binary:logistic"),
        ("xgboost.json", "\"gbtree\"", "\"dart\"", "gbtree"),
        ("xgboost.json", "\"num_class\":\"0\"", "\"num_class\":\"3\"", "several classes"),
        ("xgboost.json", "\"learner\"", "\"lerner\"", "expected \"learner\""),
        ("logistic.json", "\"intercept\"", "\"intercpet\"", "did you mean \"intercept\""),
        ("logistic.json", "[1.0, 1.0, 1.0, 1.0, 1.0]", "[1.0]", "one a feature"),
    ])
    func whatCannotBeTablesIsRefused(
        _ file: String, _ old: String, _ new: String, _ word: String
    ) throws {
        let text = String(decoding: try fixture(file), as: UTF8.self)
        #expect(text.contains(old))
        let error = #expect(throws: Mistakes.self) {
            try ImportedModel(file: Array(text.replacing(old, with: new).utf8), name: "m")
        }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }

    /// Mutated files are refused or become a valid model; none crashes.
    @Test(arguments: ["lightgbm-zero.txt", "xgboost.json", "logistic.json"])
    func mutatedFilesNeverCrash(_ file: String) throws {
        let bytes = try fixture(file)
        var state: UInt64 = 5
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var accepted = 0
        for _ in 0..<300 {
            var mutant = bytes
            switch next(4) {
            case 0: mutant[next(bytes.count)] ^= UInt8(1 << next(8))
            case 1: mutant.removeSubrange(next(bytes.count)...)
            case 2: mutant.remove(at: next(bytes.count))
            default:
                let digits = mutant.indices.filter { (48...57).contains(mutant[$0]) }
                mutant[digits[next(digits.count)]] = UInt8(48 + next(10))
            }
            guard let imported = try? ImportedModel(file: mutant, name: "m") else { continue }
            accepted += 1
            #expect(imported.model.validate().isEmpty)
        }
        #expect(accepted > 0)
    }

    private func fixture(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        return Array(try Data(contentsOf: folder.appending(path: "Fixtures/\(name)")))
    }

    /// All the numbers of nested lists, in order; null is NaN.
    private func numbers(_ node: Node) -> [Double] {
        switch node.content {
        case .array(let list): list.flatMap(numbers)
        case .integer(let value): [Double(value)]
        case .number(let value): [value]
        case .string(let word): [word == "inf" ? .infinity : -.infinity]
        default: [.nan]
        }
    }
}
