import RiskJSON
import Testing

@testable import RiskTraining

@Suite("Folds by chance")
struct StratifiedFoldsTests {
    @Test("They are scikit-learn's, row for row")
    func sameAsScikitLearn() throws {
        guard case .array(let cases) = try fixture("folds").content else {
            Issue.record("the fixture is no list")
            return
        }
        #expect(cases.count == 5)
        func number(_ node: Node, _ key: String) throws -> Int {
            guard case .integer(let value)? = node[key]?.content else {
                throw TrainingError.noRows
            }
            return Int(value)
        }
        for example in cases {
            let (rows, step) = (try number(example, "rows"), try number(example, "step"))
            let first = try number(example, "first")
            var labels = [Bool](repeating: false, count: rows)
            for row in stride(from: first, to: rows, by: step) { labels[row] = true }
            let folds = try StratifiedFolds(
                labels: labels, count: number(example, "count"),
                seed: UInt32(number(example, "seed")))
            let text = folds.folds.map(String.init).joined()
            #expect(Node(text) == example["folds"], "\(rows) rows")
        }
    }

    @Test("The generator's numbers are those of its authors")
    func generator() {
        // init_genrand(5489), the default of the authors' own program; its 10,000th number is the one that
        // the C++ standard asks of std::mt19937.
        var generator = MersenneTwister(seed: 5489)
        #expect(generator.next() == 3_499_211_612)
        for _ in 2..<10_000 { _ = generator.next() }
        #expect(generator.next() == 4_123_659_995)
    }

    @Test("Every row is in one fold, and folds differ by a row of a class at most")
    func partition() throws {
        let labels = (0..<503).map { $0 % 7 == 3 }
        let folds = try StratifiedFolds(labels: labels, count: 4, seed: 1)
        var seen: [Int] = []
        for fold in 0..<4 {
            let (train, test) = (folds.training(without: fold), folds.rows(of: fold))
            #expect(Set(train).isDisjoint(with: test))
            #expect(train.count + test.count == 503)
            seen += test
        }
        #expect(seen.sorted() == Array(0..<503))
        for label in [false, true] {
            let sizes = (0..<4).map { fold in folds.rows(of: fold).count { labels[$0] == label } }
            #expect(sizes.max()! - sizes.min()! <= 1)
        }
    }

    @Test("A class with fewer rows than folds is refused, with how many it has")
    func tooFew() {
        let error = #expect(throws: TrainingError.self) {
            try StratifiedFolds(labels: [true, false, false, true], count: 3, seed: 0)
        }
        #expect(
            error?.description
                == "the rows cannot be divided into 3 folds: one class has only 2")
    }
}
