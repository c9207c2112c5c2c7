/// How the rate of events may run over the bins of a feature, from low values to high ones.
///
/// The rate is that of the weight of evidence: where a bin has rows of one class only, half a row is
/// counted to each. Neighbours may have the same rate in every shape. A valley or peak may have its turn at an end, so
/// a never-falling or never-rising course is one too.
public enum BinShape: String, CaseIterable, Sendable {
    /// Any course.
    case none
    /// Never falling.
    case ascending
    /// Never rising.
    case descending
    /// Never falling or never rising, whichever has more information.
    case monotone
    /// Never rising, then never falling: risky at both ends.
    case valley
    /// Never falling, then never rising: risky in the middle.
    case peak
    /// A valley or a peak, whichever has more information.
    case uShaped

    /// What is tried for it.
    var courses: [Course] {
        switch self {
        case .none: [Course(steps: [.any])]
        case .ascending: [Course(steps: [.up])]
        case .descending: [Course(steps: [.down])]
        case .monotone: [Course(steps: [.up]), Course(steps: [.down])]
        case .valley: [Course(steps: [.down, .up])]
        case .peak: [Course(steps: [.up, .down])]
        case .uShaped: [Course(steps: [.down, .up]), Course(steps: [.up, .down])]
        }
    }

    /// One or two phases, in each of which the rate runs one way.
    struct Course: Sendable {
        enum Step: Sendable { case any, up, down }

        let steps: [Step]

        /// Whether a bin of one rate may follow one of another in a phase.
        func admits(_ rate: Double, after before: Double, in phase: Int) -> Bool {
            switch steps[phase] {
            case .any: true
            case .up: rate >= before
            case .down: rate <= before
            }
        }
    }
}
