import ModelCases
import RiskModel
import RiskScoring
import Testing

@Suite struct ReasonTests {
    private let scorer = Scorer(
        AdditiveModel(
            name: "m",
            features: [
                Feature(
                    name: "spend_7d",
                    reason: ReasonTexts(
                        investigator: ["en": "{value} spent in seven days", "zh": "七天内消费 {value}"],
                        customer: ["en": "More was spent than usual"])),
                Feature(name: "night_share"),
                Feature(name: "amount"),
                Feature(name: "age"),
            ],
            intercept: 0,
            tables: [
                ScoreTable(
                    feature: 1, cutPoints: [0.5], units: [0, 262_144], missingUnits: 217_580,
                    typicalUnits: 0),
                ScoreTable(
                    feature: 0, cutPoints: [100], units: [-1000, 524_288], missingUnits: 0,
                    typicalUnits: 0),
                ScoreTable(
                    feature: 3, cutPoints: [18], units: [262_144, -9000], missingUnits: 0,
                    typicalUnits: 0),
            ],
            linearTerms: [
                LinearTerm(feature: 2, coefficient: 0.01, missingUnits: 0, typicalUnits: 262_144)
            ]))

    @Test func theTermsThatRaisedTheScoreMostComeFirstAndTiesInTheOrderOfFeatures() {
        let reasons = scorer.reasons(row: [1250, 0.8333333, 150, 10])
        #expect(reasons.map(\.name) == ["spend_7d", "night_share", "age", "amount"])
        #expect(reasons.map(\.units) == [524_288, 262_144, 262_144, 131_072])
        #expect(reasons.map(\.logOdds) == [2, 1, 1, 0.5])
        #expect(reasons.map(\.index) == [0, 1, 3, 2])
        #expect(scorer.reasons(row: [1250, 0.8333333, 150, 10], top: 2).map(\.index) == [0, 1])
        #expect(scorer.reasons(row: [1250, 0.8333333, 150, 10], top: 0).isEmpty)
    }

    @Test func whatDidNotRaiseTheScoreIsNoReason() {
        #expect(scorer.reasons(row: [50, 0.5, 100, 20]).isEmpty)
        #expect(scorer.reasons(row: [50, 0.5, 99, .nan]).isEmpty)
    }

    /// Against the plain definition: all terms above typical, sorted; any number of them.
    @Test func reasonsOfRandomModelsAreTheSortedTerms() {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<200 {
            var model = AdditiveModel.random(using: &random)
            // Few distinct units, so that there are ties.
            for index in model.tables.indices {
                model.tables[index].units = model.tables[index].units.map { $0 % 3 }
                model.tables[index].typicalUnits = 0
            }
            let row = model.awkwardRow(using: &random)
            var terms = model.tables.map { (Int64($0.units(of: row[$0.feature])), $0.feature) }
            terms += model.linearTerms.map {
                ($0.units(of: row[$0.feature]) - $0.typicalUnits, $0.feature)
            }
            let sorted = terms.filter { $0.0 > 0 }.sorted { (-$0.0, $0.1) < (-$1.0, $1.1) }
            for top in [0, 1, 2, 3, 100, .max] {
                let reasons = Scorer(model).reasons(row: row, top: top)
                #expect(reasons.map(\.index) == sorted.prefix(top).map(\.1))
                #expect(reasons.map(\.units) == sorted.prefix(top).map(\.0))
            }
        }
    }

    /// With a typical value of zero everywhere and no negative term, reasons add up to the score.
    @Test func reasonsAreTermsOfTheSum() {
        let row: [Double] = [1250, 0.9, 200, 10]
        let sum = scorer.reasons(row: row).reduce(0) { $0 + $1.units }
        #expect(scorer.score(row: row).units == sum + 262_144)
    }

    @Test func theModelsWordsAreUsedWhereItHasSome() {
        let reason = scorer.reasons(row: [1250, 0, 0, 20])[0]
        #expect(reason.text() == "1250 spent in seven days")
        #expect(reason.text(language: "zh-Hans") == "七天内消费 1250")
        #expect(reason.text(language: "fr") == "1250 spent in seven days")
        #expect(reason.text(audience: .customer) == "More was spent than usual")
    }

    @Test func aSentenceIsMadeWhereItHasNone() {
        let night = scorer.reasons(row: [0, 0.8333333, 0, 20])[0]
        #expect(night.text() == "night_share is 0.8333 (raises the log-odds by 1)")
        let missing = scorer.reasons(row: [0, .nan, 0, 20])[0]
        #expect(missing.text() == "night_share is missing (raises the log-odds by 0.83)")
        #expect(missing.text(language: "zh") == "night_share 为缺失（对数几率增加 0.83）")
        let endless = scorer.reasons(row: [0, 0, .infinity, 20])[0]
        #expect(endless.text() == "amount is infinite (raises the log-odds by 31)")
    }

    /// An effect is a whole number of 2^-18; the smallest are told with two digits.
    @Test(
        arguments: [
            (1, "0.0000038"), (26, "0.0001"), (621, "0.0024"), (1310, "0.005"), (1311, "0.01"),
            (2621, "0.01"), (3932, "0.01"), (3933, "0.02"), (262_144, "1"), (262_145, "1"),
        ] as [(Int32, String)])
    func effectsAreRounded(_ units: Int32, _ text: String) {
        let table = ScoreTable(
            feature: 0, cutPoints: [], units: [units], missingUnits: 0, typicalUnits: 0)
        let scorer = Scorer(
            AdditiveModel(
                name: "m", features: [Feature(name: "a")], intercept: 0, tables: [table]))
        #expect(scorer.reasons(row: [1])[0].text() == "a is 1 (raises the log-odds by \(text))")
    }

    /// What teaches how to evade stays inside: no feature, no value, no investigator's sentence.
    @Test func theCustomerIsToldNothingThatTeachesHowToEvade() {
        for reason in scorer.reasons(row: [1250, 0.9, 1e6, 10]) {
            for language in ["en", "zh", "xx"] {
                let text = reason.text(language: language, audience: .customer)
                #expect(!text.contains(reason.name) && !text.contains("spent in seven"))
                #expect(!text.contains { $0.isNumber })
            }
        }
    }

    @Test(
        arguments: [
            (150, "150"), (150.5, "150.5"), (1234.5678, "1234.57"), (1e6, "1000000"),
            (1e20, "1e+20"),
            (100.999, "101"), (3e14 + 0.5, "300000000000000.5"),
        ] as [(Double, String)])
    func valuesAreWrittenPlainly(_ value: Double, _ text: String) {
        let reason = scorer.reasons(row: [value, 0, 0, 20])
        #expect(reason[0].text() == "\(text) spent in seven days")
    }

    @Test(
        arguments: [
            (-3, "-3"), (-0.25, "-0.25"), (0, "0"), (-0.0, "0"), (1e-7, "1e-07"),
            (0.00005, "0.0001"), (0.00001234567, "0.000012"), (-0.0000456, "-0.000046"),
            (1.23456e-7, "1.2e-07"), (9.96e-8, "1e-07"), (4.9406564584124654e-324, "4.9e-324"),
            (-.infinity, "minus infinity"),
        ] as [(Double, String)])
    func smallAndNegativeValuesToo(_ value: Double, _ text: String) {
        let reason = scorer.reasons(row: [0, 0, 0, value])[0]
        #expect(reason.text() == "age is \(text) (raises the log-odds by 1)")
    }
}
