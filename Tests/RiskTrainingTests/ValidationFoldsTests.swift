import RiskColumns
import RiskJSON
import Testing

@testable import RiskTraining

/// How rows are divided to measure a learner: what a fold's model may have seen, and what not.
@Suite("Folds to measure by")
struct ValidationFoldsTests {
    /// 600 rows of 90 entities at 200 moments, in no order of time.
    private var data: TrainingData {
        var data = world(rows: 600, seed: 3)
        var generator = Generator(8)
        data.times = (0..<600).map { _ in Int64(generator.next() % 200) * 10 }
        return data
    }

    private let entities = (0..<600).map { Int32($0 * ($0 + 1) / 2 % 90) }

    @Test("By group they are scikit-learn's, row for row")
    func sameAsScikitLearn() throws {
        let cases = try fixture("group_folds").elements
        #expect(cases.count == 5)
        for example in cases {
            func number(_ key: String) -> Int { Int(example[key]?.double ?? 0) }
            let rows = 0..<number("rows")
            let folds = try StratifiedGroupFolds(
                labels: rows.map { $0 % number("step") == 0 },
                groups: rows.map { Int32($0 * ($0 + 1) / 2 % number("groups")) },
                count: number("count"), seed: UInt32(number("seed")))
            #expect(
                Node(folds.folds.map(String.init).joined()) == example["folds"],
                "\(rows.count) rows")
        }
    }

    @Test("Rows of weight 0 are in no fold, and the others' folds are as if there were none")
    func withoutWeight() throws {
        var all = world(rows: 600, seed: 3)
        let kept = (0..<600).filter { $0 % 7 != 3 }
        all.weights = (0..<600).map { $0 % 7 == 3 ? 0 : 1 }
        let some = world(rows: 600, seed: 3).selecting(rows: kept)
        for kind in [FoldKind.stratified, .entity] {
            let folds = try ValidationFolds(all, entities: entities, count: 5, by: kind)
            let alone = try ValidationFolds(
                some, entities: kept.map { entities[$0] }, count: 5, by: kind)
            for fold in 0..<5 {
                #expect(folds.rows(of: fold) == alone.rows(of: fold).map { kept[$0] })
                #expect(
                    folds.training(without: fold)
                        == alone.training(without: fold).map { kept[$0] })
            }
        }
    }

    @Test("By time, no model has seen a row of its fold's time, or later, or within the gap")
    func rollingOrigin() throws {
        let data = data
        let times = try #require(data.times)
        for gap in [Int64(0), 150] {
            let folds = try ValidationFolds(data, count: 5, gap: gap)
            #expect(folds.kind == .time && folds.count == 5)
            #expect(folds.starts == folds.starts.sorted() && Set(folds.starts).count == 5)
            for fold in 0..<5 {
                let (train, test) = (folds.training(without: fold), folds.rows(of: fold))
                let first = try #require(test.map { times[$0] }.min())
                #expect(first == folds.starts[fold])
                #expect(train.allSatisfy { times[$0] < first - gap })
                // And of those none is missing.
                #expect(train.count == times.count { $0 < first - gap })
                // A period is a sixth of the rows, but for moments that stay whole.
                #expect(abs(test.count - 100) < 12)
                if fold > 0 {
                    let before = folds.rows(of: fold - 1).map { times[$0] }.max()
                    #expect(try #require(before) < first)
                }
            }
            let predicted = (0..<5).flatMap { folds.rows(of: $0) }
            #expect(Set(predicted).count == predicted.count)
        }
    }

    @Test("By entity, no entity stands on both sides of a fold, and every row is predicted once")
    func entitiesStayWhole() throws {
        var data = data
        data.times = nil
        let folds = try ValidationFolds(data, entities: entities, count: 4)
        #expect(folds.kind == .entity)
        var predicted: [Int] = []
        for fold in 0..<4 {
            let (train, test) = (folds.training(without: fold), folds.rows(of: fold))
            #expect(train.count + test.count == 600)
            let (seen, new) = (
                Set(train.map { entities[$0] }), Set(test.map { entities[$0] })
            )
            #expect(seen.isDisjoint(with: new))
            predicted += test
        }
        #expect(predicted.sorted() == Array(0..<600))
    }

    @Test("Automatic is by time, else by entities that have several rows, else by chance")
    func automatic() throws {
        var data = data
        let own = (0..<600).map { Int32($0) }
        #expect(try ValidationFolds(data, entities: entities, count: 2).kind == .time)
        data.times = nil
        #expect(try ValidationFolds(data, entities: entities, count: 2).kind == .entity)
        #expect(try ValidationFolds(data, entities: own, count: 2).kind == .stratified)
        let folds = try ValidationFolds(data, count: 3, seed: 9)
        let plain = try StratifiedFolds(labels: data.labels, count: 3, seed: 9)
        #expect(folds.kind == .stratified)
        for fold in 0..<3 {
            #expect(folds.rows(of: fold) == plain.rows(of: fold))
            #expect(folds.training(without: fold) == plain.training(without: fold))
        }
    }

    @Test("A fold that could not be measured is refused by its number")
    func refusals() throws {
        var data = data
        func refusal(
            _ data: TrainingData, _ kind: FoldKind = .automatic, count: Int = 5, gap: Int64 = 0
        ) -> String {
            do {
                _ = try ValidationFolds(data, count: count, by: kind, gap: gap)
                return "no refusal"
            } catch {
                return error.description
            }
        }
        #expect(refusal(data, count: 1).contains("folds: expected 2 to 50, found 1"))
        #expect(refusal(data, gap: -1).contains("gap: expected 0 or more"))
        #expect(refusal(data, .entity).contains("need the entity of each row"))
        #expect(refusal(data, gap: .max).contains("what fold 1 of 5 is trained on has no rows"))
        let times = try #require(data.times)
        // Events come late only.
        data.labels = times.map { $0 > 1900 }
        #expect(refusal(data).contains("fold 1 of 5 has no event"))
        // Rows without weight do not count.
        data = self.data
        data.weights = zip(data.labels, times).map { $0 && $1 < 700 ? 0 : 1 }
        #expect(refusal(data).contains("what fold 1 of 5 is trained on has no event"))
        (data.times, data.weights) = (nil, nil)
        #expect(refusal(data, .time).contains("need the time of each row"))
        data.labels = data.labels.indices.map { $0 < 3 }
        #expect(refusal(data, .stratified).contains("one class has only 3"))
    }
}
