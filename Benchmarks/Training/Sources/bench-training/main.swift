// Trains a learner on matrices that `rivals.py` made, and writes what it thinks of the test rows.
//
//     bench-training TRAIN TEST SCORES SETTINGS [PATH]     SETTINGS: {"learner": "stumps", …} as in training.yaml
//
// PATH gets the path of penalties of a logistic regression, as JSON; where none was walked, the intercept
// and the coefficients.
// With REPEAT=3 in the environment it trains three times, and the fastest counts.
// A matrix is two Int64 (rows, features), the columns as Double, then the labels as Double. One line of
// JSON comes out: seconds of training and of the processors' work, binning included. SCORES gets a Double a row, log-odds.

import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import RiskTraining

/// Reads column after column: the file is larger than what is kept of it at a time.
func load(_ path: String) throws -> TrainingData {
    guard let file = fopen(path, "rb") else { throw CocoaError(.fileReadNoSuchFile) }
    defer { fclose(file) }
    var size: [Int64] = [0, 0]
    guard fread(&size, 8, 2, file) == 2 else { throw CocoaError(.fileReadCorruptFile) }
    let (rows, features) = (Int(size[0]), Int(size[1]))
    func column() throws -> [Double] {
        let values = [Double](unsafeUninitializedCapacity: rows) { buffer, count in
            count = fread(buffer.baseAddress, 8, rows, file)
        }
        guard values.count == rows else { throw CocoaError(.fileReadCorruptFile) }
        return values
    }
    let matrix = FeatureMatrix(
        names: (0..<features).map { "feature\(1000 + $0)" },
        columns: try (0..<features).map { _ in try column() }, rowCount: rows)
    return TrainingData(matrix: matrix, labels: try column().map { $0 > 0.5 })
}

let arguments = CommandLine.arguments
guard arguments.count == 5 || arguments.count == 6 else {
    print("usage: bench-training TRAIN TEST SCORES SETTINGS [PATH]")
    exit(64)
}
let (training, test) = try (load(arguments[1]), load(arguments[2]))
let settings = DocumentReader.Place(root: try JSONParser.parse(Array(arguments[4].utf8)))
let reader = DocumentReader()
let repetitions = Int(ProcessInfo.processInfo.environment["REPEAT"] ?? "1") ?? 1
let isLogistic = settings.node["learner"] == "logistic"
let logistic = isLogistic ? LogisticRegressionLearner(reading: settings, reader) : nil
let stumps = isLogistic ? nil : StumpBoostingLearner(reading: settings, reader)
try reader.finish()
var (seconds, work) = (Double.infinity, 0.0)
var trained: (model: AdditiveModel, report: TrainingReport)?
for _ in 0..<max(1, repetitions) {
    let (start, startOfWork) = (ContinuousClock.now, clock())
    trained =
        try logistic?.trainWithReport(training, name: "bench")
        ?? stumps?.trainWithReport(training, name: "bench")
    let time = (ContinuousClock.now - start) / .seconds(1)
    guard time < seconds else { continue }
    seconds = time
    work = Double(clock() - startOfWork) / Double(CLOCKS_PER_SEC)
}
guard let (model, report) = trained else { exit(70) }

let columns = model.features.map { feature in
    test.matrix.columns[test.matrix.names.firstIndex(of: feature.name)!]
}
let logOdds = (0..<test.matrix.rowCount).map { row in
    LogOdds.value(model.units(values: columns.map { $0[row] }))
}
try logOdds.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: arguments[3])) }
print("{\"seconds\": \(seconds), \"work\": \(work), \"rounds\": \(report.rounds)}")
if arguments.count == 6 {
    let coefficients = model.linearTerms.map {
        Node.Member(model.features[$0.feature].name, Node($0.coefficient))
    }
    let plain = Node.object([
        .init("intercept", Node(LogOdds.value(model.intercept))),
        .init("coefficients", .object(coefficients)),
    ])
    let node = report.path?.node ?? plain
    try Data(node.json().utf8).write(to: URL(fileURLWithPath: arguments[5]))
}
