extension Reason {
    /// A finite number as people write it: whole ones without a point, others with at most so many
    /// decimals and no zeros at their end; what is too large or too small for that in scientific
    /// notation.
    static func plain(_ value: Double, decimals: Int) -> String {
        guard abs(value) < 1e15 else { return value.description }
        if value == value.rounded() { return String(Int64(value)) }
        var scale: Double = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        // Too small to have such decimals, or so large that doubles have no more of them anyway.
        guard scaled > 0, scaled < 9_007_199_254_740_992 else { return value.description }
        let units = Int64(scaled)
        let whole = units / Int64(scale)
        var fraction = String(units % Int64(scale))
        fraction = String(repeating: "0", count: decimals - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let sign = value < 0 ? "-" : ""
        return fraction.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
    }
}
