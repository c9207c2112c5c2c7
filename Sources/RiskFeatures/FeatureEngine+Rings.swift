extension FeatureEngine {
    /// Takes in what the rings of another engine know that saw other events by the same spec: the
    /// states of two partitions of a log become that of the whole.
    /// - Complexity: O(links log links).
    func mergeRings(of other: FeatureEngine) {
        precondition(spec.document == other.spec.document, "the engines have different specs")
        for index in rings.indices {
            rings[index].merge(other.rings[index]) { key, code in
                Int32(intern(ArraySlice(other.symbols.dictionaries[key]![code].utf8), key))
            }
        }
        restore(max(lastKnown, other.lastKnown), sequence: sequence + other.sequence)
    }
}
