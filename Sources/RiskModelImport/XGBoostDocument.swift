import CRiskKernels
import RiskJSON

/// A model as XGBoost's `save_model` writes it into a `.json` file.
struct XGBoostDocument {
    private let root: Node

    init(_ root: Node) { self.root = root }

    func ensemble() throws(Mistakes) -> StumpEnsemble {
        let learner = try member("learner", of: root)
        let objective = try text("name", of: try member("objective", of: learner))
        guard ["binary:logistic", "reg:logistic", "binary:logitraw"].contains(objective) else {
            throw .one(
                "expected the objective binary:logistic, whose scores are log-odds, found "
                    + quoted(String(objective.prefix(40))), line: learner.line,
                path: "learner.objective")
        }
        let booster = try member("gradient_booster", of: learner)
        let kind = try text("name", of: booster)
        guard kind == "gbtree" else {
            throw .one(
                "expected the booster gbtree, found \(quoted(String(kind.prefix(40))))",
                line: booster.line, path: "learner.gradient_booster")
        }
        let parameters = try member("learner_model_param", of: learner)
        guard (Int(try text("num_class", of: parameters)) ?? -1) <= 1 else {
            throw .one("a model of several classes", line: parameters.line)
        }
        let base = try number(written: try text("base_score", of: parameters), parameters)
        // The base score is a probability, but for the objective that leaves scores as they are.
        let isRaw = objective == "binary:logitraw"
        guard isRaw || (base > 0 && base < 1) else {
            throw .one("expected a base score between 0 and 1", line: parameters.line)
        }
        var ensemble = StumpEnsemble(
            names: try names(of: learner, parameters),
            base: isRaw ? base : rk_log_f64(base / (1 - base)))
        let trees = try member("trees", of: try member("model", of: booster))
        guard case .array(let list) = trees.content else {
            throw .one("expected a list of trees", line: trees.line)
        }
        for (index, tree) in list.enumerated() {
            try add(tree, "learner.gradient_booster.model.trees[\(index)]", to: &ensemble)
        }
        return ensemble
    }

    private func names(of learner: Node, _ parameters: Node) throws(Mistakes) -> [String] {
        guard let count = Int(try text("num_feature", of: parameters)), (0...65_536).contains(count)
        else { throw .one("expected at most 65536 features", line: parameters.line) }
        guard let node = learner["feature_names"], case .array(let list) = node.content,
            !list.isEmpty
        else {
            // As XGBoost calls them itself.
            return (0..<count).map { "f\($0)" }
        }
        var names: [String] = []
        for name in list {
            guard case .string(let name) = name.content else {
                throw .one("expected names of features", line: node.line)
            }
            names.append(name)
        }
        return names
    }

    private func add(
        _ tree: Node, _ path: String, to ensemble: inout StumpEnsemble
    ) throws(Mistakes) {
        let left = try numbers("left_children", of: tree)
        let right = try numbers("right_children", of: tree)
        let conditions = try numbers("split_conditions", of: tree)
        if left == [-1], conditions.count == 1 {
            ensemble.base += conditions[0]
            return
        }
        guard left == [1, -1, -1], right == [2, -1, -1], conditions.count == 3 else {
            throw .one(
                "a tree of \(left.count) nodes: only trees of depth one are a sum over features; "
                    + "train with max_depth=1", line: tree.line, path: path)
        }
        if let types = tree["split_type"], case .array(let list) = types.content,
            list.contains(where: { $0 != 0 })
        {
            throw .one(
                "a split by categories: only numbers have cut points", line: tree.line, path: path)
        }
        let features = try numbers("split_indices", of: tree)
        guard let feature = features.first, feature >= 0, feature < Double(ensemble.names.count),
            let index = Int(exactly: feature)
        else { throw .one("a feature that has no name", line: tree.line, path: path) }
        var isLeft = false
        if let defaults = tree["default_left"], case .array(let list) = defaults.content,
            let first = list.first
        {
            isLeft = first == 1 || first == true
        }
        let weights = tree["sum_hessian"] == nil ? [2, 1, 1] : try numbers("sum_hessian", of: tree)
        guard weights.count == 3 else {
            throw .one("expected three Hessians", line: tree.line, path: path)
        }
        ensemble.stumps.append(
            StumpEnsemble.Stump(
                feature: index, lastLeft: Self.lastBelow(Float(conditions[0])),
                left: Double(Float(conditions[1])), right: Double(Float(conditions[2])),
                missing: isLeft ? .left : .right, leftWeight: max(0, weights[1]),
                rightWeight: max(0, weights[2])))
    }

    /// The largest double that, as a float, is less than a condition: XGBoost makes every value a float
    /// and asks whether it is less.
    static func lastBelow(_ condition: Float) -> Double {
        let below = condition.nextDown
        guard below.isFinite else { return Double(below) }
        let middle = (Double(below) + Double(condition)) / 2
        return Float(middle) < condition ? middle : middle.nextDown
    }
}

extension XGBoostDocument {
    private func member(_ key: String, of node: Node) throws(Mistakes) -> Node {
        guard let member = node[key] else {
            throw .one("expected a member \"\(key)\"", line: node.line)
        }
        return member
    }

    private func text(_ key: String, of node: Node) throws(Mistakes) -> String {
        let member = try member(key, of: node)
        guard case .string(let text) = member.content else {
            throw .one("expected a text, found \(member.kind)", line: member.line, path: key)
        }
        return text
    }

    /// A number as XGBoost writes parameters: `5E-1`, and since version 3 `[5E-1]`.
    private func number(written text: String, _ node: Node) throws(Mistakes) -> Double {
        let digits =
            text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text[...]
        guard let number = Double(digits), number.isFinite else {
            throw .one("expected one base score", line: node.line, path: "base_score")
        }
        return number
    }

    private func numbers(_ key: String, of node: Node) throws(Mistakes) -> [Double] {
        let member = try member(key, of: node)
        guard case .array(let list) = member.content else {
            throw .one("expected a list, found \(member.kind)", line: member.line, path: key)
        }
        var numbers: [Double] = []
        for element in list {
            switch element.content {
            case .integer(let value): numbers.append(Double(value))
            case .number(let value): numbers.append(value)
            default: throw .one("expected numbers", line: member.line, path: key)
            }
        }
        return numbers
    }
}
