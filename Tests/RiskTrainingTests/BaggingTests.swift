import Foundation
import RiskColumns
import RiskModel
import Testing

@testable import RiskTraining

/// Bootstrap runs averaged and smoothed, and the names of rows that draw them.
@Suite struct BaggingTests {
    private var learner: StumpBoostingLearner {
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 40
        learner.bins = 16
        learner.bags = 4
        learner.threads = 1
        return learner
    }

    @Test func neitherThreadsNorOrderOfRowsAndFeaturesMatter() throws {
        var data = world(rows: 3000)
        data.times = (0..<3000).map { Int64($0) }
        let (expected, report) = try learner.trainWithReport(data, name: "m")
        #expect(report.bags == 4 && !expected.tables.isEmpty)
        var other = learner
        other.threads = 3
        var generator = Generator(5)
        var turned = data.selecting(Array(0..<3000).shuffled(using: &generator))
        #expect(try other.train(turned, name: "m") == expected)
        turned.matrix = FeatureMatrix(
            names: turned.matrix.names.reversed(), columns: turned.matrix.columns.reversed(),
            rowCount: 3000)
        #expect(try other.train(turned, name: "m") == expected)
    }

    @Test func bandsAreWideWhereRowsAreFew() throws {
        var generator = Generator(2)
        // A rare value and a frequent one.
        let column = (0..<6000).map { _ in generator.uniform() < 0.02 ? 2.0 : 1.0 }
        let other = (0..<6000).map { _ in generator.normal() }
        let labels = zip(column, other).map {
            generator.uniform() < 1 / (1 + exp(4 - $0 - $1))
        }
        let data = TrainingData(
            matrix: matrix([column, other], names: ["rare", "other"]), labels: labels)
        let report = try learner.trainWithReport(data, name: "m").report
        let band = try #require(report.bands.first { $0.feature == "rare" })
        #expect(band.cutPoints == [1.5] && band.deviations.count == 2)
        #expect(band.deviations[1] > 5 * band.deviations[0])
        #expect(report.bands.allSatisfy { $0.deviations.allSatisfy { $0.isFinite && $0 >= 0 } })
        var single = learner
        single.bags = 1
        #expect(try single.trainWithReport(data, name: "m").report.bands.isEmpty)
    }

    @Test func theModelKeepsTheBandsOfItsBins() throws {
        let (model, report) = try learner.trainWithReport(world(rows: 3000), name: "m")
        let bands = try #require(model.lineage["bands"]).elements
        #expect(bands.count == model.tables.count && model.validate().isEmpty)
        #expect(report.bands(of: model) == model.lineage["bands"])
        for (table, band) in zip(model.tables, bands) {
            let name = model.features[table.feature].name
            let learned = try #require(report.bands.first { $0.feature == name })
            let deviations = try #require(band["deviations"]).doubles
            #expect(deviations.count == table.units.count)
            // Each learned bin lies within a bin of the model, whose band is at least as wide.
            for (bin, deviation) in learned.deviations.enumerated() {
                let end = bin < learned.cutPoints.count ? learned.cutPoints[bin] : .infinity
                let place = table.cutPoints.firstIndex { end <= $0 } ?? table.cutPoints.count
                #expect(deviations[place] >= deviation - 1e-6)
            }
            #expect(deviations.max() == learned.deviations.max().map { ($0 * 1e6).rounded() / 1e6 })
        }
        // It is in the file, and the scores are those of a model without it.
        let loaded = try AdditiveModel(artifact: model.artifact())
        #expect(loaded.lineage["bands"] == model.lineage["bands"])
        var single = learner
        single.bags = 1
        #expect(try single.train(world(rows: 3000), name: "m").lineage["bands"] == nil)
    }

    @Test func manyEventsNeedNoBags() throws {
        let many = RowTotals(try Sample(world(rows: 300)))
        #expect(StumpBoostingLearner().bagCount(many) == 8)
        let half = TrainingData(
            matrix: matrix([(0..<20_000).map { Double($0) }]),
            labels: (0..<20_000).map { $0 % 2 == 0 })
        #expect(StumpBoostingLearner().bagCount(RowTotals(try Sample(half))) == 1)
    }

    @Test func stoppingAmongBagsKeepsTheWholeOnes() throws {
        var learner = learner
        learner.holdOut = 0
        let (model, report) = try learner.trainWithReport(world(rows: 2000), name: "m") {
            $0.round < 90
        }
        #expect(report.end == "stopped from outside" && report.bags == 2)
        #expect(!model.tables.isEmpty)
    }

    // MARK: Names of rows

    @Test func rowsHaveNamesWhateverTheirPlace() throws {
        var data = world(rows: 900)
        // A third of the rows is the same row.
        let columns = data.matrix.columns.map { [Double](repeating: 1, count: 300) + $0[300...] }
        data.matrix = FeatureMatrix(names: data.matrix.names, columns: columns, rowCount: 900)
        for row in 0..<300 { data.labels[row] = false }
        var generator = Generator(4)
        let order = Array(0..<900).shuffled(using: &generator)
        func draws(_ data: TrainingData, _ bag: Int) throws -> [UInt8] {
            RowNames(data.matrix, try Sample(data), threads: 2).bootstrap(bag)
        }
        let (plain, turned) = try (draws(data, 1), draws(data.selecting(order), 1))
        for (place, row) in order.enumerated() where row >= 300 {
            #expect(turned[place] == plain[row])
        }
        // Equal rows are drawn as often together, though not the same of them.
        let equal = order.enumerated().filter { $0.element < 300 }.map { turned[$0.offset] }
        #expect(equal.sorted() == plain[..<300].sorted())
        #expect(Set(equal).count > 3)
        #expect(try draws(data, 2) != plain)
    }

