import RiskJSON

/// A model as LightGBM's `save_model` writes it: a head of `key=value` lines, then a block of such
/// lines for each tree.
struct LightGBMText {
    /// The lines of a block, and where each is in the file.
    private struct Block {
        var line: Int
        var entries: [Substring: (value: Substring, line: Int)] = [:]
    }

    private var head = Block(line: 1)
    private var trees: [Block] = []

    init(_ bytes: [UInt8]) throws(Mistakes) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .one("a text that is no UTF-8")
        }
        var isHead = true
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let number = index + 1
            if number == 1 {
                guard line == "tree" || line == "tree\r" else {
                    throw .one(
                        "expected a LightGBM model, whose first line is \"tree\", or JSON", line: 1)
                }
                continue
            }
            let line = line.last == "\r" ? line.dropLast() : line
            if line == "end of trees" { return }
            if line == "average_output" {
                throw .one("a random forest is a mean of trees, not their sum", line: number)
            }
            guard let equals = line.firstIndex(of: "=") else { continue }
            let key = line[..<equals]
            let entry = (value: line[line.index(after: equals)...], line: number)
            if key == "Tree" {
                isHead = false
                trees.append(Block(line: number))
            } else if isHead {
                head.entries[key] = entry
            } else {
                trees[trees.count - 1].entries[key] = entry
            }
        }
        throw .one("the model ends before its \"end of trees\"")
    }

    func ensemble() throws(Mistakes) -> StumpEnsemble {
        let (objective, line) = try entry("objective", of: head)
        let words = objective.split(separator: " ")
        guard let loss = words.first, ["binary", "cross_entropy", "xentropy"].contains(loss) else {
            throw .one(
                "expected the objective binary or cross_entropy, whose scores are log-odds, found "
                    + quoted(String(objective.prefix(40))), line: line, path: "objective")
        }
        // LightGBM's probability is logistic(sigmoid × sum).
        var sigmoid = 1.0
        if let word = words.first(where: { $0.hasPrefix("sigmoid:") }) {
            guard let value = Double(word.dropFirst(8)), value > 0, value <= 1e6 else {
                throw .one("expected a sigmoid above 0", line: line, path: "objective")
            }
            sigmoid = value
        }
        if try entry("num_tree_per_iteration", of: head).value != "1" {
            throw .one("more than one tree an iteration: a model of several classes", line: line)
        }
        let (names, _) = try entry("feature_names", of: head)
        var ensemble = StumpEnsemble(
            names: names.split(separator: " ").map { String($0) }, base: 0)
        for tree in trees { try add(tree, times: sigmoid, to: &ensemble) }
        return ensemble
    }

    private func add(
        _ tree: Block, times sigmoid: Double, to ensemble: inout StumpEnsemble
    ) throws(Mistakes) {
        let (leaves, line) = try entry("num_leaves", of: tree)
        if tree.entries["is_linear"]?.value == "1" {
            throw .one("a tree with linear leaves", line: line)
        }
        if leaves == "1" {
            ensemble.base += try numbers("leaf_value", of: tree, count: 1)[0] * sigmoid
            return
        }
        guard leaves == "2" else {
            throw .one(
                "a tree of \(leaves.prefix(20)) leaves: only trees of depth one are a sum over "
                    + "features; train with num_leaves=2", line: line)
        }
        let feature = try numbers("split_feature", of: tree, count: 1)[0]
        guard feature >= 0, feature < Double(ensemble.names.count), feature == feature.rounded()
        else { throw .one("a feature that has no name", line: line) }
        // Bit 0: categorical; bit 1: missing values to the left; bits 2 and 3: what is missing.
        let kind = try numbers("decision_type", of: tree, count: 1)[0]
        guard kind >= 0, kind < 16, let bits = Int(exactly: kind), bits >> 2 < 3 else {
            throw .one("an unknown decision type", line: line)
        }
        guard bits & 1 == 0 else {
            throw .one(
                "a split by categories of \(quoted(ensemble.names[Int(feature)])): only numbers have "
                    + "cut points", line: line)
        }
        guard try numbers("left_child", of: tree, count: 1)[0] == -1,
            try numbers("right_child", of: tree, count: 1)[0] == -2
        else { throw .one("children that are no leaves", line: line) }
        let values = try numbers("leaf_value", of: tree, count: 2)
        let counts =
            tree.entries["leaf_count"] == nil
            ? [1, 1] : try numbers("leaf_count", of: tree, count: 2)
        let isLeft = bits & 2 != 0
        ensemble.stumps.append(
            StumpEnsemble.Stump(
                feature: Int(feature), lastLeft: try numbers("threshold", of: tree, count: 1)[0],
                left: values[0] * sigmoid, right: values[1] * sigmoid,
                missing: [.isZero, .withZero(isLeft: isLeft), isLeft ? .left : .right][bits >> 2],
                leftWeight: max(0, counts[0]), rightWeight: max(0, counts[1])))
    }

    private func entry(
        _ key: String, of block: Block
    ) throws(Mistakes) -> (value: Substring, line: Int) {
        guard let entry = block.entries[key[...]] else {
            throw .one("expected a line \"\(key)=…\"", line: block.line)
        }
        return entry
    }

    private func numbers(
        _ key: String, of block: Block, count: Int
    ) throws(Mistakes) -> [Double] {
        let (text, line) = try entry(key, of: block)
        let numbers = text.split(separator: " ").map { Double($0) }
        guard numbers.count == count, numbers.allSatisfy({ $0?.isFinite == true }) else {
            throw .one("expected \(count) finite numbers", line: line, path: key)
        }
        return numbers.map { $0! }
    }
}
