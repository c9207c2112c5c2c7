extension Reason {
    /// A number as people write it: whole ones without a point, others with at most so many decimals
    /// and no zeros at their end; what is too large or too small for that in scientific notation.
    static func plain(_ value: Double, decimals: Int) -> String {
        guard abs(value) < 1e15 else { return value.description }
        var scale: Double = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        if scaled == 0 && value != 0 { return value.description }
        // A double of 1e15 with four decimals is past 2^63: there are no decimals to show up there.
        if scaled >= 9e18 { return plain(value, decimals: 0) }
        let units = Int64(scaled)
        let whole = units / Int64(scale)
        var fraction = String(units % Int64(scale))
        fraction =
            String(repeating: "0", count: decimals - min(decimals, fraction.count)) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let sign = value < 0 ? "-" : ""
        return fraction.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
    }
}
