import RiskJSON

/// A path of penalties: what each λ makes of the coefficients, and how one was chosen.
public struct LambdaPathReport: Sendable, Equatable {
    /// One λ of a path.
    public struct Point: Sendable, Equatable {
        /// The penalty, on glmnet's scale.
        public internal(set) var lambda: Double
        /// The intercept, on the features' own scale.
        public internal(set) var intercept: Double
        /// The coefficients, on the features' own scale, in the order of `columns`.
        public internal(set) var coefficients: [Double]
        /// 1 - deviance / deviance without features, in [0, 1].
        public internal(set) var devianceExplained: Double
        /// The weighted mean log loss of the folds, each predicted by the others; nil without folds.
        public internal(set) var foldLoss: Double?
        /// Its standard error, from how much the folds differ.
        public internal(set) var foldLossError: Double?

        /// How many coefficients are not 0.
        public var nonzero: Int { coefficients.count { $0 != 0 } }
    }

    /// What the coefficients belong to: features, and "missing NAME" for their indicators.
    public internal(set) var columns: [String] = []
    /// From the largest λ to the least.
    public internal(set) var points: [Point] = []
    /// The λ of the least fold loss.
    public internal(set) var minimum: Double?
    /// The largest λ whose fold loss is within one standard error of the least.
    public internal(set) var oneStandardError: Double?
    /// The λ that was taken.
    public internal(set) var chosen = 0.0
    /// Why the path ends where it does.
    public internal(set) var end = ""
    /// Passes over the data for losses and gradients.
    public internal(set) var looks = 0
    /// Passes over the data for Hessians.
    public internal(set) var hessians = 0

    /// As a document; coefficients that are 0 are left out.
    public var node: Node {
        var members: [Node.Member] = [.init("chosen", Node(chosen))]
        if let minimum { members.append(.init("min", Node(minimum))) }
        if let oneStandardError { members.append(.init("1se", Node(oneStandardError))) }
        members.append(.init("end", Node(end)))
        members.append(.init("looks", Node(looks)))
        members.append(.init("hessians", Node(hessians)))
        members.append(
            .init(
                "points",
                .array(
                    points.map { point in
                        var node: [Node.Member] = [
                            .init("lambda", Node(point.lambda)),
                            .init("nonzero", Node(point.nonzero)),
                            .init("devianceExplained", Node(point.devianceExplained)),
                        ]
                        if let loss = point.foldLoss, let error = point.foldLossError {
                            node.append(.init("foldLoss", Node(loss)))
                            node.append(.init("foldLossError", Node(error)))
                        }
                        node.append(.init("intercept", Node(point.intercept)))
                        node.append(
                            .init(
                                "coefficients",
                                .object(
                                    zip(columns, point.coefficients).filter { $0.1 != 0 }
                                        .map { Node.Member($0.0, Node($0.1)) })))
                        return .object(node)
                    })))
        return .object(members)
    }

    /// Finds the minimum and the one-standard-error λ among the points.
    mutating func choose(_ selection: LambdaSelection) {
        guard
            let best = points.filter({ $0.foldLoss != nil })
                .min(by: { ($0.foldLoss ?? 0, -$0.lambda) < ($1.foldLoss ?? 0, -$1.lambda) })
        else { return }
        let limit = (best.foldLoss ?? 0) + (best.foldLossError ?? 0)
        minimum = best.lambda
        oneStandardError = points.first { ($0.foldLoss ?? .infinity) <= limit }?.lambda
        chosen = (selection == .minimum ? minimum : oneStandardError) ?? best.lambda
    }
}
