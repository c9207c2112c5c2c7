/// One fit along a path: where it stands, and what it believes of the curvature there.
struct PathProblem {
    let index: Int
    /// Coefficients of all columns, the intercept's first.
    var theta: [Double]
    /// The mean log loss there and its gradient.
    var value: PathData.Value
    /// The Hessian of the mean log loss over the columns at work and the intercept.
    var hessian: [Double] = []
    /// Where the next look at the data is taken.
    var candidate: [Double] = []
    /// The model's gradient at the candidate, and by how much it was off at the first candidate of the
    /// last penalty; empty where nothing is known of it. Of the columns at work, the intercept's first.
    var foreseen: [Double] = []
    var surprise: [Double] = []
    /// How far the last step led, in standardised coefficients.
    var lastStep = Double.infinity
    /// Looks at this penalty, and how many since the Hessian was taken from the data.
    var looks = 0
    var looksSinceHessian = 0
    /// How much of the way to the model's minimum the candidate lies.
    var length = 1.0
    var wantsHessian = false
    var isDone = false

    /// Broyden, Fletcher, Goldfarb and Shanno's update: the Hessian becomes the mean one along the
    /// step just taken, as the gradients at its ends show it. Since a path bends slowly, that is the
    /// direction in which it goes on.
    /// - Parameters:
    ///   - step: of the columns at work, the intercept's first.
    ///   - change: of the gradient.
    /// - Complexity: O(columns²).
    mutating func learn(step: [Double], change: [Double]) {
        let order = step.count
        var product = [Double](repeating: 0, count: order)
        for row in 0..<order {
            var sum = 0.0
            for column in 0..<order { sum += hessian[row * order + column] * step[column] }
            product[row] = sum
        }
        let (seen, believed) = (dot(step, change), dot(step, product))
        guard seen > 1e-3 * believed, seen < 1e3 * believed else { return }
        for row in 0..<order {
            let (a, b) = (change[row] / seen, product[row] / believed)
            for column in 0..<order {
                hessian[row * order + column] += a * change[column] - b * product[column]
            }
        }
    }
}

func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
}
