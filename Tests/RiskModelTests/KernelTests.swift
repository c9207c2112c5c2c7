import CRiskKernels
import RiskJSON
import Testing

/// The functions whose bits go into files, against references of 32 digits made by
/// `Fixtures/kernels.py`. The bounds are those that `risk_kernels.h` promises.
@Suite struct KernelTests {
    @Test(arguments: [("exp", 1.0), ("log", 1.0), ("logistic", 2.5)])
    func errorsAreWithinThePromisedUnitsInTheLastPlace(_ name: String, _ bound: Double) throws {
        let functions = ["exp": rk_exp_f64, "log": rk_log_f64, "logistic": rk_logistic_f64]
        let function = try #require(functions[name])
        let references = try JSONParser.parse(Fixture.bytes("kernels.json"))
        let rows = try #require(references[name]?.numberRows)
        #expect(rows.count > 500)
        for row in rows {
            let (x, high, low) = (row[0], row[1], row[2])
            let error = abs((function(x) - high) - low) / high.ulp
            #expect(error <= bound, "\(name)(\(x)) = \(function(x)) is \(error) ULP off \(high)")
        }
    }

    @Test func exceptionalValuesAreThoseOfTheStandard() {
        #expect(rk_exp_f64(.infinity) == .infinity)
        #expect(rk_exp_f64(-.infinity) == 0)
        #expect(rk_exp_f64(.nan).isNaN)
        #expect(rk_exp_f64(710) == .infinity)
        #expect(rk_exp_f64(-746) == 0)
        #expect(rk_exp_f64(-0.0) == 1)
        #expect(rk_log_f64(0) == -.infinity)
        #expect(rk_log_f64(-0.0) == -.infinity)
        #expect(rk_log_f64(-1).isNaN)
        #expect(rk_log_f64(.nan).isNaN)
        #expect(rk_log_f64(.infinity) == .infinity)
        #expect(rk_log_f64(1) == 0)
        #expect(rk_logistic_f64(0) == 0.5)
        #expect(rk_logistic_f64(.infinity) == 1)
        #expect(rk_logistic_f64(-.infinity) == 0)
        #expect(rk_logistic_f64(.nan).isNaN)
    }
}

extension Node {
    /// A list of lists of numbers.
    fileprivate var numberRows: [[Double]]? {
        guard case .array(let rows) = content else { return nil }
        return rows.compactMap { row in
            guard case .array(let values) = row.content else { return nil }
            return values.compactMap { value in
                switch value.content {
                case .integer(let whole): Double(whole)
                case .number(let number): number
                default: nil
                }
            }
        }
    }
}