    @Test func bootstrapDrawsArePoisson() throws {
        let data = world(rows: 20_000, features: 2)
        let names = RowNames(data.matrix, try Sample(data), threads: 1)
        let draws = names.bootstrap(0).map { Double($0) }
        let mean = draws.reduce(0, +) / 20_000
        let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        #expect(abs(mean - 1) < 0.03 && abs(variance - 1) < 0.05)
        #expect(abs(Double(draws.count { $0 == 0 }) / 20_000 - exp(-1)) < 0.015)
        #expect(abs(Double(names.places(halvings: 3).count) / 20_000 - 0.125) < 0.01)
    }

    // MARK: Smoothing

    @Test func smoothTablesMinimiseTheirObjective() {
        var generator = Generator(6)
        let entries = (0..<12).map { _ in Int64(generator.normal() * 1e8) } + [77]
        let hessians = (0..<13).map { _ in exp(generator.normal()) }
        for strength in [0.01, 1, 100] {
            let x = TableSmoothing(strength: 1).smooth(
                entries, hessians, bins: 12, strength: strength)
            #expect(x[12] == 77)
            for bin in 0..<12 {
                var slope = hessians[bin] * Double(x[bin] - entries[bin])
                if bin > 0 { slope += strength * Double(x[bin] - x[bin - 1]) }
                if bin < 11 { slope += strength * Double(x[bin] - x[bin + 1]) }
                #expect(abs(slope) < 1 + 4 * strength)
            }
        }
        #expect(
            TableSmoothing(strength: 0).smooth(entries, hessians, bins: 12, strength: 0) == entries)
    }

    @Test func cliffsStayAndNoiseGoes() {
        var generator = Generator(7)
        let unit = GradientHistogram.marginScale
        func runs(_ truth: (Int) -> Double) -> [[Int64]] {
            (0..<8).map { _ in
                (0..<21).map { Int64((truth($0) + 0.2 * generator.normal()) * unit) }
            }
        }
        let hessians = [Double](repeating: 10, count: 21)
        let smoothing = TableSmoothing(strength: 1)
        let cliff = smoothing.combine(runs { $0 < 10 ? 0 : 3 }, hessians, bins: 20)
        #expect(Double(cliff[10] - cliff[9]) / unit > 2)
        let noise = smoothing.combine(runs { _ in 0 }, hessians, bins: 20)
        let spread = Double(noise[..<20].max()! - noise[..<20].min()!) / unit
        #expect(spread < 0.1)
    }

    // MARK: Merged bins

    @Test func binsAreKeptWhereTheRateChanges() {
        // A cliff between the fine bins 36 and 37, and a plateau on either side.
        let all = [Int64](repeating: 1000, count: 64)
        let events = (0..<64).map { Int64($0 < 37 ? 10 : 300) }
        let lasts = BinMerging.merge(all, events, budget: 8)
        #expect(lasts.count == 8 && lasts.last == 63 && lasts.contains(36))
        // The plateaus are divided evenly.
        let widths = zip(lasts, [-1] + lasts).map { $0 - $1 }
        #expect(widths.max()! <= 16)
        #expect(BinMerging.merge(all, events, budget: 64) == Array(0..<64))
        #expect(BinMerging.merge([5], [1], budget: 2) == [0])
    }

    @Test func mergedBinsHaveTheCountsOfTheirRows() throws {
        let data = world(rows: 3000)
        let sample = try Sample(data)
        var settings = learner
        settings.bins = 8
        let local = try LocalStage(settings, data, threads: 2)
        let (stage, bins) = (local.stage, try local.bins)
        let again = BinnedMatrix(data.matrix, sample, stage.binning, threads: 1)
        #expect(again.missing == bins.missing)
        #expect(again.bytes.array == bins.bytes.array)
        let counts = again.counts(sample, threads: 1)
        #expect(counts.all == stage.counts.all && counts.events == stage.counts.events)
        #expect(stage.binning.features.allSatisfy { $0.cutPoints.count < 8 })
    }

    @Test("Rows that differ in weight alone may stand in any order")
    func equalRowsOfOtherWeights() throws {
        var generator = Generator(5)
        let rows = 900
        var data = TrainingData(
            matrix: matrix([
                (0..<rows).map { Double($0 % 3) }, (0..<rows).map { Double($0 / 3 % 4) },
            ]), labels: (0..<rows).map { _ in generator.uniform() < 0.3 })
        data.weights = (0..<rows).map { _ in 0.1 + generator.uniform() }
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 30
        learner.bags = 3
        learner.threads = 1
        let order = Array(0..<rows).shuffled(using: &generator)
        #expect(
            try learner.train(data.selecting(order), name: "m")
                == learner.train(data, name: "m"))
    }
}
