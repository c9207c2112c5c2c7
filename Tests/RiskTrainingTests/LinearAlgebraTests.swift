import Foundation
import RiskLinearAlgebra
import Testing

/// BLAS and LAPACK, seen through the thin Swift of RiskLinearAlgebra, against loops.
@Suite struct LinearAlgebraTests {
    private func random(_ count: Int, _ seed: UInt64) -> [Double] {
        var generator = Generator(seed)
        return (0..<count).map { _ in generator.normal() }
    }

    /// A positive definite matrix: the Gram matrix of a tall block, by DSYRK.
    private func gram(_ block: [Double], rows: Int, columns: Int) -> SymmetricMatrix {
        var elements = block
        var result = SymmetricMatrix(order: columns)
        elements.withUnsafeMutableBufferPointer { elements in
            result.elements.withUnsafeMutableBufferPointer { sum in
                DenseBlock(elements.baseAddress!, rows: rows, columns: columns)
                    .addGram(to: sum.baseAddress!)
            }
        }
        return result
    }

    @Test func blockProductsAreTheSums() {
        let (rows, columns) = (37, 5)
        var block = random(rows * columns, 1)
        let (right, left) = (random(columns, 2), random(rows, 3))
        var product = [Double](repeating: .nan, count: rows)
        var transposed = [Double](repeating: 1, count: columns)
        block.withUnsafeMutableBufferPointer {
            let block = DenseBlock($0.baseAddress!, rows: rows, columns: columns)
            block.multiply(right, into: &product)
            block.addTransposedProduct(left, to: &transposed)
        }
        for i in 0..<rows {
            let expected = (0..<columns).reduce(0) { $0 + block[i + $1 * rows] * right[$1] }
            #expect(abs(product[i] - expected) < 1e-12)
        }
        let gram = gram(block, rows: rows, columns: columns)
        for j in 0..<columns {
            let expected = (0..<rows).reduce(1) { $0 + block[$1 + j * rows] * left[$1] }
            #expect(abs(transposed[j] - expected) < 1e-12)
            for k in 0..<columns {
                let dot = (0..<rows).reduce(0) { $0 + block[$1 + j * rows] * block[$1 + k * rows] }
                #expect(abs(gram[j, k] - dot) < 1e-11)
            }
        }
    }

    @Test func choleskySolvesAndInverts() throws {
        let order = 6
        let matrix = gram(random(20 * order, 4), rows: 20, columns: order)
        let factor = try #require(CholeskyFactor(matrix))
        let b = random(order, 5)
        let x = factor.solve(b)
        let inverse = factor.inverse()
        for i in 0..<order {
            #expect(abs((0..<order).reduce(-b[i]) { $0 + matrix[i, $1] * x[$1] }) < 1e-10)
            for j in 0..<order {
                let product = (0..<order).reduce(0) { $0 + matrix[i, $1] * inverse[$1, j] }
                #expect(abs(product - (i == j ? 1 : 0)) < 1e-10)
            }
        }
    }

    @Test func conditionIsThatOfADiagonal() throws {
        var matrix = SymmetricMatrix(order: 3)
        for (index, value) in [1, 10, 1000.0].enumerated() { matrix[index, index] = value }
        #expect(matrix.oneNorm == 1000)
        let condition = try #require(CholeskyFactor(matrix)).reciprocalCondition()
        #expect(abs(condition - 0.001) < 1e-12)
    }

    @Test func indefiniteMatricesAreRefused() {
        var matrix = SymmetricMatrix(order: 2)
        matrix[0, 0] = 1
        matrix[1, 0] = 2
        matrix[1, 1] = 1
        #expect(CholeskyFactor(matrix) == nil)
        matrix[1, 1] = .nan
        #expect(CholeskyFactor(matrix) == nil)
    }

    @Test func dependentColumnsAndTheirCombinationAreFound() {
        // Column 2 = 2 × column 0 - column 3, column 4 = 0.
        let rows = 30
        let base = random(rows * 3, 6)
        let (a, b, c) = (base[..<30], base[30..<60], base[60...])
        let mixed = zip(a, c).map { 2 * $0 - $1 }
        let block = Array(a) + Array(b) + mixed + Array(c) + [Double](repeating: 0, count: rows)
        let factor = PivotedCholesky(gram(block, rows: rows, columns: 5), tolerance: 1e-9)
        #expect(factor.independent.count == 3)
        #expect(factor.dependent.contains(4))
        #expect(factor.combination(of: 4).allSatisfy { abs($0) < 1e-9 })
        let other = factor.dependent.first { $0 != 4 }!
        let combined = zip(factor.independent, factor.combination(of: other))
        for row in 0..<rows {
            let sum = combined.reduce(0) { $0 + $1.1 * block[row + $1.0 * rows] }
            #expect(abs(sum - block[row + other * rows]) < 1e-6)
        }
    }

    @Test func nothingIsFineToo() {
        let empty = SymmetricMatrix(order: 0)
        #expect(CholeskyFactor(empty)?.solve([]) == [])
        #expect(PivotedCholesky(empty, tolerance: 0).independent.isEmpty)
    }
}
