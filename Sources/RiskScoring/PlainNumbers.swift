extension Reason {
    /// A finite number as people write it: whole ones without a point, others with at most so many
    /// decimals and no zeros at their end. What would be 0 then has two digits that say something, and
    /// what is too large or too small for a row of digits is in scientific notation.
    static func plain(_ value: Double, decimals: Int) -> String {
        guard abs(value) < 1e15 else { return value.description }
        if value == value.rounded() { return String(Int64(value)) }
        let sign = value < 0 ? "-" : ""
        let size = abs(value)
        if size < 1e-6 { return sign + scientific(size) }
        var scale: Double = 1
        var places = 0
        while places < decimals || (size * scale).rounded() < 1 {
            scale *= 10
            places += 1
        }
        // One more digit where all the decimals that were asked for are taken by zeros.
        if places > decimals, (size * scale).rounded() < 10 {
            scale *= 10
            places += 1
        }
        let scaled = (size * scale).rounded()
        // So large that doubles have no more decimals anyway.
        guard scaled < 9_007_199_254_740_992 else { return value.description }
        let units = Int64(scaled)
        let whole = units / Int64(scale)
        var fraction = String(units % Int64(scale))
        fraction = String(repeating: "0", count: places - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
    }

    /// A number in 0..<1, not 0, with two digits: `1.2e-07`.
    private static func scientific(_ size: Double) -> String {
        var exponent = 0
        var mantissa = size
        while mantissa < 1 {
            mantissa *= 10
            exponent += 1
        }
        var tenths = Int((mantissa * 10).rounded())
        if tenths >= 100 {
            tenths /= 10
            exponent -= 1
        }
        let digits = tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        return "\(digits)e-\(exponent < 10 ? "0" : "")\(exponent)"
    }
}
